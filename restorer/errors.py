"""Errors a person can cause: a kind, one sentence for them, a detail for the log."""

from __future__ import annotations

import logging
from enum import IntEnum
from pathlib import Path

from restorer import crashes
from restorer.words import tr

log = logging.getLogger(__name__)


class ErrorKind(IntEnum):
    """What went wrong; the value is the exit code of the command line."""

    INTERNAL = 1
    BAD_INPUT = 2
    MODEL = 3
    OUT_OF_MEMORY = 4


class RestorerError(Exception):
    """Carries `sentence` (plain words, ends with a full stop) and `detail` (for the log).

    Raised with the English sentence and `values` for its {places}; `sentence` says it in the
    person's language, `english` as it is, for logs and for other programs. `report` is the crash
    report of what nobody has foreseen, None for what was.
    """

    kind = ErrorKind.INTERNAL
    report: Path | None = None

    def __init__(self, sentence: str, /, detail: str = "", **values: object) -> None:
        self.said, self.values = sentence, values
        self.english = sentence.format(**values) if values else sentence
        super().__init__(self.english)
        self.sentence = tr(sentence, **values)
        self.detail = detail

    def about(self, title: str) -> RestorerError:
        """The same, said of what has this title; this one stays as it is.

        Not by `copy`: with Dask imported, copies of exceptions share their attributes.
        """
        named = type(self).__new__(type(self), *self.args)
        vars(named).update(
            vars(self), sentence=f"{title}: {self.sentence}", english=f"{title}: {self.english}"
        )
        return named


class BadInput(RestorerError):
    """A file, value or option that cannot be used."""

    kind = ErrorKind.BAD_INPUT


class TruncatedFile(BadInput):
    """A file ends early or is damaged, but `complete` (0..1) of it can be read.

    Reading it again with `allow_truncated=True` gives that part.
    """

    def __init__(self, sentence: str, /, detail: str, complete: float, **values: object) -> None:
        super().__init__(sentence, detail, **values)
        self.complete = complete


class ModelRefused(RestorerError):
    """A model that is missing, damaged or not safe to load."""

    kind = ErrorKind.MODEL


class NoPicture(RestorerError):
    """What a model made is no picture; damaged weights are the usual reason."""

    kind = ErrorKind.MODEL


class OutOfMemory(RestorerError):
    """The work did not fit into memory."""

    kind = ErrorKind.OUT_OF_MEMORY


def as_restorer_error(error: BaseException) -> RestorerError:
    """Any exception as something that can be shown; `RestorerError`s come back unchanged.

    Others are logged; what nobody has foreseen leaves a crash report, and names it.
    """
    if isinstance(error, RestorerError):
        return error
    log.error("unexpected error", exc_info=error)
    detail = f"{type(error).__name__}: {error}"
    # torch reports a full device as a RuntimeError subclass whose name says so; torch itself
    # must not be imported here.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return OutOfMemory("There is not enough memory for this picture.", detail)
    if isinstance(error, RuntimeError) and "can't allocate memory" in str(error):
        return OutOfMemory("There is not enough memory for this picture.", detail)
    report = crashes.save(error)
    if report is None:
        return RestorerError("Something went wrong inside Restorer ({why}).", detail, why=detail)
    unforeseen = RestorerError(
        "Something went wrong inside Restorer ({why}). A report is saved here: {report}",
        detail,
        why=detail,
        report=report,
    )
    unforeseen.report = report
    return unforeseen

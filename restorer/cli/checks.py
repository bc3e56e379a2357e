"""Checks that cost nothing and fail before the work begins."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from restorer.errors import BadInput
from restorer.imaging.atomic import check_target
from restorer.imaging.formats import format_for
from restorer.imaging.names import printable


def check_output(path: Path, force: bool) -> None:
    """Raise `BadInput` if writing this picture is bound to fail."""
    check_target(path, force=force)
    format_for(path)


def refuse_same(path: Path, others: Iterable[Path]) -> None:
    """Raise `BadInput` if a file is one of the others; a link to a file is that file."""
    for other in others:
        with suppress(OSError):  # one that is not there is no other
            if path.samefile(other):
                raise BadInput(
                    "{path} is used twice; give each file another name.", path=printable(path)
                )


def check_frames_folder(folder: Path, force: bool) -> None:
    """Make the folder for frames; it must be empty, so that frames of two runs do not mix.

    Raises:
        BadInput: if it cannot be made, or holds something and `force` is not given.
    """
    name = printable(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        holds_something = any(folder.iterdir())
    except OSError as error:
        raise BadInput("{name} cannot be used as a folder.", str(error), name=name) from error
    if holds_something and not force:
        raise BadInput(
            "{name} already contains files; choose a new folder for the frames.", name=name
        )

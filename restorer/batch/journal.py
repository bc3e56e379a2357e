"""Records line by line what was done, so that nothing is done twice after a crash.

Every process writes a file of its own in a hidden folder beside the results, since no network
folder can be trusted to let several append to one. Whoever reads takes all of them together.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from restorer.batch.entry import JournalEntry, State
from restorer.errors import BadInput
from restorer.imaging.atomic import hold
from restorer.imaging.names import printable

FOLDER = ".restorer-batch"

_LOCK = "lock"


class Journal:
    """Writes lines.

    Args:
        folder: for the results; it is there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FOLDER / f"{place().replace(':', '-')}-{secrets.token_hex(4)}.jsonl"

    def write(self, entry: JournalEntry) -> None:
        """Write the line to the disk before anything else happens.

        Raises:
            OSError: the disk is full or failed.
        """
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a", encoding="ascii") as file:
            file.write(entry.to_line() + "\n")
            file.flush()
            os.fsync(file.fileno())


def place() -> str:
    """Names this process: host and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def read_journal(folder: Path) -> dict[str, JournalEntry]:
    """The newest entry of every picture, by its name.

    A line that a crash has cut off is left out.
    """
    entries = [entry for path in (folder / FOLDER).glob("*.jsonl") for entry in _entries(path)]
    known: dict[str, JournalEntry] = {}
    for entry in sorted(entries, key=lambda one: one.when):
        before = known.get(entry.name)
        if before is None or not entry.failed or not _stands(folder, before):
            known[entry.name] = entry
    return known


def _entries(path: Path) -> Iterator[JournalEntry]:
    with path.open(encoding="ascii", errors="replace") as file:
        for line in file:
            with suppress(ValueError, TypeError, KeyError):
                yield JournalEntry.from_line(line)


def _stands(folder: Path, entry: JournalEntry) -> bool:
    """Whether the result of an entry exists; a later try that was refused does not replace it."""
    return entry.state is State.DONE and (folder / entry.output).is_file()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Lock this folder: no other process restores an archive into it until the block ends.

    Raises:
        BadInput: somebody does, or it cannot be written.
    """
    lock = folder / FOLDER / _LOCK
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    except OSError as error:
        raise BadInput(
            "{folder} cannot be used as a folder.", str(error), folder=printable(folder)
        ) from error
    with hold(lock) as ours:
        if not ours:
            raise BadInput(
                "Another restorer batch is writing to {folder}.", folder=printable(folder)
            )
        yield

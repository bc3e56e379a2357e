"""A whole archive: hands out its pictures one by one, and collects the results."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from restorer.batch.entry import JournalEntry
from restorer.batch.inputs import Item
from restorer.batch.journal import read_journal
from restorer.batch.order import BatchOptions, Order
from restorer.batch.report import write_report
from restorer.engine.library import weights_digest
from restorer.engine.models import BUNDLED, find_model
from restorer.engine.request import Request
from restorer.errors import BadInput
from restorer.imaging.formats import format_for, suffix_for_result

CarryOut = Callable[[Iterator[Order | None]], Iterator[JournalEntry | None]]


@dataclass
class Archive:
    """Restores the pictures of an archive.

    Attributes:
        options: what is asked for, the same for all pictures.
        entries: what came of each, by name, in this run.
    """

    options: BatchOptions
    entries: dict[str, JournalEntry] = field(default_factory=dict)

    def go_through(
        self,
        items: Iterable[Item | None],
        carry_out: CarryOut,
        on_entry: Callable[[JournalEntry], object] = lambda _: None,
    ) -> None:
        """Restore all pictures; the report is written even if that fails.

        Args:
            items: the pictures; None where there are no more just now.
            carry_out: does what is ordered.
            on_entry: hears what came of each picture.

        Raises:
            RestorerError: what kept it from going on; never because of a picture.
        """
        told = 0
        try:
            for entry in carry_out(self._orders(items)):
                if entry is not None:
                    self.entries[entry.name] = entry
                    on_entry(entry)
                elif len(self.entries) > told:
                    told = len(self.entries)
                    self.report()
        finally:
            self.report()

    def report(self) -> None:
        """Write the report on every picture, from this run and earlier ones."""
        write_report(self.options.folder, read_journal(self.options.folder) | self.entries)

    def count(self, which: Callable[[JournalEntry], bool]) -> int:
        """How many pictures of this run satisfy a condition."""
        return sum(map(which, self.entries.values()))

    def _orders(self, items: Iterable[Item | None]) -> Iterator[Order | None]:
        known = read_journal(self.options.folder)
        for item in items:
            if item is None:
                yield None
                continue
            path = Path(os.path.abspath(item.path))
            output = _unshared(output_name(item.name, self.options), path, self.options)
            yield Order(path, item.name, output, self.options, known.get(item.name))


def output_name(name: str, options: BatchOptions) -> str:
    """The name of a picture's result.

    As the picture; where that cannot be written or is not wished, another ending stands behind its
    own, so that `a.heic` and `a.avif` do not share one result.
    """
    suffix = options.suffix or suffix_for_result(PurePosixPath(name))
    try:
        own = format_for(PurePosixPath(name).name)
    except BadInput:
        return name + suffix
    return name if not options.suffix or own == format_for(f"a{suffix}") else name + suffix


def _unshared(output: str, path: Path, options: BatchOptions) -> str:
    """The same, with its suffix repeated if a neighbouring picture has that name."""
    while True:
        other = path.with_name(PurePosixPath(output).name)
        if other in (path, options.folder / output) or not other.exists():
            return output
        output += PurePosixPath(output).suffix


def weights_for(request: Request) -> str:
    """SHA-256 of the weights of all models that the request may use.

    Raises:
        ModelRefused: one is missing or damaged.
    """
    named = (request.model, request.classifier if request.toward else "", request.control.model)
    names = sorted({*BUNDLED, *filter(None, named)})
    digests = (f"{weights_digest(find_model(name))}  {name}\n" for name in names)
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def watched(
    find: Callable[[], Iterable[Item]], pause: float, settled: float = 2.0
) -> Iterator[Item | None]:
    """The pictures present, then new and changed ones, until somebody interrupts.

    A file that is still being written is left until it rests.

    Args:
        find: looks for pictures.
        pause: seconds between two looks.
        settled: seconds after which a file that has not changed is taken.
    """
    seen: dict[str, tuple[int, int]] = {}
    taken: dict[str, tuple[int, int]] = {}
    while True:
        for item in find():
            stamp = _stamp(item.path)
            if stamp is None or taken.get(item.name) == stamp:
                continue
            rests = seen.get(item.name) == stamp or time.time() - stamp[1] / 1e9 > settled
            seen[item.name] = stamp
            if rests:
                taken[item.name] = stamp
                yield item
        yield None
        time.sleep(pause)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # gone already
        return None
    return status.st_size, status.st_mtime_ns

"""`restorer batch`: an archive, on this machine or on many."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tqdm import tqdm

from restorer.batch import cluster, serial
from restorer.batch.archive import Archive, CarryOut, watched, weights_for
from restorer.batch.entry import JournalEntry
from restorer.batch.inputs import Item, found_in
from restorer.batch.journal import alone_in
from restorer.batch.order import BatchOptions
from restorer.batch.report import CSV, PAGE, refuse_foreign
from restorer.cli.request import options_of
from restorer.engine.recipe import digest, read_recipe
from restorer.engine.request import Request
from restorer.errors import BadInput
from restorer.imaging.formats import SaveOptions, format_for
from restorer.imaging.names import printable
from restorer.imaging.signing import Signer

#: The exit code where pictures failed; the others are in `restorer.errors`.
SOME_FAILED = 5


def run(arguments: Namespace) -> int:
    """Restore all pictures; print how many, or JSON with --json."""
    options = _options(arguments)
    if not options.force:
        refuse_foreign(options.folder)
    with alone_in(options.folder), _workers(arguments) as carry_out:
        archive, left_out = Archive(options), set[Path]()
        items = _items(arguments, options, left_out)
        try:
            with _bar(items) as bar:
                archive.go_through(items, carry_out, partial(_tell, bar))
        finally:
            _say(archive, left_out, arguments.json)
    return SOME_FAILED if archive.count(lambda entry: entry.failed) else 0


def _options(arguments: Namespace) -> BatchOptions:
    """The options of the batch; raises here, at no cost, what would fail for every picture."""
    recipe = arguments.recipe
    request = Request(task="auto") if recipe is None else read_recipe(recipe)
    options_of(request)
    if request.control.kind == "picture":
        raise BadInput("The recipe is guided by a picture, which recipes do not hold.")
    saving = SaveOptions(arguments.quality, arguments.bits)
    suffix = f".{arguments.format}" if arguments.format else ""
    if suffix:
        saving.check(format_for(f"a{suffix}"))
    elif saving != SaveOptions():
        raise BadInput("--quality and --bits need --format, for which they are meant.")
    return BatchOptions(
        Path(os.path.abspath(arguments.output)),
        request,
        digest(request),
        weights_for(request),
        suffix,
        saving,
        one_only=arguments.animations == "refuse",
        sign=_signs(arguments, suffix),
        force=arguments.force,
        device=arguments.device,
        precision=arguments.precision,
        begun=time.time(),
    )


def _signs(arguments: Namespace, suffix: str) -> tuple[Path, Path] | None:
    """The files of the certificate and key, tried out.

    Raises:
        BadInput: as `Signer.read` and `Signer.check`.
    """
    if arguments.sign is None:
        return None
    certificate, key = (path.absolute() for path in arguments.sign)
    Signer.read(certificate, key).check(format_for(f"a{suffix or '.jpg'}"))
    return certificate, key


def _items(
    arguments: Namespace, options: BatchOptions, left_out: set[Path]
) -> list[Item] | Iterator[Item] | Iterator[Item | None]:
    """The pictures; their number is known in advance except for --watch and standard input.

    Raises:
        BadInput: something that was named does not exist, or is the folder for the results.
    """
    for one in arguments.inputs:
        if Path(one).is_dir() and options.folder.is_dir() and Path(one).samefile(options.folder):
            raise BadInput(
                "{one} is where the results would go; name another folder.", one=printable(one)
            )
    find = partial(found_in, arguments.inputs, sys.stdin, options.folder, left_out.add)
    if arguments.watch is not None:
        if "-" in arguments.inputs:
            raise BadInput("Standard input cannot be watched.")
        if not arguments.watch > 0:
            raise BadInput("--watch takes seconds between two looks.")
        return watched(find, arguments.watch)
    return find() if "-" in arguments.inputs else list(find())


@contextmanager
def _workers(arguments: Namespace) -> Iterator[CarryOut]:
    """Whoever does the work."""
    if arguments.workers < 1:
        raise BadInput("There must be at least one worker.")
    if arguments.scheduler is not None:
        with cluster.existing(arguments.scheduler) as client:
            yield partial(cluster.carry_out, client)
    elif arguments.workers > 1:
        with cluster.local(arguments.workers) as client:
            yield partial(cluster.carry_out, client)
    else:
        yield serial.carry_out


@contextmanager
def _bar(items: Iterable[object]) -> Iterator[tqdm[object]]:
    total = len(items) if isinstance(items, list) else None
    with tqdm(total=total, unit=" pictures", leave=False, disable=sys.stderr is None) as bar:
        yield bar


def _tell(bar: tqdm[object], entry: JournalEntry) -> None:
    """Count one more picture; print at once why it failed or needs a look."""
    bar.update()
    told = entry.reason or ("" if entry.skipped else entry.caution)
    if told and sys.stderr is not None:
        bar.write(f"restorer: {printable(entry.name)}: {told}", file=sys.stderr)


def _say(archive: Archive, left_out: set[Path], as_json: bool) -> None:
    folder = archive.options.folder
    linked = sorted(str(path) for path in left_out if path.is_dir())
    others = len(left_out) - len(linked)
    counts = {
        "restored": archive.count(lambda one: one.changed and not one.skipped),
        "left": archive.count(lambda one: not (one.changed or one.failed or one.skipped)),
        "skipped": archive.count(lambda one: one.skipped),
        "failed": archive.count(lambda one: one.failed),
    }
    if as_json:
        failed = {one.name: one.reason for one in archive.entries.values() if one.failed}
        told = {"report": str(folder / PAGE), "table": str(folder / CSV), "reasons": failed}
        print(json.dumps(counts | {"other_files": others, "linked_folders": linked} | told))
        return
    words = ("restored", "left as they were", "done before", "failed")
    print(
        ", ".join(f"{n} {w}" for n, w in zip(counts.values(), words, strict=True) if n)
        or "0 pictures"
    )
    if others:
        print(f"{others} other file{'s' * (others != 1)} in these folders left out.")
    for path in linked:
        print(f"{printable(path)} is a link to a folder, which is not followed; name it, too.")
    if (folder / PAGE).exists():  # not where the disk is full
        print(f"The report: {printable(folder / PAGE)}")

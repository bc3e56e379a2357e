"""Finds out whether a picture's result exists already, or another file has its name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from restorer.batch.entry import JournalEntry, Key, State
from restorer.batch.journal import read_journal
from restorer.batch.order import Order
from restorer.engine.record import steps_in
from restorer.engine.replay import last_run, other_weights
from restorer.errors import BadInput, RestorerError
from restorer.imaging.names import printable
from restorer.imaging.read import read_picture

_CLOCKS = 120.0  # seconds by which the clocks of machines may differ


def refuse_or_stand(order: Order, key: Key) -> JournalEntry | None:
    """The entry of a result that need not be made again; None if it must be made.

    Args:
        order: what is to be done.
        key: what its result depends on.

    Raises:
        BadInput: another file is in its place, and may not be replaced.
    """
    target = order.target
    if not target.exists():
        return None
    if target.samefile(order.path):
        raise BadInput(
            "{target} is the picture itself; choose another folder.", target=printable(target)
        )
    for known in _known(order):
        if known.key == key and _is_it(target, known):
            return known
    if _records(target, key):
        return _recorded(order, key)
    if not order.options.force:
        raise BadInput(
            "{target} {why_another}",
            target=printable(target),
            why_another=_why_another(order.known, key),
        )
    return None


def _known(order: Order) -> Iterator[JournalEntry]:
    if order.known is not None:
        yield order.known
    if order.target.stat().st_mtime > order.options.begun - _CLOCKS:  # by another worker, perhaps
        newest = read_journal(order.options.folder).get(order.name)
        if newest is not None:
            yield newest


def _is_it(target: Path, known: JournalEntry) -> bool:
    """Whether the file is the one named in the journal."""
    if known.state is State.DONE:
        return known.size == target.stat().st_size
    if known.state is State.SEALED:  # what was there before may have been left in place
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == known.result
    return False


def _records(target: Path, key: Key) -> bool:
    """Whether the file's own record says that it was made so, for want of a journal."""
    with suppress(RestorerError):
        steps = last_run(steps_in(read_picture(target)))
        same = steps[0].source.get("sha256") == key.input
        by_recipe = all(step.recipe == key.recipe for step in steps)
        return same and by_recipe and not any(one for step in steps for one in other_weights(step))
    return False


def _recorded(order: Order, key: Key) -> JournalEntry:
    """The entry that a journal would have for such a file."""
    return JournalEntry(
        order.name,
        State.SEALED,
        order.output,
        key,
        size=order.target.stat().st_size,
        source=str(order.path),
        said="It was made before, as its own record says.",
        changed=True,
    )


def _why_another(known: JournalEntry | None, key: Key) -> str:
    others = "exists already and was not overwritten; --force replaces it."
    if known is None or known.key is None:
        return others
    for name, what in (
        ("input", "from another state of this picture"),
        ("recipe", "with another recipe"),
        ("weights", "with other weights"),
    ):
        if getattr(known.key, name) != getattr(key, name):
            return f"was made {what}; --force replaces it."
    return others

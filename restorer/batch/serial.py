"""One picture after the other, in this process."""

from __future__ import annotations

from collections.abc import Iterator

from restorer.batch.entry import JournalEntry
from restorer.batch.one_picture import restore_picture
from restorer.batch.order import Order


def carry_out(orders: Iterator[Order | None]) -> Iterator[JournalEntry | None]:
    """The outcome of each order; yields None for None, when there is nothing to do just now."""
    for order in orders:
        yield None if order is None else restore_picture(order)

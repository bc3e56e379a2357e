"""Carries out orders on many processes or machines, with Dask.

A worker does one picture at a time and reads and writes it itself; what travels is an order and an
entry, a few kilobytes. Dask gives what a worker that died was doing to another one; a picture that
several workers died of counts as failed. That each result is written once is the file system's
doing: a name is given to one file only (`imaging.atomic`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from restorer.batch.entry import JournalEntry, State
from restorer.batch.journal import Journal
from restorer.batch.one_picture import restore_picture
from restorer.batch.order import Order
from restorer.errors import BadInput, RestorerError

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)

#: Tries of a picture that may have failed because of the machine.
_TRIES = 3
#: Seconds that a scheduler is waited for.
_PATIENCE = 30

_MISSING = 'Several workers need Dask: python -m pip install "restorer[batch]".'
_LOST = "The connection to the cluster was lost; the same command goes on where this one ended."
_STRANGERS = "The workers cannot import Restorer; install the same version there."
_DIED = "The worker died while it was restored, again and again; there may be too little memory."


@contextmanager
def local(workers: int) -> Iterator[Client]:
    """A cluster of processes that share the cores of this machine.

    Raises:
        BadInput: Dask is not installed.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise BadInput(_MISSING, str(error)) from error
    threads = max(1, (os.cpu_count() or 1) // workers)
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {f"distributed.nanny.pre-spawn-environ.{name}": threads for name in names}
    with (
        dask.config.set(environment),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def existing(address: str) -> Iterator[Client]:
    """A cluster that somebody else started, by the address of its scheduler.

    Raises:
        BadInput: nobody answers there, or Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BadInput(_MISSING, str(error)) from error
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise BadInput(
            "No Dask scheduler answers at {address}.", str(error), address=address
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            log.warning("The cluster has no workers yet; the pictures wait for them.")
        yield client


def carry_out(
    client: Client,
    orders: Iterator[Order | None],
    restore: Callable[[Order], JournalEntry] = restore_picture,
) -> Iterator[JournalEntry | None]:
    """As `serial.carry_out`, in the order in which pictures are finished.

    Args:
        client: of the cluster.
        orders: what is to be done; None where there is nothing more just now.
        restore: does it, in a worker.

    Raises:
        RestorerError: the cluster has gone, or does not know Restorer.
    """
    from distributed import as_completed

    flight = _InFlight(client, restore, as_completed(raise_errors=False))
    waiting, idle = True, False
    while waiting or flight.orders:
        while waiting and not idle and len(flight.orders) < flight.room:
            try:
                order = next(orders)
            except StopIteration:
                waiting = False
            else:
                idle = order is None
                if order is not None:
                    flight.submit(order)
        yield from flight.finished_entries(block=not idle)
        if idle:
            yield None
        idle = False


@dataclass
class _InFlight:
    """Orders under way."""

    client: Client
    restore: Callable[[Order], JournalEntry]
    completed: Any
    orders: dict[Any, Order] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """As many orders as the workers have threads.

        What only waits in a worker that dies is blamed with what killed it.
        """
        workers = self.client.scheduler_info()["workers"].values()
        threads: int = sum(worker["nthreads"] for worker in workers)
        return max(1, threads)

    def submit(self, order: Order, other_than: str = "") -> None:
        others = [one for one in self.client.scheduler_info()["workers"] if one != other_than]
        where = {"workers": others, "allow_other_workers": True} if other_than and others else {}
        future = self.client.submit(_on_worker, self.restore, order, pure=False, **where)
        self.orders[future] = order
        self.completed.add(future)

    def finished_entries(self, block: bool) -> Iterator[JournalEntry]:
        """The entries that have come back; waits a while if asked to."""
        if not self.orders:
            return
        for future in self.completed.next_batch(block=block):
            entry = self._answer(future, self.orders.pop(future))
            if entry is not None:
                yield entry

    def _answer(self, future: Any, order: Order) -> JournalEntry | None:
        """The outcome of an order; None if it is tried once more."""
        if future.status != "finished":
            again = _may_do_again(future) and self._asked_again(order)
            return None if again else _lost(future, order)
        where, entry = future.result()
        future.release()
        if entry.failed and entry.again and self._asked_again(order, where):
            return None
        answer: JournalEntry = entry
        return answer

    def _asked_again(self, order: Order, other_than: str = "") -> bool:
        """Submit an order again if that is allowed and there is a cluster to take it."""
        if self.client.status != "running" or order.tries + 1 >= _TRIES:
            return False
        self.submit(replace(order, tries=order.tries + 1), other_than)
        return True


def _on_worker(restore: Callable[[Order], JournalEntry], order: Order) -> tuple[str, JournalEntry]:
    """The outcome, and the worker it came from."""
    from distributed import get_worker

    address: str = get_worker().address
    return address, restore(order)


def _may_do_again(future: Any) -> bool:
    """Whether the failure is probably not the picture's fault.

    Dask cancels an order whose answer went with the worker that held it, and blames all that a
    worker held for its death.
    """
    from distributed.scheduler import KilledWorker

    if future.status == "error":
        return isinstance(future.exception(), KilledWorker)
    return bool(future.status == "cancelled")


def _lost(future: Any, order: Order) -> JournalEntry:
    """The entry of a picture for which no worker reported an outcome."""
    from distributed.scheduler import KilledWorker

    error = future.exception() if future.status == "error" else None
    if isinstance(error, ImportError):
        raise RestorerError(_STRANGERS, str(error)) from error
    if not isinstance(error, KilledWorker):
        raise RestorerError(_LOST, f"{future.status}: {error}")
    entry = JournalEntry(order.name, State.FAILED, reason=_DIED, source=str(order.path), again=True)
    Journal(order.options.folder).write(entry)
    return entry

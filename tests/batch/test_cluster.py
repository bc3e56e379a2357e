"""Several workers: each picture once, also when one of them is killed."""

import json
import os
import signal
from types import SimpleNamespace

import pytest

from restorer.batch import cluster
from restorer.batch.archive import Archive, weights_for
from restorer.batch.entry import JournalEntry
from restorer.batch.inputs import Item
from restorer.batch.journal import FOLDER
from restorer.batch.order import BatchOptions, Order
from restorer.cli.main import main
from restorer.engine.recipe import digest, read_recipe
from restorer.errors import RestorerError
from tests.batch import quick
from tests.batch.conftest import noisy

pytest.importorskip("distributed")


@pytest.fixture
def whole(archive, tmp_path) -> Archive:
    request = read_recipe(tmp_path / "recipe.toml")
    out = tmp_path / "out"
    out.mkdir()
    return Archive(BatchOptions(out, request, digest(request), weights_for(request)))


def test_a_worker_killed_in_mid_run_costs_nothing(archive, whole, tmp_path) -> None:
    """And a picture that none survives fails, by name, while all others are done once."""
    pictures = [noisy(archive / f"{seed}.png", seed) for seed in range(10)]
    deadly, killed = noisy(archive / "deadly.png", 99), list[int]()

    def kill_first(entry: JournalEntry) -> None:
        if not killed:
            killed.append(int(entry.worker.rpartition(":")[2]))
            os.kill(killed[0], signal.SIGKILL)

    items = [Item(path, path.name) for path in (*pictures, deadly, archive / "broken.jpg")]
    with cluster.local(2) as client:
        client.cluster.scheduler.allowed_failures = 0
        whole.go_through(items, lambda o: cluster.carry_out(client, o, quick.die), kill_first)

    failed = {name for name, entry in whole.entries.items() if entry.failed}
    assert killed and failed == {"deadly.png", "broken.jpg"}
    assert "The worker died" in whole.entries["deadly.png"].reason
    out = tmp_path / "out"
    assert sorted(path.name for path in out.glob("*.png")) == sorted(p.name for p in pictures)
    lines = [line for path in (out / FOLDER).glob("*.jsonl") for line in path.open()]
    done = [one["name"] for one in map(json.loads, lines) if one["state"] == "done"]
    assert sorted(done) == sorted(set(done)) == sorted(path.name for path in pictures)


def test_nobody_answers_at_an_address(archive, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.2)
    arguments = ["batch", str(archive), str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:1"]
    assert main(arguments) == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:1." in capsys.readouterr().err


def test_what_dask_cancels_is_asked_for_again_but_not_for_ever(whole, tmp_path) -> None:
    """As when the answer went with the worker that held it."""
    client = SimpleNamespace(
        status="running",
        scheduler_info=lambda: {"workers": {}},
        submit=lambda *what, **how: _Cancelled(),
    )
    flight = cluster._InFlight(client, quick.die, set())
    flight.submit(Order(tmp_path / "a.png", "a.png", "a.png", whole.options))
    for tries in (1, 2):
        future, order = flight.orders.popitem()
        assert flight._answer(future, order) is None
        assert [one.tries for one in flight.orders.values()] == [tries]
    with pytest.raises(RestorerError, match="goes on where this one ended"):
        flight._answer(*flight.orders.popitem())


class _Cancelled:
    status = "cancelled"

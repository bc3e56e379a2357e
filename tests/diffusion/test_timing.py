"""float32 or bfloat16 on a CPU: decided once, by what a busy machine cannot tip."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from restorer.diffusion import timing


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has never been asked."""
    path = tmp_path / "restorer" / "precision.json"
    monkeypatch.setattr(timing, "memory", lambda: path)
    timing.bfloat16_pays.cache_clear()
    yield path
    timing.bfloat16_pays.cache_clear()


def after_a_start() -> bool:
    timing.bfloat16_pays.cache_clear()
    return timing.bfloat16_pays()


def test_what_was_decided_stays_however_the_timing_comes_out(memory, monkeypatch):
    for first in (True, False):
        memory.unlink(missing_ok=True)
        monkeypatch.setattr(timing, "bfloat16_is_faster", lambda first=first: first)
        assert after_a_start() is first
        monkeypatch.setattr(timing, "bfloat16_is_faster", lambda first=first: not first)
        assert after_a_start() is first
    kept = json.loads(memory.read_text())
    assert kept.keys() == {"processor", "torch", "bfloat16"}
    assert kept["processor"] == timing.processor()


def test_where_nothing_can_be_kept_it_is_float32(memory, monkeypatch):
    memory.parent.write_text("a file where the folder should be")
    monkeypatch.setattr(timing, "bfloat16_is_faster", lambda: True)
    assert after_a_start() is False


def test_who_was_first_counts(memory, monkeypatch):
    """Another process decides while this one still measures."""

    def slow() -> bool:
        memory.parent.mkdir(parents=True)
        memory.write_text('{"bfloat16": false}')
        return True

    monkeypatch.setattr(timing, "bfloat16_is_faster", slow)
    assert after_a_start() is False


@pytest.mark.parametrize("damage", ["", "[]", '{"bfloat16": 3}'])
def test_a_damaged_file_is_written_anew(memory, monkeypatch, damage):
    memory.parent.mkdir(parents=True)
    memory.write_text(damage)
    monkeypatch.setattr(timing, "bfloat16_is_faster", lambda: True)
    assert after_a_start() is True
    assert json.loads(memory.read_text())["bfloat16"] is True


@pytest.mark.parametrize(
    ("half", "full", "pays"), [(1.0, 2.0, True), (2.0, 1.0, False), (0.85, 1.0, False)]
)
def test_bf16_must_be_clearly_faster(monkeypatch, half, full, pays):
    monkeypatch.setattr(timing, "_seconds", lambda of_half: half if of_half else full)
    assert timing.bfloat16_is_faster() is pays


def test_a_machine_busy_most_of_the_time_decides_the_same(monkeypatch):
    """Seven of eight timings take ten times as long, whichever they fall on."""
    for quiet in range(8):
        turn = count()

        def seconds(half: bool, turn: count[int] = turn, quiet: int = quiet) -> float:
            n = next(turn)
            busy = n // 2 % 8 != quiet
            return (1.0 if half else 2.0) * (10 if busy else 1)

        monkeypatch.setattr(timing, "_seconds", seconds)
        assert timing.bfloat16_is_faster() is True


def test_one_half_that_disagrees_means_float32(monkeypatch):
    turn = count()
    monkeypatch.setattr(
        timing, "_seconds", lambda half: 2.0 if not half else 1.0 if next(turn) < 8 else 1.9
    )
    assert timing.bfloat16_is_faster() is False


def test_a_timing_takes_some_time():
    assert all(0 < timing._seconds(half) < 10 for half in (False, True))


def test_other_processors_are_remembered_apart(monkeypatch):
    here = timing.memory()
    monkeypatch.setattr(timing, "processor", lambda: "another")
    assert timing.memory() != here
    assert timing.memory().parent == here.parent

"""Arrays of large pictures are the same wherever they lie, and leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from restorer.imaging import scratch

SIZE = 1 << 20  # float32 values: as small as an array is that may lie in a file


def test_beyond_the_budget_arrays_lie_in_files_and_hold_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scratch, "BUDGET", scratch._held + 4 * SIZE)
    arrays = [scratch.zeros((SIZE,)) for _ in range(2)]
    assert [scratch.is_in_file(array[5:9]) for array in arrays] == [False, True]
    values = np.random.default_rng(0).random(SIZE, np.float32)
    for array in arrays:
        assert not array.any()
        array[:] = values
        scratch.release()
        np.testing.assert_array_equal(array, values)


def test_what_is_thrown_away_makes_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "BUDGET", scratch._held + 4 * SIZE)
    first = scratch.empty((SIZE,))
    view = first[3:]
    del first
    assert scratch.is_in_file(scratch.empty((SIZE,)))  # the view still holds it
    del view
    assert not scratch.is_in_file(scratch.empty((SIZE,)))


def test_where_a_file_has_no_room_an_array_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(scratch, "BUDGET", 0)
    monkeypatch.setattr(scratch, "_reserve", full)
    assert not scratch.is_in_file(scratch.empty((SIZE,)))
    with pytest.raises(OSError, match="no room"):
        scratch.in_file((3, 3))


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_process_that_is_killed_leaves_no_file(tmp_path: Path) -> None:
    child = (
        "import os, signal, sys; from restorer.imaging import scratch;"
        f"a = scratch.in_file(({SIZE},)); a[:] = 1; os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", child], env=os.environ | {"TMPDIR": str(tmp_path)})
    assert not [*tmp_path.iterdir()]


def test_letting_go_takes_what_lies_in_files_out_of_memory() -> None:
    array = scratch.in_file((16 * SIZE,))
    array[:] = 1
    before = _resident()
    scratch.release()
    assert before - _resident() > 0.9 * array.nbytes
    assert array[-1] == 1


def _resident() -> int:
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("nothing tells what is in memory")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

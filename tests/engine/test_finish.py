"""From what the network said to pixels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.diffusion.tensors import to_tensor
from restorer.engine.finish import _AROUND, _CELL, Finish, _taken
from restorer.engine.strength import Blend
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import FrameInfo


@pytest.mark.parametrize("size", [(2 * _CELL + 1, 3 * _CELL), (_CELL, 2 * _CELL - 1)])
def test_what_was_taken_is_averaged_over_cells_from_the_first_pixel_on(
    size: tuple[int, int],
) -> None:
    """Cells at the lower and right border may be smaller."""
    rng = np.random.default_rng(0)
    original, clean = (rng.uniform(0.3, 0.7, (*size, 3)).astype(np.float32) for _ in range(2))
    cells = np.zeros((-(-size[0] // _CELL), -(-size[1] // _CELL), 3))
    for row, column in np.ndindex(cells.shape[:2]):
        part = np.s_[row * _CELL : (row + 1) * _CELL, column * _CELL : (column + 1) * _CELL]
        cells[row, column] = 2 * (original[part] - clean[part]).mean(axis=(0, 1))
    expected = gaussian_filter(cells, (_AROUND, _AROUND, 0), mode="nearest")
    found = _taken(original, to_tensor(clean), 10.0, lambda: None)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_frame_holds_the_blended_picture_on_both_scales() -> None:
    rng = np.random.default_rng(1)
    original, restored = (rng.uniform(0.2, 0.8, (24, 20, 3)).astype(np.float32) for _ in range(2))
    task = RestorationTask(start=60.0, steps=1, amount=0.5, undo_clipping=False)
    finish = Finish(task, original, Blend(task, original), grey=False)
    frame = finish.frame(FrameInfo(0, 1, 60.0, 0.2, 0.1), original, to_tensor(restored))
    assert frame.picture is not None
    np.testing.assert_allclose(frame.picture, (original + restored) / 2, atol=1e-6)
    np.testing.assert_allclose(frame.x0, original + restored - 1, atol=1e-6)

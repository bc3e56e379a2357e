"""JPEG compression is read from the pixels, wherever the grid lies."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from restorer.degradation.estimate import estimate
from restorer.degradation.jpeg import block_quality, blockiness
from tests.degradation.pictures import Pixels, as_file, scene


def compressed(quality: int) -> Pixels:
    data = io.BytesIO()
    Image.fromarray(np.uint8(255 * as_file(scene(), 0))).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data), np.float32) / 255


@pytest.mark.parametrize("quality", [10, 20, 35, 50])
def test_quality_is_read_off_a_shifted_grid(quality: int) -> None:
    cut = compressed(quality)[3:, 5:]
    strength, grid = blockiness(cut)
    assert strength > 1.12 and grid == (5, 3)
    found = block_quality(cut)
    assert found is not None and abs(found - quality) <= 1
    assert estimate(cut).jpeg_quality == found


def test_no_blocks_no_quality() -> None:
    assert block_quality(as_file(scene(), 0)) is None
    assert block_quality(as_file(scene(), 20)) is None
    assert block_quality(np.full((64, 64, 3), 0.5, np.float32)) is None
    assert block_quality(scene()[:9, :9]) is None

"""JPEG compression is read from the pixels, wherever the grid lies."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from restorer.degradation.estimate import estimate
from restorer.degradation.jpeg import blockiness, compression, read_blocks
from restorer.imaging.jpeg_tables import tables_of_quality
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file, scene


def compressed(quality: int, subsampling: str = "4:2:0") -> Pixels:
    data = io.BytesIO()
    image = Image.fromarray(np.uint8(255 * as_file(scene(), 0)))
    image.save(data, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(data), np.float32) / 255


@pytest.mark.parametrize("quality", [10, 20, 35, 50])
def test_quality_is_read_off_a_shifted_grid(quality: int) -> None:
    cut = compressed(quality)[3:, 5:]
    strength, grid = blockiness(cut)
    assert strength > 1.12 and grid == (5, 3)
    found = read_blocks(cut)
    assert found is not None and abs(found.quality - quality) <= 1
    measured = estimate(cut)
    assert (measured.blocks, measured.jpeg_quality) == (found, found.quality)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("cut", [(0, 0), (5, 11), (14, 8)])
def test_blocks_of_colour_are_told_with_their_size_and_place(
    subsampling: str, cut: tuple[int, int]
) -> None:
    found = read_blocks(compressed(30, subsampling)[cut[0] :, cut[1] :])
    assert found is not None
    assert found.subsampling == subsampling
    rows, columns = {"4:4:4": (8, 8), "4:2:2": (8, 16), "4:2:0": (16, 16)}[subsampling]
    assert found.cut == (cut[0] % rows, cut[1] % columns)


def test_who_knows_the_quality_better_is_asked_only_for_that() -> None:
    cut = compressed(20)[3:, 5:]
    told = compression(cut, None, 45)
    assert told is not None
    assert (told.luma, told.cut) == (tables_of_quality(45).luma, (3, 5))
    assert compression(as_file(scene(), 20), None, 45) == tables_of_quality(45)
    file = replace(tables_of_quality(70), subsampling="4:2:2")
    assert compression(cut, file, None) is file
    assert compression(as_file(scene(), 0), None, None) is None


@pytest.mark.parametrize("name", ["church.webp", "panda.webp"])
def test_blocks_stand_out_from_brush_strokes_and_fur(name: str) -> None:
    """Steps that go on beside a line are the picture's; those of blocks stand alone."""
    clean = read_picture(resource_path("samples", name)).pixels[:256, :256]
    assert blockiness(clean)[0] < 1.1
    file = io.BytesIO()
    Image.fromarray(np.rint(clean * 255).astype(np.uint8)).save(file, "JPEG", quality=50)
    strength, grid = blockiness(np.asarray(Image.open(file), np.float32) / 255)
    assert strength > 1.6
    assert grid == (0, 0)


def test_no_blocks_no_quality() -> None:
    assert read_blocks(as_file(scene(), 0)) is None
    assert read_blocks(as_file(scene(), 20)) is None
    assert read_blocks(np.full((64, 64, 3), 0.5, np.float32)) is None
    assert read_blocks(scene()[:9, :9]) is None
    y, x = np.mgrid[:120, :160].astype(np.float32) / 160  # in 8 bits, as regular as blocks
    assert read_blocks(as_file(np.stack([x, y, (x + y) / 2], axis=2), 0)) is None

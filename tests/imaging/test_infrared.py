"""A film scanner's infrared channel shows where dust lies, and pictures keep it that long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from restorer.imaging.infrared import find_dust, is_infrared
from restorer.imaging.read import read_picture

SIDE = 160


@pytest.fixture
def infrared() -> np.ndarray:
    """Bright and a little uneven, with noise, a faint trace of the picture, a hair and a speck."""
    rng = np.random.default_rng(3)
    rows, columns = np.indices((SIDE, SIDE))
    channel = (
        0.7 + 0.1 * columns / SIDE + 0.02 * (rows > 80) + 0.005 * rng.standard_normal((SIDE,) * 2)
    )
    channel[40:120, 50:52] *= 0.5
    channel[100:104, 100:104] *= 0.3
    return channel.astype(np.float32)


def test_what_keeps_infrared_back_is_dust(infrared: np.ndarray) -> None:
    dust = find_dust(infrared)
    assert dust[40:120, 50:52].all() and dust[100:104, 100:104].all()
    assert dust.sum() < 1.4 * (82 * 4 + 36)
    assert not find_dust(np.full((40, 50), 0.8, np.float32)).any()


def test_only_bright_even_channels_are_infrared(infrared: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    assert is_infrared(infrared)
    assert not is_infrared(np.ones((SIDE, SIDE), np.float32))  # opaque everywhere
    assert not is_infrared((rng.random((SIDE, SIDE)) > 0.5).astype(np.float32))
    cut_out = np.ones((SIDE, SIDE), np.float32)
    cut_out[:60] = 0
    assert not is_infrared(cut_out)
    assert not is_infrared(rng.random((SIDE, SIDE), np.float32))


def test_without_small_marks_a_channel_is_not_infrared(infrared: np.ndarray) -> None:
    rows, columns = np.indices((SIDE, SIDE))
    assert not is_infrared((0.3 + 0.7 * columns / SIDE).astype(np.float32))  # nothing to show
    cut_out = np.full((SIDE, SIDE), 1, np.float32)  # transparency with a hole and a half shadow
    cut_out[20:60, 20:60], cut_out[60:64, 20:60] = 0, 0.5
    assert not is_infrared(cut_out)
    assert not is_infrared(0.9 * cut_out)  # one large mark
    text = np.where((columns // 4 % 5 == 0) & (rows // 4 % 7 == 0), 0, 1)
    assert not is_infrared(text.astype(np.float32))  # small holes, opaque all around
    many = np.where((columns % 8 < 2) & (rows % 8 < 2), 0.2, infrared)
    assert not is_infrared(many.astype(np.float32))


def test_the_fourth_channel_of_a_scan_is_kept_beside_the_picture(
    tmp_path: Path, infrared: np.ndarray
) -> None:
    colours = np.full((SIDE, SIDE, 3), 30000, np.uint16)
    scan = np.dstack([colours, np.rint(65535 * infrared).astype(np.uint16)])
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, scan, photometric="rgb", extrasamples=[0])
    picture = read_picture(path)
    assert picture.infrared is not None
    assert np.allclose(picture.infrared, infrared, atol=1e-4)
    assert any("infrared" in note for note in picture.notes)
    assert picture.resized_to(picture.pixels).infrared is None  # the result of a run


def test_another_fourth_channel_is_left_out_with_a_word(tmp_path: Path) -> None:
    scan = np.full((40, 40, 4), 200, np.uint8)
    path = tmp_path / "unknown.tif"
    tifffile.imwrite(path, scan, photometric="rgb", extrasamples=[0])
    picture = read_picture(path)
    assert picture.infrared is None
    assert any("left out" in note for note in picture.notes)

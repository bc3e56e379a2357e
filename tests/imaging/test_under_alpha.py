"""A plain colour beneath transparency is no part of a picture; other colours stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restorer.engine.damage_files import read_map
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.under_alpha import extend_pixels

RNG = np.random.default_rng(0)
PHOTO = RNG.uniform(0.3, 0.9, (120, 160, 3)).astype(np.float32)
Y, X = np.mgrid[:120, :160]
DISC = (np.hypot(Y - 60, X - 80) < 40).astype(np.float32)


@pytest.mark.parametrize("colour", [0.0, 1.0])
def test_the_visible_is_mirrored_beneath(colour: float) -> None:
    cut = np.where(DISC[..., None] > 0, PHOTO, np.float32(colour))
    cut[0, :20] = 0.5  # rounded away by the program that cut it out
    found = extend_pixels(cut, DISC)
    seen = DISC > 0
    np.testing.assert_array_equal(found[seen], PHOTO[seen])
    assert found.min() >= PHOTO.min() and found.max() <= PHOTO.max()
    np.testing.assert_array_equal(found[60, 121], PHOTO[60, 117])  # across the edge at 119
    near = (np.hypot(Y - 60, X - 80) < 50) & ~seen
    assert found[near].std() == pytest.approx(PHOTO[seen].std(), rel=0.1)
    np.testing.assert_allclose(found[0, 0], PHOTO[seen].mean(axis=0), atol=1e-5)


def test_colours_that_differ_beneath_are_somebodys() -> None:
    assert extend_pixels(PHOTO, DISC) is PHOTO


def test_all_or_hardly_anything_transparent_changes_nothing() -> None:
    cut = PHOTO * DISC[..., None]
    for alpha in (np.zeros_like(DISC), np.ones_like(DISC), 1 - (X * Y == 0) * (X < 9) * (Y < 7.0)):
        assert extend_pixels(cut, alpha.astype(np.float32)) is cut


def test_a_file_is_read_so_and_a_mask_is_black_where_it_is_transparent(tmp_path: Path) -> None:
    rgba = np.zeros((120, 160, 4), np.uint8)
    rgba[DISC > 0] = 255
    Image.fromarray(rgba).save(tmp_path / "x.png")
    picture = read_picture(tmp_path / "x.png")
    assert picture.alpha is not None and picture.pixels.min() == 1
    np.testing.assert_array_equal(read_map(tmp_path / "x.png", Picture(PHOTO), "mask"), DISC)

"""Thumbnails keep means; sheets show every picture where it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.imaging.geometry import thumbnail
from restorer.imaging.lettering import font
from restorer.imaging.sheet import contact_sheet
from tests.imaging.pictures import random_pixels

GROUND = np.float32(0x20 / 255)


@pytest.mark.parametrize("size", [(100, 70), (33, 200), (1, 5000), (5000, 1), (64, 64)])
@pytest.mark.parametrize("longest", [1, 7, 50])
def test_a_thumbnail_keeps_the_mean_and_the_shape(size: tuple[int, int], longest: int) -> None:
    pixels = random_pixels(*size, 32)
    small = thumbnail(pixels, longest)
    assert max(small.shape[:2]) == longest
    assert min(small.shape[:2]) == max(1, round(min(size) * longest / max(size)))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small.mean((0, 1)), pixels.mean((0, 1)), atol=1e-5)


def test_whole_factors_are_block_means() -> None:
    pixels = random_pixels(60, 90, 32)
    expected = pixels.reshape(20, 3, 30, 3, 3).mean((1, 3))
    np.testing.assert_allclose(thumbnail(pixels, 30), expected, atol=1e-6)


def test_a_small_picture_is_not_enlarged_nor_shared() -> None:
    pixels = random_pixels(6, 9, 8)
    copy = thumbnail(pixels, 100)
    np.testing.assert_array_equal(copy, pixels)
    assert not np.shares_memory(copy, pixels)


def test_one_tile_lies_in_a_margin_of_the_ground() -> None:
    sheet = contact_sheet([("", np.ones((50, 80, 3), np.float32))], tile_width=80)
    assert sheet.shape[1] == 80 + 32
    np.testing.assert_array_equal(sheet[16:66, 16:96], 1.0)
    np.testing.assert_array_equal(sheet[:16], GROUND)
    np.testing.assert_array_equal(sheet[66:], GROUND)  # an empty title


def test_tiles_stand_in_reading_order_with_their_titles_below() -> None:
    shades = [0.3, 0.5, 0.7, 0.9, 1.0]
    tiles = [(f"t = {i}", np.full((40, 40, 3), v, np.float32)) for i, v in enumerate(shades)]
    sheet = contact_sheet(tiles, columns=3, tile_width=100)
    pitch = (sheet.shape[0] - 16) // 2
    for i, value in enumerate(shades):
        left, top = 16 + i % 3 * 116, 16 + i // 3 * pitch
        tile = sheet[top : top + 80, left + 10 : left + 90]  # 40 pixels, enlarged twice
        np.testing.assert_allclose(tile, value, atol=0.5 / 255)
        title = sheet[top + 80 : top + pitch - 16, left : left + 100]
        assert title.max() > 0.7
    last = sheet[16 + pitch :, 16 + 2 * 116 :]
    np.testing.assert_array_equal(last, GROUND)


def test_a_long_title_stays_within_its_column() -> None:
    black = np.zeros((60, 60, 3), np.float32)
    sheet = contact_sheet([("a very long title " * 5, black), ("", black)], tile_width=120)
    gap = sheet[:, 16 + 280 : 32 + 280]
    np.testing.assert_array_equal(gap, GROUND)


def test_columns_by_themselves_make_a_pleasant_shape() -> None:
    for count in range(1, 30):
        tiles = [("t", np.zeros((30, 40, 3), np.float32))] * count
        height, width = contact_sheet(tiles, tile_width=60).shape[:2]
        if count > 4:
            assert 0.8 < width / height < 3
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])


def test_a_title_gets_the_room_that_it_needs_under_a_small_picture() -> None:
    """Up to a bound; under a wide picture nothing changes."""
    white = np.ones((50, 60, 3), np.float32)
    short, long, longer = (
        contact_sheet([("t" * count, white)], tile_width=60).shape[1] for count in (3, 26, 900)
    )
    assert short == 60 + 32
    assert 100 < long < longer == 280 + 32
    assert contact_sheet([("t" * 26, white)], tile_width=300).shape[1] == 332


def test_titles_have_the_letters_of_every_language() -> None:
    letters = font(40)
    missing = bytes(letters.getmask("\ufffe"))
    for letter in "äöüßÄÖÜáéíóúñÑ¿¡√−ᾱσ×–…“”„":
        assert bytes(letters.getmask(letter)) != missing, letter

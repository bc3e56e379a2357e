"""What is kept of a picture: exact where it can be, and close to itself where it is turned back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restorer.errors import BadInput
from restorer.imaging.crop import Crop, crop_like, crop_of, cropped
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import copy_picture, write_picture

WHOLE = (60, 40)


def numbered(bits: int = 8) -> Picture:
    rng = np.random.default_rng(3)
    top = 2**bits - 1
    values = rng.integers(0, top + 1, (40, 60, 3)).astype(np.float32) / np.float32(top)
    return Picture(values, alpha=values[..., 0], infrared=values[..., 1], bits=bits)


def smooth(size: tuple[int, int] = (160, 120)) -> np.ndarray:
    """(H, W, 3), waves of 16 pixels and longer."""
    width, height = size
    y, x = np.mgrid[:height, :width] + 0.5
    along = ((1 / 16, 0), (0, 1 / 20), (0.03, 0.04))
    waves = [np.sin(2 * np.pi * (a * x + b * y)) for a, b in along]
    return (0.5 + 0.35 * np.stack(waves, axis=2)).astype(np.float32)


@pytest.mark.parametrize(
    ("degrees", "quarters"), [(90, -1), (180, 2), (270, 1), (-90, 1), (360, 0), (450, -1)]
)
def test_quarter_turns_keep_every_bit(degrees: float, quarters: int) -> None:
    picture = numbered()
    turned = cropped(picture, Crop.all_of(WHOLE).turned(degrees))
    np.testing.assert_array_equal(turned.pixels, np.rot90(picture.pixels, quarters))
    np.testing.assert_array_equal(turned.alpha, np.rot90(picture.alpha, quarters))
    np.testing.assert_array_equal(turned.infrared, np.rot90(picture.infrared, quarters))


@pytest.mark.parametrize("bits", [8, 16])
def test_a_crop_comes_out_of_its_file_as_it_went_in(tmp_path: Path, bits: int) -> None:
    picture = cropped(numbered(bits), Crop.all_of(WHOLE).turned(90).part((3, 5, 33, 45)))
    path = tmp_path / "a.png"
    write_picture(picture, path)
    again = read_picture(path)
    expected = np.rot90(numbered(bits).pixels, -1)[5:45, 3:33]
    np.testing.assert_array_equal(again.pixels, expected)
    np.testing.assert_array_equal(again.alpha, expected[..., 0])


def test_a_small_turn_and_back_is_nearly_the_same() -> None:
    pixels = smooth()
    there = Crop.all_of((160, 120)).turned(3)
    turned = there.apply(pixels, 3)
    back = Crop.all_of(there.size).turned(-3)
    again = back.apply(turned, 3)
    height, width = again.shape[:2]
    top, left = (120 - height) / 2, (160 - width) / 2
    middle = Crop.all_of((160, 120)).part((left, top, left + width, top + height))
    assert not there.exact
    away = np.abs(again - middle.apply(pixels, 3))[4:-4, 4:-4]
    assert away.max() < 2 / 255
    assert np.abs(turned - pixels[: there.size[1], : there.size[0]]).max() > 0.2  # it was turned


def test_degrees_are_clockwise() -> None:
    pixels = np.zeros((101, 101), np.float32)
    pixels[50, 51:] = 1  # a line from the middle to the right
    turned = Crop.all_of((101, 101)).turned(20).apply(pixels)
    side = turned.shape[0]
    right = turned[:, -1].argmax()
    assert right - side / 2 == pytest.approx(np.tan(np.radians(20)) * side / 2, abs=1.5)


def test_a_photographed_print_is_made_square() -> None:
    corners = (20.0, 10.0, 180.0, 25.0, 170.0, 130.0, 30.0, 140.0)
    crop = Crop.from_numbers(corners, (200, 150))
    y, x = np.mgrid[:150, :200] + 0.5
    through = np.stack([x, y, np.ones_like(x)], axis=-1) @ np.linalg.inv(crop._matrix).T
    u, v = (through[..., i] / through[..., 2] for i in (0, 1))
    w, h = crop.size
    a, b = (1 / 16) * 160 / w, (1 / 20) * 120 / h
    photographed = np.stack([np.sin(2 * np.pi * a * u), np.sin(2 * np.pi * b * v)], axis=2)
    got = crop.apply((0.5 + 0.35 * photographed).astype(np.float32), 3)
    vv, uu = np.mgrid[:h, :w] + 0.5
    wanted = np.stack([np.sin(2 * np.pi * a * uu), np.sin(2 * np.pi * b * vv)], axis=2)
    assert np.abs(got - (0.5 + 0.35 * wanted))[6:-6, 6:-6].max() < 4 / 255
    assert w >= round(np.hypot(160, 15)) and h >= round(np.hypot(10, 130))


@pytest.mark.parametrize("proportion", [1.5, 1.0, 0.7])
@pytest.mark.parametrize(("tilt", "turn"), [(30, 0), (0, -25), (20, 20), (0, 0)])
def test_a_print_photographed_from_aside_has_its_proportion(
    proportion: float, tilt: float, turn: float
) -> None:
    """The sides in the picture are up to 19 % off."""
    flat = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * (proportion, 1, 0)
    across, down = np.radians((tilt, turn))
    tilted = [[1, 0, 0], [0, np.cos(across), -np.sin(across)], [0, np.sin(across), np.cos(across)]]
    turned = [[np.cos(down), 0, np.sin(down)], [0, 1, 0], [-np.sin(down), 0, np.cos(down)]]
    there = flat @ np.array(turned).T @ np.array(tilted).T + (0.1, 0.2, 6)
    seen = 900 * there[:, :2] / there[:, 2:] + (500, 400)
    width, height = Crop.from_numbers(seen.ravel().tolist(), (1000, 800)).size
    assert width / height == pytest.approx(proportion, rel=0.02)


def test_flat_stays_flat_and_nothing_leaves_its_range() -> None:
    crop = Crop.all_of(WHOLE).turned(7)
    assert (
        np.abs(crop.apply(np.full((40, 60, 3), 0.3, np.float32), 3) - np.float32(0.3)).max() < 1e-5
    )
    made = crop.apply(numbered().pixels, 3)
    assert made.min() >= 0
    assert made.max() <= 1


def test_hidden_colours_do_not_run_into_what_is_seen() -> None:
    pixels = np.full((40, 60, 3), 0.5, np.float32)
    alpha = np.ones((40, 60), np.float32)
    pixels[:, 30:], alpha[:, 30:] = (1, 0, 1), 0
    made = cropped(Picture(pixels, alpha=alpha), Crop.all_of(WHOLE).turned(5))
    assert made.alpha is not None
    assert np.abs(made.pixels - 0.5)[made.alpha > 0.1].max() < 0.02


def test_masks_follow_and_lie_where_they_lay() -> None:
    hole = np.zeros((40, 60), bool)
    hole[10:20, 15:40] = True
    for degrees in (90, 6):
        crop = Crop.all_of(WHOLE).turned(degrees)
        mask = crop.apply(hole)
        assert mask.dtype == bool
        back = crop.paste(mask, False)
        inside = crop.paste(np.ones_like(mask), False)
        differ = (back != hole) & inside
        assert differ.sum() <= (0 if degrees == 90 else 10)
        assert not back[~inside].any()
    strength = np.full((40, 60), 255, np.uint8)
    assert (Crop.all_of(WHOLE).turned(6).apply(strength) == 255).all()


def test_a_part_knows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_picture(numbered(), path)
    picture = read_picture(path)
    part = cropped(picture, Crop.all_of(WHOLE).part((1, 2, 31, 32)))
    assert (part.digest, part.whole_size) == (picture.digest, WHOLE)
    again = crop_of(part)
    assert again is not None
    np.testing.assert_array_equal(cropped(picture, again).pixels, part.pixels)
    np.testing.assert_array_equal(crop_like(picture.brightness, part), part.brightness)
    assert copy_picture(part, tmp_path / "b.png") is None  # that would be all of it
    assert cropped(picture, Crop.all_of(WHOLE)) is picture


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((0, 0, 60, 0, 60, 41, 0, 40), "lies outside"),
        ((60, 0, 0, 0, 0, 40, 60, 40), "clockwise"),
        ((0, 0, 60, 40, 60, 0, 0, 40), "clockwise"),
        ((0, 0, 60, 0, 20, 15, 0, 40), "without a dent"),
        ((0, 0, 5, 0, 5, 40, 0, 40), "Less than"),
        ((0, 0, 60, 0), "eight numbers"),
    ],
)
def test_corners_that_cannot_be(numbers: tuple[float, ...], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Crop.from_numbers(numbers, WHOLE)


def test_a_box_that_does_not_fit() -> None:
    with pytest.raises(BadInput, match="does not fit"):
        Crop.all_of(WHOLE).part((0, 0, 61, 40))

"""Stars are not filled like dust."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation.scratches import SENSITIVITY, ScratchDetection
from restorer.degradation.stars import are_falling, are_stars, is_of_the_scene

Pixels = np.ndarray


@pytest.fixture(scope="module")
def night() -> tuple[Pixels, Pixels]:
    """A sky that glows a little, and where its stars are, twelve rows and columns of them."""
    rng = np.random.default_rng(0)
    points = np.zeros((240, 240))
    points[10::20, 10::20] = rng.uniform(2, 6, (12, 12))
    sky = (0.15 + gaussian_filter(points, 1.0)).clip(0, 1)
    marks = gaussian_filter(np.float64(points > 0), 1.0) > 0.02
    return np.repeat(sky[..., None], 3, axis=2).astype(np.float32), marks


def test_lights_in_the_dark_are_stars(night: tuple[Pixels, Pixels]) -> None:
    sky, marks = night
    assert are_stars(sky, marks)
    assert not are_stars(sky, np.zeros_like(marks))


def test_dust_is_no_star(night: tuple[Pixels, Pixels]) -> None:
    sky, marks = night
    white = np.where(marks[..., None], np.float32(0.9), sky)
    assert not are_stars(white, marks)  # all as white as the paper
    assert not are_stars(sky + np.float32(0.4), marks)  # by day
    assert not are_stars(0.3 - sky / 4, marks)  # dark
    hairs = marks.copy()
    hairs[::40, 20:90] = hairs[::40, 130:200] = True
    assert not are_stars(sky, hairs)


def test_stars_are_told_and_not_filled(night: tuple[Pixels, Pixels]) -> None:
    marks = night[1]
    odds = np.where(marks, np.float32(11), np.float32(-12))
    nothing = np.zeros_like(marks)
    dusty, starry = ScratchDetection(nothing, odds), ScratchDetection(nothing, odds, stars=True)
    assert (dusty.count, starry.count, starry.perhaps) == (144, 0, 144)
    assert dusty.marked(SENSITIVITY, unasked=True).any()
    assert not starry.marked(SENSITIVITY, unasked=True).any()
    assert np.array_equal(starry.marked(SENSITIVITY), dusty.marked(SENSITIVITY))


def falling(streak: int, light: float, slant: float) -> tuple[Pixels, Pixels]:
    """24 flakes or streaks of different strength over a bright sky, and where they are."""
    rng = np.random.default_rng(2)
    layer, marks = np.zeros((240, 240), np.float32), np.zeros((240, 240), bool)
    for number in range(24):
        row, column = 10 + 38 * (number // 4), 10 + 50 * (number % 4)
        for step in range(streak):
            at = slice(row + step, row + step + 3), column + round(slant * step)
            layer[at[0], at[1] : at[1] + 3] = marks[at[0], at[1] : at[1] + 3] = 1
        layer[row : row + 38] *= rng.uniform(0.4, 1)
    sky = np.float32(0.7) + (light - np.float32(0.7)) * gaussian_filter(layer, 0.7)
    return np.repeat(sky[..., None], 3, axis=2), marks


def test_snow_and_rain_are_no_dust() -> None:
    assert are_falling(*falling(3, 1.0, 0))
    assert are_falling(*falling(3, 0.75, 0))
    assert not are_falling(*falling(3, 0.2, 0))  # dark specks
    sky, marks = falling(3, 1.0, 0)
    assert not are_falling(sky, marks & (np.arange(240) < 100))  # a few
    for beside, falls in ((60, True), (2000, False)):  # all over it, and along its border
        wide = np.pad(sky, ((0, 0), (0, beside), (0, 0)), mode="edge")
        assert are_falling(wide, np.pad(marks, ((0, 0), (0, beside)))) == falls
    hairs = marks.copy()
    hairs[32::38, 20:100] = True
    assert not are_falling(sky, hairs)
    assert are_falling(*falling(26, 1.0, 0.3))  # rain, longer than flakes
    assert not are_falling(*falling(26, 1.0, 0))  # along a side, as scratches of a film are
    assert are_falling(*falling(26, 0.2, 0.3))


def test_what_nothing_tells_from_its_surroundings_is_of_the_scene() -> None:
    """Lights in a tree, where the tree is marked; a white hair over the same tree is damage."""
    rng = np.random.default_rng(1)
    tree = np.repeat(rng.choice([0.3, 0.6, 1.0], (120, 120, 1)), 3, axis=2).astype(np.float32)
    marks = np.zeros((120, 120), bool)
    marks[30:50, 20:90] = marks[70:74, 10:100] = True
    assert is_of_the_scene(tree, marks)
    hair = tree * np.float32(0.9)
    hair[71:73, 10:100] = 1.0
    assert is_of_the_scene(hair, marks & (np.arange(120) < 60)[:, None])
    assert not is_of_the_scene(hair, marks & (np.arange(120) > 60)[:, None])
    assert not is_of_the_scene(tree, np.ones_like(marks))  # nothing is left to tell

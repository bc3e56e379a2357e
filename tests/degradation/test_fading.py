"""Faded colours are read, and undone without cutting anything off."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, uniform_filter

from restorer.degradation.estimate import estimate
from restorer.degradation.fade_correction import ColourSettings, correct_fading, white_balance_at
from restorer.degradation.fading import read_fading
from restorer.diffusion.metrics import ciede2000
from restorer.imaging.light import from_light, to_light
from restorer.imaging.read import read_picture
from restorer.imaging.under_alpha import extend_pixels
from restorer.resources import resource_path
from restorer.training.fading import as_file, faded
from tests.degradation.pictures import Pixels

SAMPLES = ["cat.png", "church.webp", "panda.webp", "portrait.png", "rocket.jpg"]


@cache
def sample(name: str) -> Pixels:
    pixels = read_picture(resource_path("samples", name)).pixels
    return np.ascontiguousarray(pixels[:300, :300])


def as_faded(clean: Pixels, seed: int, even: bool = False) -> Pixels:
    """As a print from which dyes have gone, rounded to 8 bit."""
    light = to_light(clean).reshape(1, -1, 3)
    return as_file(faded(light, np.random.default_rng(seed), even)).reshape(clean.shape)


def away(a: Pixels, b: Pixels) -> float:
    return float(ciede2000(a, b).mean())


def test_light_and_values_are_each_others_inverse() -> None:
    values = np.linspace(0, 1, 1001)
    assert from_light(to_light(values)) == pytest.approx(values, abs=1e-6)
    assert to_light(np.array([0.5])) == pytest.approx(0.21404, abs=1e-5)


@pytest.mark.parametrize("name", SAMPLES)
def test_photographs_have_not_faded(name: str) -> None:
    assert not read_fading(sample(name)).sure


def test_a_gradient_as_programs_draw_it_has_not_faded() -> None:
    y, x = np.mgrid[:96:288j, :128:384j]
    place = (np.hypot(y - 30, x - 90) / 120)[..., None]
    colours = np.array([[0.55, 0.42, 0.3], [0.72, 0.6, 0.35]])
    across, down = (1 - place) * colours[0] + place * colours[1], 0.3 * y[..., None] / 96
    pixels = as_file((1 - down) * across + down * np.array([0.55, 0.5, 0.3]))
    assert read_fading(pixels).sure and not estimate(pixels).faded


def test_what_shows_one_material_has_not_faded() -> None:
    """Stone out of focus has as little contrast as a faded print; a small part seems so sooner."""
    rng = np.random.default_rng(1)
    coarse, fine = (
        gaussian_filter(rng.standard_normal((300, 300)), width) * 2 * width for width in (6, 2.5)
    )
    shades = 0.55 + 0.03 * fine / fine.std()
    stone = np.stack([shades + 0.03, shades, shades - 0.06 + 0.01 * coarse / coarse.std()], axis=2)
    whole, part = read_fading(as_file(stone)), read_fading(as_file(stone[:160, :160]))
    assert whole.one_material and not whole.sure
    assert replace(whole, one_material=False).sure
    assert not replace(part, one_material=False).sure


def test_photographs_show_more_than_one_material() -> None:
    faded_ones = [as_faded(sample(name), seed=1) for name in SAMPLES]
    assert not any(read_fading(one).one_material for one in faded_ones)


def test_faded_prints_are_found_and_brought_back() -> None:
    before, after, found = [], [], 0
    for name in SAMPLES:
        for seed in range(3):
            left = as_faded(sample(name), seed)
            before.append(away(left, sample(name)))
            after.append(away(correct_fading(left, ColourSettings()), sample(name)))
            found += read_fading(left).sure
    assert np.mean(after) < np.mean(before) / 2
    assert found >= 5


@pytest.mark.parametrize("side", [1, 40])
def test_one_colour_stays_as_it_is(side: int) -> None:
    flat = np.full((side, side, 3), (0.8, 0.5, 0.3), np.float32)
    assert correct_fading(flat, ColourSettings()) == pytest.approx(flat, abs=1e-4)


def test_no_tones_become_one_at_the_ends() -> None:
    left = as_faded(sample("church.webp"), 1)
    back = correct_fading(left, ColourSettings())
    assert back.min() >= 0 and back.max() <= 1
    for channel in range(3):
        values = np.unique(left[..., channel])
        mapped = [float(back[..., channel][left[..., channel] == v].mean()) for v in values]
        assert (np.diff(mapped) > 0).all()


def test_a_yellowed_print_becomes_grey_or_keeps_its_tone() -> None:
    grey = np.repeat(sample("cat.png").mean(axis=2, keepdims=True), 3, axis=2)
    left = as_faded(grey, 2, even=True) * np.array([1, 0.92, 0.75], np.float32)
    neutral, sepia = (correct_fading(left, ColourSettings(tone=tone)) for tone in (0.0, 1.0))
    assert away(neutral, grey) < away(left, grey) / 2
    assert np.ptp(neutral, axis=2).max() < 1e-5
    assert sepia[..., 0].mean() > sepia[..., 2].mean() + 0.05


def test_what_should_be_neutral_becomes_so() -> None:
    clean = sample("church.webp")
    bright, spread = clean.mean(axis=2), np.ptp(clean, axis=2)
    middle = np.where((bright > 0.3) & (bright < 0.6), uniform_filter(spread, 5), np.inf)
    y, x = np.unravel_index(int(middle[5:-5, 5:-5].argmin()), middle[5:-5, 5:-5].shape)
    y, x = int(y) + 5, int(x) + 5
    left = (as_faded(clean, 3) * np.array([1, 0.97, 0.85], np.float32)).astype(np.float32)
    warmth, tint = white_balance_at(left, (x, y))
    around = correct_fading(left, ColourSettings(warmth=warmth, tint=tint))[
        y - 2 : y + 3, x - 2 : x + 3
    ]
    assert np.ptp(np.median(around, axis=(0, 1))) < 3 / 255


def test_what_is_cut_out_of_a_faded_picture_has_its_tones() -> None:
    """Black beneath transparency would be the darkest there is of it."""
    left = as_faded(sample("church.webp"), 1)
    y, x = np.mgrid[:300, :300]
    seen = np.hypot(y - 150, x - 150) < 120
    black = np.where(seen[..., None], left, np.float32(0))
    given = extend_pixels(black, seen.astype(np.float32))
    alone = read_fading(left[seen][None])
    assert read_fading(black).black.max() < 0.01 < 0.04 < alone.black.min()
    np.testing.assert_allclose(read_fading(given).black, alone.black, atol=0.03)
    clean, back = (
        sample("church.webp")[seen][None],
        correct_fading(given, ColourSettings())[seen][None],
    )
    assert away(back, clean) < 0.7 * away(left[seen][None], clean)

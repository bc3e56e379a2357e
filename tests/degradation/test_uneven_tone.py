"""Stains of another colour over a picture in one tone."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.degradation.fade_correction import ColourSettings, correct_fading
from restorer.degradation.uneven_tone import even_tone, is_uneven
from restorer.imaging.light import from_light, to_light

SEPIA = np.array([1.0, 0.9, 0.72], np.float32)


@pytest.fixture(scope="module")
def print_() -> np.ndarray:
    """A print in sepia: slopes, and details in eight sizes."""
    y, x = np.mgrid[:120, :160].astype(np.float32)
    waves = sum(np.sin(x * f * 0.13 + y * (9 - f) * 0.11) for f in range(1, 9)) / 16
    return (np.clip(0.5 + 0.2 * waves + 0.15 * (x - y) / 160, 0, 1)[..., None] * SEPIA).astype("f4")


def stained(clean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """With a brown stain in one corner; and where it is."""
    y, x = np.mgrid[:120, :160]
    stain = (1 / (1 + np.exp((np.hypot(x - 30, y - 30) - 28) / 2)))[..., None]
    taken = np.exp(-stain * np.array([0.0, 0.25, 0.6])).astype(np.float32)
    return from_light(to_light(clean) * taken), stain[..., 0] > 0.5


def test_a_stain_goes_and_the_rest_stays(print_: np.ndarray) -> None:
    spoilt, inside = stained(print_)
    made = even_tone(spoilt)
    off = [np.abs(one - print_)[inside].mean() for one in (spoilt, made)]
    assert off[1] < 0.2 * off[0]
    assert np.abs(made - print_)[~inside].mean() < 2 / 255
    assert is_uneven(spoilt) and not is_uneven(made) and not is_uneven(print_)
    hole = np.zeros(inside.shape, bool)
    hole[:62, :64] = True
    assert not is_uneven(spoilt, hole), "what is to be filled is no stain"
    half = even_tone(spoilt, 0.5)
    assert off[1] < np.abs(half - print_)[inside].mean() < off[0]


def test_what_is_in_colours_or_in_grey_alone_stays_as_it_is(print_: np.ndarray) -> None:
    y, x = np.mgrid[:120, :160] / 160
    colours = print_ * np.stack([x, 1 - x, y], axis=2).astype(np.float32)
    for pixels in (colours, print_[..., :1].repeat(3, axis=2), np.zeros((5, 4, 3), np.float32)):
        assert even_tone(pixels) is pixels
    assert even_tone(print_, 0.0) is print_


def test_it_goes_before_faded_tones_are_read(print_: np.ndarray) -> None:
    spoilt, inside = stained(print_)
    assert _strays(correct_fading(spoilt, ColourSettings(even=1.0)), inside) < 0.25 * _strays(
        correct_fading(spoilt, ColourSettings()), inside
    )


def _strays(pixels: np.ndarray, inside: np.ndarray) -> float:
    """How much redder it is inside."""
    redder = pixels[..., 0] - pixels[..., 2]
    return abs(float(np.median(redder[inside]) - np.median(redder[~inside])))

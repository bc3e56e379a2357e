"""Faded and toned pictures are told from those that are neither."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from restorer.degradation.tone import read_tone
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file, grey, scene, three

SAMPLES = ["cat.png", "church.webp", "panda.webp", "portrait.png", "rocket.jpg"]
SEPIA = np.array([1.08, 1, 0.82], np.float32)


@cache
def sample(name: str) -> Pixels:
    return read_picture(resource_path("samples", name)).pixels


@pytest.mark.parametrize("name", SAMPLES)
def test_photographs_are_neither_faded_nor_toned(name: str) -> None:
    tone = read_tone(sample(name))
    assert not tone.faded and not tone.tint


@pytest.mark.parametrize("name", SAMPLES)
def test_a_faded_print_is_faded(name: str) -> None:
    faded = (60 + 140 * sample(name)) / 255
    for cast in (np.ones(3), np.array([1, 0.96, 0.75])):
        tone = read_tone(as_file((faded * cast).astype(np.float32), 2))
        assert tone.faded and not tone.tint


@pytest.mark.parametrize("name", SAMPLES)
def test_sepia_is_toned_and_grey_is_not(name: str) -> None:
    one = grey(sample(name))
    assert read_tone(as_file((one * SEPIA).clip(0, 1), 3)).tint
    assert not read_tone(as_file(three(one), 3)).tint


def test_low_and_high_are_the_ends_of_the_range() -> None:
    picture = (60 + 130 * scene()) / np.float32(255)
    tone = read_tone(picture)
    low, high = np.quantile(255 * picture.mean(axis=2), [0.005, 0.995])
    assert tone.low == pytest.approx(low, abs=3) and tone.high == pytest.approx(high, abs=3)
    assert tone.faded


@pytest.mark.parametrize(
    ("low", "high", "faded"), [(56, 206, True), (30, 190, False), (70, 235, False), (0, 255, False)]
)
def test_a_print_that_still_has_its_black_or_its_white_is_not_faded(
    low: float, high: float, faded: bool
) -> None:
    one = np.linspace(low, high, 200 * 200, dtype=np.float32).reshape(200, 200, 1) / 255
    assert read_tone(three(one)).faded == faded


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (200, 3)])
def test_one_flat_colour_is_no_picture(size: tuple[int, int]) -> None:
    tone = read_tone(np.full((*size, 3), (0.6, 0.5, 0.4), np.float32))
    assert not tone.faded and not tone.tint
    assert tone.low == pytest.approx(127.5, abs=0.1) and tone.high == pytest.approx(tone.low)

"""Toned pictures are told from others."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from restorer.degradation.tone import is_toned
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file, grey, three

SAMPLES = ["cat.png", "church.webp", "panda.webp", "portrait.png", "rocket.jpg"]
SEPIA = np.array([1.08, 1, 0.82], np.float32)


@cache
def sample(name: str) -> Pixels:
    return read_picture(resource_path("samples", name)).pixels


@pytest.mark.parametrize("name", SAMPLES)
def test_photographs_are_not_toned(name: str) -> None:
    assert not is_toned(sample(name))


@pytest.mark.parametrize("name", SAMPLES)
def test_sepia_is_toned_and_grey_is_not(name: str) -> None:
    one = grey(sample(name))
    assert is_toned(as_file((one * SEPIA).clip(0, 1), 3))
    assert not is_toned(as_file(three(one), 3))


@pytest.mark.parametrize("name", ["cat.png", "church.webp"])
def test_white_scratches_hide_no_tone(name: str) -> None:
    sepia = as_file((grey(sample(name)) * SEPIA * 0.8).clip(0, 1), 1)
    for top in range(20, len(sepia), 300):
        sepia[top : top + 4] = 0.95
    assert is_toned(sepia)


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (200, 3)])
def test_one_flat_colour_is_no_picture(size: tuple[int, int]) -> None:
    assert not is_toned(np.full((*size, 3), (0.6, 0.5, 0.4), np.float32))

"""Draws shapes and letters: sharp straight edges, which are rare in photographs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Rng = np.random.Generator

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&?!%"
#: How often edges are smoothed as a renderer does, and the ground is one colour.
_SMOOTH, _PLAIN = 0.7, 0.4


class Drawing(NamedTuple):
    """A drawing over a scene.

    Attributes:
        cover: (side, side) float32, its coverage from 0 to the contrast.
        tone: (3,) float32 in 0..255, its colour.
        background: (3,), colour of the ground; NaN for the scene itself.
    """

    cover: NDArray[np.float32]
    tone: NDArray[np.float32]
    background: NDArray[np.float32]


def drawing(seed: int, side: int) -> Drawing:
    """Make a drawing with random contrast."""
    rng = np.random.default_rng(seed)
    finer = 3 if rng.random() < _SMOOTH else 1
    image = Image.new("L", (finer * side, finer * side))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 6))):
        shape = (_polygon, _line, _bars, _disc, _word)[int(rng.integers(5))]
        shape(pen, rng, finer * side, finer)
    image = image.resize((side, side), Image.Resampling.BOX)
    cover = np.asarray(image, np.float32) / np.float32(255) * np.float32(rng.uniform(0.08, 1))
    tone, background = rng.uniform(0, 255, (2, 3)).astype(np.float32)
    if rng.random() < 0.5:  # mostly grey, as print is
        tone[:], background[:] = tone[0], background[0]
    return Drawing(
        cover, tone, background if rng.random() < _PLAIN else np.full_like(background, np.nan)
    )


def _ink(rng: Rng) -> int:
    """The ink of a shape: it covers, or makes a hole in what was drawn before."""
    return 0 if rng.random() < 0.25 else 255


def _polygon(pen: ImageDraw.ImageDraw, rng: Rng, side: int, _: int) -> None:
    corners = rng.uniform(-0.2, 1.2, (int(rng.integers(3, 6)), 2)) * side
    pen.polygon([tuple(corner) for corner in corners.tolist()], _ink(rng))


def _line(pen: ImageDraw.ImageDraw, rng: Rng, side: int, finer: int) -> None:
    ends = rng.uniform(-0.2, 1.2, 4) * side
    pen.line(ends.tolist(), _ink(rng), int(finer * rng.uniform(1, 8)))


def _bars(pen: ImageDraw.ImageDraw, rng: Rng, side: int, finer: int) -> None:
    """Parallel lines, as in windows and fences."""
    angle, gap = rng.uniform(0, math.pi), finer * rng.uniform(3, 24)
    wide = max(1, int(gap * rng.uniform(0.2, 0.8)))
    across = np.array([math.cos(angle), math.sin(angle)])
    along = np.array([-across[1], across[0]]) * side * rng.uniform(0.1, 1)
    middle, ink = rng.uniform(0, 1, 2) * side, _ink(rng)
    for number in range(-8, 9):
        place = middle + number * gap * across
        pen.line([*(place - along).tolist(), *(place + along).tolist()], ink, wide)


def _disc(pen: ImageDraw.ImageDraw, rng: Rng, side: int, _: int) -> None:
    x, y = rng.uniform(0, 1, 2) * side
    wide, high = rng.uniform(0.02, 0.4, 2) * side
    pen.ellipse((x - wide, y - high, x + wide, y + high), _ink(rng))


def _word(pen: ImageDraw.ImageDraw, rng: Rng, side: int, finer: int) -> None:
    text = "".join(rng.choice(list(_LETTERS), int(rng.integers(2, 12))))
    font = ImageFont.load_default(finer * rng.uniform(7, 40))
    place = rng.uniform(-0.1, 0.7, 2) * side
    pen.text(tuple(place.tolist()), text, _ink(rng), font)

"""Makes holes such as people mark, for the network that fills.

They are marks of scratches, dust and tears, single pixels, letters, or strokes of a thick brush.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import binary_dilation, gaussian_filter

from restorer.training.damage import coats, grained, toned
from restorer.training.shapes import Shapes

Kind = Literal["marks", "points", "letters", "strokes"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rng = np.random.Generator

_SHARES = 0.5, 0.18, 0.12, 0.2
_COVERED = 0.05  # what is less of a mark cannot be seen
_MOST = 0.6  # of a picture, but for points
_LETTERS = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?&%  ")


def context(clean: Floats, rng: Rng) -> tuple[Floats, Floats]:
    """A scene, and the same as it is known around holes: half of them have grain or noise."""
    truth = toned(clean, rng) if rng.random() < 0.5 else clean
    if rng.random() < 0.15:
        truth = gaussian_filter(truth, (s := rng.uniform(0.4, 1.5), s, 0))
    seen = np.clip(grained(truth, rng), 0, 1) if rng.random() < 0.5 else truth
    return np.ascontiguousarray(truth), np.ascontiguousarray(seen)


def hole(shape: tuple[int, ...], rng: Rng, shapes: Shapes | None = None) -> tuple[Kind, Mask]:
    """A hole of a random kind, (H, W), true where nothing is known; never the whole picture."""
    makers: dict[Kind, Callable[[], Mask]] = {
        "marks": lambda: _marks(shape, rng, shapes),
        "points": lambda: _points(shape, rng),
        "letters": lambda: _letters(shape, rng),
        "strokes": lambda: _strokes(shape, rng),
    }
    while True:
        kind = KINDS[int(rng.choice(len(KINDS), p=_SHARES))]
        mask = makers[kind]()
        if mask.any() and (kind == "points" or mask.mean() < _MOST):
            return kind, mask


def _marks(shape: tuple[int, ...], rng: Rng, shapes: Shapes | None) -> Mask:
    """The mask of synthetic damage, grown a little like a person's marks."""
    mask = np.zeros(shape, bool)
    for coverage, _ in coats(shape, rng, shapes):
        mask |= coverage > _COVERED
    grown = int(rng.integers(3))
    return binary_dilation(mask, iterations=grown) if grown and mask.any() else mask


def _points(shape: tuple[int, ...], rng: Rng) -> Mask:
    share = math.exp(rng.uniform(math.log(0.01), math.log(0.85)))
    return rng.random(shape) < share


def _letters(shape: tuple[int, ...], rng: Rng) -> Mask:
    """Lines of letters of one size."""
    height, width = shape
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    size = math.exp(rng.uniform(math.log(9), math.log(60)))
    font = ImageFont.load_default(size)
    bold = int(rng.integers(2)) if size > 16 else 0
    for top in np.arange(rng.uniform(-size, size), height, size * rng.uniform(1.1, 3)):
        line = "".join(rng.choice(_LETTERS, 3 + int(4 * width / size)))
        pen.text((-rng.uniform(0, size), float(top)), line, 255, font, stroke_width=bold)
    mask = np.asarray(image) > 60
    return binary_dilation(mask) if rng.random() < 0.4 else mask


def _strokes(shape: tuple[int, ...], rng: Rng) -> Mask:
    """Strokes of a thick brush, boxes and blots, sometimes a border."""
    height, width = shape
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    for _ in range(1 + rng.poisson(1.5)):
        what, thick = rng.random(), math.exp(rng.uniform(math.log(6), math.log(40)))
        x, y = rng.uniform(0, 1, 2) * image.size
        if what < 0.55:
            points = [(x, y)]
            angle = rng.uniform(0, 2 * math.pi)
            for _ in range(int(rng.integers(2, 9))):
                angle += rng.normal(0, 0.6)
                reach = rng.uniform(8, 24)
                x, y = x + reach * math.cos(angle), y + reach * math.sin(angle)
                points.append((x, y))
            pen.line(points, 255, round(thick), joint="curve")
            for x, y in points:
                pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), 255)
        elif what < 0.75:
            pen.ellipse((x, y, x + thick * rng.uniform(0.5, 1.5), y + thick), 255)
        elif what < 0.92:
            pen.rectangle((x, y, x + thick * rng.uniform(0.5, 2), y + thick), 255)
        else:
            pen.rectangle(_border(width, height, thick / 2, rng), 255)
    return np.asarray(image) > 0


def _border(width: int, height: int, thick: float, rng: Rng) -> tuple[float, float, float, float]:
    sides = (
        (0, 0, width, thick),
        (0, height - thick, width, height),
        (0, 0, thick, height),
        (width - thick, 0, width, height),
    )
    return sides[int(rng.integers(4))]

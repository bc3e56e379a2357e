"""Scratches, hairs, dust and cracks, drawn on clean pictures.

Synthetic damage for `restorer.training.scratches`: its coverage is known, so a network can learn to
find it. Pictures are (H, W, 3) float32 in 0..1; coverage is (H, W), 0 where nothing was drawn.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from restorer.training.shapes import Shapes
from restorer.training.torn import torn

Floats = NDArray[np.float32]
Rng = np.random.Generator

_FINER = 3  # lines are drawn so many times larger, for soft edges
_STEP = 4.0  # pixels from one corner of a line to the next
_CLEAN = 0.45  # share of pictures without damage
_TORN = 0.3  # share of coats that are tears, creases, lost corners
_REAL = 0.45  # share of the others whose shapes are real ones, where there are any


class Stroke(NamedTuple):
    """A line: corners (N, 2) as x and y; width in pixels, opacity (0..1) of its N - 1 pieces."""

    corners: Floats
    widths: Floats
    opacities: Floats


class Damaged(NamedTuple):
    """The picture as read from its file, and the coverage of the visible damage in it."""

    picture: Floats
    coverage: Floats


def damaged(clean: Floats, rng: Rng, shapes: Shapes | None = None) -> Damaged:
    """Turn a clean picture into an old photograph, scan or film frame; half get no damage."""
    picture = _barred(_lettered(toned(clean, rng), rng), rng)
    if rng.random() < 0.35:
        picture = gaussian_filter(picture, (s := rng.uniform(0.4, 1.5), s, 0))
    if rng.random() < 0.5:
        picture = grained(picture, rng)
    coverage = np.zeros(clean.shape[:2], np.float32)
    before = picture
    if rng.random() >= _CLEAN:
        for layer, tone in coats(clean.shape[:2], rng, shapes):
            if rng.random() < 0.2:  # a groove throws a shadow
                shadow = np.roll(layer, rng.integers(-2, 3, 2), (0, 1))[..., None]
                opposite = np.float32(tone.mean() < 0.5)
                picture = picture + rng.uniform(0.2, 0.8) * shadow * (opposite - picture)
            picture = picture + layer[..., None] * (tone - picture)
            coverage = np.maximum(coverage, layer)
    contrast = gaussian_filter(np.abs(picture - before).max(axis=2), 0.7)
    coverage = coverage * (contrast > rng.uniform(0.02, 0.035))
    return Damaged(_as_file(picture, rng), coverage)


def toned(picture: Floats, rng: Rng) -> Floats:
    """Make the picture colour, grey or one tone; sometimes faded."""
    kind = rng.random()
    if kind < 0.45:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
        if kind < 0.25:
            warm = rng.uniform(0, 1)
            picture = picture * np.array([1.0, 1 - 0.12 * warm, 1 - 0.4 * warm], np.float32)
    if rng.random() < 0.3:
        low, high = rng.uniform(0, 0.3), rng.uniform(0.65, 1)
        picture = low + picture * (high - low)
    return picture.astype(np.float32)


def _lettered(picture: Floats, rng: Rng) -> Floats:
    """Sometimes add letters or a frame: thin and pale, but no damage."""
    kind = rng.random()
    if kind > 0.12:
        return picture
    image = Image.fromarray(np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    ink = tuple(rng.integers(0, 256, 3).tolist()) if rng.random() < 0.3 else _pole(rng)
    if kind < 0.08:
        letters = "".join(rng.choice(list("abcdefghiklmnoprstuvwxyzABDEGHMRST 0123456789"), 14))
        font = ImageFont.load_default(float(rng.uniform(8, 60)))
        corner = rng.uniform(-0.2, 0.8, 2) * image.size
        pen.text((float(corner[0]), float(corner[1])), letters, ink, font)
    else:
        width = int(rng.integers(1, 40))
        beyond = np.where(rng.random(4) < 0.5, 0, width)  # a crop seldom has all four sides
        left, top, right, bottom = (
            np.array([0, 0, *image.size]) + (-1, -1, 1, 1) * beyond
        ).tolist()
        pen.rectangle((left, top, right - 1, bottom - 1), outline=ink, width=width)
    return np.asarray(image, np.float32) / np.float32(255)


def _barred(picture: Floats, rng: Rng) -> Floats:
    """Sometimes add several similar bars, rails or wires, which only look like scratches."""
    if rng.random() > 0.06:
        return picture
    shape = picture.shape[:2]
    angle = rng.uniform(0, np.pi) if rng.random() < 0.5 else rng.integers(2) * np.pi / 2
    rows, columns = np.indices(shape, np.float32)
    across = columns * np.sin(angle) - rows * np.cos(angle)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    sag = rng.uniform(0, 0.1) * (along / max(shape)) ** 2 * max(shape)
    pitch, width = rng.uniform(5, 28), rng.uniform(1, 6)  # many, or they are scratches of a film
    from_bar = np.abs((across + sag + rng.uniform(0, pitch)) % pitch - pitch / 2)
    bar = np.clip(min(width, 0.7 * pitch) / 2 - from_bar + 0.5, 0, 1)[..., None]
    color = rng.uniform(0, 1, 3) if rng.random() < 0.3 else np.full(3, rng.uniform(0, 1))
    barred: Floats = (picture + bar * (color - picture)).astype(np.float32)
    return barred


def _pole(rng: Rng) -> tuple[int, int, int]:
    """A tone that is nearly white or nearly black."""
    level = int(rng.integers(0, 30)) if rng.random() < 0.5 else int(rng.integers(226, 256))
    return level, level, level


def grained(picture: Floats, rng: Rng) -> Floats:
    """Add noise of 1 to 14 of 255, in brightness or colour, sometimes soft."""
    level = float(np.exp(rng.uniform(0, np.log(14)))) / 255
    shape = (*picture.shape[:2], 1 if rng.random() < 0.6 else 3)
    noise = rng.standard_normal(shape, np.float32)
    if rng.random() < 0.5:
        noise = gaussian_filter(noise, (s := rng.uniform(0.4, 1.0), s, 0))
        noise /= noise.std()
    return picture + np.float32(level) * noise


def coats(
    shape: tuple[int, ...], rng: Rng, shapes: Shapes | None
) -> Iterator[tuple[Floats, Floats]]:
    """One or more coats of damage, each with its tone (3,) or (H, W, 3)."""
    for _ in range(1 + int(rng.random() < 0.5) + int(rng.random() < 0.3)):
        if rng.random() < _TORN:
            yield torn(shape, rng)
        elif shapes and rng.random() < _REAL:
            yield _softened(shapes.coat(shape, rng) * np.float32(rng.uniform(0.6, 1)), rng)
        else:
            yield _softened(_drawn_coat(shape, rng), rng)


def _softened(layer: Floats, rng: Rng) -> tuple[Floats, Floats]:
    """A coat of damage, sometimes out of focus, and its tone."""
    if rng.random() < 0.5:
        layer = gaussian_filter(layer, rng.uniform(0.3, 0.9))
    return layer, _tone(layer.shape, rng)


def _drawn_coat(shape: tuple[int, ...], rng: Rng) -> Floats:
    shares = {
        _scratches: 0.34,
        _hairs: 0.15,
        _dust: 0.22,
        _cracks: 0.12,
        _scuffs: 0.07,
        _ruled: 0.08,
        _stains: 0.02,
    }
    kinds = list(shares)
    return kinds[rng.choice(len(kinds), p=list(shares.values()))](shape, rng)


def _tone(shape: tuple[int, ...], rng: Rng) -> Floats:
    """A slightly uneven tone: mostly white, often black, sometimes a colour."""
    kind = rng.random()
    if kind < 0.5:
        tone = np.full(3, rng.uniform(0.75, 1.05))
    elif kind < 0.8:
        tone = np.full(3, rng.uniform(-0.05, 0.25))
    else:
        tone = rng.uniform(0, 1, 3)
    uneven = rng.uniform(0, 0.08) * rng.standard_normal((*shape, 1), np.float32)
    return (tone + uneven).astype(np.float32)


def _drawn(shape: tuple[int, ...], strokes: list[Stroke]) -> Floats:
    """The coverage of strokes, (H, W)."""
    height, width = shape
    image = Image.new("L", (_FINER * width, _FINER * height))
    pen = ImageDraw.Draw(image)
    for corners, widths, opacities in strokes:
        points = [tuple(p) for p in (_FINER * corners).tolist()]
        thick = np.maximum(1, np.rint(_FINER * widths)).astype(int).tolist()
        for one, other, w, opacity in zip(points, points[1:], thick, opacities, strict=False):
            if opacity > 0:
                pen.line((*one, *other), round(255 * float(opacity)), w)
    small = image.resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def _path(
    shape: tuple[int, ...], angle: float, length: float, bend: float, jag: float, rng: Rng
) -> Floats:
    """Corners of a line that bends by `bend` radians in all, and by up to `jag` at each corner."""
    height, width = shape
    count = max(2, round(length / _STEP))
    sway = gaussian_filter(rng.standard_normal(count), 6, mode="nearest").cumsum()
    sway *= bend / max(float(np.ptp(sway)), 1e-6)
    angles = angle + sway + jag * rng.standard_normal(count)
    corners = np.stack([np.cos(angles), np.sin(angles)], axis=1).cumsum(axis=0) * _STEP
    middle = rng.uniform(0, 1, 2) * (width, height)
    return (corners - corners[rng.integers(count)] + middle).astype(np.float32)


def _stroke(corners: Floats, width: float, opacity: float, broken: float, rng: Rng) -> Stroke:
    """Make a stroke of varying width and opacity, with gaps along `broken` (0..1) of its length."""
    pieces = len(corners) - 1
    slow = 3.8 * gaussian_filter(rng.standard_normal((3, pieces)), (0, 4), mode="nearest")
    widths = width * np.exp(0.2 * slow[0])
    opacities = np.clip(opacity * (1 + 0.15 * slow[1]), 0, 1)
    gaps = slow[2] < np.quantile(slow[2], broken) if broken else np.zeros(pieces, bool)
    return Stroke(corners, widths.astype(np.float32), np.where(gaps, 0, opacities))


def _width(low: float, high: float, rng: Rng) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _scratches(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Nearly straight lines in any direction; on film they run along it."""
    along = rng.integers(2) * np.pi / 2 if rng.random() < 0.6 else None
    strokes = []
    for _ in range(1 + rng.poisson(2)):
        if along is None:
            angle, bend = rng.uniform(0, 2 * np.pi), abs(rng.normal(0, 0.35))
        else:
            angle, bend = along + 0.02 * rng.standard_normal(), 0.02
        whole = along is not None and rng.random() < 0.7
        length = 3 * max(shape) if whole else _width(20, 2 * max(shape), rng)
        corners = _path(shape, angle, length, bend, abs(rng.normal(0, 0.03)), rng)
        broken = rng.uniform(0, 0.6) if rng.random() < 0.4 else 0.0
        strokes.append(_stroke(corners, _width(0.7, 9, rng), rng.uniform(0.3, 1), broken, rng))
    return _drawn(shape, strokes)


def _hairs(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Thin, curled, unbroken lines."""
    strokes = []
    for _ in range(1 + rng.poisson(1.5)):
        corners = _path(
            shape, rng.uniform(0, 6.3), _width(20, 120, rng), rng.uniform(0.5, 5), 0.0, rng
        )
        strokes.append(_stroke(corners, _width(0.7, 2.2, rng), rng.uniform(0.4, 1), 0.0, rng))
    return _drawn(shape, strokes)


def _dust(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Specks and sometimes a blob."""
    height, width = shape
    image = Image.new("L", (_FINER * width, _FINER * height))
    pen = ImageDraw.Draw(image)
    for _ in range(1 + rng.poisson(_width(2, 25, rng))):
        radius = _FINER * (_width(0.6, 3, rng) if rng.random() < 0.93 else _width(3, 14, rng))
        x, y = rng.uniform(0, 1, 2) * image.size
        around = np.linspace(0, 2 * np.pi, 9)[:-1]
        reach = radius * np.exp(0.25 * rng.standard_normal(8))
        aspect = np.exp(0.3 * rng.standard_normal())
        points = [
            (x + r * np.cos(a) * aspect, y + r * np.sin(a) / aspect)
            for a, r in zip(around, reach, strict=True)
        ]
        pen.polygon(points, round(255 * rng.uniform(0.4, 1)))
    small = image.resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def _cracks(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Ragged lines that fork, as in folded paper or a broken coat."""
    strokes = []
    for _ in range(1 + rng.poisson(0.6)):
        angle, width = rng.uniform(0, 6.3), _width(0.8, 4, rng)
        trunk = _path(shape, angle, 3 * max(shape), rng.uniform(0, 0.8), rng.uniform(0.2, 0.7), rng)
        strokes.append(_stroke(trunk, width, rng.uniform(0.5, 1), 0.0, rng))
        for _ in range(rng.poisson(3)):
            fork = _path(shape, angle + rng.normal(0, 1), _width(10, 60, rng), 0.5, 0.5, rng)
            fork += trunk[rng.integers(len(trunk))] - fork[0]
            strokes.append(_stroke(fork, 0.6 * width, rng.uniform(0.4, 1), 0.0, rng))
    return _drawn(shape, strokes)


def _scuffs(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Many fine parallel lines."""
    angle, spread = rng.uniform(0, 6.3), rng.uniform(0.02, 0.3)
    strokes = []
    for _ in range(5 + rng.poisson(8)):
        corners = _path(shape, rng.normal(angle, spread), _width(15, 100, rng), 0.05, 0.0, rng)
        strokes.append(_stroke(corners, _width(0.6, 1.5, rng), rng.uniform(0.2, 0.8), 0.0, rng))
    return _drawn(shape, strokes)


def _ruled(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Lines drawn with a computer: straight and hard, often horizontal or vertical."""
    height, width = shape
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    for _ in range(1 + rng.poisson(2.5)):
        start = rng.uniform(0, 1, 2) * image.size
        angle = rng.integers(4) * np.pi / 2 if rng.random() < 0.5 else rng.uniform(0, 2 * np.pi)
        reach = _width(20, 2 * max(shape), rng) * np.array([np.cos(angle), np.sin(angle)])
        if rng.random() < 0.3:  # from one edge to the other
            start = start - 3 * reach / np.linalg.norm(reach) * max(shape)
            reach = 8 * reach / np.linalg.norm(reach) * max(shape)
        end = start + reach
        pen.line((*start.tolist(), *end.tolist()), 255, int(rng.integers(1, 10)))
    return np.asarray(image, np.float32) / np.float32(255)


def _stains(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Stains, and places where something was torn off."""
    field = gaussian_filter(rng.standard_normal(shape, np.float32), rng.uniform(4, 16))
    edge = np.quantile(field, rng.uniform(0.93, 0.995))
    sharp = rng.uniform(0.02, 0.3) * float(field.std())
    return np.clip((field - edge) / sharp + 0.5, 0, 1).astype(np.float32)


def _as_file(picture: Floats, rng: Rng) -> Floats:
    """The picture after a slightly soft scan, rounding and often JPEG."""
    if rng.random() < 0.4:
        picture = gaussian_filter(picture, (s := rng.uniform(0.3, 0.8), s, 0))
    if rng.random() < 0.4:
        picture = grained(picture, rng)
    image = Image.fromarray(np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8))
    if rng.random() < 0.5:
        data = io.BytesIO()
        image.save(data, "JPEG", quality=int(rng.integers(50, 99)))
        image = Image.open(data)
    return np.asarray(image, np.float32) / np.float32(255)

"""Tears, creases, lost corners and chipped edges, drawn on clean pictures.

This is the damage of paper, beside the scratches and dust of `restorer.training.damage`. An
`Overlay` is one layer: its coverage and its tone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rng = np.random.Generator


class Overlay(NamedTuple):
    """One layer of damage: coverage (H, W) and tone (H, W, 3), both in 0..1."""

    coverage: Floats
    tone: Floats


def torn(shape: tuple[int, ...], rng: Rng) -> Overlay:
    """A random tear, crease, lost corner or chipped edge for a picture of (height, width)."""
    kinds = (_tear, _crease, _lost_corner, _chipped_edge)
    kind = kinds[int(rng.choice(len(kinds), p=(0.37, 0.38, 0.06, 0.19)))]
    return kind(shape, rng)


def _paper(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Bare paper, (H, W, 3): pale, slightly warm, with fibres."""
    fibres = gaussian_filter(rng.standard_normal(shape, np.float32), rng.uniform(0.5, 1.5))
    fibres *= rng.uniform(0.01, 0.07) / max(float(fibres.std()), 1e-6)
    warm = rng.uniform(0, 0.5)
    tint = np.array([1, 1 - 0.08 * warm, 1 - 0.3 * warm], np.float32)
    return (rng.uniform(0.7, 1.0) * tint + fibres[..., None]).astype(np.float32)


def _beside(shape: tuple[int, ...], rng: Rng) -> tuple[Floats, Floats]:
    """The distance of each pixel from a ragged line through the picture, and its place along it.

    The line is nearly straight as a whole and ragged at every scale, like torn paper.
    """
    rows, columns = np.indices(shape, np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    y, x = (rng.uniform(0, length) for length in shape)
    along = (columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)
    across = (rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)
    reach = 2 * int(np.hypot(shape[0], shape[1])) + 2
    wander = _rough(reach, rng.uniform(0.2, 3), rng) + _rough(reach, rng.uniform(0, 0.4), rng, 2)
    at = np.clip(along + reach / 2, 0, reach - 1)
    return across - np.interp(at, np.arange(reach), wander).astype(np.float32), along


def _rough(count: int, size: float, rng: Rng, smooth: float = 12) -> Floats:
    """A random walk of about `size` pixels each `smooth` steps."""
    steps = gaussian_filter(rng.standard_normal(count), smooth)
    walk = np.cumsum(steps / max(float(steps.std()), 1e-6)) * size / smooth
    return (walk - walk.mean()).astype(np.float32)


def _ends(along: Floats, shape: tuple[int, ...], rng: Rng) -> Floats:
    """1 on the line, 0 beyond its ends; some lines run through the whole picture."""
    if rng.random() < 0.5:
        return np.ones(shape, np.float32)
    length = rng.uniform(0.3, 1.2) * max(shape)
    start = rng.uniform(-0.6, 0.2) * length
    inside = np.minimum(along - start, start + length - along)
    return np.clip(inside / 6, 0, 1).astype(np.float32)


def _tear(shape: tuple[int, ...], rng: Rng) -> Overlay:
    """A tear: the white core of the paper shows along a line of varying width."""
    across, along = _beside(shape, rng)
    width = np.exp(rng.uniform(np.log(0.8), np.log(9)))
    swell = gaussian_filter(rng.standard_normal(shape), 8)
    width = width * np.exp(0.5 * swell / max(float(swell.std()), 1e-6))
    edge = 0.4 * gaussian_filter(rng.standard_normal(shape), 0.8)
    core = np.clip(width / 2 - np.abs(across) + edge + 0.5, 0, 1) * _ends(along, shape, rng)
    tone = _paper(shape, rng)
    if rng.random() < 0.4:  # one side stands up and throws a shadow
        shadow = np.clip(1 - np.abs(across - width / 2) / 1.5, 0, 1)[..., None]
        tone = tone * (1 - rng.uniform(0.3, 0.9) * shadow)
    if rng.random() < 0.15:  # or what lies under the picture shows, dark
        tone = 1 - tone
    return Overlay(core.astype(np.float32), tone.astype(np.float32))


def _crease(shape: tuple[int, ...], rng: Rng) -> Overlay:
    """A fold: the layer has flaked off along it."""
    across, along = _beside(shape, rng)
    width = np.exp(rng.uniform(np.log(0.8), np.log(6)))
    flakes = gaussian_filter(rng.standard_normal(shape), rng.uniform(0.5, 1.6))
    flakes = flakes / max(float(flakes.std()), 1e-6) + rng.uniform(-0.6, 1.5)
    near = np.exp(-0.5 * (across / width) ** 2)
    core = np.clip(2 * (near * (1 + flakes) - 0.7), 0, 1) * _ends(along, shape, rng)
    return Overlay((rng.uniform(0.5, 1) * core).astype(np.float32), _paper(shape, rng))


def _lost_corner(shape: tuple[int, ...], rng: Rng) -> Overlay:
    """A corner is missing beyond a ragged line, along which the paper is bare.

    They are rare and always have that rim; otherwise flat sky would count as a lost corner.
    """
    across, _ = _beside(shape, rng)
    corners = across[[0, 0, -1, -1], [0, -1, 0, -1]]
    depth = rng.uniform(0.1, 0.5) * max(shape)
    gone = across - (corners.max() - depth)
    ground = np.full((*shape, 3), _ground(rng), np.float32)
    rim = np.clip(rng.uniform(1.5, 7) - np.abs(gone) + 0.5, 0, 1)[..., None]
    tone = ground + rim * (_paper(shape, rng) - ground)
    return Overlay(np.clip(gone + 0.5, 0, 1).astype(np.float32), tone.astype(np.float32))


def _chipped_edge(shape: tuple[int, ...], rng: Rng) -> Overlay:
    """Flakes are missing along one to four borders of the picture."""
    gone = rng.random(4) < rng.uniform(0.25, 1)
    gone[rng.integers(4)] = True
    inside = np.ones((shape[0] + 2, shape[1] + 2), bool)
    inside[0], inside[-1], inside[:, 0], inside[:, -1] = ~gone
    depth = distance_transform_edt(inside)[1:-1, 1:-1]
    field = gaussian_filter(rng.standard_normal(shape), rng.uniform(0.8, 6))
    field /= max(float(field.std()), 1e-6)
    reach = np.exp(rng.uniform(np.log(2), np.log(25)))
    core = np.clip(2 * (field + rng.uniform(0.3, 1.8) - 2 * depth / reach), 0, 1)
    tone = _paper(shape, rng) if rng.random() < 0.7 else np.full((*shape, 3), _ground(rng))
    return Overlay(core.astype(np.float32), tone.astype(np.float32))


def _ground(rng: Rng) -> float:
    """The ground beside the picture in a scan: the white lid or the dark inside."""
    return float(rng.uniform(0.9, 1) if rng.random() < 0.6 else rng.uniform(0, 0.15))

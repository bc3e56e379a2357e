"""Makes files such as people have from clean pictures, without noise or with a known kind of it.

Softening, sharpening, resizing and JPEG change how fine detail looks. They are applied to files
with and without noise alike, so that a network can tell them apart by the noise only.

Pictures are (H, W, 3) float32 in 0..1.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, median_filter

from restorer.training.camera_noise import (
    as_file,
    as_jpeg,
    photograph,
    random_camera,
    smoothed_where_flat,
)
from restorer.training.drawn import drawing

Pixels = NDArray[np.float32]
Kind = Literal["none", "white", "camera"]
KINDS: tuple[Kind, ...] = ("none", "white", "camera")

_SHARES = 0.45, 0.25, 0.30
_DRAWN, _FRAMED = 0.18, 0.08
_SIDES = 128, 192, 256, 320, 384
_LEAST, _MOST = 2.0, 22.0  # white noise, 0-255 scale
_FILTERS = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BOX
_LARGER = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR


class File(NamedTuple):
    """A file and the truth about its noise.

    Attributes:
        pixels: the pixels of the file.
        level: standard deviation of white noise before compression, or of all changes by a camera's
            noise; 0-255 scale.
        changed: (H, W, 3), the changes by a camera's noise; None for white noise, which is the same
            everywhere, and for no noise.
    """

    pixels: Pixels
    kind: Kind
    level: float
    changed: Pixels | None


def random_file(picture: Pixels, rng: np.random.Generator) -> File:
    """Make a random file of a part of a clean picture."""
    side = int(rng.choice(_SIDES))
    picture = np.rot90(picture, int(rng.integers(4)))
    picture = np.ascontiguousarray(picture[:, ::-1] if rng.random() < 0.5 else picture)
    if rng.random() < _DRAWN:
        for _ in range(int(rng.integers(1, 5))):
            picture = _drawn_over(picture, rng)
    if rng.random() < _FRAMED:
        picture = in_a_frame(picture, rng)
    kind = KINDS[int(rng.choice(len(KINDS), p=_SHARES))]
    if kind == "camera" or (kind == "none" and rng.random() < 0.25):
        return _of_camera(picture, kind, side, rng)
    clean = _as_found(picture, rng)
    if kind == "none":
        return File(_part(_through(clean, _files(rng, 0.7)), side, rng), kind, 0.0, None)
    level = _between(_LEAST, _MOST, rng)
    noise = np.float32(level / 255) * rng.standard_normal(clean.shape, np.float32)
    return File(_part(_through(clean + noise, _files(rng, 0.75)), side, rng), kind, level, None)


def _of_camera(picture: Pixels, kind: Kind, side: int, rng: np.random.Generator) -> File:
    camera = random_camera(rng)
    if rng.random() < 0.4:
        picture = _resized(picture, rng.uniform(0.7, 1.6), Image.Resampling.BICUBIC)
    smooths, how = rng.random() < 0.35, int(rng.integers(1 << 30))
    again = None
    if rng.random() < 0.15:
        again = int(rng.integers(70, 99)), int(rng.choice([0, 2]))

    def shot(noise: np.random.Generator | None) -> Pixels:
        made = photograph(picture, camera, noise)
        if smooths:
            made = smoothed_where_flat(made, np.random.default_rng(how))
        file = as_file(np.clip(made, 0, 1), camera)
        return as_jpeg(file, *again) if again else file

    clean = shot(None)
    if kind == "none":
        return File(_part(clean, side, rng), kind, 0.0, None)
    noisy = shot(np.random.default_rng(int(rng.integers(1 << 60))))
    both = _part(np.concatenate([noisy, noisy - clean], axis=2), side, rng)
    pixels, changed = both[..., :3], both[..., 3:]
    return File(pixels, kind, 255 * float(changed.std()), changed)


def _drawn_over(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Draw shapes and letters over the picture, or replace it by them."""
    height, width = picture.shape[:2]
    made = drawing(int(rng.integers(1 << 30)), max(height, width))
    cover = made.cover[:height, :width, None]
    ground = picture if np.isnan(made.background).any() else made.background / np.float32(255)
    mixed: Pixels = (1 - cover) * ground + cover * made.tone / np.float32(255)
    return mixed


def in_a_frame(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Put broad bars of one colour around the picture, as on a film frame."""
    framed = picture.copy()
    height, width = framed.shape[:2]
    rows, columns = int(rng.integers(height // 3)), int(rng.integers(width // 3))
    colour = rng.choice([0.0, 1.0, rng.random()])
    framed[:rows], framed[height - rows :] = colour, colour
    if rng.random() < 0.5:
        framed[:, :columns], framed[:, width - columns :] = colour, colour
    return framed


def _as_found(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Edit a clean picture as people may have done before they saved it."""
    done = rng.random()
    if done < 0.35:
        picture = _resized(picture, rng.uniform(0.45, 0.95), _FILTERS[rng.integers(3)])
    elif done < 0.51:
        picture = _resized(picture, rng.uniform(1.05, 2), _LARGER[rng.integers(3)])
    elif done < 0.57:
        blur = rng.uniform(0.4, 1.5)
        picture = gaussian_filter(picture, (blur, blur, 0))
    if rng.random() < 0.08:
        picture = median_filter(picture, (3, 3, 1))
    if rng.random() < 0.25:
        width, amount = rng.uniform(0.5, 2), rng.uniform(0.2, 1.5)
        picture = picture + np.float32(amount) * (
            picture - gaussian_filter(picture, (width, width, 0))
        )
    if rng.random() < 0.2:
        mean = picture.mean()
        picture = (picture - mean) * np.float32(rng.uniform(0.6, 1.5)) + mean
    if rng.random() < 0.15:
        picture = np.clip(picture, 0, 1) ** np.float32(rng.uniform(0.6, 1.7))
    if rng.random() < 0.1:
        grey = picture.mean(axis=2, keepdims=True)
        picture = grey + (picture - grey) * np.float32(rng.uniform(0.3, 1.8))
    return np.clip(picture, 0, 1).astype(np.float32)


def _files(rng: np.random.Generator, share: float) -> list[tuple[int, int]]:
    """Quality and subsampling of the JPEG files it goes through: often none, sometimes two."""
    made = list[tuple[int, int]]()
    if rng.random() < share:
        if rng.random() < 0.2:
            made.append((int(rng.integers(60, 101)), int(rng.choice([0, 2]))))
        made.append((round(100 - 45 * rng.random() ** 1.5), int(rng.choice([0, 2, 2]))))
    return made


def _through(picture: Pixels, files: list[tuple[int, int]]) -> Pixels:
    picture = (np.rint(np.clip(picture, 0, 1) * 255) / 255).astype(np.float32)
    for quality, subsampling in files:
        picture = as_jpeg(picture, quality, subsampling)
    return picture


def _part(picture: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """Cut (h, w, C) at a multiple of 16; the sides are multiples of 64, at most `side`."""
    sides = [min(side, length) // 64 * 64 for length in picture.shape[:2]]
    top, left = (
        16 * int(rng.integers((length - s) // 16 + 1))
        for length, s in zip(picture.shape[:2], sides, strict=True)
    )
    return picture[top : top + sides[0], left : left + sides[1]]


def _resized(picture: Pixels, factor: float, how: Image.Resampling) -> Pixels:
    height, width = (max(64, round(factor * side)) for side in picture.shape[:2])
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), how))
        for plane in np.moveaxis(picture, 2, 0)
    ]
    return np.clip(np.stack(planes, axis=2), 0, 1)


def _between(low: float, high: float, rng: np.random.Generator) -> float:
    """A random number between two, uniform on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))

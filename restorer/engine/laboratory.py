"""Damages a clean picture on purpose, so that the truth is known; each kind has an amount.

Pictures are (H, W, 3) float32 in 0..1.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from restorer.imaging.picture import Pixels
from restorer.imaging.raster import to_float, to_integers

_FADED = np.array([0.82, 0.74, 0.62], np.float32)  # what old prints fade towards


@dataclass(frozen=True)
class LabDamage:
    """The amounts of damage, in order of application; the defaults do nothing.

    Attributes:
        fading: 0 none to 100, all colour and contrast gone towards yellowed paper.
        smaller: sides divided by this, 1 to 4.
        blur: deviation of a Gaussian, tenths of a pixel.
        scratches: how many lines.
        holes: how many round holes.
        noise: standard deviation, 0-255 scale.
        jpeg: how strongly it is compressed, 0 not at all to 100; quality is 100 less that.
        seed: of all that is drawn by chance.
    """

    fading: int = 0
    smaller: int = 1
    blur: int = 0
    scratches: int = 0
    holes: int = 0
    noise: int = 0
    jpeg: int = 0
    seed: int = 0

    @property
    def is_empty(self) -> bool:
        """The picture stays as it is."""
        return self == LabDamage(seed=self.seed)


def damaged(clean: Pixels, how: LabDamage) -> Pixels:
    """The damaged picture as an 8-bit file would hold it: clipped, in steps of 1/255."""
    rng = np.random.default_rng(how.seed)
    pixels = np.asarray(clean, np.float32)
    if how.fading:
        pixels = pixels + np.float32(how.fading / 100) * (_FADED - pixels)
    if how.smaller > 1:
        pixels = _smaller(pixels, how.smaller)
    if how.blur:
        deviation = how.blur / 10
        pixels = gaussian_filter(pixels, (deviation, deviation, 0))
    if how.scratches or how.holes:
        pixels = _marked(pixels, how, rng)
    if how.noise:
        pixels = pixels + rng.standard_normal(pixels.shape, np.float32) * np.float32(
            how.noise / 255
        )
    pixels = np.round(np.clip(pixels, 0, 1) * 255) / np.float32(255)
    return _compressed(pixels, 100 - how.jpeg) if how.jpeg else pixels.astype(np.float32)


def truth_for(clean: Pixels, shape: tuple[int, ...]) -> Pixels | None:
    """The clean picture cut to this shape, if only last rows or columns are missing; or None."""
    if clean.shape == shape:
        return clean
    near = all(0 <= a - b < 4 for a, b in zip(clean.shape[:2], shape[:2], strict=True))
    return clean[: shape[0], : shape[1]] if near else None


def _smaller(pixels: Pixels, times: int) -> Pixels:
    """Means of squares; incomplete squares at the border are dropped."""
    height, width = (side // times for side in pixels.shape[:2])
    cut = pixels[: height * times, : width * times]
    blocks = cut.reshape(height, times, width, times, 3)
    return np.ascontiguousarray(blocks.mean(axis=(1, 3)))


def _marked(pixels: Pixels, how: LabDamage, rng: np.random.Generator) -> Pixels:
    """Bright lines from edge to edge, and round holes."""
    height, width = pixels.shape[:2]
    layer = Image.new("L", (width, height))
    draw = ImageDraw.Draw(layer)
    for _ in range(how.scratches):
        x = rng.uniform(0, width, 2)
        draw.line((x[0], 0, x[0] + 0.15 * (x[1] - x[0]), height), 255, int(rng.integers(1, 3)))
    for _ in range(how.holes):
        (x, y), radius = rng.uniform((0, 0), (width, height)), rng.uniform(3, 10)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    cover = np.asarray(layer, np.float32)[..., None] / np.float32(255)
    return pixels + cover * (np.float32(0.95) - pixels)


def _compressed(pixels: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(to_integers(pixels, 8)).save(file, "JPEG", quality=max(1, quality))
    with Image.open(file) as image:
        return to_float(np.asarray(image.convert("RGB")), 255.0)

"""Generated pictures for these tests, in 0..1, and the noise of an 8-bit file."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

Pixels = NDArray[np.float32]


def scene(seed: int = 0, height: int = 240, width: int = 320) -> Pixels:
    """(H, W, 3): smooth light, soft blobs, a striped and a rough patch, full range."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    grain = gaussian_filter(rng.standard_normal((height, width)), 1)
    stripes = np.sin(40 * x + 25 * y * y) * (x > 0.6)
    tone = 0.5 * x + 0.3 * y + 0.15 * stripes + 0.2 * grain * (y > 0.7)
    colours = gaussian_filter(rng.standard_normal((height, width, 3)), (25, 25, 0))
    picture = tone[..., None] + 0.25 * colours / colours.std()
    low, high = np.quantile(picture, [0.02, 0.98])
    return np.clip((picture - low) / (high - low), 0, 1).astype(np.float32)


def as_file(clean: Pixels, level: float, seed: int = 1) -> Pixels:
    """What an 8-bit file keeps of `clean` with noise of std `level` (0-255 scale)."""
    noise = level * np.random.default_rng(seed).standard_normal(clean.shape)
    return (np.clip(np.rint(255 * clean + noise), 0, 255) / 255).astype(np.float32)


def grey(picture: Pixels) -> Pixels:
    """One channel, (H, W, 1)."""
    return picture.mean(axis=2, keepdims=True)


def three(picture: Pixels) -> Pixels:
    """(H, W, 1) repeated to (H, W, 3)."""
    return np.repeat(picture, 3, axis=2)


def as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    """As most cameras and programs save it: one colour for four pixels (4:2:0)."""
    data = io.BytesIO()
    Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data), np.float32) / 255

"""Pictures as they are drawn, printed or reduced to a palette, in 0..1, without noise."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from tests.degradation.pictures import Pixels, as_file, scene


def cartoon(scale: int = 1, count: int = 30) -> Pixels:
    """Shapes in flat colours with black outlines; drawn `scale` times as large for smooth edges."""
    rng = np.random.default_rng(7)
    image = Image.new("RGB", (320 * scale, 240 * scale), (200, 220, 240))
    draw = ImageDraw.Draw(image)
    for index in range(count):
        corners = np.sort(rng.integers(-40, 330, (2, 2)) * scale, axis=0).ravel().tolist()
        tone = tuple(rng.integers(15, 240, 3).tolist())
        shape = (draw.ellipse, draw.rectangle)[index % 2]
        shape(corners, tone, (0, 0, 0), 2 * scale)
    return np.asarray(image.reduce(scale), np.float32) / 255


def photo() -> Image.Image:
    return Image.fromarray(np.uint8(255 * as_file(scene(), 0)))


def one_bit() -> Pixels:
    """Floyd and Steinberg's dots, black and white."""
    return np.asarray(photo().convert("1").convert("RGB"), np.float32) / 255


def palette(count: int, dither: bool) -> Pixels:
    few = photo().quantize(count)
    if dither:
        few = photo().quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG)
    return np.asarray(few.convert("RGB"), np.float32) / 255


def levels(count: int) -> Pixels:
    """So many in each channel, evenly."""
    return np.rint(np.rint(scene() * (count - 1)) * 255 / (count - 1)) / np.float32(255)


def modules(side: int = 6) -> Pixels:
    """Black and white squares at random, as in a QR code, with a border."""
    squares = np.random.default_rng(3).random((29, 29)) < 0.5
    page = np.pad(~squares, 4, constant_values=True).repeat(side, 0).repeat(side, 1)
    return page[..., None].repeat(3, axis=2).astype(np.float32)


def print_dots(pitch: float = 5.0) -> Pixels:
    """A photograph as black dots that grow with darkness, their edges smooth."""
    grey = scene().mean(axis=2).repeat(4, 0).repeat(4, 1)
    y, x = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]] * (2 * np.pi / (4 * pitch))
    dots = grey > 0.5 + 0.245 * (np.cos(x + 0.4 * y) + np.cos(y - 0.4 * x))
    smooth = dots.reshape(240, 4, 320, 4).mean(axis=(1, 3))
    return np.rint(255 * smooth[..., None].repeat(3, axis=2)).astype(np.float32) / 255

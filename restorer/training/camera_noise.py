"""Photographs as cameras save them, made from clean pictures.

A sensor behind a mosaic of colour filters counts photons, so its noise grows with the light.
Demosaicing spreads each error over neighbouring pixels. White balance, colour matrix and tone curve
amplify it differently in different places. Then the camera smooths (mostly colour), sharpens and
resizes, and JPEG rounds. So the noise in the file is neither white nor the same everywhere (Brooks
et al., "Unprocessing Images for Learned Raw Denoising", CVPR 2019).

Pictures are (H, W, 3) float32 in 0..1.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import convolve, gaussian_filter

from restorer.imaging.grey import LUMA
from restorer.imaging.light import from_light, to_light

Pixels = NDArray[np.float32]

_PLUS = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], np.float32) / 4
_CROSS = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 4
_TO_YCC = np.array([LUMA, [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)
_MIDDLE_GREY = 0.2  # of linear light
_SLOPE = 1.1  # of the sRGB curve there


@dataclass(frozen=True)
class Camera:
    """The settings of one photograph.

    Attributes:
        noise: standard deviation on the sensor at middle grey, 0..1.
        shot: share of its variance that is photon noise, 0..1.
        gains: white balance, red, green and blue.
        matrix: from the sensor's colours to sRGB; rows sum to 1.
        contrast: weight of a tone curve with toe and shoulder against that of sRGB, 0..1.
        lens: blur before the sensor, in pixels.
        mosaic: method of demosaicing; None for a sensor without a mosaic.
        shift: offset of the 2 x 2 pattern, in pixels.
        blur: of brightness, in pixels; `colour_blur`: of colour.
        colour_wide: the share of colour that is smoothed three times as far.
        sharpen: amount of unsharp masking, 0 for none.
        size: factor by which the picture is resized.
        quality: of the JPEG file; None for a lossless one.
        subsampling: of its colour, Pillow's number: 0 is 4:4:4, 2 is 4:2:0.
    """

    noise: float
    shot: float
    gains: tuple[float, float, float]
    matrix: tuple[tuple[float, ...], ...]
    contrast: float
    lens: float
    mosaic: Literal["bilinear", "gradient"] | None
    shift: tuple[int, int]
    blur: float
    colour_blur: float
    colour_wide: float
    sharpen: float
    size: float
    quality: int | None
    subsampling: int


def random_camera(rng: np.random.Generator) -> Camera:
    """A random camera, with noise of about 1 to 20 of 255 in its files.

    Scenes are mostly soft, since photographs at full size have less detail per pixel than reduced
    ones. So is the noise: in camera files, neighbouring pixels correlate by about 0.6 in brightness
    and 0.85 in colour.
    """
    saturation = rng.uniform(0, 0.6)
    mix = rng.uniform(0.3, 0.7, 3)
    rows = [[0.0] * 3 for _ in mix]
    for i, row in enumerate(rows):
        row[i - 1] = -saturation * (1 - mix[i])
        row[i - 2] = -saturation * mix[i]
        row[i] = 1 + saturation
    kind = rng.choice(["bilinear", "gradient", "none"], p=[0.4, 0.4, 0.2])
    smooth = rng.random() < (0.9 if kind == "none" else 0.75)
    size = float(rng.choice([1.0, rng.uniform(0.6, 1.0), rng.uniform(1.0, 1.4)], p=[0.7, 0.2, 0.1]))
    return Camera(
        noise=_between(1.0, 20.0, rng) / 255 / _SLOPE,
        shot=float(rng.uniform(0.3, 0.98)),
        gains=(float(rng.uniform(1.2, 2.4)), 1.0, float(rng.uniform(1.2, 2.2))),
        matrix=tuple(map(tuple, rows)),
        contrast=float(rng.uniform(0, 1)),
        lens=_between(0.3, 3.0, rng),
        mosaic=None if kind == "none" else kind,
        shift=(int(rng.integers(2)), int(rng.integers(2))),
        blur=float(rng.uniform(0.4, 1.1)) if smooth else 0.0,
        colour_blur=_between(0.7, 5.0, rng) if rng.random() < 0.85 else 0.0,
        colour_wide=float(rng.uniform(0, 1)) if rng.random() < 0.65 else 0.0,
        sharpen=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.35 else 0.0,
        size=size,
        quality=round(100 - 40 * rng.random() ** 2) if rng.random() < 0.85 else None,
        subsampling=int(rng.choice([0, 2])),
    )


def _between(low: float, high: float, rng: np.random.Generator) -> float:
    """A random number between two, uniform on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def photograph(scene: Pixels, camera: Camera, rng: np.random.Generator | None) -> Pixels:
    """The camera's picture of a clean one, before JPEG; without noise if `rng` is None."""
    gains = np.array(camera.gains, np.float32)
    matrix = np.array(camera.matrix, np.float32)
    light = to_light(_toned(scene, -camera.contrast))
    light = gaussian_filter(light, (camera.lens, camera.lens, 0))
    raw = np.clip(light @ np.linalg.inv(matrix).T.astype(np.float32), 0, 1) / gains
    if camera.mosaic is not None:
        raw = _behind_mosaic(raw, camera.shift)
    if rng is not None:
        variance = camera.noise**2 * (camera.shot * raw / _MIDDLE_GREY + 1 - camera.shot)
        raw = raw + np.sqrt(variance) * rng.standard_normal(raw.shape, np.float32)
    if camera.mosaic is not None:
        raw = _fill_in(raw, camera.shift, camera.mosaic)
    picture = _toned(from_light(np.clip((raw * gains) @ matrix.T, 0, 1)), camera.contrast)
    return np.clip(_finish(picture, camera), 0, 1)


def as_file(picture: Pixels, camera: Camera) -> Pixels:
    """The picture after 8 bits and JPEG."""
    if camera.quality is not None:
        return as_jpeg(picture, camera.quality, camera.subsampling)
    return (np.rint(picture * 255) / 255).astype(np.float32)


def as_jpeg(picture: Pixels, quality: int, subsampling: int) -> Pixels:
    """The picture after a JPEG file; subsampling by Pillow's number."""
    data = io.BytesIO()
    image = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
    image.save(data, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(data), np.float32) / np.float32(255)


def smoothed_where_flat(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Smooth as cameras do that keep edges: brightness in flat areas, colour everywhere."""
    ycc = picture @ _TO_YCC.T
    light, width = ycc[..., 0], rng.uniform(0.8, 1.8)
    mean = gaussian_filter(light, 2)
    detail = np.sqrt(np.maximum(gaussian_filter(light * light, 2) - mean**2, 0))
    little, most = rng.uniform(0.01, 0.04), rng.uniform(0.5, 0.95)
    share = most * np.exp(-((detail / little) ** 2))
    ycc[..., 0] = light * (1 - share) + gaussian_filter(light, width) * share
    ycc[..., 1:] = _colour_smoothed(ycc[..., 1:], rng.uniform(1, 6), rng.uniform(0, 0.8))
    return (ycc @ np.linalg.inv(_TO_YCC).T.astype(np.float32)).astype(np.float32)


def _finish(picture: Pixels, camera: Camera) -> Pixels:
    """Smoothing, resizing and sharpening."""
    if camera.blur or camera.colour_blur:
        ycc = picture @ _TO_YCC.T
        ycc[..., 0] = gaussian_filter(ycc[..., 0], camera.blur) if camera.blur else ycc[..., 0]
        if camera.colour_blur:
            ycc[..., 1:] = _colour_smoothed(ycc[..., 1:], camera.colour_blur, camera.colour_wide)
        picture = ycc @ np.linalg.inv(_TO_YCC).T.astype(np.float32)
    if camera.size != 1:
        height, width = (round(camera.size * side) for side in picture.shape[:2])
        planes = [
            Image.fromarray(picture[..., i]).resize((width, height), Image.Resampling.BICUBIC)
            for i in range(3)
        ]
        picture = np.stack([np.asarray(plane) for plane in planes], axis=2)
    if camera.sharpen:
        picture = picture + np.float32(camera.sharpen) * (
            picture - gaussian_filter(picture, (1.0, 1.0, 0))
        )
    return picture


def _colour_smoothed(colour: Pixels, blur: float, wide: float) -> Pixels:
    smooth = gaussian_filter(colour, (blur, blur, 0))
    if not wide:
        return smooth
    return (1 - wide) * smooth + wide * gaussian_filter(
        colour, (3 * blur, 3 * blur, 0), truncate=2.5
    )


def _behind_mosaic(colours: Pixels, shift: tuple[int, int]) -> Pixels:
    """(H, W): the one colour of every pixel that its filter passes, RG over GB."""
    seen: Pixels = (colours * _filters(colours.shape[:2], shift)).sum(axis=2)
    return seen


def _filters(shape: tuple[int, ...], shift: tuple[int, int]) -> Pixels:
    """(H, W, 3), 1 where the filter of a pixel passes the colour."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    odd = (y + shift[0]) % 2 + (x + shift[1]) % 2 * np.ones((shape[0], 1), int)
    even_row = ((y + shift[0]) % 2 == 0) & (x >= 0)
    green = odd == 1
    return np.stack([~green & even_row, green, ~green & ~even_row], axis=2).astype(np.float32)


def _fill_in(raw: Pixels, shift: tuple[int, int], how: str) -> Pixels:
    """Demosaic: average the neighbouring samples of a colour, or their differences to green.

    "bilinear" averages each colour by itself. "gradient" corrects green by the curvature of the
    colour at hand (as Malvar, He & Cutler, 2004), and averages red and blue as differences to it.
    """
    filters = _filters(raw.shape, shift)
    red, green, blue = (raw * filters[..., i] for i in range(3))
    filled = convolve(green, _PLUS, mode="mirror")
    if how == "bilinear":
        rest = [convolve(plane, _CROSS, mode="mirror") for plane in (red, blue)]
        return np.stack([rest[0], filled, rest[1]], axis=2)
    far = np.zeros((5, 5), np.float32)
    far[2, 2], far[0, 2], far[4, 2], far[2, 0], far[2, 4] = 4, -1, -1, -1, -1
    curved = convolve(raw, far / 8, mode="mirror")
    filled = np.where(filters[..., 1] > 0, green, filled + curved)
    rest = [
        filled + convolve((raw - filled) * filters[..., i], _CROSS, mode="mirror") for i in (0, 2)
    ]
    return np.stack([rest[0], filled, rest[1]], axis=2).astype(np.float32)


def _toned(picture: Pixels, contrast: float) -> Pixels:
    """Apply a curve with toe and shoulder after that of sRGB; a negative contrast inverts it."""
    x = np.linspace(0, 1, 257)
    y = x + abs(contrast) * (x * x * (3 - 2 * x) - x)
    curve = (x, y) if contrast >= 0 else (y, x)
    return np.interp(picture, *curve).astype(np.float32)

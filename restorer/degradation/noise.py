"""Blind measurement of white Gaussian noise from the covariance of small patches.

White noise adds its variance to every eigenvalue of the patch covariance, while a picture's own
structure lives in few directions; the small eigenvalues therefore show the noise alone.

Colour: patches of all three channels together (Chen, Zhu & Heng, "An Efficient Statistical Method
for Image Noise Level Estimation", ICCV 2015). Colour channels repeat each other's structure but
not each other's noise, which is what makes the small eigenvalues so clean.

One tone (grey, sepia): the channels repeat the noise too, and texture fills all directions of a
patch. There only patches with weak texture are used (Liu, Tanaka & Okutomi, "Single-Image Noise
Level Estimation for Blind Denoising", TIP 2013), and their smallest eigenvalue.

Brightness: JPEG files keep one colour for four pixels (4:2:0) and so hide the noise from the first
method, which finds directions without any. Their brightness still has it, and is read in the
frequencies that their steps have left (`coded_noise`), or as one tone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from restorer.degradation.coded_noise import CodedNoise, read_coded_noise
from restorer.degradation.flat_areas import most_noise
from restorer.degradation.grey import GREY_AXIS
from restorer.degradation.judge import Evidence, is_even
from restorer.degradation.patches import halved, sample_patches
from restorer.degradation.spectra import SQUARE
from restorer.imaging.bands import raise_if_stopped
from restorer.imaging.geometry import middle
from restorer.imaging.grey import LUMA

_SIDES = (7, 5, 3)  # of a patch; small pictures have too few large ones
_SAMPLES = 16_000
_SAMPLES_PER_DIMENSION = 20
_BLOCK, _PATCH, _PATCH_STEP = 11, 7, 4
_BLOCK_SAMPLES = 8_000
_FEWEST_BLOCKS = 150
_WEAK_QUANTILE = 1 - 1e-5
_ONE_TONE = 0.004
#: Noise in all colours differs in all directions where nothing else does, as on paper with black
#: print: by so much at least, and by this share of what it differs by most (0.96 on paper; toned
#: pictures, also as JPEG files, up to 0.05).
_IN_ALL, _ALL_ALIKE = 0.6, 0.25
# Clean photographs, as PNG and as JPEG, that look as noisy as this in brightness are of fine
# texture, whose whiteness is 1.2 and more; noise of 15 and more that JPEG has kept lies under 1.1.
_NO_COLOUR_NOISE = 2.5
_STRONG = 8.0
_WHITE = 1.15
#: Of clean pictures in one tone that read as noise 1.27 and more; under noise of 7 photographs have
#: up to 1.24, unless a JPEG has taken what is fine.
_WHITE_OF_ONE_TONE = 1.25
#: What is left of it in colours at half the size: 0.43 and more; of grey texture 0.12.
_IN_COLOURS = 0.3
#: A JPEG takes noise from colours before it takes it from brightness; noise in colours that
#: brightness has less of than this is another.
_OF_COLOUR = 0.8
#: Of white noise below this brightness shows 0.86 and more of what colours show; of fine texture
#: that was sharpened up to 0.66.
_WEAK, _ALIKE = 7.0, 0.75
#: White noise is the same in all directions of a patch: that with least has 0.95 and more of the
#: mean of those without structure, where there is noise of 5 to 10. Texture all over has up to 0.9;
#: then what that direction has is noise, if it is more than so much.
_SAME, _MOST_TEXTURE, _TOLD_IN_TEXTURE = 0.91, 10.0, 4.2
#: At least so large a part of one tone must show nothing but the noise that is read. Under noise of
#: 5 nine of ten photographs have more than 0.01 of such blocks; without noise up to 0.013.
_NOTHING_ELSE = 0.015
_LUMA = np.array(LUMA, np.float32)
#: What rounding does to fine texture in a JPEG file reads as up to so much noise, and is none: no
#: more than the other is told of it, which counts as clean.
_ROUNDING, _ROUNDED = 3.6, 2.0
#: What is read may be this many times what the quiet places of the picture show.
_MORE_THAN_QUIET = 1.25
_MIDDLE = 2048
_BORDER = 6.0

Array = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class NoiseReading:
    """Noise as it stands in a file.

    Attributes:
        std: standard deviation, 0-255 scale.
        means: (N, C) local means, 0-255 scale, of the patches it was read from.
        grey: the three channels carry one and the same noise (grey or toned picture).
        evidence: all that was found on the way; None for one tone, and for small pictures.
        coded: of one tone it is what the frequencies of a JPEG have kept.
    """

    std: float
    means: Array
    grey: bool
    evidence: Evidence | None = None
    coded: bool = False


def read_noise(pixels: Floats) -> NoiseReading:
    """Measure (H, W, 3) pixels in 0..1, any size; 0 where there is too little to measure.

    The same picture gives the same reading. Noise that is not white, as cameras leave it, reads
    too low.
    """
    if is_one_tone(pixels):
        reading = _bounded(_read_one_tone(pixels), most_noise(pixels))
        coded = read_coded_noise(pixels, one_tone=True)
        more = coded.coded and coded.std > reading.std
        return replace(reading, std=coded.std, coded=True) if more else reading
    colour, smallest = _read_colour(pixels)
    raise_if_stopped()
    coded, most = read_coded_noise(pixels), most_noise(pixels)
    raise_if_stopped()
    evidence = _evidence(pixels, colour.std, smallest, coded, most)
    raise_if_stopped()
    even = is_even(colour.std, smallest)
    colour = replace(_bounded(colour, most), evidence=evidence)
    if coded.coded:
        if coded.std > _OF_COLOUR * colour.std:
            return replace(colour, std=max(coded.std, colour.std))
        return replace(colour, std=min(colour.std, _ROUNDED)) if colour.std < _ROUNDING else colour
    if colour.std >= _MOST_TEXTURE or even:
        return colour
    if colour.std >= _NO_COLOUR_NOISE:
        if smallest < _SAME * colour.std:
            colour = replace(colour, std=smallest if smallest > _TOLD_IN_TEXTURE else 0.0)
        # fine texture and what was sharpened look like noise in colours, less in brightness
        brightness = _in_brightness(_one_tone(_brightness(pixels)))
        less = colour.std < _WEAK and brightness < _ALIKE * colour.std
        return replace(colour, std=brightness) if less else colour
    hidden = _hidden_in_colours(pixels, coded.std)
    return replace(colour, std=hidden) if hidden else colour


def _evidence(
    pixels: Floats, colour: float, least: float, coded: CodedNoise, most: float
) -> Evidence | None:
    if min(pixels.shape[:2]) < SQUARE:
        return None
    half, half_least = _read_colour(pixels, smaller=2)
    bright = _one_tone(_brightness(pixels))
    return Evidence(
        colour,
        least,
        half.std,
        half_least,
        bright.std,
        bright.sure,
        most,
        coded.std,
        coded.coded,
        coded.finest,
        pixels.shape[0] * pixels.shape[1],
    )


def _bounded(reading: NoiseReading, most: float) -> NoiseReading:
    """The reading, or less where the quiet places show less."""
    return replace(reading, std=most) if reading.std > _MORE_THAN_QUIET * most else reading


def is_one_tone(pixels: Floats) -> bool:
    """Whether the channels of (H, W, 3) pixels rise and fall together, noise and all."""
    return tone_axis(pixels) is not None


def tone_axis(pixels: Floats) -> Floats | None:
    """(3,) of length 1, the direction in which pixels (H, W, 3) of one tone differ; else None."""
    sampled = sample_patches(pixels, *_fitting(pixels, 2), _SAMPLES).astype(np.float64)
    steps = sampled[:, 0, 0] - sampled[:, -1, -1] if len(sampled) else np.zeros((0, 3))
    if not steps.any():
        return GREY_AXIS
    strengths, directions = np.linalg.eigh(steps.T @ steps)
    if strengths[-2] > _ONE_TONE * strengths[-1] or _differ_in_all(steps):
        return None
    axis: Floats = (directions[:, -1] * np.sign(directions[:, -1].sum())).astype(np.float32)
    return axis


def _differ_in_all(steps: Array) -> bool:
    """Whether the smaller half of (N, 3) differences goes in all directions."""
    squares = np.square(steps).sum(axis=1)
    small = steps[squares <= np.median(squares)]
    least, _, most = np.linalg.eigvalsh(small.T @ small / len(small))
    return bool(least > max(_IN_ALL, _ALL_ALIKE * most))


def _hidden_in_colours(pixels: Floats, coded: float) -> float:
    """The noise in each channel that brightness speaks of, where colours are smooth; 0 for none.

    Args:
        pixels: (H, W, 3) in 0..1.
        coded: the same as the frequencies have it; texture in few directions looks like it.
    """
    brightness = _brightness(pixels)
    read = _one_tone(brightness)
    if coded and _in_brightness(read) >= _ALIKE * coded:
        return coded
    if not read.sure or whiteness(brightness) > _WHITE:
        return 0.0
    # on texture the first is too much, and where little is quiet the second
    noise = min(_in_brightness(read), most_noise(brightness) / float(np.linalg.norm(_LUMA)))
    if noise < _STRONG:
        return 0.0
    in_colours = 2 * _read_colour(pixels, smaller=2)[0].std
    return noise if in_colours > _IN_COLOURS * noise else 0.0


def _brightness(pixels: Floats) -> Floats:
    """(h, w, 1) of the middle."""
    brightness: Floats = pixels[middle(pixels.shape, _MIDDLE)] @ _LUMA
    return brightness[..., None]


def _in_brightness(read: _OneTone) -> float:
    """The noise in each channel, if it is white, where this is the brightness's."""
    return read.std / float(np.linalg.norm(_LUMA))


def whiteness(brightness: Floats) -> float:
    """How white the noise is: 1 for independent pixels, larger when neighbours share noise.

    The noise read from averages of 2 x 2 pixels, times two, against the noise read from the
    pixels themselves. Smoothed noise (cameras, JPEG, enlargements) lies well above 1.2, and so
    does nearly all fine texture.

    Args:
        brightness: (H, W, 1) in 0..1.

    Returns:
        `inf` when the pixels themselves show no noise.
    """
    if min(brightness.shape[:2]) < 2:
        return 1.0
    fine = _one_tone(brightness).std
    coarse = 2 * _one_tone(halved(brightness)).std
    if fine == 0:
        return 1.0 if coarse == 0 else float("inf")
    return coarse / fine


def is_white(pixels: Floats) -> bool:
    """Whether the noise of (H, W, 3) pixels in 0..1 of one tone is white, as far as can be told."""
    return whiteness(_brightness(pixels)) <= _WHITE_OF_ONE_TONE


def _read_colour(pixels: Floats, smaller: int = 1) -> tuple[NoiseReading, float]:
    """Chen, Zhu & Heng: drop the largest eigenvalues until the rest is symmetric.

    Returns:
        The reading, and the deviation in the direction that has least.
    """
    for side in _SIDES:
        fitting = _fitting(pixels[::smaller, ::smaller], side)
        sampled = sample_patches(pixels, *fitting, _SAMPLES, smaller)
        dimensions = sampled[0].size if len(sampled) else 1
        if len(sampled) >= _SAMPLES_PER_DIMENSION * dimensions:
            break
    if len(sampled) < 2 * dimensions:
        return NoiseReading(0.0, np.empty((0, 3)), grey=False), 0.0
    eigenvalues = _eigenvalues(sampled.reshape(len(sampled), -1))
    counts = np.arange(len(eigenvalues), 0, -1)
    kept = next(n for n in counts if eigenvalues[:n].mean() <= np.median(eigenvalues[:n]))
    std = float(np.sqrt(eigenvalues[:kept].mean()))
    smallest = float(np.sqrt(eigenvalues[0])) / _spread(dimensions, len(sampled))
    return NoiseReading(std, _means(sampled), grey=False), smallest


class _OneTone(NamedTuple):
    """Noise of one tone, the means of the patches it was read from, and whether it is any."""

    std: float
    means: Array
    sure: bool


def _read_one_tone(pixels: Floats) -> NoiseReading:
    """The noise of pixels in one tone; 0 where it may as well be texture."""
    read = _one_tone(pixels)
    return NoiseReading(read.std if read.sure else 0.0, read.means, grey=True)


def _one_tone(pixels: Floats) -> _OneTone:
    """Liu, Tanaka & Okutomi: smallest eigenvalue over blocks no more varied than their noise.

    Where hardly any block is as even as that, the least varied ones are read: texture, maybe.
    """
    blocks = sample_patches(pixels, *_fitting(pixels, _BLOCK), _BLOCK_SAMPLES)
    blocks = _not_borders(blocks.mean(axis=3))
    texture = _texture(blocks)
    order = np.argsort(texture, kind="stable")
    blocks, texture = blocks[order], texture[order]
    if len(blocks) < _FEWEST_BLOCKS:
        return _OneTone(0.0, np.empty((0, 1)), sure=False)

    weakest_texture = _weak_texture(*blocks.shape[1:])
    kept = max(len(blocks) // 4, _FEWEST_BLOCKS)
    for _ in range(10):
        std = _smallest_std(blocks[:kept])
        weak = int(np.searchsorted(texture, weakest_texture * std**2, side="right"))
        used, kept = kept, max(weak, _FEWEST_BLOCKS)
        if kept == used:
            break
    sure = weak >= _NOTHING_ELSE * len(blocks)
    return _OneTone(std, _means(blocks[:used, ..., None]), sure)


def _not_borders(blocks: Floats) -> Floats:
    """(N, h, w) without those that are nearly black or white all over, as a JPEG leaves borders."""
    low, high = blocks.min(axis=(1, 2)), blocks.max(axis=(1, 2))
    inner = blocks[(high > _BORDER) & (low < 255 - _BORDER)]
    return inner if len(inner) >= _FEWEST_BLOCKS else blocks


def _smallest_std(blocks: Floats) -> float:
    """Noise from the smallest eigenvalue of the patches in (N, h, w) blocks."""
    height, width = (min(side, _PATCH) for side in blocks.shape[1:])
    windows = np.lib.stride_tricks.sliding_window_view(blocks, (height, width), axis=(1, 2))
    patches = windows[:, ::_PATCH_STEP, ::_PATCH_STEP].reshape(-1, height * width)
    smallest = float(_eigenvalues(patches)[0])
    return float(np.sqrt(smallest)) / _spread(patches.shape[1], len(patches))


def _spread(dimensions: int, count: int) -> float:
    """Of noise of 1, the deviation in the direction that has least, in so many patches.

    Even pure noise spreads its eigenvalues; the smallest tends to (1 - sqrt(d / n))^2 (Marchenko &
    Pastur, 1967).
    """
    return 1 - float(np.sqrt(dimensions / count))


def _eigenvalues(vectors: Floats) -> Array:
    """Of the covariance of (N, d) vectors, rising, none negative."""
    centred = vectors - vectors.mean(axis=0)
    covariance = (centred.T @ centred).astype(np.float64) / len(vectors)
    eigenvalues: Array = np.maximum(np.linalg.eigvalsh(covariance), 0)
    return eigenvalues


def _texture(blocks: Floats) -> Array:
    """(N,) sums of squared differences between neighbours in (N, h, w) blocks."""
    down, across = np.diff(blocks, axis=1), np.diff(blocks, axis=2)
    texture: Array = np.square(down).sum(axis=(1, 2)) + np.square(across).sum(axis=(1, 2))
    return texture


@lru_cache
def _weak_texture(height: int, width: int) -> float:
    """What `_texture` of white noise of variance 1 stays below, all but once in 100,000 blocks.

    A sum of squares of correlated normals, taken as the gamma law of equal mean and variance.
    """
    unit = np.eye(height * width).reshape(-1, height, width)
    down, across = np.diff(unit, axis=1), np.diff(unit, axis=2)
    form = sum(d.reshape(len(unit), -1) @ d.reshape(len(unit), -1).T for d in (down, across))
    mean, variance = np.trace(form), 2 * np.square(form).sum()
    return float(gammaincinv(mean**2 / variance, _WEAK_QUANTILE) * variance / mean)


def _fitting(pixels: Floats, side: int) -> tuple[int, int]:
    """The window of this side, cut down to the picture."""
    return min(side, pixels.shape[0]), min(side, pixels.shape[1])


def _means(patches: Floats) -> Array:
    means: Array = patches.mean(axis=(1, 2), dtype=np.float64)
    return means

"""Makes damage of many kinds in clean pictures, with the facts that a network may be given.

Pictures are (H, W, 3) float32 in 0..1; sides are multiples of 24. Encoders and resampling are those
that real files went through. Pictures from the web get several kinds of damage in a random order
(Zhang et al., 2022, "Practical Blind Denoising via Swin-Conv-UNet"; Wang et al., 2021,
"Real-ESRGAN").
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, get_args

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from restorer.degradation.facts import Facts, Shape
from restorer.degradation.operators import disc, motion
from restorer.diffusion.tensors import as_array, as_batch, to_array
from restorer.training.camera_noise import as_file, photograph, random_camera
from restorer.training.kinds import Kind

Pixels = NDArray[np.float32]
Rng = np.random.Generator

_FILTERS = "bicubic", "area", "lanczos", "gaussian"

_STATED = 0.67  # how often the network is told anything
_MISSED = 0.15  # and how often one of several things is then left out


class Damaged(NamedTuple):
    """A picture before and after its damage, with the facts about it.

    Attributes:
        truth: the target of the network.
        y: the damaged picture, the same size.
        stated: the facts that the network is given; some may be missing or inexact.
        facts: all facts.
    """

    truth: Pixels
    y: Pixels
    stated: Facts
    facts: Facts
    kind: Kind


def damaged(clean: Pixels, rng: Rng, kinds: dict[Kind, float]) -> Damaged:
    """Damage a picture in one way or several, chosen at random."""
    names = list(kinds)
    shares = np.array([kinds[name] for name in names])
    kind = names[int(rng.choice(len(names), p=shares / shares.sum()))]
    if kind == "noise" and rng.random() < 0.5:
        return _by_camera(clean, rng)
    y, facts = _MAKERS[kind](clean, rng)
    if rng.random() < 0.9:
        y = in_a_file(y)
    return Damaged(clean, np.ascontiguousarray(y), _stated(facts, rng), facts, kind)


def enlarged(y: Pixels, size: tuple[int, int]) -> Pixels:
    """Enlarge to (height, width), bicubic with a = -0.5 as in Pillow."""
    return resampled(y, size, "bicubic")


def _jpeg(clean: Pixels, rng: Rng) -> tuple[Pixels, Facts]:
    quality = math.exp(rng.uniform(math.log(5), math.log(95)))
    y = clean
    if rng.random() < 0.12:  # twice, the first time on another grid
        y = encoded(y, rng.uniform(max(30, quality), 98), 2, int(rng.integers(8)))
    sampling = int(rng.choice([0, 1, 2], p=[0.2, 0.1, 0.7]))
    return encoded(y, quality, sampling), Facts(quality=round(quality), halved=sampling > 0)


def _smaller(clean: Pixels, rng: Rng) -> tuple[Pixels, Facts]:
    scale = int(rng.choice([2, 3, 4], p=[0.4, 0.2, 0.4]))
    y, facts = _shrunk(clean, scale, rng), Facts(scale=scale)
    if rng.random() < 0.3:
        y = in_a_file(y)
        if rng.random() < 0.5:
            noise = rng.uniform(0.5, 6)
            y, facts = noisy(y, noise, False, rng), replace(facts, noise=noise)
        else:
            quality = round(rng.uniform(60, 98))
            y = encoded(y, quality, 2)
            facts = replace(facts, quality=quality, halved=True)
    return enlarged(y, clean.shape[:2]), facts


def _blurred(clean: Pixels, rng: Rng) -> tuple[Pixels, Facts]:
    y, facts = _out_of_focus(clean, rng, 3.2)
    noise = 0.0 if rng.random() < 0.2 else math.exp(rng.uniform(math.log(0.3), math.log(12)))
    if noise:
        y, facts = noisy(y, noise, False, rng), replace(facts, noise=noise)
    if rng.random() < 0.4:
        quality = round(rng.uniform(60, 100))
        y = encoded(y, quality, int(rng.choice([0, 2])))
        facts = replace(facts, quality=quality)
    return y, facts


def _noise(clean: Pixels, rng: Rng) -> tuple[Pixels, Facts]:
    """White noise, or noise as of film: correlated between pixels and mostly between colours."""
    noise, shared = math.exp(rng.uniform(math.log(1.5), math.log(60))), rng.random() < 0.6
    y, facts = noisy(clean, noise, shared, rng), Facts(noise=noise, correlated=shared)
    if rng.random() < 0.35:
        quality = round(rng.uniform(50, 98))
        y, facts = encoded(y, quality, 2), replace(facts, quality=quality, halved=True)
    return y, facts


def _by_camera(clean: Pixels, rng: Rng) -> Damaged:
    camera = random_camera(rng)
    camera = replace(camera, size=1.0)
    truth = photograph(clean, camera, None)
    y = as_file(photograph(clean, camera, rng), camera)
    noise = float((y - truth).std()) * 255
    facts = Facts(quality=camera.quality or 0, noise=noise, correlated=True)
    return Damaged(truth, y, _stated(facts, rng), facts, "noise")


def web_damage(clean: Pixels, rng: Rng) -> tuple[Pixels, Facts]:
    """Two to four kinds of damage in a random order."""
    y, facts = clean, Facts()
    order = rng.permutation(["blur", "smaller", "noise", "jpeg"])[: int(rng.integers(2, 5))]
    for step in map(str, order):
        match step:
            case "blur":
                y, more = _out_of_focus(y, rng, 2.2)
                facts = replace(facts, blur=more.blur, shape=more.shape)
            case "smaller":
                scale = rng.uniform(1.2, 3.0)
                y = enlarged(_shrunk(y, scale, rng), clean.shape[:2])
                facts = replace(facts, scale=scale)
            case "noise":
                noise, shared = math.exp(rng.uniform(math.log(1), math.log(25))), rng.random() < 0.5
                y, facts = (
                    noisy(y, noise, shared, rng),
                    replace(facts, noise=noise, correlated=shared),
                )
            case _:
                quality, shift = rng.uniform(25, 95), int(rng.integers(8)) * int(rng.random() < 0.5)
                y = encoded(y, quality, 2, shift)
                facts = replace(facts, quality=round(quality), halved=True)
    return y, facts


def _clean(clean: Pixels, rng: Rng) -> tuple[Pixels, Facts]:
    """No damage; the network is given no facts, or those of a slight damage."""
    if rng.random() < 0.5:
        return clean, Facts()
    quality = round(rng.uniform(90, 100))
    return encoded(clean, quality, 0), Facts(quality=quality)


_MAKERS: dict[Kind, Callable[[Pixels, Rng], tuple[Pixels, Facts]]] = {
    "jpeg": _jpeg, "smaller": _smaller, "blur": _blurred, "noise": _noise, "mix": web_damage,
    "clean": _clean,
}  # fmt: skip


def _stated(facts: Facts, rng: Rng) -> Facts:
    """The facts that the network is given: none, all, or all but one; with small errors."""
    if rng.random() > _STATED:
        return Facts()
    stated = replace(
        facts,
        noise=facts.noise * math.exp(0.15 * rng.standard_normal()),
        blur=facts.blur * math.exp(0.1 * rng.standard_normal()),
    )
    for nothing in ({"quality": 0.0, "halved": False}, {"blur": 0.0}, {"noise": 0.0}):
        if rng.random() < _MISSED and replace(stated, **nothing).known:  # type: ignore[arg-type]
            stated = replace(stated, **nothing)  # type: ignore[arg-type]
    return stated


def as_bytes(picture: Pixels) -> NDArray[np.uint8]:
    """The picture as (H, W, 3) uint8."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def in_a_file(picture: Pixels) -> Pixels:
    """The picture after a lossless 8-bit file."""
    return as_bytes(picture).astype(np.float32) / np.float32(255)


def encoded(picture: Pixels, quality: float, sampling: int, shift: int = 0) -> Pixels:
    """The picture after a JPEG file whose blocks begin `shift` pixels before it."""
    padded = np.pad(as_bytes(picture), ((shift, 0), (shift, 0), (0, 0)), mode="edge")
    file = io.BytesIO()
    Image.fromarray(padded).save(file, "JPEG", quality=round(quality), subsampling=sampling)
    decoded = np.asarray(Image.open(file), np.float32) / np.float32(255)
    return decoded[shift:, shift:]


def _shrunk(picture: Pixels, scale: float, rng: Rng) -> Pixels:
    size = round(picture.shape[0] / scale), round(picture.shape[1] / scale)
    match _FILTERS[int(rng.choice(len(_FILTERS), p=[0.45, 0.25, 0.15, 0.15]))]:
        case "lanczos":
            image = Image.fromarray(as_bytes(picture)).resize(size[::-1], Image.Resampling.LANCZOS)
            return np.asarray(image, np.float32) / np.float32(255)
        case "gaussian":
            spread = rng.uniform(0.3, 0.5) * scale
            smooth = gaussian_filter(picture, (spread, spread, 0))
            return resampled(smooth, size, "bilinear", antialias=False)
        case name:
            return resampled(picture, size, name)


def resampled(picture: Pixels, size: tuple[int, int], how: str, antialias: bool = True) -> Pixels:
    """Resample to (height, width) as `torch.nn.functional.interpolate`; "bicubic" as Pillow."""
    x = as_batch(picture).contiguous()
    x = F.interpolate(x, size, mode=how, antialias=antialias and how != "area")
    return to_array(x)


def _out_of_focus(picture: Pixels, rng: Rng, most: float) -> tuple[Pixels, Facts]:
    """A random kernel with a standard deviation of 0.5 to `most` pixels along an axis."""
    width = math.exp(rng.uniform(math.log(0.5), math.log(most)))
    shape: Shape = get_args(Shape)[int(rng.choice(3, p=[0.5, 0.3, 0.2]))]
    match shape:
        case "gaussian":
            return gaussian_filter(picture, (width, width, 0)), Facts(blur=width)
        case "disc":  # whose standard deviation along an axis is half its radius
            kernel = disc(2 * width)
        case _:  # a line's is its length over the root of 12, and of 24 along a slanted axis
            kernel = motion(max(2.0, width * math.sqrt(24)), rng.uniform(0, 180))
    weight = (kernel / kernel.sum()).float()[None, None].expand(3, 1, -1, -1)
    sides = kernel.shape[0] // 2, kernel.shape[1] // 2
    x = as_batch(picture).contiguous()
    x = F.pad(x, (sides[1], sides[1], sides[0], sides[0]), mode="reflect")
    y = as_array(F.conv2d(x, weight, groups=3))
    return y, Facts(blur=width, shape=shape)


def noisy(picture: Pixels, noise: float, shared: bool, rng: Rng) -> Pixels:
    """Add noise (0-255 scale): white, or correlated between pixels and mostly between colours."""
    eps = rng.standard_normal(picture.shape, np.float32)
    if shared:
        if rng.random() < 0.6:
            eps = np.repeat(eps[..., :1], 3, axis=2)
        spread = rng.uniform(0.4, 1.3)
        eps = gaussian_filter(eps, (spread, spread, 0))
        eps /= max(1e-6, float(eps.std()))
    return picture + np.float32(noise / 255) * eps

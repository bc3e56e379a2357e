"""Training examples for the network that sharpens: blurred crops, and a filter's guesses."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve
from torch import Tensor

from restorer.degradation.blur import BlurReading
from restorer.degradation.facts import Facts, shape_for_network
from restorer.degradation.operators import Blur, disc, gaussian, motion
from restorer.degradation.operators.wiener import AGAIN, WienerFilter, error_left
from restorer.diffusion.conditional import ConditionalUNet
from restorer.diffusion.prior import PriorUNet
from restorer.engine.sharpening import calibrated_noise, doubt_as_noise
from restorer.training.damages import encoded, in_a_file
from restorer.training.finder import scene
from restorer.training.loss import Bins, scales
from restorer.training.refinement import Subject

Floats = NDArray[np.float32]
Rng = np.random.Generator

#: Crops are blurred with so many pixels around them, which are cut off afterwards.
MARGIN = 24
KINDS = "gaussian", "disc", "motion", "shaken"
_SHARES = 0.4, 0.3, 0.17, 0.13
#: Standard deviations along an axis, in pixels.
_NARROWEST, _WIDEST = 0.5, 4.5
_WIDTHS, _NOISES = (1.2, 2.2), (1.0, 4.0)  # the bins of the balance lie between them
_PLACES = len(KINDS) * (len(_WIDTHS) + 1) * (len(_NOISES) + 1)


class Blurred(NamedTuple):
    """A blurred crop.

    Attributes:
        truth, y: (C, C, 3) in 0..1, sharp and blurred.
        kernel: (h, w), the kernel that the network and the filter are given.
        facts: the facts that the network is given.
        place: its bin of the balance.
    """

    truth: Floats
    y: Floats
    kernel: Tensor
    facts: Facts
    place: int


@dataclass
class BlurredBatch:
    """A batch of blurred crops.

    Attributes:
        x0, y: (B, 3, C, C) in [-1, 1], sharp and blurred.
        guess: the same shape, the best estimate so far.
        sigma: (B,), typical errors of the guesses.
        facts: (B, COUNT), the facts that the network is given.
        filters: the Wiener filter of each crop.
        bins: (B,), their bins of the balance.
        rounds: number of answers that went into the guess.
    """

    x0: Tensor
    y: Tensor
    guess: Tensor
    sigma: Tensor
    facts: Tensor
    filters: list[WienerFilter]
    bins: Tensor
    rounds: int = 0

    def answer(self, network: PriorUNet) -> Tensor:
        """The network's estimate of x_0, (B, 3, C, C) float32."""
        assert isinstance(network, ConditionalUNet)
        a, b = scales(self.sigma)
        x_t = (a * self.guess).contiguous(memory_format=torch.channels_last)
        y = self.y.contiguous(memory_format=torch.channels_last)
        v = network.conditional_trunk(x_t, self.sigma, y, self.facts)
        return a * x_t - b * v.float()

    def errors(self, answer: Tensor) -> Tensor:
        """Mean squared error of each example, (B,)."""
        return (answer - self.x0).square().mean(dim=(1, 2, 3))

    def next_round(self, answer: Tensor) -> BlurredBatch:
        """The batch for the next evaluation: the guess is the answer, corrected by the filter."""
        sigma = AGAIN * self.sigma
        each = zip(self.filters, answer.clamp(-1, 1), self.y, sigma, strict=True)
        guess = [one.correct(x[None], y[None], float(s)).clamp(-1, 1) for one, x, y, s in each]
        return replace(
            self,
            guess=torch.cat(guess),
            sigma=sigma,
            bins=self.bins + _PLACES * (self.rounds == 0),
            rounds=self.rounds + 1,
        )

    def baselines(self) -> list[Tensor]:
        """The blurred crops and the guess that the network is shown."""
        return [self.y, self.guess]


def example(pixels: NDArray[np.uint8], crop: int, rng: Rng) -> Blurred:
    """Cut a crop from (H, W, 3) pixels, no side below `crop` + 2 `MARGIN`, and blur it."""
    clean = scene(pixels, crop + 2 * MARGIN, rng)
    if rng.random() < 0.08:
        clean = np.repeat(clean.mean(axis=2, keepdims=True), 3, axis=2)
    kind, width = _drawn(rng)
    kernel = kernel_of(kind, width, rng)
    inner = slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN)
    truth = np.ascontiguousarray(clean[inner], np.float32)
    y = fftconvolve(clean, kernel.numpy()[..., None], mode="same", axes=(0, 1))[inner]
    if rng.random() < 0.1:  # something in the foreground is in focus
        sharp = _somewhere(truth.shape[:2], rng)[..., None]
        y = sharp * truth + (1 - sharp) * y
    noise = 0.0 if rng.random() < 0.25 else math.exp(rng.uniform(math.log(0.3), math.log(12)))
    y = np.asarray(y + noise / 255 * rng.standard_normal(y.shape), np.float32)
    y, quality = in_a_file(y), None
    if rng.random() < 0.45:
        quality = round(rng.uniform(60, 100))
        y = encoded(y, quality, int(rng.choice([0, 2])))
    return _with_facts(truth, y, kernel, kind, width, noise, quality, rng)


def _with_facts(
    truth: Floats, y: Floats, kernel: Tensor, kind: str, width: float, noise: float,
    quality: int | None, rng: Rng,
) -> Blurred:  # fmt: skip
    """Add the kernel and the facts that a person or a measurement would give; both may be wrong."""
    place = _place(kind, width, noise)
    told, read = kernel_as_given(kind, width, kernel, rng)
    shape = shape_for_network(kind)
    said = calibrated_noise(noise * math.exp(0.1 * rng.standard_normal()), quality, 1.0)
    if read is not None:
        shape = "disc" if read.disc else "gaussian"
        said = math.hypot(said, doubt_as_noise(y, read))  # the doubt about the width
    facts = Facts(blur=Blur(told).width, shape=shape, noise=said)
    return Blurred(truth, y, told, facts, place)


def kernel_as_given(
    kind: str, width: float, kernel: Tensor, rng: Rng
) -> tuple[Tensor, BlurReading | None]:
    """The kernel that the network is given, and the measurement behind it, if any.

    A measured width and shape have errors; four in ten kernels are given exactly.
    """
    if kind not in ("gaussian", "disc") or rng.random() < 0.4:
        return kernel, None
    doubt = math.exp(rng.uniform(math.log(0.02), math.log(0.2)))
    as_disc = (kind == "disc") != (rng.random() < 0.06)
    read = width * math.exp(doubt * rng.standard_normal())
    told = read * math.exp(-0.5 * doubt)
    return (disc(2 * told) if as_disc else gaussian(told)), BlurReading(read, as_disc, doubt)


def with_guesses(examples: list[Blurred]) -> BlurredBatch:
    """The batch for the first evaluation, with the filter's guesses."""
    truth, y = (
        torch.from_numpy(2 * np.stack(part) - 1).permute(0, 3, 1, 2)
        for part in ([e.truth for e in examples], [e.y for e in examples])
    )
    blurs = [Blur(e.kernel, 2 * e.facts.noise / 255) for e in examples]
    filters = [WienerFilter(blur) for blur in blurs]
    guesses = [one.deblur(y[i : i + 1]).clamp(-1, 1) for i, one in enumerate(filters)]
    return BlurredBatch(
        truth,
        y,
        torch.cat(guesses),
        torch.tensor([error_left(one) for one in blurs]),
        torch.from_numpy(np.stack([e.facts.vector() for e in examples])),
        filters,
        torch.tensor([e.place for e in examples]),
    )


def _drawn(rng: Rng) -> tuple[str, float]:
    kind = KINDS[int(rng.choice(len(KINDS), p=_SHARES))]
    return kind, math.exp(rng.uniform(math.log(_NARROWEST), math.log(_WIDEST)))


def kernel_of(kind: str, width: float, rng: Rng) -> Tensor:
    """A kernel (h, w) of a kind with about this standard deviation; motions get a random angle."""
    match kind:
        case "gaussian":
            return gaussian(width)
        case "disc":
            return disc(2 * width)
        case "motion":
            return motion(max(2.0, width * math.sqrt(24)), rng.uniform(0, 180))
    return _shaken(width, rng)


def _shaken(width: float, rng: Rng) -> Tensor:
    """The path of a shaking hand with about this standard deviation, slightly out of focus."""
    steps = rng.standard_normal((2, 64)) + rng.standard_normal((2, 1)) * 0.3
    path = gaussian_filter(steps, (0, 4)).cumsum(axis=1)
    path -= path.mean(axis=1, keepdims=True)
    path *= width / max(1e-6, math.sqrt(float(path.var(axis=1).mean())))
    path = path.clip(2 - MARGIN, MARGIN - 2)
    reach = math.ceil(float(np.abs(path).max())) + 2
    image = np.zeros((2 * reach + 1, 2 * reach + 1))
    fine = np.stack([np.interp(np.linspace(0, 63, 640), np.arange(64), p) for p in path])
    low = np.floor(fine).astype(int)
    part = fine - low
    for i in (0, 1):
        for j in (0, 1):
            shares = np.abs(1 - i - part[0]) * np.abs(1 - j - part[1])
            np.add.at(image, (low[0] + i + reach, low[1] + j + reach), shares)
    image = gaussian_filter(image, 0.4)
    return torch.from_numpy(image / image.sum())


def _somewhere(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Random smooth regions, (H, W): 1 inside, 0 outside."""
    field = gaussian_filter(rng.standard_normal(shape), 16, mode="wrap")
    field /= max(1e-9, float(field.std()))
    regions: Floats = (1 / (1 + np.exp(-8 * (field - rng.uniform(-0.8, 0.8))))).astype(np.float32)
    return regions


def _place(kind: str, width: float, noise: float) -> int:
    row = KINDS.index(kind) * (len(_WIDTHS) + 1) + int(np.searchsorted(_WIDTHS, width))
    return row * (len(_NOISES) + 1) + int(np.searchsorted(_NOISES, noise))


def kind_of(place: int) -> str:
    """The kind of blur that a bin stands for."""
    return KINDS[place % _PLACES // ((len(_WIDTHS) + 1) * (len(_NOISES) + 1))]


#: First and later evaluations have bins of their own; a step trains the first, second or third.
SHARPENING = Subject[BlurredBatch](Bins(2 * _PLACES, 5e-5), (0.5, 0.35, 0.15), kind_of)

"""Measures how well held-out pictures are restored, in dB, and makes samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.metrics import psnr
from restorer.diffusion.scales import vp_scales
from restorer.diffusion.schedule import LINEAR, sigma_from_noise
from restorer.diffusion.tensors import as_array, as_batch
from restorer.imaging.picture import Pixels

#: Noise on the 0-255 scale whose PSNR is told.
LEVELS = (15, 25, 50)

#: And at which the loss is measured: what pictures mostly have, and beyond.
_LOSS_LEVELS = (5, *LEVELS, 100)

#: The noise of the pictures to look at.
_SHOWN = 50

#: The loss over all t is sampled in the middles of ten equal parts, on this many crops.
_TIMES = np.arange(50, 1000, 100)
_CROPS = 3


#: No squared error of x0 is thought smaller than this.
_LEAST = 1e-8


class ValidationScores(NamedTuple):
    """Means over the crops, see `events.Milestone`."""

    loss: float
    psnr: dict[int, float]
    gains: dict[str, float]


class Validation:
    """Centre crops of pictures, each with its own noise, always the same.

    Args:
        crops: (H, W, 3) float32 in 0..1, at least one.
        seed: seed of the noise.
    """

    def __init__(self, crops: Sequence[Pixels], seed: int) -> None:
        self.crops = crops
        self._eps = [
            np.random.default_rng([seed, number]).standard_normal(crop.shape, np.float32)
            for number, crop in enumerate(crops)
        ]

    def measure(self, denoiser: Denoiser) -> ValidationScores:
        """Evaluate the network once on every crop at every level; the noise is not clipped."""
        found: dict[int, float] = {}
        logs = []
        for level in _LOSS_LEVELS:
            answers = [
                (_answer(denoiser, crop, eps, level), crop)
                for crop, eps in zip(self.crops, self._eps, strict=True)
            ]
            if level in LEVELS:
                found[level] = float(np.mean([psnr(_to_range(x0), crop) for x0, crop in answers]))
            error = np.mean([np.mean((x0 - (2 * crop - 1)) ** 2) for x0, crop in answers])
            _, b = vp_scales(float(sigma_from_noise(level)))
            logs.append(math.log(max(float(error), _LEAST) / b**2))  # of x0, and so of v
        return ValidationScores(math.exp(float(np.mean(logs))), found, {})

    def loss_over_all_t(self, denoiser: Denoiser) -> tuple[float, float]:
        """E|eps - eps_theta(x_t, t)|^2 over t of the linear schedule: (network, trivial).

        The trivial predictor knows how bright and how contrasty the pictures are on average, and
        looks at one pixel at a time (Wiener's filter): eps = b (x_t - a m) / (a^2 s^2 + b^2).
        """
        values = np.concatenate([2 * crop.reshape(-1, 3) - 1 for crop in self.crops])
        mean, variance = values.mean(axis=0), values.var(axis=0)
        errors, trivial = [], []
        pairs = list(zip(self.crops, self._eps, strict=True))[:_CROPS]
        for sigma in LINEAR.sigmas[_TIMES]:
            a, b = vp_scales(float(sigma))
            for crop, eps in pairs:
                x0 = 2 * crop - 1
                x_t = a * x0 + b * eps
                found = (x_t - a * _ask(denoiser, x_t, float(sigma))) / b
                errors.append(np.mean((found - eps) ** 2))
                wiener = b * (x_t - a * mean) / (a * a * variance + b * b)
                trivial.append(np.mean((wiener - eps) ** 2))
        return float(np.mean(errors)), float(np.mean(trivial))

    def watched_crop(self) -> tuple[Pixels, Pixels]:
        """The crop of the samples, (H, W, 3): clean, and with the noise that `sample` removes."""
        return self.crops[0], np.clip(self.crops[0] + np.float32(_SHOWN / 255) * self._eps[0], 0, 1)

    def sample(self, denoiser: Denoiser) -> Pixels:
        """The first noisy crop, restored: the sample of a milestone."""
        return _to_range(_answer(denoiser, self.crops[0], self._eps[0], _SHOWN))


def centre(pixels: Pixels, side: int) -> Pixels:
    """The centre of a picture, at most side x side pixels."""
    top, left = (max(0, (length - side) // 2) for length in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]


def _answer(denoiser: Denoiser, crop: Pixels, eps: Pixels, noise: float) -> Pixels:
    """The predicted x0 of a crop with this noise."""
    sigma = float(sigma_from_noise(noise))
    a, _ = vp_scales(sigma)
    return _ask(denoiser, np.float32(a) * (2 * crop - 1 + np.float32(sigma) * eps), sigma)


def _to_range(x0: Pixels) -> Pixels:
    return np.clip((x0 + 1) / 2, 0, 1)


@torch.inference_mode()
def _ask(denoiser: Denoiser, x_t: Pixels, sigma: float) -> Pixels:
    x = as_batch(np.asarray(x_t, np.float32)).contiguous()
    answer: Pixels = as_array(denoiser(x, sigma).float())
    return answer

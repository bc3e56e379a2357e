"""Measures what one evaluation gains on held-out pictures, whose damage is always the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from restorer.degradation.facts import Facts
from restorer.diffusion.denoiser import ConditionalDenoiser
from restorer.diffusion.metrics import psnr
from restorer.diffusion.tensors import to_pixels, to_tensor
from restorer.training.damages import (
    Pixels,
    Rng,
    encoded,
    enlarged,
    in_a_file,
    noisy,
    resampled,
    web_damage,
)
from restorer.training.validation import ValidationScores

#: The damage of the picture to look at.
_SHOWN = "jpeg 10"
#: Sides of what is damaged are multiples of this, so that 2 and 4 divide them.
_MULTIPLE = 8


#: Damage whose gain is told.
CASES = (
    "jpeg 10", "jpeg 30", "jpeg 80", "jpeg 10, not told", "x2", "x4", "blur 1.6, noise 1",
    "noise 25", "several, not told",
)  # fmt: skip


class DamageValidation:
    """Centre crops of pictures, each with every kind of damage.

    Args:
        crops: (H, W, 3) float32 in 0..1, at least one.
        seed: seed of the noise.
    """

    def __init__(self, crops: Sequence[Pixels], seed: int) -> None:
        self.crops = [_even(crop) for crop in crops]
        self._cases: dict[str, list[tuple[Pixels, Pixels, Facts]]] = {}
        for number, clean in enumerate(self.crops):
            for name, y, stated in _cases(clean, np.random.default_rng([seed, number])):
                self._cases.setdefault(name, []).append((clean, in_a_file(y), stated))

    def measure(self, denoiser: ConditionalDenoiser) -> ValidationScores:
        """Evaluate the network once on every damaged crop; gains over the damaged crops, in dB.

        The loss is the geometric mean over the kinds of damage of the squared error of x_0.
        """
        gains: dict[str, float] = {}
        logs = []
        for name, cases in self._cases.items():
            results = [(restored(denoiser, y, stated), y, clean) for clean, y, stated in cases]
            gains[name] = float(np.mean([psnr(r, c) - psnr(y, c) for r, y, c in results]))
            error = 4 * float(np.mean([np.mean((r - c) ** 2) for r, _, c in results]))
            logs.append(math.log(max(error, 1e-8)))
        return ValidationScores(math.exp(float(np.mean(logs))), {}, gains)

    def watched_crop(self) -> tuple[Pixels, Pixels]:
        """The crop of the samples, (H, W, 3): clean and damaged."""
        clean, y, _ = self._cases[_SHOWN][0]
        return clean, y

    def sample(self, denoiser: ConditionalDenoiser) -> Pixels:
        """The first damaged crop, restored: the sample of a milestone."""
        _, y, stated = self._cases[_SHOWN][0]
        return restored(denoiser, y, stated)


@torch.inference_mode()
def restored(denoiser: ConditionalDenoiser, y: Pixels, stated: Facts) -> Pixels:
    """The restored picture after one evaluation of the damaged one, (H, W, 3) in 0..1."""
    x_t = to_tensor(y) / math.hypot(1, stated.sigma)
    x0 = denoiser.with_facts(stated.vector().tolist())(x_t, stated.sigma)
    return np.clip(to_pixels(x0), 0, 1)


def _even(crop: Pixels) -> Pixels:
    height, width = (side - side % _MULTIPLE for side in crop.shape[:2])
    return np.ascontiguousarray(crop[:height, :width])


def _cases(clean: Pixels, rng: Rng) -> Iterator[tuple[str, Pixels, Facts]]:
    size = clean.shape[:2]
    for quality in (10, 30, 80):
        y = encoded(clean, quality, 2)
        yield f"jpeg {quality}", y, Facts(quality=quality, halved=True)
    yield "jpeg 10, not told", encoded(clean, 10, 2), Facts()
    for scale in (2, 4):
        small = resampled(clean, (size[0] // scale, size[1] // scale), "bicubic")
        yield f"x{scale}", enlarged(in_a_file(small), size), Facts(scale=scale)
    soft = noisy(gaussian_filter(clean, (1.6, 1.6, 0)), 1, False, rng)
    yield "blur 1.6, noise 1", soft, Facts(blur=1.6, noise=1)
    yield "noise 25", noisy(clean, 25, False, rng), Facts(noise=25)
    yield "several, not told", web_damage(clean, rng)[0], Facts()

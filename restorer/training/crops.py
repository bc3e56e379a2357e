"""What one training step sees: random crops, noise levels and noise.

Every example is a function of the seed and its number alone. So nothing random has to be kept in
a checkpoint, and any number of processes together see what one would have seen.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from restorer.diffusion.schedule import named
from restorer.training.pictures import Bytes, Pictures
from restorer.training.recipe import Recipe

Floats = NDArray[np.float32]

#: Where levels are log-uniform, and the share of examples they get; the rest take any t. Noise 5 to
#: 75 is what pictures mostly have, 2.5 to 255 what can be restored.
_RESTORING = ((0.04, 0.6, 0.5), (0.02, 2.0, 0.25))

#: A crop whose standard deviation (0-255) is below this is flat, and drawn again up to twice.
_FLAT = 6.0
_DRAWS = 3

#: Noise of a calm example, as shares of what the network is told.
_CALM_NOISE = (0.0, 0.0, 0.25, 0.5, 0.75, 1.0)


class Batch(NamedTuple):
    """x0 (B, 3, C, C) in [-1, 1], sigma (B,), eps like x0.

    Where there is less noise than sigma says, eps is smaller.
    """

    x0: Floats
    sigma: Floats
    eps: Floats


class Crops:
    """Batches by the number of their step."""

    def __init__(self, pictures: Pictures, recipe: Recipe) -> None:
        self._pictures = pictures
        self._recipe = recipe

    def batch(self, step: int, part: int = 0, parts: int = 1) -> Batch:
        """Examples of a step: all of them, or part 0 ... parts - 1 of as many equal parts.

        Raises:
            BadInput: if no picture can be used.
        """
        size = self._recipe.batch // parts
        first = step * self._recipe.batch + part * size
        examples = [self._example(number) for number in range(first, first + size)]
        return Batch(*(np.stack(values) for values in zip(*examples, strict=True)))

    def _example(self, number: int) -> tuple[Floats, Any, Floats]:
        rng = np.random.default_rng([self._recipe.seed, number])
        if rng.random() < self._recipe.calm:
            return self._calm(rng)
        crop = self._augmented(self._crop(number, rng), rng)
        x0 = crop.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1
        sigma = np.float32(draw_sigma(rng))
        return x0, sigma, rng.standard_normal(x0.shape, np.float32)

    def _calm(self, rng: np.random.Generator) -> tuple[Floats, Any, Floats]:
        """One colour, half of them grey, half of them shaded towards one side."""
        side = self._recipe.crop
        tone = rng.uniform(-1, 1, (3, 1, 1)) if rng.random() < 0.5 else rng.uniform(-1, 1)
        angle, depth = rng.uniform(0, 2 * math.pi), rng.choice([0.0, rng.uniform(0, 0.2)])
        across = np.linspace(-1, 1, side)
        shade = math.cos(angle) * across[:, None] + math.sin(angle) * across
        x0 = np.clip(tone + depth * np.broadcast_to(shade, (3, side, side)), -1, 1)
        noise = rng.choice(_CALM_NOISE) * rng.standard_normal(x0.shape, np.float32)
        return x0.astype(np.float32), np.float32(draw_sigma(rng)), noise.astype(np.float32)

    def _crop(self, number: int, rng: np.random.Generator) -> Bytes:
        side = self._recipe.crop
        for _ in range(_DRAWS):
            pixels = self._pictures.pick(number, rng)
            top = int(rng.integers(pixels.shape[0] - side + 1))
            left = int(rng.integers(pixels.shape[1] - side + 1))
            crop = pixels[top : top + side, left : left + side]
            if crop.std() >= _FLAT or rng.random() < self._recipe.smooth:
                break
        return crop

    def _augmented(self, crop: Bytes, rng: np.random.Generator) -> Bytes:
        """One of the eight sides; now and then with the colour channels in another order."""
        crop = np.rot90(crop, int(rng.integers(4)))
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        if rng.random() < self._recipe.permute:
            crop = crop[..., rng.permutation(3)]
        return crop


def draw_sigma(rng: np.random.Generator) -> float:
    """A noise level: mostly one that pictures have, else any t of the linear schedule."""
    lot = rng.random()
    for low, high, share in _RESTORING:
        if lot < share:
            return math.exp(rng.uniform(math.log(low), math.log(high)))
        lot -= share
    sigmas = named("linear").sigmas
    return float(sigmas[rng.integers(len(sigmas))])

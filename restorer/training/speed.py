"""Measures the speed and progress of a training on this machine."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from restorer.diffusion.prior import PriorUNet
from restorer.training.learner import Batch, Learner
from restorer.training.state import State

#: Steps before the clock counts (libraries choose their ways), and between two looks at the loss:
#: a GPU has to be waited for.
_UNCOUNTED, _EVERY = 2, {"cpu": 1}
_WARM_UP = 0.05


class Source(Protocol):
    """A source of batches."""

    def batch(self, step: int, /) -> Batch: ...


@dataclass(frozen=True)
class DryRun:
    """The results.

    Attributes:
        parameters: number of parameters of the network.
        kmac: thousands of multiply-adds of a forward pass, for a pixel.
        pixels: pixels trained on in a second.
        flops: floating point operations in a second, forward and backward.
        steps: number of steps.
        loss: the last loss, as in `events.Step`.
        slope: d ln loss / d ln pixels over the second half; -0.1 is 7 % less for twice the pixels.
    """

    parameters: int
    kmac: float
    pixels: float
    flops: float
    steps: int
    loss: float
    slope: float

    def sentence(self) -> str:
        """The results as a sentence."""
        change = 2**self.slope - 1
        return (
            f"{self.parameters / 1e6:.2f} M parameters, {self.kmac:.0f} kMAC a pixel: "
            f"{self.pixels:.3g} pixels a second, {self.flops / 1e9:.3g} GFLOP/s; loss "
            f"{self.loss:.4f} after {self.steps} steps, {abs(change):.1%} "
            f"{'less' if change < 0 else 'more'} for twice the pixels."
        )


def measure(learner: Learner, state: State, crops: Source, seconds: float) -> DryRun:
    """Train for some seconds and measure the speed."""
    seen: list[tuple[int, float]] = []
    begun, first = time.monotonic(), 0
    every = _EVERY.get(state.balance.errors.device.type, 5)
    while (passed := time.monotonic() - begun) < seconds or len(seen) < 4:
        rate = state.recipe.peak * min(1.0, 0.01 + passed / (_WARM_UP * seconds))
        learner.learn(crops.batch(state.step), rate)
        if state.step == _UNCOUNTED:
            learner.read()  # waits
            begun, first = time.monotonic(), learner.pixels
        elif state.step > _UNCOUNTED and state.step % every == 0:
            seen.append((learner.pixels, learner.read()[0]))
    pixels = (seen[-1][0] - first) / (time.monotonic() - begun)
    kmac = multiply_adds(state.network) / 1e3
    late = np.log(np.array(seen[len(seen) // 2 :]))
    slope = float(np.polyfit(late[:, 0], late[:, 1], 1)[0])
    return DryRun(
        parameters=state.network.num_parameters(),
        kmac=kmac,
        pixels=pixels,
        flops=6e3 * kmac * pixels,  # two each, and backwards is twice forwards
        steps=state.step,
        loss=seen[-1][1],
        slope=slope if math.isfinite(slope) else 0.0,
    )


def multiply_adds(network: PriorUNet) -> float:
    """Multiply-adds of a forward pass, for one pixel."""
    side = 8 * network.stride  # what is done once a picture hardly counts
    weight = network.in_conv.weight
    x_t = torch.zeros(1, 3, side, side, device=weight.device, dtype=weight.dtype)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.trunk(x_t, torch.ones(1, device=weight.device))
    return counter.get_total_flops() / 2 / side**2

"""Scores results against a known truth: for the course and the damage lab.

Pictures are (H, W, 3) float32 in 0..1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from restorer.engine.inputs import Inputs
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.imaging.bands import GoOn
from restorer.imaging.geometry import middle
from restorer.imaging.picture import Picture, Pixels

_SIDE = 96  # of the square that is cut out, in pixels; less in a smaller picture
_LOOKED_AT = 768  # side of what is judged by its look, in pixels


@dataclass(frozen=True, eq=False)
class Patch:
    """A patch of a clean picture under white noise of a known deviation (0-255 scale)."""

    truth: Pixels
    noisy: Pixels
    noise: float

    @property
    def inputs(self) -> Inputs:
        """The inputs for a task."""
        return Inputs(Picture(self.noisy))


@dataclass(frozen=True)
class Score:
    """The scores of a step against the truth.

    Attributes:
        psnr: decibels.
        ssim: structural similarity, up to 1.
        lpips: how different both look, see `diffusion.perceptual`; None without its package.
    """

    psnr: float
    ssim: float
    lpips: float | None = None


def patch_of(clean: Pixels, noise: float) -> Patch:
    """The most detailed square of a picture on a coarse grid, under noise.

    Args:
        clean: what is taken as the truth.
        noise: standard deviation, 0-255 scale.
    """
    height, width = clean.shape[:2]
    high, wide = min(_SIDE, height), min(_SIDE, width)
    rows = np.unique(np.linspace(0, height - high, 5).astype(int))
    columns = np.unique(np.linspace(0, width - wide, 5).astype(int))
    pieces = [clean[y : y + high, x : x + wide] for y in rows for x in columns]
    truth = np.ascontiguousarray(max(pieces, key=detail))
    eps = np.random.default_rng(0).standard_normal(truth.shape, np.float32)
    return Patch(truth, truth + np.float32(noise / 255) * eps, noise)


def detail(pixels: Pixels) -> float:
    """How much neighbouring pixels differ, root mean square on the 0-255 scale."""
    across, down = np.diff(pixels, axis=1), np.diff(pixels, axis=0)
    square = (float(np.square(across).mean()) + float(np.square(down).mean())) / 2
    return 255 * square**0.5


def score(pixels: Pixels, truth: Pixels) -> Score:
    """The scores of a picture, as restoration papers compute them."""
    from restorer.diffusion.metrics import psnr, ssim  # scipy, not at start-up

    similar = ssim(pixels, truth) if min(truth.shape[:2]) > 10 else float("nan")
    return Score(psnr(pixels, truth), similar)


def scores(trajectory: Trajectory, truth: Pixels, go_on: GoOn) -> Iterator[Score]:
    """The scores of the clean picture that each step predicts; the last one is the result."""
    for index in range(len(trajectory)):
        go_on()
        last = index == len(trajectory) - 1
        result = trajectory.result if last else None
        seen = trajectory.view(index, Quantity.X0) if result is None else result
        yield replace(score(seen, truth), lpips=_look(seen, truth))


def _look(pixels: Pixels, truth: Pixels) -> float | None:
    """The perceptual distance of the middles of both pictures."""
    from restorer.diffusion.perceptual import st_lpips  # torch, not at start-up

    where = middle(truth.shape, _LOOKED_AT)
    return st_lpips(np.clip(pixels[where], 0, 1), truth[where])


def best_step(found: list[Score]) -> int:
    """Index of the step with the least error."""
    return max(range(len(found)), key=lambda index: found[index].psnr)

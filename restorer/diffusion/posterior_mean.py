"""The posterior mean by itself, and samples blended towards it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from restorer.diffusion.rows import by_rows
from restorer.diffusion.samplers import Step, transitions, weighted_sum
from restorer.diffusion.scales import vp_scales

if TYPE_CHECKING:
    from torch import Tensor

    from restorer.diffusion.denoiser import Denoiser
    from restorer.diffusion.samplers import Times
    from restorer.diffusion.schedule import Schedule


def posterior_mean(
    views: Sequence[Denoiser], x_t: Tensor, times: Times, schedule: Schedule
) -> Iterator[Step]:
    """E[x_0 | x_t]: every x0 is the mean of the network's answers about x_t so far.

    One evaluation is the posterior mean already; each further one asks the same network from
    another side (self-ensemble), which takes off a little of its own error. The states are those
    of one DDIM jump from x_t to each time with the estimate so far. Evaluating the states
    instead, with or without noise, was measured to lose 0.2 to 2.6 dB in eight steps.

    Args:
        views: the denoiser as seen from different sides (`denoiser.Turned`), taken in turn.
        x_t: as in `ddpm`; the other arguments too.
    """
    total = x0 = x_t
    sigma = 0.0
    for index, t, _ in transitions(times):
        sigma_t = float(schedule.sigma(t))
        sigma = sigma or sigma_t  # of x_t, which is the first
        a_t, b_t = vp_scales(sigma_t)
        state, ask = x_t, views[index % len(views)]
        if index == 0:
            total = x0 = ask(x_t, sigma)
        else:
            state = by_rows(partial(weighted_sum, sigma, a_t, b_t), x0, x_t)
            total = by_rows(_added, total, ask(x_t, sigma))
            x0 = by_rows(partial(_shared, index + 1), total)
        yield Step(index, t, sigma_t, state, x0)


def _added(x: Tensor, y: Tensor) -> Tensor:
    return x + y


def _shared(count: int, x: Tensor) -> Tensor:
    return x / count


def blend_towards_mean(
    steps: Iterator[Step], faithfulness: Callable[[], float | Tensor]
) -> Iterator[Step]:
    """Blend every x0 towards the posterior mean, which is the first x0.

    The faithfulness, asked for at every step, is one number, or (1, 1, H, W) for one that differs
    from place to place.

    faithfulness 1 is the mean, 0 what the sampler made. Of blends with the mean, those of the
    optimal-transport estimate trade error and naturalness best (Freirich et al., 2021, "A Theory
    of the Distortion-Perception Tradeoff in Wasserstein Space"); no sampler here is that estimate.
    Measured squared errors against the mean's: it would have 1.15, a posterior sample 2;
    DPM-Solver++ has 1.13 in a few steps, DDPM 1.86 in 50.
    """
    mean: Tensor | None = None
    for step in steps:
        mean = step.x0 if mean is None else mean
        share = faithfulness()
        if isinstance(share, float):
            x0 = by_rows(partial(_drawn_to, share), step.x0, mean)
        else:
            x0 = by_rows(_drawn_by, step.x0, mean, share)
        yield replace(step, x0=x0)


def _drawn_to(share: float, x0: Tensor, mean: Tensor) -> Tensor:
    return x0.lerp(mean, share)


def _drawn_by(x0: Tensor, mean: Tensor, share: Tensor) -> Tensor:
    return x0.lerp(mean, share.to(x0).expand_as(x0))

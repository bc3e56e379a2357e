"""Posterior sampling with an unconditional prior and a measurement, y = A(x_0) + noise.

All methods are one skeleton. At every time the network says x_0 of x_t, a data step turns that
into what y allows, and noise is put back for the next time:

    x_s = sqrt(abar_s) z + sqrt(1 - abar_s) (sqrt(1 - zeta) eps_z + sqrt(zeta) n)

with z = DATA(x_0, y) and eps_z the noise that z leaves over in x_t. zeta = 1 puts the noise
back in full, which was measured to beat zeta = 0 every time; zeta = None takes as much as DDPM
does. Where DATA is E[x_0 | x_t, y], which `diffpir` has for a prior of unit variance, the former
tends to the posterior mean and the latter, in many steps, samples the posterior. For other priors
every method here is an approximation, good or bad as its picture of p(x_0 | x_t): none has a
guarantee.

Without a generator no noise is put back at all, x_s = sqrt(abar_s) z, and z goes on a little in
the direction it went: annealed plug-and-play (Zhang et al., 2021, "Plug-and-Play Image Restoration
with Deep Denoiser Prior", with the momentum of Polyak, 1964). It ends at a mode of the posterior,
the mean of a Gaussian one. Measured with the shipped prior, its error is less than that of noise
put back where y has some pixels exactly, because noise hides them; the figures are in
docs/repairs.md.

Every x0 of a `Step` is z, what the method has for a picture by then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.operator import Operator
from restorer.diffusion.rows import by_rows, noise_like, stacked, zeros_like
from restorer.diffusion.samplers import Step, posterior, transitions
from restorer.diffusion.scales import eps_from_x0, vp_scales
from restorer.diffusion.schedule import Schedule

if TYPE_CHECKING:
    from restorer.diffusion.samplers import Times


@dataclass(frozen=True, eq=False)
class Problem:
    """An inverse problem.

    Args:
        operator: A, and the noise in y.
        y: what was measured, on the operator's terms.
        trust: weight of y against the prior where they disagree (DiffPIR), 0.5 to 4.
    """

    operator: Operator
    y: Tensor
    trust: float = 1.0


#: Share of its last move that z makes again, without noise. On train pictures, half the pixels
#: missing, 20 steps: 0, 0.5 and 0.7 gave 32.09, 32.24 and 32.17 dB.
MOMENTUM = 0.5

#: (x_0 from the network, sigma of its x_t, sigma of the next state) to the z that y allows.
DataStep = Callable[[Tensor, float, float], Tensor]

#: (fresh noise N(0, 1), sigma of the next state) to the noise that belongs there.
Shape = Callable[[Tensor, float], Tensor]


def initial_state(
    picture: Tensor,
    t: float,
    schedule: Schedule,
    generator: torch.Generator | None,
    *,
    mirrored: bool = False,
) -> Tensor:
    """x_t of a first guess, (B, 3, H, W) in [-1, 1], in place of pure noise.

    Without a generator the guess's own errors stand for the noise. Mirrored, (2 B, 3, H, W): with
    noise, then with its negative.
    """
    a, b = vp_scales(float(schedule.sigma(t)))
    if generator is None:
        state = by_rows(lambda x: a * x, picture)
        return stacked([state, state], 2 * len(picture)) if mirrored else state
    fresh = noise_like(picture, generator)
    states = (
        by_rows(lambda x, noise, b=signed: a * x + b * noise, picture, fresh)
        for signed in ((b, -b) if mirrored else (b,))
    )
    return stacked(states, 2 * len(picture)) if mirrored else next(states)


def ddnm(
    denoiser: Denoiser,
    problem: Problem,
    x_t: Tensor,
    times: Times,
    schedule: Schedule,
    *,
    generator: torch.Generator | None,
    zeta: float | None = 1.0,
    mirrored: bool = False,
) -> Iterator[Step]:
    """Wang et al. (2023), "Zero-Shot Image Restoration Using Denoising Diffusion Null-Space Model".

    y decides what it can say, the prior the rest (the null space): A(z) = y exactly. Noise in y
    is answered as in DDNM+: it is let in only as far as it counts as noise of the next state,
    where that much less is put back. That needs one singular value for all; the paper weighs each
    by itself, and an inverted blur that carries noise still fails it: take `diffpir` for those.

    Args:
        denoiser: predicts x_0.
        problem: operator and measurement.
        x_t: the state at times[0], (B, 3, H, W) on the VP scale, see `initial_state`.
        times: strictly falling, at least one, see `Schedule.spaced`.
        schedule: the noise schedule behind the times.
        generator: where the fresh noise comes from; None: no noise is put back, whatever zeta.
        zeta: noise put back: 1 in full, 0 none, None as DDPM.
        mirrored: the second half of the batch gets the negative of the noise of the first
            (antithetic variates, Hammersley & Morton, 1956). Their mean is nearer to the posterior
            mean than that of two chains with noise of their own, and exact where the denoiser is
            linear.

    Raises:
        ValueError: if the times are empty or do not fall, zeta is outside [0, 1], or y has noise
            and the operator more than one singular value.
    """
    operator, y = problem.operator, problem.y

    noise = 0.0
    if operator.noise > 0:
        if operator.gain is None:
            raise ValueError("DDNM+ wants one singular value; take DiffPIR")
        noise = operator.noise / operator.gain  # as it stands in A^+ y

    def weight(sigma_s: float) -> float:
        return 1.0 if noise <= sigma_s else sigma_s / noise

    def data(x0: Tensor, sigma: float, sigma_s: float) -> Tensor:
        share = weight(sigma_s)
        return by_rows(lambda a, b: torch.lerp(a, b, share), x0, operator.prox(x0, y, 0.0))

    def shape(fresh: Tensor, sigma_s: float) -> Tensor:
        share = weight(sigma_s) * noise / sigma_s  # of the state's noise that came with y
        if share == 0:
            return fresh
        measured = operator.pinv(operator.forward(fresh))
        return fresh - (1 - math.sqrt(max(0.0, 1 - share**2))) * measured

    return _skeleton(denoiser, data, x_t, times, schedule, generator, zeta, shape, mirrored)


def diffpir(
    denoiser: Denoiser,
    problem: Problem,
    x_t: Tensor,
    times: Times,
    schedule: Schedule,
    *,
    generator: torch.Generator | None,
    zeta: float | None = 1.0,
    mirrored: bool = False,
) -> Iterator[Step]:
    """Zhu et al. (2023), "Denoising Diffusion Models for Plug-and-Play Image Restoration".

    z = argmin ||y - A(z)||^2 + rho ||z - x_0||^2 with rho = sigma_y^2 / (trust r^2), where
    r^2 = sigma^2 / (1 + sigma^2) is the variance of x_0 given x_t under a prior of unit variance:
    with such a Gaussian prior and trust 1, z is E[x_0 | x_t, y] exactly. Arguments as `ddnm`.
    """
    operator, y = problem.operator, problem.y

    def data(x0: Tensor, sigma: float, sigma_s: float) -> Tensor:
        variance = sigma**2 / (1 + sigma**2)
        return operator.prox(x0, y, operator.noise**2 / (problem.trust * variance))

    return _skeleton(denoiser, data, x_t, times, schedule, generator, zeta, mirrored=mirrored)


def repaint(
    denoiser: Denoiser,
    problem: Problem,
    x_t: Tensor,
    times: Times,
    schedule: Schedule,
    *,
    generator: torch.Generator,
    visits: int = 2,
) -> Iterator[Step]:
    """Lugmayr et al. (2022), "RePaint: Inpainting using Denoising Diffusion Probabilistic Models".

    The known part of every state is y with noise put in anew, the rest an ancestral step; every
    transition is walked `visits` times, going back with forward noise in between, so that the two
    agree. `visits` falls to 1 towards the last time, where there is nowhere to go back from.
    An approximation for any prior: y never enters the network's answer. Arguments as `ddnm`;
    one Step an evaluation, (len(times) - 1) * visits + 1 of them.

    Args:
        visits: evaluations at every time but the last.
    """
    operator, y = problem.operator, problem.y
    index = 0

    def known(state: Tensor, a: float, b: float) -> Tensor:
        return operator.prox(state, a * y + b * operator.forward(noise_like(state, generator)), 0.0)

    for _, t, s in transitions(times):
        sigma, abar_t = float(schedule.sigma(t)), float(schedule.alpha_bar(t))
        for visit in range(visits if s is not None else 1):
            x_t = known(x_t, *vp_scales(sigma))
            x0 = denoiser(x_t, sigma)
            yield Step(index, t, sigma, x_t, operator.prox(x0, y, 0.0))
            index += 1
            if s is None:
                return
            abar_s = float(schedule.alpha_bar(s))
            q = posterior(abar_t, abar_s)
            x_s = q.on_x0 * x0 + q.on_x_t * x_t + q.std * noise_like(x_t, generator)
            if visit == visits - 1:
                x_t = x_s
            else:  # back again: q(x_t | x_s)
                kept = abar_t / abar_s
                x_t = math.sqrt(kept) * x_s + math.sqrt(1 - kept) * noise_like(x_s, generator)


def dps(
    denoiser: Denoiser,
    problem: Problem,
    x_t: Tensor,
    times: Times,
    schedule: Schedule,
    *,
    generator: torch.Generator,
    scale: float = 1.0,
) -> Iterator[Step]:
    """Chung et al. (2023), "Diffusion Posterior Sampling for General Noisy Inverse Problems".

    An ancestral step, then down the gradient of ||y - A(x_0(x_t))|| through the network. Wants
    hundreds of steps, three times the memory and time of the others, and a differentiable A; an
    approximation even for a Gaussian prior. The step grows with the square root of the number of
    pixels (the norm is not squared, so the gradient at a pixel shrinks with it); 1 is the paper's
    0.3 for 256 pixels square, in which x_0 does not run away in few steps. Arguments as `ddnm`.
    """
    operator, y = problem.operator, problem.y
    length = scale * 0.3 * math.sqrt(x_t.shape[-2] * x_t.shape[-1]) / 256
    for index, t, s in transitions(times):
        sigma = float(schedule.sigma(t))
        with torch.enable_grad():
            x = x_t.detach().requires_grad_()
            x0 = denoiser(x, sigma)
            misfit = (y - operator.forward(x0)).flatten(1).norm(dim=1).sum()  # each its own
            (slope,) = torch.autograd.grad(misfit, x)
        x0 = x0.detach()
        yield Step(index, t, sigma, x_t, x0)
        if s is not None:
            q = posterior(float(schedule.alpha_bar(t)), float(schedule.alpha_bar(s)))
            x_t = q.on_x0 * x0 + q.on_x_t * x_t + q.std * noise_like(x_t, generator)
            x_t = x_t - length * slope


def _skeleton(
    denoiser: Denoiser,
    data: DataStep,
    x_t: Tensor,
    times: Times,
    schedule: Schedule,
    generator: torch.Generator | None,
    zeta: float | None,
    shape: Shape = lambda fresh, _: fresh,
    mirrored: bool = False,
) -> Iterator[Step]:
    if zeta is not None and not 0 <= zeta <= 1:
        raise ValueError(f"zeta must be in [0, 1], got {zeta}")
    velocity = zeros_like(x_t)
    for index, t, s in transitions(times):
        sigma = float(schedule.sigma(t))
        sigma_s = 0.0 if s is None else float(schedule.sigma(s))
        z = data(denoiser(x_t, sigma), sigma, sigma_s)
        yield Step(index, t, sigma, x_t, z)
        if s is not None:
            share = zeta
            if share is None:
                abar_s = float(schedule.alpha_bar(s))
                share = posterior(float(schedule.alpha_bar(t)), abar_s).std ** 2 / (1 - abar_s)
            a, b = vp_scales(sigma_s)
            if generator is None:
                signal = vp_scales(sigma)[0]
                velocity = by_rows(partial(_with_momentum, signal), velocity, z, x_t)
                x_t = by_rows(partial(_moved, signal, a), x_t, velocity)
                continue
            fresh = shape(_fresh(x_t, generator, mirrored), sigma_s)
            x_t = by_rows(partial(_noised_again, sigma, share, a, b), x_t, z, fresh)


def _with_momentum(signal: float, velocity: Tensor, z: Tensor, x_t: Tensor) -> Tensor:
    return MOMENTUM * velocity + z - x_t / signal


def _moved(signal: float, a: float, x_t: Tensor, velocity: Tensor) -> Tensor:
    return a * (x_t / signal + velocity)


def _noised_again(
    sigma: float, share: float, a: float, b: float, x_t: Tensor, z: Tensor, fresh: Tensor
) -> Tensor:
    """sqrt(abar) z + sqrt(1 - abar) n, with this share of fresh noise in n."""
    noise = math.sqrt(1 - share) * eps_from_x0(x_t, z, sigma) + math.sqrt(share) * fresh
    return a * z + b * noise


def _fresh(x: Tensor, generator: torch.Generator, mirrored: bool) -> Tensor:
    """Noise for a batch, the second half the negative of the first if mirrored."""
    if not mirrored:
        return noise_like(x, generator)
    half = noise_like(x[: len(x) // 2], generator)
    return stacked((half, by_rows(torch.neg, half)), len(x))

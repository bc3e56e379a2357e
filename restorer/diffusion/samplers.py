"""The reverse process: from x_t at any t towards the clean picture, in any number of steps.

Each sampler is a generator that yields a `Step` per time, most after one evaluation of the network;
after the last evaluation it lands on that step's x0, so the result is the last x0.
Coefficients are double precision numbers; noise covers the whole canvas and comes from the
caller's generator, so neither tile size nor thread count changes a result.

Arithmetic on whole states goes a few rows at a time (`rows`).

Command line, window, records and the models in latent space read the table `SAMPLERS`; so that
they can, this module does not import torch. docs/adding-a-sampler.md adds a row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from restorer.diffusion.rows import by_rows, noise_like
from restorer.diffusion.scales import eps_from_x0
from restorer.errors import BadInput
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from restorer.diffusion.denoiser import Denoiser
    from restorer.diffusion.schedule import Floats, Schedule

    Times = Sequence[float] | Floats
    #: One for all transitions, or of the one after the step of this index.
    Eta = float | Callable[[int], float]


@dataclass(frozen=True, eq=False)
class Step:
    """One network evaluation: the state x_t at t and the clean picture x0 predicted from it."""

    index: int
    t: float
    sigma: float
    x_t: Tensor
    x0: Tensor

    @property
    def eps(self) -> Tensor:
        """The predicted noise, consistent with x0: x_t = sqrt(abar) x0 + sqrt(1 - abar) eps."""
        return eps_from_x0(self.x_t, self.x0, self.sigma)


class Posterior(NamedTuple):
    """q(x_s | x_t, x_0) = N(on_x0 x_0 + on_x_t x_t, std^2)."""

    on_x0: float
    on_x_t: float
    std: float

    def mean(self, x0: Tensor, x_t: Tensor) -> Tensor:
        """Of it."""
        return self.on_x0 * x0 + self.on_x_t * x_t

    def sample(self, x0: Tensor, x_t: Tensor, noise: Tensor) -> Tensor:
        """A sample, by noise from N(0, 1)."""
        return self.on_x0 * x0 + self.on_x_t * x_t + self.std * noise


def posterior(abar_t: float, abar_s: float) -> Posterior:
    """The Gaussian between t and an earlier s; Ho et al. (2020), equations 6 and 7."""
    alpha = abar_t / abar_s
    beta = 1 - alpha
    return Posterior(
        on_x0=math.sqrt(abar_s) * beta / (1 - abar_t),
        on_x_t=math.sqrt(alpha) * (1 - abar_s) / (1 - abar_t),
        std=math.sqrt(beta * (1 - abar_s) / (1 - abar_t)),
    )


def ddpm(
    denoiser: Denoiser, x_t: Tensor, times: Times, schedule: Schedule, *, generator: torch.Generator
) -> Iterator[Step]:
    """Ancestral sampling; Ho et al. (2020), "Denoising Diffusion Probabilistic Models".

    Args:
        denoiser: predicts x_0.
        x_t: the state at times[0], (B, 3, H, W) float32 on the VP scale.
        times: strictly falling, at least one, floats in [0, T - 1]; see `Schedule.spaced`.
        schedule: the noise schedule behind the times.
        generator: where the fresh noise comes from.

    Raises:
        ValueError: if the times are empty or do not fall.
    """
    for index, t, s in transitions(times):
        step = evaluate(denoiser, x_t, index, t, schedule)
        yield step
        if s is not None:
            q = posterior(abar_at(schedule, t), abar_at(schedule, s))
            noise = noise_like(x_t, generator)
            x_t = by_rows(q.sample, step.x0, x_t, noise)


def ddpm_quiet(denoiser: Denoiser, x_t: Tensor, times: Times, schedule: Schedule) -> Iterator[Step]:
    """`ddpm` without its noise: every state is the mean of q(x_s | x_t, x_0). As `ddpm`.

    With an exact network it ends at E[x_0 | x_t] (Fesl et al., 2024, "On the Asymptotic Mean Square
    Error Optimality of Diffusion Models"). A trained one is told of noise that is not there any
    more, takes detail for it, and ends smoother than that: what the noise is put back for.
    """
    for index, t, s in transitions(times):
        step = evaluate(denoiser, x_t, index, t, schedule)
        yield step
        if s is not None:
            q = posterior(abar_at(schedule, t), abar_at(schedule, s))
            x_t = by_rows(q.mean, step.x0, x_t)


def ddim(
    denoiser: Denoiser,
    x_t: Tensor,
    times: Times,
    schedule: Schedule,
    *,
    eta: Eta = 0.0,
    generator: torch.Generator | None = None,
) -> Iterator[Step]:
    """Song et al. (2021), "Denoising Diffusion Implicit Models", equations 12 and 16.

    eta = 0 is deterministic, eta = 1 has the noise of `ddpm`. Otherwise as `ddpm`.

    Raises:
        ValueError: also if eta is outside [0, 1], or above 0 without a generator.
    """
    for index, t, s in transitions(times):
        now = eta(index) if callable(eta) else eta
        if not 0 <= now <= 1:
            raise ValueError(f"eta must be in [0, 1], got {now}")
        if now > 0 and generator is None:
            raise ValueError("eta above 0 needs a generator")
        step = evaluate(denoiser, x_t, index, t, schedule)
        yield step
        if s is not None:
            abar_s = abar_at(schedule, s)
            std = now * posterior(abar_at(schedule, t), abar_s).std
            on_x0, on_eps = math.sqrt(abar_s), math.sqrt(1 - abar_s - std**2)
            x_t = by_rows(partial(weighted_sum, step.sigma, on_x0, on_eps), step.x0, x_t)
            if generator is not None and std > 0:
                x_t = by_rows(partial(_sum, 1, std), x_t, noise_like(x_t, generator))


def dpmpp_2m(denoiser: Denoiser, x_t: Tensor, times: Times, schedule: Schedule) -> Iterator[Step]:
    """Lu et al. (2022), "DPM-Solver++", algorithm 2 (multistep, second order). As `ddpm`.

    The first step is first order because there is no earlier x0 yet, the last one because
    high orders are unstable next to the clean picture.
    """
    previous: tuple[float, Tensor] | None = None
    for index, t, s in transitions(times):
        step = evaluate(denoiser, x_t, index, t, schedule)
        yield step
        if s is not None:
            sigma_s = float(schedule.sigma(s))
            h = math.log(step.sigma / sigma_s)
            x0 = step.x0
            if previous is not None:
                h_previous, x0_previous = previous
                x0 = by_rows(partial(_beyond, h / (2 * h_previous)), x0, x0_previous)
            a_t, a_s = math.sqrt(abar_at(schedule, t)), math.sqrt(abar_at(schedule, s))
            on_x_t = (sigma_s * a_s) / (step.sigma * a_t)
            x_t = by_rows(partial(_sum, on_x_t, -a_s * math.expm1(-h)), x_t, x0)
            previous = h, step.x0


def _sum(on_x: float, on_y: float, x: Tensor, y: Tensor) -> Tensor:
    return on_x * x + on_y * y


def _beyond(share: float, x: Tensor, before: Tensor) -> Tensor:
    """Extrapolate by the change since the last step."""
    return x + share * (x - before)


def weighted_sum(sigma: float, on_x0: float, on_eps: float, x0: Tensor, x_t: Tensor) -> Tensor:
    """on_x0 x0 + on_eps eps, of the eps with which x0 makes x_t."""
    return on_x0 * x0 + on_eps * eps_from_x0(x_t, x0, sigma)


def transitions(times: Times) -> Iterator[tuple[int, float, float | None]]:
    """(index, t, s) for each time t and the one after it; None after the last."""
    falling = [float(t) for t in times]
    if not falling:
        raise ValueError("at least one time is needed")
    if any(s >= t for t, s in pairwise(falling)):
        raise ValueError(f"times must fall strictly, got {falling}")
    for index, (t, s) in enumerate(zip(falling, [*falling[1:], None], strict=True)):
        yield index, t, s


def evaluate(denoiser: Denoiser, x_t: Tensor, index: int, t: float, schedule: Schedule) -> Step:
    """Ask the network for x_0 at time t."""
    sigma = float(schedule.sigma(t))
    return Step(index, t, sigma, x_t, denoiser(x_t, sigma))


def abar_at(schedule: Schedule, t: float) -> float:
    """abar at time t, as a plain number."""
    return float(schedule.alpha_bar(t))


@dataclass(frozen=True)
class Sampler:
    """The properties of a sampler.

    Attributes:
        title: in lists.
        sentence: what it does, for people.
        steps: the generator, for networks in pixels; None if it is for latent models only.
        scheduler: diffusers' class for latent models; empty if they do not have it.
        stochastic: puts in fresh noise whatever `eta` is; such results are samples, or nearly so.
        eta: how much noise it puts back by default, 0 to 1; None if that is no choice.
        evaluations: of the network in a step.
        apart: squared distance from the posterior mean of what it ends at without fresh noise, in
            squared errors of the mean; measured, for the doubt of a result.
        settles: in so many steps fresh noise leads half as far from the mean as in very many.
    """

    title: str
    sentence: str
    steps: Callable[..., Iterator[Step]] | None = None
    scheduler: str = ""
    stochastic: bool = False
    eta: float | None = None
    evaluations: int = 1
    apart: float = 0.15
    settles: int = 8

    def draws(self, eta: float) -> bool:
        """Whether it adds noise, so that a result is a sample of the posterior."""
        return self.stochastic or (self.eta is not None and eta > 0)

    def distance(self, eta: float, steps: int) -> float:
        """Squared distance of a result from the posterior mean, in squared errors of the mean.

        A sample of the posterior lies as far from the mean as the truth does: at 1.
        """
        return steps / (steps + self.settles) if self.draws(eta) else self.apart

    def reverse(
        self,
        denoiser: Denoiser,
        x_t: Tensor,
        times: Times,
        schedule: Schedule,
        eta: Eta,
        generator: torch.Generator,
    ) -> Iterator[Step]:
        """Run it, with eta and the generator if it takes them. Otherwise as `ddpm`."""
        assert self.steps is not None
        options: dict[str, Any] = {}
        if self.eta is not None:
            options["eta"] = eta
        if self.eta is not None or self.stochastic:
            options["generator"] = generator
        return self.steps(denoiser, x_t, times, schedule, **options)


SAMPLERS = {
    "ddpm": Sampler(
        "DDPM, ancestral",
        "Draws by chance, nearly as it should in 50 steps.",
        ddpm,
        "DDPMScheduler",
        stochastic=True,
    ),
    "ddpm-quiet": Sampler(
        "DDPM without its noise",
        "Puts no noise back: too smooth, to see what the noise is good for.",
        ddpm_quiet,
        apart=0.25,
    ),
    "ddim": Sampler(
        "DDIM",
        "Makes one crisp picture near the average; eta puts noise back.",
        ddim,
        "DDIMScheduler",
        eta=0.0,
    ),
    "dpmpp": Sampler(
        "DPM-Solver++ 2M",
        "Makes one crisp picture near the average, in few steps.",
        dpmpp_2m,
        "DPMSolverMultistepScheduler",
    ),
    "euler": Sampler(
        "Euler",
        "The plainest way through the noise.",
        scheduler="EulerDiscreteScheduler",
    ),
}
"""By the name that the command line takes and a record keeps, in the order of lists."""

DEFAULT_SAMPLER = "dpmpp"


def check_sampler(name: str, latent: bool) -> None:
    """Raise `BadInput` if a sampler does not work with latent models, or with models in pixels."""
    known = samplers_for(latent)
    if name not in known:
        sentence = (
            _("The sampler {title} is not for latent models; take {known}.")
            if latent
            else _("The sampler {title} is for latent models; take {known}.")
        )
        raise BadInput(sentence, title=tr(SAMPLERS[name].title), known=", ".join(known))


def samplers_for(latent: bool) -> list[str]:
    """Names of the samplers for latent models, or for models in pixels."""
    return [
        name
        for name, sampler in SAMPLERS.items()
        if (sampler.scheduler if latent else sampler.steps)
    ]

"""The reverse process in latent space: our loop over the library's schedulers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from restorer.diffusion.samplers import SAMPLERS
from restorer.diffusion.scales import PredictionType, eps_from_x0, x0_from_prediction
from restorer.diffusion.schedule import Schedule

#: Times of the schedule: 0 to 999.
_T = 1000

Predict = Callable[[Tensor, Tensor], Tensor]

#: hold(state after a step, its time or None after the last) -> state
Hold = Callable[[Tensor, Tensor | None], Tensor]


@dataclass(frozen=True, eq=False)
class LatentStep:
    """One evaluation.

    Attributes:
        x_t: the state on the VP scale, (1, C, h, w).
        x0: the clean latents predicted from it.
        after: the state after the step, on the scheduler's own scale; of the last step the
            result.
    """

    index: int
    steps: int
    t: float
    sigma: float
    x_t: Tensor
    x0: Tensor
    after: Tensor

    @property
    def eps(self) -> Tensor:
        """The predicted noise."""
        return eps_from_x0(self.x_t, self.x0, self.sigma)


@dataclass(frozen=True, eq=False)
class ReverseProcess:
    """A scheduler of diffusers made ready to go from t = `times[0]` to 0."""

    scheduler: Any
    times: Tensor
    options: dict[str, Any]

    @classmethod
    def of(
        cls,
        sampler: str,
        config: Mapping[str, Any],
        start: float,
        steps: int,
        *,
        eta: float,
        generator: torch.Generator,
    ) -> ReverseProcess:
        """`steps` evaluations from `start` (0..999) down.

        The grid is "trailing", so that the first time is the start and 999 is pure noise (Lin et
        al., 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed"). Near t = 0
        there are fewer whole times than steps asked for; then all of them are taken.
        """
        from restorer.diffusion.library import diffusers

        own = {key: value for key, value in config.items() if key not in _NOT_OURS}
        scheduler = getattr(diffusers, SAMPLERS[sampler].scheduler).from_config(
            own | {"timestep_spacing": "trailing"}
        )
        count, grid = grid_for(start, steps)
        scheduler.set_timesteps(grid)
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(grid - count)
        wanted = inspect.signature(scheduler.step).parameters
        options = {"eta": eta, "generator": generator}
        return cls(
            scheduler,
            scheduler.timesteps[grid - count :],
            {name: value for name, value in options.items() if name in wanted},
        )

    def add_noise(self, latents: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Latents at time t, on the scheduler's scale."""
        state: Tensor = self.scheduler.add_noise(latents, noise, t.reshape(1))
        return state

    def pure(self, noise: Tensor) -> Tensor:
        """A state of pure noise."""
        return noise * self.scheduler.init_noise_sigma

    def steps(
        self,
        predict: Predict,
        latents: Tensor,
        kind: PredictionType,
        schedule: Schedule,
        hold: Hold | None = None,
    ) -> Iterator[LatentStep]:
        """Run the loop.

        Args:
            predict: what the networks predict for a state on the VP scale at t.
            latents: the state to begin with, on the scheduler's scale.
            kind: what is predicted.
            schedule: for sigma at t.
            hold: corrects every state by what is known.
        """
        following = [*self.times[1:], None]
        for index, (t, s) in enumerate(zip(self.times, following, strict=True)):
            x_t = self.scheduler.scale_model_input(latents, t)
            prediction = predict(x_t, t)
            sigma = float(schedule.sigma(float(t)))
            x0 = x0_from_prediction(prediction, kind, x_t, sigma)
            latents = self.scheduler.step(prediction, t, latents, **self.options).prev_sample
            if hold is not None:
                latents = hold(latents, s)
            yield LatentStep(index, len(self.times), float(t), sigma, x_t, x0, latents)


def grid_for(start: float, steps: int) -> tuple[int, int]:
    """(evaluations, times on the whole grid): the last of the latter begin nearest to `start`."""
    whole = min(round(start) + 1, _T)
    count = max(1, min(steps, whole))
    return count, min(_T, round(count * _T / whole))


#: What a model's scheduler says that would move the times away from the timeline.
_NOT_OURS = (
    "timestep_spacing",
    "use_karras_sigmas",
    "use_exponential_sigmas",
    "use_beta_sigmas",
    "steps_offset",
    "_class_name",
    "_diffusers_version",
)

"""From what was measured to a task, with defaults that need no thought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restorer.diffusion.schedule import named
from restorer.engine.task import RestorationTask

if TYPE_CHECKING:  # scipy comes with it
    from restorer.degradation.estimate import DegradationEstimate

#: Camera noise is correlated and fools a white-noise estimate; this level (0-255) suits most
#: photographs, and the person has a slider.
CAMERA_PHOTO_NOISE = 11.0

_MOST_STEPS = 8
#: Picture size times steps that a default task may cost, in megapixels.
_MEGAPIXEL_STEPS = 8.0


def start_for(noise: float) -> float:
    """Where on the schedule a picture with this noise (0-255 scale) stands."""
    return float(named("linear").t_from_noise(noise))


def noise_of(task: RestorationTask) -> float:
    """The noise (0-255 scale) that a task takes off; 0 when it leaves the picture alone."""
    return 0.0 if task.start is None else float(named("linear").noise(task.start))


def default_steps(size: tuple[int, int]) -> int:
    """Eight steps to look at for a small picture, fewer for a large one, so that it stays quick."""
    megapixels = size[0] * size[1] / 1e6
    return max(1, min(_MOST_STEPS, round(_MEGAPIXEL_STEPS / megapixels)))


def plan(estimate: DegradationEstimate, size: tuple[int, int], **overrides: Any) -> RestorationTask:
    """The task for a picture of this (width, height); `overrides` are fields of the task.

    A clean picture is left alone: `start` is None.
    """
    values: dict[str, Any] = {
        "start": None if estimate.clean else start_for(estimate.noise),
        "steps": default_steps(size),
    }
    return RestorationTask(**(values | overrides))


def camera_photo(size: tuple[int, int], **overrides: Any) -> RestorationTask:
    """The preset for photographs as cameras save them: a fixed level, no clipping model."""
    values: dict[str, Any] = {
        "start": start_for(CAMERA_PHOTO_NOISE),
        "steps": default_steps(size),
        "undo_clipping": False,
    }
    return RestorationTask(**(values | overrides))

"""The spread: how far other plausible answers for the same picture differ, pixel by pixel.

A posterior has a spread, and the true picture lies somewhere in it. Two ways lead to it:

*Seeds.* K runs of the task, each with noise from its own seed; their deviation, unbiased. Works
for every task and costs K runs.

*Slope.* For white noise of variance s^2 the posterior's variance is known from the denoiser alone,
s^2 J_ii with J its Jacobian, the second-order form of Tweedie's formula (Efron, 2011, "Tweedie's
Formula and Selection Bias"). Random probes v = +-1 (Hutchinson, 1990) find J_ii as the mean of
v (J v), but that is a small number under large ones of either sign: in flat places it came out
negative at every fourth pixel. The mean of (J v)^2 is the sum of J_ij^2, which s^2 makes the noise
that is left in the result; it is J_ii where a denoiser averages, never negative, and foretells
the true error better. J v is (D(y + h v) - D(y - h v)) / 2h: in pairs, the bend of D and half of
what rounding adds in half precision fall out, and the step can be long. Two pairs, four
evaluations, foretell the error better than eight seeds of six steps.

Both are noisy where there are few, so variances are averaged over the three channels and a few
pixels around. `restorer.engine.calibration` then makes twice the spread hold the true error of the
posterior mean at 95 of 100 pixels; `benchmarks/calibration.py` measures it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from restorer.degradation.clipping import level_in_file
from restorer.degradation.estimate import DegradationEstimate
from restorer.engine.calibration import Way, calibration_for, of_sample, std_of
from restorer.engine.damage import Hole
from restorer.engine.inputs import Inputs
from restorer.engine.local import factors_of
from restorer.engine.plan import noise_of, plan_repair
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.strength import Box
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Frame
from restorer.imaging.geometry import repeated
from restorer.imaging.picture import Picture
from restorer.words import marked as _

Array = NDArray[np.float32]

#: Seeds, or evaluations of probes, unless asked otherwise.
SAMPLES = 4

#: Steps of one sample where the noise itself is the task: its own number may be 1, and a single
#: step has no chance in it.
_SEED_STEPS = 6

#: Regions that are named.
_MOST_REGIONS = 3

#: Length of a probe against the noise. In pairs: at 0.1 half precision drowns what flat places
#: answer (2.3 in place of 1.0 of 255 at noise 10), at 0.6 it is the noise that has grown.
_PROBE = 0.3

#: Reach of the averaging of variances, in pixels.
_REACH = 2.0

#: What to tell a person of places where the spread is high.
DISTRUST = _(
    "Fine text, hands and faces are where a diffusion model lies most; look "
    "at the places with a high spread."
)

#: White in a spread that is written as a picture, 0-255 scale: 16 bits hold it by the 1024th.
WHITE = 64.0


class RunTask(Protocol):
    """The part of `Engine.run` that is needed."""

    def __call__(
        self,
        task: RestorationTask,
        inputs: Inputs,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Frame]: ...


@dataclass(frozen=True)
class Region:
    """A part of the picture, its box, and the mean spread in it, 0-255 scale."""

    box: Box
    spread: float


@dataclass(frozen=True, eq=False)
class Spread:
    """How far the truth may lie from the result.

    Attributes:
        std: (H, W) float32 on the scale of the picture (0..1): twice this holds the true error of
            each channel at 95 of 100 pixels; 0 where nothing was changed.
        samples: seeds or evaluations it was made of.
        way: how it was found.
    """

    std: Array
    samples: int
    way: Way

    @property
    def mean(self) -> float:
        """The mean over the changed pixels, 0-255 scale."""
        changed = self.std > 0
        return float(255 * self.std[changed].mean()) if changed.any() else 0.0

    def value_at(self, x: int, y: int) -> float:
        """At a pixel, 0-255 scale."""
        return float(255 * self.std[y, x])

    def mean_in(self, box: Box) -> float:
        """The mean over a region, 0-255 scale."""
        left, top, right, bottom = box
        return float(255 * self.std[top:bottom, left:right].mean())

    def regions(self) -> tuple[Region, ...]:
        """The regions where it is clearly higher than elsewhere, the highest first."""
        found = blocks(self.std)
        return tuple(r for r in found[:_MOST_REGIONS] if r.spread > max(1.5 * self.mean, 2.0))

    def picture(self) -> Picture:
        """As a grey picture of 16 bits: white is `WHITE`, value / 1024 the spread (0-255)."""
        grey = np.clip(self.std * np.float32(255 * 1024 / 65535), 0, 1)
        return Picture(np.repeat(grey[..., None], 3, axis=2), bits=16, grey=True)


def blocks(values: Array) -> list[Region]:
    """The picture cut into squares, an eighth of its shorter side: the highest mean first.

    Args:
        values: (H, W) in 0..1.
    """
    height, width = values.shape
    side = max(8, min(height, width) // 8)
    boxes = [
        (left, top, min(left + side, width), min(top + side, height))
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]
    found = [
        Region(box, float(255 * values[box[1] : box[3], box[0] : box[2]].mean())) for box in boxes
    ]
    return sorted(found, key=lambda region: -region.spread)


def way_for(task: RestorationTask) -> Way:
    """The cheapest valid method: the slope suffices only for white noise."""
    return "slope" if task.damage.is_noise else "seeds"


def spread(
    run: RunTask,
    task: RestorationTask,
    inputs: Inputs,
    cancel: CancelToken,
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    samples: int = SAMPLES,
    way: Way | None = None,
) -> Iterator[Spread]:
    """Yield the spread of a task, better with every sample; the last one is the answer.

    It is the error to expect of the result that the task asks for: a sample is farther from the
    truth than the mean, and where strength is little, little can be wrong.

    Args:
        run: carries out the variants of the task, see `Engine.run`.
        inputs: as for `Engine.run`.
        samples: seeds, or evaluations in pairs; 2 or more.
        way: None takes `way_for` the task.

    Raises:
        Cancelled: after the tile during which `cancel` was set.
        RestorerError: what kept it from going on.
    """
    if task.start is None:
        return
    way = way or way_for(task)
    plain = replace(task, amount=1.0, grain=0.0, strength="", trunk=None, after=0)
    variances = _by_slope if way == "slope" else _by_seeds
    rule, noise = calibration_for(task, way), _noise_in(task, inputs.picture)
    hole, strength = inputs.hole, inputs.strength
    unweighted = replace(inputs, strength=None, trunk=None)
    for done, variance in variances(run, plain, unweighted, cancel, on_progress, samples):
        std = std_of(rule, _smooth(variance, hole), noise, hole) * np.float32(of_sample(task))
        if hole is not None:
            std *= hole
        std *= np.float32(task.amount)
        if strength is not None:
            std *= repeated(strength, task.damage.growth)
        yield Spread(std, done, way)


def _to_sample(task: RestorationTask, inputs: Inputs) -> RestorationTask:
    """The task whose samples show how far the truth may be from a task's answer.

    A network that answers at once draws none: the prior is held to the same damage in its place.
    """
    if task.method != "conditional":
        return replace(task, faithfulness=0.0)
    clean = DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True)
    return plan_repair(task.damage, inputs, clean, faithfulness=0.0, seed=task.seed)


def _by_seeds(
    run: RunTask,
    task: RestorationTask,
    inputs: Inputs,
    cancel: CancelToken,
    on_progress: Callable[[Progress], None],
    samples: int,
) -> Iterator[tuple[int, Array]]:
    """(samples so far, variance of them (H, W)), by Welford's recurrence (1962)."""
    task = _to_sample(task, inputs)
    steps = _SEED_STEPS if task.damage.is_noise else task.steps
    task = replace(task, sampler="ddpm", steps=steps)
    part = _Part(on_progress, max(2, samples))
    mean = squares = np.zeros((), np.float32)
    for k in range(max(2, samples)):
        seeded = replace(task, seed=(task.seed + k) % 2**63)
        sample = _result(run(seeded, inputs, cancel, part.of(k)))
        away = sample - mean
        mean = mean + away / np.float32(k + 1)
        squares = squares + away * (sample - mean)
        if k > 0:
            yield k + 1, squares.mean(axis=2) / np.float32(k)


def _by_slope(
    run: RunTask,
    task: RestorationTask,
    inputs: Inputs,
    cancel: CancelToken,
    on_progress: Callable[[Progress], None],
    samples: int,
) -> Iterator[tuple[int, Array]]:
    """(evaluations so far, s^2 sum_j (dx_i / dy_j)^2 (H, W)), x with clipping undone."""
    task = replace(task, faithfulness=1.0, steps=1)
    picture = inputs.picture
    pairs = max(1, samples // 2)
    part = _Part(on_progress, 2 * pairs)
    rng = np.random.default_rng(task.seed)
    noise = _noise_in(task, picture)[..., None] * np.float32(_PROBE)
    shape = (*picture.pixels.shape[:2], 1 if _one_noise(picture) else 3)
    total: Array = np.zeros(shape[:2], np.float32)
    for k in range(pairs):
        step = noise * (rng.integers(0, 2, shape, np.int8).astype(np.float32) * 2 - 1)
        ends = [
            _result(run(task, _with_pixels(inputs, moved), cancel, part.of(2 * k + i)))
            for i, moved in enumerate((picture.pixels + step, picture.pixels - step))
        ]
        total += ((ends[0] - ends[1]) ** 2).mean(axis=2)
        yield 2 * (k + 1), total / np.float32(4 * _PROBE**2 * (k + 1))


def _with_pixels(inputs: Inputs, pixels: Array) -> Inputs:
    return replace(inputs, picture=replace(inputs.picture, pixels=pixels))


def _noise_in(task: RestorationTask, picture: Picture) -> Array:
    """The noise in the file that a task takes off, 0..1: () or, where it is not even, (H, W)."""
    noise = noise_of(task) if task.damage.is_noise else 0.0
    level = level_in_file(noise, picture.pixels) if noise and task.undo_clipping else noise
    if not task.local:
        return np.float32(level / 255) * np.ones((), np.float32)
    return factors_of(task.local, picture.pixels.shape[:2]) * np.float32(level / 255)


def _result(frames: Iterator[Frame]) -> Array:
    *_, last = frames
    if last.picture is not None:
        return last.picture
    return np.clip(last.x0 * np.float32(0.5) + np.float32(0.5), 0, 1)


def _smooth(variance: Array, hole: Hole | None) -> Array:
    """Smoothed over a few pixels, inside a hole only over the hole. Not negative."""
    if hole is None:
        smooth: Array = gaussian_filter(variance, _REACH, mode="mirror")
    else:
        inside = gaussian_filter(hole.astype(np.float32), _REACH, mode="mirror")
        smooth = gaussian_filter(variance * hole, _REACH, mode="mirror") / np.maximum(inside, 1e-6)
    return np.maximum(smooth, 0)


def _one_noise(picture: Picture) -> bool:
    from restorer.degradation.noise import is_one_tone

    return picture.grey or is_one_tone(picture.pixels)


class _Part:
    """Convert the progress of one of several runs to that of all of them."""

    def __init__(self, on_progress: Callable[[Progress], None], runs: int) -> None:
        self._on_progress = on_progress
        self._runs = runs
        self._begun = time.perf_counter()

    def of(self, k: int) -> Callable[[Progress], None]:
        def on_progress(progress: Progress) -> None:
            step, steps = k * progress.steps + progress.step, self._runs * progress.steps
            fraction = (step + progress.tile / progress.tiles) / steps
            left = (time.perf_counter() - self._begun) * (1 / fraction - 1)
            self._on_progress(replace(progress, step=step, steps=steps, seconds_left=left))

        return on_progress

"""A repair as an inverse problem: operator, measurement, posterior sampler, promises kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.degradation.facts import Holes
from restorer.degradation.grain import with_grain
from restorer.degradation.operators import (
    Blur,
    Downsample,
    ExtendedBlur,
    Jpeg,
    Mask,
)
from restorer.degradation.operators.feasible import nearest_feasible
from restorer.degradation.operators.guess import fill_holes, first_guess
from restorer.degradation.operators.measured import measurement
from restorer.degradation.operators.wiener import AGAIN, SURE, WienerFilter
from restorer.diffusion import posterior
from restorer.diffusion.denoiser import (
    Denoiser,
    RotatedDenoiser,
    colour_apart,
    in_rotation,
    one_by_one,
)
from restorer.diffusion.filling import refine
from restorer.diffusion.posterior import Problem
from restorer.diffusion.posterior_mean import posterior_mean
from restorer.diffusion.rows import by_planes, by_rows
from restorer.diffusion.samplers import Step
from restorer.diffusion.schedule import Schedule
from restorer.diffusion.tensors import as_batch, to_array, to_pixels, to_tensor
from restorer.diffusion.tiling import OnTile
from restorer.engine.damage import checked_hole
from restorer.engine.grain import even_grain
from restorer.engine.inputs import Inputs, PartOrigin
from restorer.engine.methods import choose_method, is_mirrored, refuse_dps
from restorer.engine.operators import operator_of
from restorer.engine.strength import Blend, Box, brightness, faithfulness_of
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Array
from restorer.imaging.bands import compute_bands

#: Times every transition of RePaint is walked.
_VISITS = 2

#: From look to look the sigma of an answer falls so far, that steps can be told apart.
_AGAIN = 0.9

#: Colour of a JPEG is told at most this many times the sigma of its light.
_MOST_COLOUR = 4.0


class InverseProblem:
    """y = A x + noise of one task on one picture, and how x is drawn from it.

    Attributes:
        generators: what the chains that have begun draw from.
        held_to: from the operator and y to what chains are held to; another for a branch.

    Raises:
        BadInput: for a mask or a strength map that is missing or another one, or a method that
            cannot do it.
    """

    def __init__(self, task: RestorationTask, inputs: Inputs) -> None:
        self._task = task
        self._pixels = inputs.picture.pixels
        self._whole = (inputs.whole or PartOrigin(inputs.picture)).picture.size
        self._hole = checked_hole(task.damage, inputs)
        self._method, _ = choose_method(task)
        self.operator = operator_of(task.damage, self._hole)
        self.y = measurement(self.operator, inputs.picture)
        height, width = self.y.shape[-2:]
        self._beyond = (
            ExtendedBlur(self.operator, (height, width))
            if isinstance(self.operator, Blur) and self._method != "conditional"
            else None
        )
        self.blend = Blend(task, self._original(), inputs.strength)
        self._faithful = faithfulness_of(task, inputs.strength)
        self.generators: list[torch.Generator] = []
        self.held_to: Callable[[Problem], Problem] = lambda problem: problem
        refuse_dps(self._method, task.damage, inputs.picture.size)

    @property
    def guesses(self) -> bool:
        """The network is shown guesses at the clean picture, not noisy states."""
        return self._method == "conditional"

    def steps(self, views: Sequence[Denoiser], schedule: Schedule) -> Iterator[Step]:
        """The reverse process; every x0 is already the blend that the task asks for.

        Between mean and sample two chains go side by side and share the steps.

        Args:
            views: the network from different sides (`denoiser.Turned`), asked in turn on the way
                to the mean, which takes off a little of its own error (0.1 dB).
            schedule: the noise schedule.
        """
        task = self._task
        if self._method == "conditional":
            match self.operator:
                case Mask():
                    yield from self._filled(views, schedule)
                case Blur():
                    yield from self._sharpened(views, schedule)
                case _:
                    yield from self._at_once(views, schedule)
            return
        if isinstance(self.operator, Jpeg) and task.faithfulness == 1 and self._method == "ddnm":
            yield from self._from_all_sides(views, schedule)
            return
        # put back in full, noise leads to the mean; but where it was not noise to begin with
        for_mean = 0.0 if isinstance(self.operator, Jpeg) else 1.0
        one = isinstance(self._faithful, float) and self._faithful in (0.0, 1.0)
        if one or self._method in ("repaint", "dps"):
            zeta = for_mean if task.faithfulness > 0 else None
            denoiser = views[0] if zeta is None else in_rotation(views)
            yield from self._chain(denoiser, schedule, task.steps, zeta)
            return
        mean = self._chain(in_rotation(views), schedule, -(-task.steps // 2), for_mean)
        sample = self._chain(views[0], schedule, task.steps // 2, None)
        latest: dict[int, Tensor] = {}
        for index in range(task.steps):
            step = next(sample if index % 2 else mean)
            latest[index % 2] = step.x0
            x0 = _between(latest.get(1, step.x0), latest[0], self._faithful)
            yield replace(step, index=index, x0=x0)

    def picture(self, x0: Array, last: bool = True) -> Array:
        """The finished picture, (H, W, 3) in 0..1, with what was promised of it.

        Before the last step an enlarged one agrees with the input only up to where it is clipped:
        the rest would cost as much again as the network.
        """
        if self._keeps_grain:
            even = even_grain(self._task, self._pixels)
            kept = np.float32(self._task.grain) * brightness(self._noise_taken(x0))
            x0 = x0 + (kept if even is None else 2 * even)
        half = np.float32(0.5)
        pixels = compute_bands(x0.shape, lambda rows: np.clip(x0[rows] * half + half, 0, 1))
        if last and self._hole is not None and self.operator.noise == 0:
            share = self._task.damage.number("match")
            rng = np.random.default_rng(self._task.seed)
            pixels = with_grain(pixels, self._pixels, self._hole, share, rng)
        if self.blend.needed or self._hole is not None:
            restored = pixels
            pixels = compute_bands(restored.shape, lambda rows: self._kept(restored[rows], rows))
        enlarged = isinstance(self.operator, Downsample) and self._hole is None
        return self._agreeing(pixels) if last and enlarged and self.operator.noise == 0 else pixels

    def _kept(self, restored: Array, rows: slice) -> Array:
        """What to keep of some rows."""
        pixels = self.blend(restored, (0, rows.start, restored.shape[1], rows.stop))
        if self._hole is None:
            return pixels
        return np.where(self._hole[rows, :, None], pixels, self._pixels[rows])

    def crop_tiles(self, on_tile: OnTile) -> OnTile:
        """The same, told of the part of each tile that lies in the picture."""
        if self._beyond is None:
            return on_tile
        (top, left), (height, width) = self._beyond.before, self.y.shape[-2:]

        def on_part(done: int, total: int, box: Box, x0: Tensor) -> None:
            columns = _part(box[0] - left, box[2] - left, width)
            rows = _part(box[1] - top, box[3] - top, height)
            x0 = x0[..., rows.start + top - box[1] :, columns.start + left - box[0] :]
            x0 = x0[..., : rows.stop - rows.start, : columns.stop - columns.start]
            on_tile(done, total, (columns.start, rows.start, columns.stop, rows.stop), x0)

        return on_part

    @property
    def region(self) -> Tensor | None:
        """(H, W), true where the network is to be asked: the rest is known. None is everywhere."""
        if self._hole is None or self.operator.noise > 0 or self._method == "dps":
            return None
        return torch.from_numpy(self._hole)

    @property
    def conditioning(self) -> Tensor | None:
        """(1, C, H, W), what a network is shown beside x_t: holes, or the blurred picture."""
        if self._method != "conditional":
            return None
        if self._hole is not None:
            return torch.from_numpy(self._hole)[None, None]
        return self.y if isinstance(self.operator, Blur) else None

    @property
    def _exact(self) -> bool:
        """y is without noise, and says something of every part of the picture."""
        return self.operator.noise == 0 and isinstance(self.operator, (Mask, Downsample))

    @property
    def changes_x0(self) -> bool:
        """What is saved is not what the prior and y agreed on: strength or grain come after it."""
        return self.blend.needed or self._keeps_grain

    @property
    def _keeps_grain(self) -> bool:
        return self._task.grain > 0 and isinstance(self.operator, Blur)

    def _noise_taken(self, x0: Array) -> Array:
        """What of y the picture x0 (H, W, 3) does not explain."""
        blurred = self.operator.forward(as_batch(x0))
        return to_array(by_rows(torch.sub, self.y, blurred))

    def _original(self) -> Array:
        """The picture to stay where nothing is to change: as large as the result."""
        if not isinstance(self.operator, Downsample) or not self._task.partial:
            return self._pixels
        return np.clip(to_pixels(first_guess(self.operator, self.y)), 0, 1)

    def _agreeing(self, pixels: Array) -> Array:
        """Within 0..1 and, made smaller again, the picture that came.

        Up to a quarter of an 8-bit level, to which rounding adds less than three quarters.
        """
        assert isinstance(self.operator, Downsample)
        return to_pixels(nearest_feasible(self.operator, to_tensor(pixels), self.y, 0.25 / 127.5))

    def _at_once(self, views: Sequence[Denoiser], schedule: Schedule) -> Iterator[Step]:
        """E[x_0 | y] of a network that knows the damage; what the file is sure of holds after it.

        It counts the blocks of a JPEG from the top left. Where the last ones are cut off, only the
        transposed picture has them there too.
        """
        assert self._task.start is not None
        operator, picture = self.operator, self.y
        if isinstance(operator, Downsample):
            size = tuple(side * operator.scale for side in picture.shape[-2:])
            picture = by_planes(
                lambda plane: F.interpolate(plane, size, mode="bicubic", antialias=True), picture
            )
        if isinstance(operator, Jpeg) and any(
            side % RotatedDenoiser.BLOCKS for side in self._whole
        ):
            sides = RotatedDenoiser.SIDES
            views = [views[sides.index(side)] for side in RotatedDenoiser.WITH_BLOCKS]
        times = schedule.spaced(self._task.start, self._task.steps)
        x_t = posterior.initial_state(picture, self._task.start, schedule, None)
        del picture
        # `nearest_feasible` needs an enlarged picture that agrees but for what is clipped
        held = isinstance(operator, Jpeg | Downsample) and operator.noise == 0
        for step in posterior_mean(views, x_t, times, schedule):
            yield replace(step, x0=operator.prox(step.x0, self.y, 0.0)) if held else step

    def _filled(self, views: Sequence[Denoiser], schedule: Schedule) -> Iterator[Step]:
        """By a network that sees the holes; what is known holds after every look.

        Where a branch has another mask, what was known until then is guessed anew.
        """
        assert self._task.start is not None
        problem = self.held_to(Problem(self.operator, self.y))
        mask = cast("Mask", problem.operator)  # or what says which mask is in force
        known = mask.keep

        def regarded(x0: Tensor, sigma: float) -> Tensor:
            nonlocal known
            lost, known = known & ~mask.keep, mask.keep
            return torch.where(lost, fill_holes(x0, known), x0) if lost.any() else x0

        later = Holes().refined.sigma
        falling = [later * _AGAIN**n for n in range(self._task.steps - 1)]
        yield from refine(
            views,
            by_rows(lambda rows: rows.clamp(-1, 1), first_guess(self.operator, self.y)),
            lambda x0: mask.prox(x0, problem.y, 0.0),
            regarded,
            [float(schedule.sigma(self._task.start)), *falling],
            schedule,
        )

    def _sharpened(self, views: Sequence[Denoiser], schedule: Schedule) -> Iterator[Step]:
        """By a network that is shown what a filter makes of the blurred picture, beside that.

        Its answers are moved towards what explains the picture, more so where it looks again.
        """
        assert self._task.start is not None
        assert isinstance(self.operator, Blur)
        inverse = WienerFilter(self.operator)
        start = float(schedule.sigma(self._task.start))
        yield from refine(
            views,
            inverse.deblur(self.y),
            lambda x0: inverse.correct(x0, self.y, SURE * start),
            lambda x0, sigma: inverse.correct(x0, self.y, sigma),
            [start * AGAIN**n for n in range(self._task.steps)],
            schedule,
        )

    def _from_all_sides(self, views: Sequence[Denoiser], schedule: Schedule) -> Iterator[Step]:
        """E[x_0] of the file itself, held to its cells: further steps were measured to lose.

        What quantisation did stands for the noise; on top of it, more is worse. It did more to
        colour than to light, so each is looked at with its own sigma.
        """
        assert self._task.start is not None
        assert isinstance(self.operator, Jpeg)
        light, colour = self.operator.error_std(self.y)
        factor = min(max(1.0, colour / light), _MOST_COLOUR)
        apart = [colour_apart(view, factor) for view in views]
        times = schedule.spaced(self._task.start, self._task.steps)
        x_t = posterior.initial_state(self.y, self._task.start, schedule, None)
        for step in posterior_mean(apart, x_t, times, schedule):
            yield replace(step, x0=self.operator.prox(step.x0, self.y, 0.0))

    def _chain(
        self, denoiser: Denoiser, schedule: Schedule, steps: int, zeta: float | None
    ) -> Iterator[Step]:
        if steps == 0:
            return
        task = self._task
        assert task.start is not None
        generator = torch.Generator("cpu").manual_seed(task.seed)
        self.generators.append(generator)
        operator = self._beyond or self.operator
        guess = by_rows(lambda rows: rows.clamp(-1, 1), first_guess(operator, self.y))
        mirrored = is_mirrored(task)
        # towards the mean, noise only hides what is known exactly, or there are too few steps
        quiet = (
            zeta is not None
            and self._exact
            and not mirrored
            and self._method in ("ddnm", "diffpir")
        )
        fresh = None if quiet else generator
        # what quantisation did to a file stands for the noise; on top of it, more is worse
        first = None if isinstance(self.operator, Jpeg) else fresh
        problem = self.held_to(Problem(operator, self.y))
        count = 1 + -(-(steps - 1) // _VISITS) if self._method == "repaint" else steps
        times = (schedule.geometric if quiet else schedule.spaced)(task.start, count)
        x_t = posterior.initial_state(guess, task.start, schedule, first, mirrored=mirrored)
        match self._method:
            case "repaint":
                chain = posterior.repaint(
                    denoiser, problem, x_t, times, schedule, generator=generator, visits=_VISITS
                )
                yield from itertools.islice(chain, steps)
            case "dps":
                chain = posterior.dps(denoiser, problem, x_t, times, schedule, generator=generator)
                yield from map(self._shown, chain)
            case _:
                method = posterior.ddnm if self._method == "ddnm" else posterior.diffpir
                chain = method(
                    one_by_one(denoiser),
                    problem,
                    x_t,
                    times,
                    schedule,
                    generator=fresh,
                    zeta=zeta,
                    mirrored=mirrored,
                )
                del guess, x_t  # the chain goes on from there
                for step in chain:
                    x0 = by_rows(lambda *each: sum(each) / len(each), *step.x0.split(1))
                    yield self._shown(replace(step, x_t=step.x_t[:1], x0=x0))
                    del x0, step

    def _shown(self, step: Step) -> Step:
        """Without what lies beyond the border of the picture."""
        if self._beyond is None:
            return step
        return replace(step, x_t=self._beyond.crop(step.x_t), x0=self._beyond.crop(step.x0))


def _part(start: int, stop: int, side: int) -> slice:
    """What of start to stop lies in 0 to side; where nothing does, nothing, at the nearer end."""
    first = min(max(start, 0), side)
    return slice(first, max(first, min(stop, side)))


def _between(sample: Tensor, mean: Tensor, faithful: float | Tensor) -> Tensor:
    if isinstance(faithful, float):
        return torch.lerp(sample, mean, faithful)
    return torch.lerp(sample, mean, faithful.to(mean).expand_as(mean))

"""Removes noise: the picture itself is a state of the reverse process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from restorer.degradation.clipping import level_in_file
from restorer.degradation.facts import Facts
from restorer.degradation.grey import GREY_AXIS, can_whiten, effective_noise, noise_at, whitened
from restorer.degradation.noise import tone_axis
from restorer.diffusion import posterior_mean, samplers
from restorer.diffusion.denoiser import ConditionalDenoiser, Denoiser, RotatedDenoiser
from restorer.diffusion.out_of_memory import LowMemoryDenoiser
from restorer.diffusion.samplers import Step
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tensors import as_array
from restorer.diffusion.tiling import TiledDenoiser, limit_overlap
from restorer.engine.branch_segments import BranchSegments
from restorer.engine.finish import Finish, mean_of_channels
from restorer.engine.inputs import PartOrigin
from restorer.engine.local import LocalDenoiser, evaluations
from restorer.engine.meter import Meter
from restorer.engine.methods import facts_of
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.runners.coded import OVERLAP, CodedDenoiser, is_conditional
from restorer.engine.runners.runner import Network
from restorer.engine.strength import Blend, Box, faithfulness_of
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.imaging import scratch
from restorer.imaging.bands import GoOn, bands
from restorer.imaging.grey import is_grey


class DenoiseRunner:
    """One task on one picture with a network in pixels; for a branch, one task per segment."""

    def __init__(self, networks: Sequence[Network], legs: BranchSegments) -> None:
        self._networks, self._legs = networks, legs
        self._task, self._inputs = legs.last.task, legs.last.inputs
        self._whole = self._inputs.whole or PartOrigin(self._inputs.picture)
        self._schedule = LINEAR

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        task, schedule = self._task, self._schedule
        assert task.start is not None
        pixels, whole = self._inputs.picture.pixels, self._whole.picture
        grey = whole.grey or is_grey(whole.pixels)
        axis = GREY_AXIS if grey else tone_axis(whole.pixels)
        across = axis if axis is not None and can_whiten(axis) else None
        noise = float(schedule.noise(task.start))
        level = level_in_file(noise, whole.pixels) if task.undo_clipping else noise
        t = float(schedule.t_from_noise(effective_noise(level, axis)))
        go_on = cancel.raise_if_cancelled
        ends = [
            Finish(leg.task, pixels, Blend(leg.task, pixels, leg.inputs.strength), grey, across)
            for leg in self._legs.all
        ]

        def show(x0: torch.Tensor, box: Box) -> Array:
            return self._legs.current_of(ends).pixels_of_tile(x0, box)

        meter = Meter(task.steps, cancel, on_progress, show, evaluations(task.local))
        begun = cancel.clock()
        white = None if across is None else (level / 255, across)
        steps = self._reverse(self._state(t, white, go_on), t, meter)
        for step in steps:
            if step.index + 1 == task.steps:
                steps.close()  # what it holds is needed no more
            sigma, x_t = step.sigma, as_array(step.x_t)
            if (
                axis is not None
            ):  # where it stands as such, not where the network was told it stands
                sigma = step.sigma / effective_noise(1, axis)
                x_t = _rescaled(x_t, _signal(sigma) / _signal(step.sigma), grey, go_on)
            info = FrameInfo(
                index=step.index,
                steps=task.steps,
                t=float(schedule.t_from_sigma(sigma)),
                sigma=sigma,
                seconds=cancel.clock() - begun,
            )
            frame = self._legs.current_of(ends).frame(info, x_t, step.x0, go_on)
            del step, x_t  # whoever keeps the frame has need of the room
            yield frame
            del frame
            meter.step += 1
            cancel.raise_if_cancelled()

    def _state(self, t: float, white: tuple[float, Array] | None, go_on: GoOn) -> torch.Tensor:
        """The picture as x_t (1, 3, H, W): scaled onto the schedule, no noise added.

        Args:
            white: of a picture in one tone its noise, in 0..1, and the axis of the tone; the same
                is drawn across it.
        """
        pixels, whole, seed = self._inputs.picture.pixels, self._whole, self._legs.all[0].task.seed
        columns = slice(whole.left, whole.left + pixels.shape[1])
        a = np.float32(np.sqrt(self._schedule.alpha_bar(t)))
        x_t = torch.from_numpy(scratch.empty((1, 3, *pixels.shape[:2])))
        out = as_array(x_t)
        for rows in bands(pixels.shape, go_on):
            part = pixels[rows]
            if white is not None:
                there = slice(rows.start + whole.top, rows.stop + whole.top)
                drawn = noise_at(seed, there, columns, whole.picture.size[0])
                part = whitened(part, *white, drawn)
            for channel in range(
                3
            ):  # they lie apart in x_t; one after the other takes half as long
                values = 2 * part[..., channel]
                values -= 1
                np.multiply(values, a, out=out[rows][..., channel])
        return x_t

    def _reverse(self, x_t: torch.Tensor, t: float, meter: Meter) -> Generator[Step, None, None]:
        """The reverse process from x_t; every x0 is already the blend that the task asks for."""
        legs, first = self._legs, self._legs.all[0].task
        times = self._schedule.spaced(t, first.steps)
        generator = torch.Generator("cpu").manual_seed(first.seed)
        steps = self._way(first, x_t, times, generator, meter)
        if legs.has_branches:
            steps = self._in_legs(steps, times, generator, meter)
        if all(leg.task.faithfulness == 1 for leg in legs.all):
            yield from steps
            return
        shares = [  # the mean itself is blended with nothing
            0.0 if leg.task.faithfulness == 1 else faithfulness_of(leg.task, leg.inputs.strength)
            for leg in legs.all
        ]
        yield from posterior_mean.blend_towards_mean(steps, lambda: legs.current_of(shares))

    def _in_legs(
        self,
        steps: Iterator[Step],
        times: NDArray[np.float64],
        generator: torch.Generator,
        meter: Meter,
    ) -> Iterator[Step]:
        """The same, where other tasks take over on the way.

        A sampler goes on with all that it knows; another one begins at the state that is reached.
        """
        legs = self._legs
        for index in range(len(times)):
            before, now = legs.ended_segment, legs.current.task
            if before is not None and _sampler_of(before.task) != _sampler_of(now):
                x_t = next(steps).x_t
                steps = self._way(now, x_t, times[index:], generator, meter, index)
            yield replace(next(steps), index=index)
            legs.reseed(generator)
            legs.step += 1

    def _way(
        self,
        task: RestorationTask,
        x_t: torch.Tensor,
        times: NDArray[np.float64],
        generator: torch.Generator,
        meter: Meter,
        begins: int = 0,
    ) -> Iterator[Step]:
        """The steps of the task's sampler from x_t; `begins` is the index of the first."""

        def asked(turn: Callable[[Denoiser, RestorationTask], Denoiser]) -> Denoiser:
            return self._legs.switch(
                [
                    self._tiled(
                        turn(_knowing(network.denoiser, leg.task), leg.task), network, meter
                    )
                    for network, leg in zip(self._networks, self._legs.all, strict=True)
                ]
            )

        if task.faithfulness == 1:
            views = [asked(partial(_turned, side)) for side in self._sides()]
            return posterior_mean.posterior_mean(views, x_t, times, self._schedule)
        eta = self._legs.eta_from(begins)
        sampler = samplers.SAMPLERS[task.sampler]
        return sampler.reverse(asked(self._led), x_t, times, self._schedule, eta, generator)

    def _sides(self) -> Sequence[int]:
        """From which the network is asked.

        Told of a JPEG, it counts blocks from the top left. Where the last ones are cut off, only
        the transposed picture has them there too.
        """
        cut = any(side % RotatedDenoiser.BLOCKS for side in self._whole.picture.size)
        coded = any(is_conditional(network.denoiser) for network in self._networks)
        return RotatedDenoiser.WITH_BLOCKS if coded and cut else RotatedDenoiser.SIDES

    def _tiled(self, denoiser: Denoiser, network: Network, meter: Meter) -> Denoiser:
        overlap = limit_overlap(OVERLAP, network.tile) if is_conditional(network.denoiser) else None
        tiled = TiledDenoiser(denoiser, tile=network.tile, overlap=overlap, on_tile=meter.on_tile)
        if not self._task.local:
            return tiled
        whole, (width, height) = self._whole, self._whole.picture.size
        return LocalDenoiser(tiled, self._task.local, (height, width), (whole.left, whole.top))

    def _led(self, denoiser: Denoiser, task: RestorationTask) -> Denoiser:
        """Guide by the words of a task, if it has any."""
        if not task.toward:
            return denoiser
        from restorer.engine.guided import guided

        device = self._networks[0].device
        assert device is not None
        return guided(denoiser, task, device)


def _knowing(denoiser: Denoiser, task: RestorationTask) -> Denoiser:
    """The network, told how the file was compressed if it listens to that."""
    if not is_conditional(denoiser):
        return denoiser
    assert isinstance(denoiser, (ConditionalDenoiser, LowMemoryDenoiser))
    facts = facts_of(task.damage)
    assert isinstance(facts, Facts)
    return CodedDenoiser(denoiser, facts)


def _turned(side: int, denoiser: Denoiser, _: RestorationTask) -> Denoiser:
    return RotatedDenoiser(denoiser, side)


def _sampler_of(task: RestorationTask) -> str:
    """Name of the sampler; "" for the posterior mean, which needs none."""
    return "" if task.faithfulness == 1 else task.sampler


def _rescaled(x_t: Array, factor: float, grey: bool, go_on: GoOn) -> Array:
    """The state on another scale; of a grey picture the mean of its channels."""
    out: Array = scratch.empty(x_t.shape)
    for rows in bands(x_t.shape, go_on):
        part = x_t[rows] * np.float32(factor)
        out[rows] = mean_of_channels(part) if grey else part
    return out


def _signal(sigma: float) -> float:
    """sqrt(abar) at sigma."""
    return float((1 + sigma**2) ** -0.5)

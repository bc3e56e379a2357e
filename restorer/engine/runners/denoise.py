"""A task against noise, carried out: the picture itself is a state of the reverse process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np
import torch

from restorer.degradation.clipping import level_in_file
from restorer.degradation.grey import GREY_AXIS, can_whiten, effective_noise, whitened
from restorer.degradation.noise import tone_axis
from restorer.diffusion import samplers
from restorer.diffusion.denoiser import Denoiser, Turned
from restorer.diffusion.samplers import Step
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tensors import as_array
from restorer.diffusion.tiling import TiledDenoiser
from restorer.engine.finish import Finish, mean_of_channels
from restorer.engine.inputs import Inputs
from restorer.engine.local import LocalDenoiser, evaluations
from restorer.engine.meter import Meter
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.runners.runner import Network
from restorer.engine.strength import Blend, faithfulness_of
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.imaging import scratch
from restorer.imaging.bands import GoOn, bands
from restorer.imaging.grey import is_grey


class DenoiseRunner:
    """One task on one picture, by a network that works on pixels."""

    def __init__(self, network: Network, task: RestorationTask, inputs: Inputs) -> None:
        self._network, self._task, self._inputs = network, task, inputs
        self._schedule = LINEAR

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        """See `Runner`."""
        task, schedule = self._task, self._schedule
        assert task.start is not None
        pixels = self._inputs.picture.pixels
        blend = Blend(task, pixels, self._inputs.strength)
        grey = self._inputs.picture.grey or is_grey(pixels)
        axis = GREY_AXIS if grey else tone_axis(pixels)
        across = axis if axis is not None and can_whiten(axis) else None
        noise = float(schedule.noise(task.start))
        level = level_in_file(noise, pixels) if task.undo_clipping else noise
        t = float(schedule.t_from_noise(effective_noise(level, axis)))
        go_on = cancel.raise_if_cancelled
        finish = Finish(task, pixels, blend, grey, across)
        meter = Meter(task.steps, cancel, on_progress, finish.seen, evaluations(task.local))
        begun = cancel.clock()
        rng = np.random.default_rng(task.seed)
        white = None if across is None else (level / 255, across, rng)
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
            frame = finish.frame(info, x_t, step.x0, go_on)
            del step, x_t  # whoever keeps the frame has need of the room
            yield frame
            del frame
            meter.step += 1
            cancel.raise_if_cancelled()

    def _state(
        self, t: float, white: tuple[float, Array, np.random.Generator] | None, go_on: GoOn
    ) -> torch.Tensor:
        """The picture as x_t (1, 3, H, W): scaled onto the schedule, no noise added.

        Args:
            white: of a picture in one tone its noise, in 0..1, the axis of the tone, and what
                draws the same across it.
        """
        pixels = self._inputs.picture.pixels
        a = np.float32(np.sqrt(self._schedule.alpha_bar(t)))
        x_t = torch.from_numpy(scratch.empty((1, 3, *pixels.shape[:2])))
        out = as_array(x_t)
        for rows in bands(pixels.shape, go_on):
            part = pixels[rows] if white is None else whitened(pixels[rows], *white)
            out[rows] = (2 * part - 1) * a
        return x_t

    def _reverse(self, x_t: torch.Tensor, t: float, meter: Meter) -> Generator[Step, None, None]:
        """The reverse process from x_t; every x0 is already the blend that the task asks for."""
        task, denoiser = self._task, self._network.denoiser

        def tiled(denoiser: Denoiser) -> Denoiser:
            whole = TiledDenoiser(denoiser, tile=self._network.tile, on_tile=meter.on_tile)
            return LocalDenoiser(whole, task.local) if task.local else whole

        times = self._schedule.spaced(t, task.steps)
        if task.faithfulness == 1:
            views = [tiled(Turned(denoiser, side)) for side in Turned.SIDES]
            yield from samplers.posterior_mean(views, x_t, times, self._schedule)
            return
        if task.toward:
            from restorer.engine.guided import guided

            assert self._network.device is not None
            denoiser = guided(denoiser, task, self._network.device)
        denoiser = tiled(denoiser)
        generator = torch.Generator("cpu").manual_seed(task.seed)
        sampler = samplers.SAMPLERS[task.sampler]
        steps = sampler.reverse(denoiser, x_t, times, self._schedule, task.eta, generator)
        yield from samplers.blended(steps, faithfulness_of(task, self._inputs.strength))


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

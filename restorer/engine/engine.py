"""The engine: owns the loaded model and turns a task and a picture into frames.

Importing this does not import torch; loading a model does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restorer.degradation.clipping import level_in_file
from restorer.degradation.grey import effective_noise, whiten_grey
from restorer.degradation.noise import is_one_tone
from restorer.diffusion.samplers import check_sampler
from restorer.diffusion.schedule import Schedule, named
from restorer.engine.facts import facts_of
from restorer.engine.finish import (
    Finish,
    as_pixels,
    is_grey,
    mean_of_channels,
    to_pixels,
    to_range,
)
from restorer.engine.guard import Guard
from restorer.engine.inputs import Inputs
from restorer.engine.local import LocalDenoiser, evaluations
from restorer.engine.meter import Meter
from restorer.engine.models import Kind, find_model
from restorer.engine.plan import evaluations_a_step
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.strength import Blend, Box
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.errors import BadInput, ModelRefused
from restorer.imaging.bands import GoOn, bands

if TYPE_CHECKING:
    import torch

    from restorer.diffusion.denoiser import Denoiser
    from restorer.diffusion.hardware import Precision
    from restorer.diffusion.samplers import Step
    from restorer.latent.model import LatentModel


@dataclass(frozen=True)
class ModelStatus:
    """What is loaded and where it computes; `kind` as in `ModelInfo`.

    `precision` is "float32", "bfloat16" or "float16"; it changes the last bits of a result.
    """

    title: str
    parameters: int
    device: str
    precision: str
    kind: Kind = "prior"

    @property
    def place(self) -> str:
        """Device and precision in short: "CPU bfloat16"."""
        return f"{self.device} {self.precision}"


class Engine:
    """Loads a model once and keeps it; runs one task at a time, in one thread.

    Args:
        spare_cores: cores to leave to others, such as a window.
        precision: "auto" takes what pays on this machine, always the same.
        tile: longest side of the tiles that large pictures are cut into, in pixels.
    """

    def __init__(
        self, spare_cores: int = 0, tile: int = 512, precision: Precision = "auto"
    ) -> None:
        self._spare_cores = spare_cores
        self._precision = precision
        self._tile = self._side = tile
        self._loaded: tuple[str, str] | None = None
        self._place: torch.device | None = None
        self._denoiser: Denoiser | None = None
        self._latent: LatentModel | None = None
        self._status: ModelStatus | None = None

    def load(self, model: str = BUILTIN_MODEL, device: str = "auto") -> ModelStatus:
        """Make a model ready; returns at once when it is.

        Raises:
            ModelRefused: if it is missing, damaged or not safe to load.
            BadInput: if there is no such device, or it does not compute so precisely.
        """
        if self._loaded == (model, device) and self._status is not None:
            return self._status
        info = find_model(model)

        from restorer.diffusion import hardware

        hardware.limit_threads(self._spare_cores)
        place = hardware.choose_device(device)
        self._loaded = self._denoiser = self._latent = None  # room for the new one
        self._place = place
        if info.kind == "latent":
            from restorer.engine.latent import load

            self._latent = load(info, place, self._precision)
            self._loaded = model, device
            where = hardware.title(place), self._latent.precision
            self._status = ModelStatus(info.title, info.parameters, *where, kind=info.kind)
            return self._status
        if info.kind not in ("prior", "unconditional", "conditional"):
            raise ModelRefused(f"“{info.title}” leads another model; it restores nothing itself.")
        from restorer.engine.pixel_models import load_pixel_model

        loaded = load_pixel_model(info, place, self._precision)
        self._denoiser, self._side = loaded.denoiser, min(self._tile, loaded.tile or self._tile)
        self._loaded = model, device
        self._status = ModelStatus(
            title=info.title,
            parameters=info.parameters,
            device=hardware.title(place),
            precision=loaded.precision,
            kind=info.kind,
        )
        return self._status

    def run(
        self,
        task: RestorationTask,
        inputs: Inputs,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None] = lambda _: None,
        *,
        device: str = "auto",
    ) -> Iterator[Frame]:
        """Carry out a task, one frame per step; a task without a start yields none.

        Frames of a task that enlarges are larger than the picture.

        Raises:
            Cancelled: after the tile during which `cancel` was set; frames so far are valid.
            NoPicture: if what was made is none; frames so far are valid.
            RestorerError: what else kept it from going on.
        """
        if task.start is None:
            return
        status = self.load(task.model, device)
        guard = Guard(task, inputs, status.title, draws=self._draws(task))
        tell = guard.on_progress(on_progress)
        yield from guard.frames(self._frames(task, inputs, cancel, tell))

    def _draws(self, task: RestorationTask) -> bool:
        """What is made may be another picture: words lead, or a label."""
        return self._latent is not None or bool(task.toward)

    def _frames(
        self,
        task: RestorationTask,
        inputs: Inputs,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Frame]:
        """A task with a start, by the model that is loaded."""
        assert task.start is not None
        if self._latent is not None:
            from restorer.engine.latent import prepare

            run = prepare(self._latent, task, inputs)
            yield from run.frames(cancel, on_progress)
            return
        check_sampler(task.sampler, latent=False)
        schedule = named("linear")
        if task.damage.kind != "denoise":
            yield from self._repair(task, inputs, schedule, cancel, on_progress)
            return
        pixels = inputs.picture.pixels
        blend = Blend(task, pixels, inputs.strength)
        grey = inputs.picture.grey or is_grey(pixels)
        one_tone = grey or is_one_tone(pixels)
        noise = float(schedule.noise(task.start))
        level = level_in_file(noise, pixels) if task.undo_clipping else noise
        t = float(schedule.t_from_noise(effective_noise(level, one_tone)))
        go_on = cancel.raise_if_cancelled
        finish = Finish(task, pixels, blend, grey)
        meter = Meter(task.steps, cancel, on_progress, finish.seen, evaluations(task.local))
        begun = time.perf_counter()
        white = (level / 255, np.random.default_rng(task.seed)) if grey else None
        steps = self._reverse(
            task, _to_state(pixels, schedule, t, white, go_on), t, schedule, meter
        )
        for step in steps:
            if step.index + 1 == task.steps:
                steps.close()  # what it holds is needed no more
            sigma, x_t = step.sigma, as_pixels(step.x_t)
            if one_tone:  # where it stands as such, not where the network was told it stands
                sigma = step.sigma / effective_noise(1, one_tone)
                x_t = _rescaled(x_t, _signal(sigma) / _signal(step.sigma), grey, go_on)
            info = FrameInfo(
                index=step.index,
                steps=task.steps,
                t=float(schedule.t_from_sigma(sigma)),
                sigma=sigma,
                seconds=time.perf_counter() - begun,
            )
            frame = finish.frame(info, x_t, step.x0, go_on)
            del step, x_t  # whoever keeps the frame has need of the room
            yield frame
            del frame
            meter.step += 1
            cancel.raise_if_cancelled()

    def decode(
        self,
        task: RestorationTask,
        inputs: Inputs,
        latents: Array,
        *,
        device: str = "auto",
    ) -> tuple[Array, Array | None]:
        """Decode what a frame of a latent run is a preview of; x0 and picture as in `Frame`.

        Args:
            task, inputs: those of the run.
            latents: (C, h, w), of the frame.

        Raises:
            RestorerError: what kept it from being decoded.
        """
        status = self.load(task.model, device)
        if self._latent is None:
            raise BadInput("Only what a latent model made can be decoded.")
        from restorer.engine.latent import prepare

        guard = Guard(task, inputs, status.title, draws=True)
        run = prepare(self._latent, task, inputs)
        x0, kept = run.decoded(latents)
        guard.check(x0, kept, sigma=0.0)
        return x0, kept

    def _repair(
        self,
        task: RestorationTask,
        inputs: Inputs,
        schedule: Schedule,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Frame]:
        """The reverse process held to what was measured; see `restorer.engine.repair`."""
        from restorer.diffusion.denoiser import ConditionalDenoiser, Turned
        from restorer.diffusion.tiling import TiledDenoiser
        from restorer.engine.repair import Repair

        denoiser = self._denoiser
        assert denoiser is not None
        if isinstance(denoiser, ConditionalDenoiser):
            denoiser = denoiser.told(facts_of(task.damage).vector().tolist())
        picture = inputs.picture
        grey = task.damage.kind != "colorize" and (picture.grey or is_grey(picture.pixels))

        def finish(x0: torch.Tensor) -> Array:
            values = to_pixels(x0)
            return mean_of_channels(values) if grey else values

        cancel.raise_if_cancelled()
        repair = Repair(task, inputs)
        cancel.raise_if_cancelled()

        def show(x0: torch.Tensor, box: Box) -> Array:
            return repair.blend(to_range(finish(x0)), box)

        meter = Meter(task.steps, cancel, on_progress, show, evaluations_a_step(task))
        views = [
            TiledDenoiser(
                Turned(denoiser, side),
                tile=self._side,
                on_tile=repair.within(meter.on_tile),
                wanted=repair.wanted,
            )
            for side in Turned.SIDES
        ]
        begun = time.perf_counter()
        for step in repair.steps(views, schedule):
            cancel.raise_if_cancelled()  # what was measured has been weighed since the last tile
            seconds = time.perf_counter() - begun
            info = FrameInfo(step.index, task.steps, step.t, step.sigma, seconds)
            x0 = finish(step.x0)
            kept = repair.picture(x0, last=step.index + 1 == task.steps)
            if repair.changes_x0:
                x0 = 2 * kept - 1
            yield Frame(info, x_t=as_pixels(step.x_t), x0=x0, picture=kept)
            del x0, kept, step  # room for the next
            meter.step += 1
            cancel.raise_if_cancelled()

    def _reverse(
        self,
        task: RestorationTask,
        x_t: torch.Tensor,
        t: float,
        schedule: Schedule,
        meter: Meter,
    ) -> Generator[Step, None, None]:
        """The reverse process from x_t; every x0 is already the blend that the task asks for."""
        import torch

        from restorer.diffusion import samplers
        from restorer.diffusion.denoiser import Turned
        from restorer.diffusion.tiling import TiledDenoiser

        assert self._denoiser is not None

        def tiled(denoiser: Denoiser) -> Denoiser:
            whole = TiledDenoiser(denoiser, tile=self._side, on_tile=meter.on_tile)
            return LocalDenoiser(whole, task.local) if task.local else whole

        times = schedule.spaced(t, task.steps)
        if task.faithfulness == 1:
            views = [tiled(Turned(self._denoiser, side)) for side in Turned.SIDES]
            yield from samplers.posterior_mean(views, x_t, times, schedule)
            return
        denoiser = self._denoiser
        if task.toward:
            from restorer.engine.guided import guided

            assert self._place is not None
            denoiser = guided(denoiser, task, self._place)
        denoiser = tiled(denoiser)
        generator = torch.Generator("cpu").manual_seed(task.seed)
        sampler = samplers.SAMPLERS[task.sampler]
        steps = sampler.reverse(denoiser, x_t, times, schedule, task.eta, generator)
        yield from samplers.blended(steps, task.faithfulness)


def _to_state(
    pixels: Array,
    schedule: Schedule,
    t: float,
    white: tuple[float, np.random.Generator] | None,
    go_on: GoOn,
) -> torch.Tensor:
    """The picture as x_t (1, 3, H, W): scaled onto the schedule, no noise added.

    Args:
        white: of a grey picture its noise, in 0..1, and what draws the same in colour.
    """
    import torch

    a = np.float32(np.sqrt(schedule.alpha_bar(t)))
    x_t = torch.empty(1, 3, *pixels.shape[:2])
    out = as_pixels(x_t)
    for rows in bands(pixels.shape, go_on):
        part = pixels[rows] if white is None else whiten_grey(pixels[rows], *white)
        out[rows] = (2 * part - 1) * a
    return x_t


def _rescaled(x_t: Array, factor: float, grey: bool, go_on: GoOn) -> Array:
    """The state on another scale; of a grey picture the mean of its channels."""
    out = np.empty(x_t.shape, np.float32)
    for rows in bands(x_t.shape, go_on):
        part = x_t[rows] * np.float32(factor)
        out[rows] = mean_of_channels(part) if grey else part
    return out


def _signal(sigma: float) -> float:
    """sqrt(abar) at sigma."""
    return float((1 + sigma**2) ** -0.5)

"""Carries out a task with a latent model: encode, reverse from t, decode, keep promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.diffusion import hardware
from restorer.diffusion.rows import noise_like
from restorer.diffusion.samplers import check_sampler
from restorer.diffusion.scales import vp_scales, x0_from_prediction
from restorer.diffusion.tensors import as_batch, to_array, to_pixels, to_tensor
from restorer.engine.branch_segments import BranchSegments
from restorer.engine.control import picture_digest
from restorer.engine.damage import Hole, checked_hole
from restorer.engine.meter import Meter
from restorer.engine.models import ModelInfo, find_model
from restorer.engine.plan_latent import ALL_NOISE
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.strength import Blend, Box, cut
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.errors import BadInput, ModelRefused
from restorer.imaging.picture import Pixels
from restorer.latent import memory
from restorer.latent.canny import edges
from restorer.latent.files import part_parameters, single_file
from restorer.latent.load import load_controlnet, load_folder, load_single
from restorer.latent.model import LatentModel
from restorer.latent.network import Conditioning, GuidedNetwork
from restorer.latent.reverse import Hold, LatentStep, ReverseProcess
from restorer.latent.text import encode as encode_text

#: t of the noise that upscalers put on the small picture, as they were trained with.
_UPSCALER_NOISE = 20


@dataclass(frozen=True, eq=False)
class _InitialState:
    """The initial state, the further inputs of the networks, and the constraint on the states."""

    state: Tensor
    extras: Conditioning
    hold: Hold | None = None


class LatentRun:
    """One task on one picture.

    Attributes:
        tile: longest side of the U-Net's tiles, in latents.

    Args:
        model: the model.
        legs: a task with a start, and what it is carried out on.

    Raises:
        BadInput: for what the model cannot do, or a hole or control picture that does not fit.
    """

    def __init__(self, model: LatentModel, legs: BranchSegments) -> None:
        task, inputs = legs.last.task, legs.last.inputs
        picture = inputs.picture
        self._model, self._task, self._picture, self._legs = model, task, picture, legs
        self._holes = [checked_hole(leg.task.damage, leg.inputs) for leg in legs.all]
        for leg in legs.all:
            _check(model, leg.task)
        _check_changes(model, [leg.task for leg in legs.all])
        self._grown = task.damage.growth
        height, width = picture.pixels.shape[:2]
        self._size = height * self._grown, width * self._grown
        self._grey = picture.grey
        self._original = _grown(picture.pixels, self._grown)
        self._blends = [Blend(leg.task, self._original, leg.inputs.strength) for leg in legs.all]
        self._control = self._control_picture(inputs.control)
        self.tile = 96

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        """The reverse process; only the last frame is decoded in full.

        Args:
            cancel: looked at after every tile and step.
            on_progress: told of every tile.
        """
        legs, model = self._legs, self._model
        task = legs.all[0].task
        assert task.start is not None
        begun = cancel.clock()
        cancel.raise_if_cancelled()
        generator = torch.Generator("cpu").manual_seed(task.seed)
        check_sampler(task.sampler, latent=True)
        walk = ReverseProcess.of(
            task.sampler,
            model.scheduler,
            task.start,
            task.steps,
            eta=task.eta,
            generator=generator,
        )
        cancel.raise_if_cancelled()
        begin = self._begin(walk, generator)
        meter = Meter(len(walk.times), cancel, on_progress, self._shown)

        def predict(x_t: Tensor, t: Tensor) -> Tensor:
            sigma = float(model.schedule.sigma(float(t)))

            def on_tile(done: int, total: int, box: Box, prediction: Tensor) -> None:
                left, top, right, bottom = box
                here = x_t[..., top:bottom, left:right]
                x0 = x0_from_prediction(prediction, model.prediction, here, sigma)
                area, pixels = self._in_picture(box, model.preview(x0, self._pixels_of(x0)))
                meter.on_tile(done, total, area, pixels)

            network = legs.current_of(networks)
            network.on_tile = on_tile
            return network(x_t, t)

        networks = [self._led(leg.task, begin.extras) for leg in legs.all]
        steps = walk.steps(predict, begin.state, model.prediction, model.schedule, begin.hold)
        for _ in walk.times:
            if "eta" in walk.options:
                walk.options["eta"] = legs.current.task.eta
            legs.reseed(generator)  # a step is taken at once after the networks have answered
            step = next(steps)
            cancel.raise_if_cancelled()  # a stopped run is not decoded
            yield self._frame(step, cancel.clock() - begun)
            meter.step += 1
            legs.step += 1

    def _led(self, task: RestorationTask, extras: Conditioning) -> GuidedNetwork:
        words = encode_text(self._model, task.prompt, task.negative_prompt, task.guidance)
        return GuidedNetwork(
            self._model, words, task.guidance, self._padded, extras, tile=self.tile
        )

    @property
    def _hole(self) -> Hole | None:
        return self._legs.current_of(self._holes)

    @property
    def _blend(self) -> Blend:
        return self._legs.current_of(self._blends)

    def _frame(self, step: LatentStep, seconds: float) -> Frame:
        model = self._model
        last = step.index == step.steps - 1
        size = self._pixels_of(step.x_t)
        signal, _ = vp_scales(step.sigma)
        clean = model.decode(step.after) if last else model.decode_preview(step.x0)
        seen = self._seen(model.preview(step.x0, size) if clean is None else clean)
        x0, picture = self._promised(seen)
        return Frame(
            FrameInfo(step.index, step.steps, step.t, step.sigma, seconds, preview=not last),
            x_t=self._seen(model.preview(step.x_t, size, bias=signal)),
            x0=x0,
            picture=picture,
            eps=self._seen(model.preview(step.eps, size, bias=0.0)),
            latents=None if last else step.x0[0].numpy(),
        )

    def decoded(self, latents: Array) -> tuple[Array, Array | None]:
        """The decoded frame behind a preview: x0 and picture as in `Frame`.

        Args:
            latents: (C, h, w), as in the frame.
        """
        return self._promised(self._seen(self._model.decode(torch.from_numpy(latents)[None])))

    def _promised(self, x0: Array) -> tuple[Array, Array | None]:
        """x0 and picture as in `Frame`, both with the promised parts of the original."""
        if self._hole is None and not self._blend.needed:
            return x0, None
        saved = self._saved(x0)
        return 2 * saved - 1, saved

    # What goes in. The generator is drawn from in the order of diffusers' own pipelines, so that
    # a seed means the same there and here.

    def _begin(self, walk: ReverseProcess, generator: torch.Generator) -> _InitialState:
        model, task = self._model, self._task
        extras = Conditioning(control=self._control, control_scale=task.control.scale)
        if model.enlarges:
            return self._begin_enlarging(walk, generator)
        canvas = self._canvas()
        pure = task.start is not None and task.start >= ALL_NOISE
        held = self._hole is not None and not model.fills
        known = model.encode(canvas, generator) if held or not pure else None
        sides = tuple(side // model.factor for side in canvas.shape[-2:])
        noise = noise_like(torch.empty(1, model.channels, *sides), generator)
        if pure:
            state = walk.pure(noise)
        else:
            assert known is not None
            state = walk.add_noise(known, noise, walk.times[0])
        if self._hole is None and not model.fills:
            return _InitialState(state, extras)

        mask = self._mask(self._hole)
        small = F.interpolate(mask, size=sides)
        if model.fills:
            masked = model.encode(canvas * (mask < 0.5), generator)
            channels = torch.cat([small, masked], dim=1)
            return _InitialState(state, replace(extras, channels=channels))
        noise_like(noise, generator)  # for the masked picture, which only 9 channels look at
        assert known is not None
        masks = [F.interpolate(self._mask(hole), size=sides) for hole in self._holes]
        return _InitialState(state, extras, _holding(walk, known, noise, masks, self._legs))

    def _begin_enlarging(self, walk: ReverseProcess, generator: torch.Generator) -> _InitialState:
        """Saharia et al. (2022): concatenate the slightly noised small picture to every state."""
        from restorer.diffusion.library import diffusers

        small = to_tensor(self._picture.pixels).contiguous()
        level = torch.tensor([_UPSCALER_NOISE])
        scheduler = diffusers.DDPMScheduler.from_config(
            self._model.low_res or self._model.scheduler
        )
        channels = scheduler.add_noise(small, noise_like(small, generator), level)
        shape = (1, self._model.channels, *small.shape[-2:])
        noise = noise_like(torch.empty(shape), generator)
        return _InitialState(walk.pure(noise), Conditioning(channels, level))

    def _canvas(self) -> Tensor:
        """The picture for the VAE, padded to whole latents."""
        return self._continued(to_tensor(self._original).contiguous())

    def _mask(self, hole: Hole | None) -> Tensor:
        """(1, 1, H, W), 1 where to fill; without a hole a filling model redraws everything."""
        height, width = self._size
        hole = np.ones((height, width), bool) if hole is None else hole
        return self._continued(torch.from_numpy(hole.astype(np.float32))[None, None])

    @property
    def latent_size(self) -> tuple[int, int]:
        """(height, width) in latents."""
        height, width = (side // self._model.factor for side in self._padded)
        return height, width

    @property
    def _padded(self) -> tuple[int, int]:
        n = self._model.factor
        height, width = (-(-side // n) * n for side in self._size)
        return height, width

    def _continued(self, x: Tensor) -> Tensor:
        bottom, right = (p - s for p, s in zip(self._padded, self._size, strict=True))
        return F.pad(x, (0, right, 0, bottom), mode="replicate")

    def _control_picture(self, given: Pixels | None) -> Tensor | None:
        control = self._task.control
        match control.kind:
            case "":
                return None
            case "tile":
                return self._canvas() / 2 + 0.5
            case "canny":
                pixels = edges(to_pixels(self._canvas()))
            case _:
                if given is None or picture_digest(given) != control.picture:
                    raise BadInput("This is not the control picture that the task was made for.")
                pixels = given
        x = as_batch(pixels).contiguous()
        if x.shape[-2:] != self._padded:
            x = self._continued(F.interpolate(x, size=self._size, mode="bilinear"))
        return x

    # What comes out.

    def _pixels_of(self, latents: Tensor) -> tuple[int, int]:
        height, width = (side * self._model.factor for side in latents.shape[-2:])
        return height, width

    def _in_picture(self, box: Box, x0: Tensor) -> tuple[Box, Tensor]:
        """A box in latents as one in pixels, with its content, without the padding."""
        left, top, right, bottom = (side * self._model.factor for side in box)
        height, width = self._size
        right, bottom = min(right, width), min(bottom, height)
        return (left, top, right, bottom), x0[..., : bottom - top, : right - left]

    def _saved(self, x0: Array, box: Box | None = None) -> Array:
        """The promised pixels of the picture, or of a tile of it, in 0..1."""
        pixels = self._blend(np.clip(x0 * np.float32(0.5) + np.float32(0.5), 0, 1), box)
        if self._hole is None:
            return pixels
        inside = cut(self._hole.astype(np.float32), box)[..., None]
        return np.where(inside > 0, pixels, cut(self._original, box))

    def _shown(self, x0: Tensor, box: Box) -> Array:
        return self._saved(self._seen(x0), box)

    def _seen(self, x: Tensor) -> Array:
        """(1, 3, H, W) to (H, W, 3) of the picture's own size; grey for a grey picture."""
        height, width = self._size
        values = to_array(x[..., :height, :width])
        if self._grey:
            values = np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
        return values


def load(
    info: ModelInfo, device: torch.device, precision: hardware.Precision = "auto"
) -> LatentModel:
    """Load a latent model as precisely as memory allows.

    Args:
        precision: other than "auto" it is taken whether it fits or not.

    Raises:
        ModelRefused: if it is damaged, not complete or not of a kind that is known.
    """
    parts = part_parameters(info.path)
    where = memory.place(device.type, hardware.room(device), parts)
    dtype = getattr(torch, where.precision if precision == "auto" else precision)
    single = single_file(info.path)
    if single is not None:
        return load_single(single, device, dtype, offload=where.offload)
    return load_folder(info.path, device, dtype, offload=where.offload)


def prepare(model: LatentModel, legs: BranchSegments) -> LatentRun:
    """Prepare a task with what fits into memory now; arguments as in `LatentRun`."""
    control = legs.last.task.control
    if control.kind:
        model.use_controlnet(control.model, lambda: _controlnet(control.model, model.dtype))
    run = LatentRun(model, legs)
    savings = memory.savings(
        hardware.room(model.device, _bytes(model)),
        run.latent_size,
        model.factor,
        model.precision,
        int(model.unet.config.sample_size),
    )
    model.save_memory(savings)
    run.tile = savings.tile
    return run


def _bytes(model: LatentModel) -> int:
    """Of all weights."""
    weights = (weight for part in model.parts for weight in part.parameters())
    return sum(weight.numel() * weight.element_size() for weight in weights)


def _controlnet(name: str, dtype: torch.dtype) -> Any:
    info = find_model(name)
    if not info.role.leads:
        raise ModelRefused("“{name}” is not a ControlNet.", name=name)
    return load_controlnet(info.path, dtype)


def _check(model: LatentModel, task: RestorationTask) -> None:
    if not TASKS[task.damage.kind].prompted:
        raise BadInput("A latent model cannot repair this kind of damage.")
    if model.enlarges and task.damage.growth != model.factor:
        raise BadInput("This model enlarges {n} times and can do nothing else.", n=model.factor)
    if model.enlarges and task.start is not None and task.start < ALL_NOISE:
        raise BadInput("This model starts from noise, at t {all_noise:.0f}.", all_noise=ALL_NOISE)
    if task.control.kind and model.controlnet is None:
        raise BadInput("There is no ControlNet in this model's folder; say which one to use.")
    if task.control.kind and model.enlarges:
        raise BadInput("This model cannot be guided by a ControlNet.")


def _check_changes(model: LatentModel, tasks: list[RestorationTask]) -> None:
    """Raise `BadInput` for a field that cannot change during a run."""
    if len({(task.sampler, task.control) for task in tasks}) > 1:
        raise BadInput("On the way neither the sampler nor the ControlNet can change.")
    if model.fills and len({task.damage.mask for task in tasks}) > 1:
        raise BadInput("This model is shown the mask from the start; it cannot change on the way.")


def _holding(
    walk: ReverseProcess, known: Tensor, noise: Tensor, masks: list[Tensor], legs: BranchSegments
) -> Hold:
    """Outside the mask every state is the known latents at its own time (Avrahami et al., 2023)."""

    def hold(state: Tensor, t: Tensor | None) -> Tensor:
        there = known if t is None else walk.add_noise(known, noise, t)
        mask = legs.current_of(masks)
        return (1 - mask) * there + mask * state

    return hold


def _grown(pixels: Pixels, times: int) -> Array:
    """Bicubic enlargement, for models that do not enlarge, and for comparison."""
    if times == 1:
        return pixels
    height, width = (times * side for side in pixels.shape[:2])
    grown = F.interpolate(to_tensor(pixels).contiguous(), size=(height, width), mode="bicubic")
    return to_pixels(grown.clamp(-1, 1))

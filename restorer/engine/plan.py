"""From what was measured to a task, with defaults that need no thought."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from restorer.diffusion.samplers import SAMPLERS
from restorer.diffusion.schedule import named
from restorer.engine.damage import Damage, Hole, Method
from restorer.engine.facts import facts_of
from restorer.engine.local import Grid, evaluations
from restorer.engine.task import BUILTIN_MODEL, CAMERA_MODEL, DAMAGE_MODEL, RestorationTask
from restorer.errors import BadInput
from restorer.imaging.raster import MAX_PIXELS

if TYPE_CHECKING:  # scipy comes with it
    from restorer.degradation.camera import CameraNoise
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.engine.inputs import Inputs

#: Where a camera's noise was not recognised; this level (0-255) suits most photographs, and the
#: person has a slider.
CAMERA_PHOTO_NOISE = 5.0
#: Noise that neighbours share looks like detail to a prior that knows white noise only: it leaves
#: least error when told about this many times as much as there is.
AS_WHITE = 2.5

#: DPS keeps the whole network's activations; beyond this many pixels that is too much.
MOST_FOR_DPS = 512 * 512

_MOST_STEPS = 8
#: More gain less than 0.1 dB.
_MOST_REPAIR_STEPS = 24
#: Enlarging in fewer steps than this has less error without noise than with noise in pairs; in
#: twelve it has 0.3 dB more.
_LEAST_PAIRS = 5
#: Picture size times steps that a default task may cost, in megapixels.
_MEGAPIXEL_STEPS = 8.0
#: The same for a repair, in evaluations: under 30 seconds a megapixel on two cores.
_MEGAPIXEL_REPAIR_STEPS = 10.0
#: Holes are filled in tiles; about this many pixels around a hole, and a block of them, are seen.
_BLOCK = 64


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

    A clean picture is left alone: `start` is None. A camera's noise is for the prior that knows
    such noise, unless another than the built-in one is asked for.
    """
    values: dict[str, Any] = {
        "start": None if estimate.clean else start_for(estimate.noise),
        "steps": default_steps(size),
    }
    if estimate.camera is not None:
        local = local_noise(estimate.camera)
        return RestorationTask(**(values | _of_camera(estimate.noise, local, overrides)))
    return RestorationTask(**(values | overrides))


def _of_camera(noise: float, local: Grid, overrides: dict[str, Any]) -> dict[str, Any]:
    """Fields of a task against a camera's noise of this standard deviation (0-255 scale)."""
    known = overrides.get("model", BUILTIN_MODEL) in (BUILTIN_MODEL, CAMERA_MODEL)
    values = {
        "start": start_for(noise if known else AS_WHITE * noise),
        "undo_clipping": False,
        "local": local,
    }
    return values | overrides | ({"model": CAMERA_MODEL} if known else {})


def local_noise(camera: CameraNoise) -> Grid:
    """Where a camera's noise is stronger or weaker than in most of the picture.

    Empty where it is nearly the same everywhere.
    """
    grid = tuple(
        tuple(round(max(0.1, level / camera.level), 2) if level else 0.0 for level in row)
        for row in camera.regions
    )
    alone = any(factor == 0 for row in grid for factor in row)
    return grid if alone or evaluations(grid) > 1 else ()


def camera_photo(size: tuple[int, int], **overrides: Any) -> RestorationTask:
    """The preset for photographs as cameras save them: a fixed level, no clipping model."""
    values = {"steps": default_steps(size)} | _of_camera(CAMERA_PHOTO_NOISE, (), overrides)
    return RestorationTask(**values)


def plan_repair(
    damage: Damage,
    inputs: Inputs,
    found: DegradationEstimate,
    **overrides: Any,
) -> RestorationTask:
    """The task that undoes a damage other than noise; `overrides` are fields of the task.

    Noise besides counts as noise of the measurement where a blur is undone, and is read for it. A
    mask without holes leaves the picture alone: `start` is None.

    Raises:
        BadInput: for a damage that the picture cannot have, or a method that cannot undo it here.
    """
    picture = inputs.picture
    if damage.kind == "deblur" and damage.noise == 0:
        from restorer.engine.sharpening import noise_to_tell

        damage = replace(damage, noise=noise_to_tell(damage, picture, found))
    megapixels = pixels_seen(damage, inputs) / 1e6
    most = 4 if damage.kind == "dejpeg" else _MOST_REPAIR_STEPS
    values: dict[str, Any] = {"damage": damage, "undo_clipping": False}
    task = with_method(RestorationTask(**({"start": None} | values | overrides)), picture.size)
    if "start" not in overrides:  # where to begin may take a second to find
        task = replace(task, start=_repair_start(task, inputs))
    if "steps" in overrides:
        return task
    if task.method == "conditional":
        return replace(task, steps=1)
    each = evaluations_a_step(replace(task, steps=most))
    if each == 2 and damage.kind != "dejpeg":
        most //= 2
    affordable = _MEGAPIXEL_REPAIR_STEPS / megapixels
    task = replace(task, steps=max(1, min(most, round(affordable / each))))
    if evaluations_a_step(task) < each:
        return replace(task, steps=max(1, min(_LEAST_PAIRS - 1, round(affordable))))
    return task


def with_method(task: RestorationTask, size: tuple[int, int]) -> RestorationTask:
    """A repair of a picture of this (width, height) with its method chosen, if it was not.

    Raises:
        BadInput: if the method asked for cannot undo the damage, or not of so large a picture.
    """
    task = replace(task, method=choose_method(task)[0])
    if task.method == "conditional":
        task = _for_conditional(task)
    refuse_too_large(task, size)
    if task.method == "dps" and size[0] * size[1] * task.damage.growth**2 > MOST_FOR_DPS:
        raise BadInput("DPS is for small pictures, up to 512 by 512 pixels.")
    return task


def _for_conditional(task: RestorationTask) -> RestorationTask:
    """The task with the network that knows the damage.

    Raises:
        BadInput: if another model, or a sample, is asked for.
    """
    if task.model not in (BUILTIN_MODEL, DAMAGE_MODEL):
        raise BadInput("The trained network is a model of its own; leave the model as it is.")
    if task.faithfulness < 1:
        raise BadInput("The trained network gives the faithful answer only: faithfulness 1.")
    facts_of(task.damage)  # refuses what it does not know
    return replace(task, model=DAMAGE_MODEL)


def refuse_too_large(task: RestorationTask, size: tuple[int, int]) -> None:
    """Raise `BadInput` if a picture of this (width, height) would grow too large."""
    megapixels = size[0] * size[1] * task.damage.growth**2 / 1e6
    if task.damage.growth > 1 and megapixels > MAX_PIXELS / 1e6:
        raise BadInput(
            f"The result would have {megapixels:.0f} megapixels; {MAX_PIXELS // 10**6} is the most."
        )


def evaluations_a_step(task: RestorationTask) -> int:
    """How often a task asks the network in one step.

    A sampler as often as it says. A repair twice on the way to the mean, where light and colour of
    a JPEG are looked at apart, or where noise is put back together with its negative: not if some
    pixels are known as they are.
    """
    if task.damage.kind == "denoise":
        return 1 if task.faithfulness == 1 else SAMPLERS[task.sampler].evaluations
    method, _ = choose_method(task)
    if task.faithfulness < 1 or method == "conditional":
        return 1
    if task.damage.kind == "dejpeg":
        return 2 if method == "ddnm" else 1
    if method not in ("ddnm", "diffpir"):
        return 1
    if task.damage.noise > 0 or task.damage.kind not in ("inpaint", "upscale"):
        return 2 if method == "diffpir" else 1
    return 2 if task.damage.kind == "upscale" and task.steps >= _LEAST_PAIRS else 1


def choose_method(task: RestorationTask) -> tuple[Method, str]:
    """The posterior sampler for a task, and why, in a sentence.

    Raises:
        BadInput: if the method asked for cannot undo the damage.
    """
    damage = task.damage
    one_gain = damage.kind in ("inpaint", "colorize", "dejpeg")
    exact = damage.noise == 0
    if task.method == "auto":
        match damage.kind:
            case "dejpeg" if _network_knows(task):
                return "conditional", "A network that learnt what JPEG takes away gives it back."
            case "dejpeg":
                return "ddnm", "The file says in which cell every coefficient lies: project."
            case "inpaint" | "upscale" | "colorize" if exact:
                return "ddnm", "What is known is exact: keep it, and let the prior add the rest."
            case _:
                return "diffpir", "What is known is noisy: weigh it against the prior."
    if task.method == "repaint" and damage.kind != "inpaint":
        raise BadInput("RePaint fills holes; it cannot do anything else.")
    if task.method == "dps" and damage.kind == "dejpeg":
        raise BadInput("DPS needs a slope, and the rounding of a JPEG has none.")
    if task.method == "ddnm" and damage.kind == "deblur":
        raise BadInput("DDNM would blow up the noise of a blurred picture; take diffpir.")
    if task.method == "ddnm" and not exact and not one_gain:
        raise BadInput("DDNM enlarges pictures without noise only; take diffpir.")
    return task.method, "As asked for."


def _network_knows(task: RestorationTask) -> bool:
    """Whether the trained network is the better one for a JPEG, and has not been ruled out.

    It learnt blocks that begin at the top left, and to answer faithfully.
    """
    damage = task.damage
    straight = damage.turned == 1 and damage.cut in (None, (0, 0))
    return straight and task.faithfulness == 1 and task.model in (BUILTIN_MODEL, DAMAGE_MODEL)


def _repair_start(task: RestorationTask, inputs: Inputs) -> float | None:
    """Where to begin, from a first guess; the numbers were the best of those measured.

    A network that knows the damage begins where that puts the picture.

    On 96-pixel crops of three pictures in 20 steps, sigma 0.12 to 3: missing pixels like 0.25,
    scratches 5 pixels wide 0.5; starting at 3 costs 0.3 to 2.5 dB; without noise put back, half or
    twice as much changes less than 0.1 dB. On 160-pixel crops of six to eight pictures, with noise
    in pairs: enlarging 0.4 (x2) and 1 (x4); a blur of 0.8 to 3 pixels with noise 0.4 to 6 from
    0.15 to 0.8, the higher the less it left: 0.1 to 0.3 dB better than always 0.3.
    """
    damage, hole = task.damage, inputs.hole
    if task.method == "conditional":
        return float(named("linear").t_from_sigma(facts_of(damage).sigma))
    match damage.kind:
        case "inpaint":
            if hole is None:
                raise BadInput("Filling needs a mask that says where.")
            if not hole.any():
                return None
            sigma = float(np.clip(0.2 * _depth(hole), 0.25, 3.0))
        case "upscale":
            sigma = 0.2 * damage.scale
        case "deblur":
            from restorer.degradation.operators import Blur
            from restorer.engine.repair import operator_of

            operator = operator_of(damage, None)
            assert isinstance(operator, Blur)
            sigma = min(3.0, 0.2 / max(operator.kept, 1e-3) ** 0.5)
        case "dejpeg":
            from restorer.degradation.operators import Jpeg
            from restorer.engine.repair import measured, operator_of

            operator = operator_of(damage, None)
            assert isinstance(operator, Jpeg)
            # what quantisation did is not white, and looks like less noise than it is; 0.8 was
            # measured best at qualities 10 and 30, among 0.45, 0.6, 0.8 and 1.1
            light, _ = operator.error_std(measured(operator, inputs.picture))
            sigma = max(0.02, 0.8 * light)
        case _:
            sigma = 5.0
    return float(named("linear").t_from_sigma(sigma))


def pixels_seen(damage: Damage, inputs: Inputs) -> int:
    """About how many pixels the network sees at every step, 1 or more."""
    (width, height), hole = inputs.picture.size, inputs.hole
    if damage.kind != "inpaint" or hole is None:
        return width * height * damage.growth**2
    from scipy.ndimage import maximum_filter

    wide = np.pad(hole, ((0, -hole.shape[0] % _BLOCK), (0, -hole.shape[1] % _BLOCK)))
    blocks = wide.reshape(wide.shape[0] // _BLOCK, _BLOCK, -1, _BLOCK).any((1, 3))
    seen = int(maximum_filter(blocks, 3).sum()) * _BLOCK**2
    return max(1, min(seen, width * height))


def _depth(hole: Hole) -> float:
    """How far the inside of the holes is from what is known, in pixels: nearly the farthest."""
    from scipy.ndimage import distance_transform_edt

    distance = distance_transform_edt(hole)
    return float(np.quantile(distance[hole], 0.95))

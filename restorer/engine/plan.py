"""Plans a task from measurements, with sensible defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from restorer.diffusion.schedule import LINEAR
from restorer.engine.damage import NO_MASK, Damage, Method
from restorer.engine.local import Grid, evaluations
from restorer.engine.methods import (
    at_once,
    choose_method,
    evaluations_a_step,
    facts_of,
    is_mirrored,
    refuse_dps,
)
from restorer.engine.task import (
    BUILTIN_MODEL,
    CAMERA_MODEL,
    DAMAGE_MODEL,
    RestorationTask,
)
from restorer.engine.tasks import TASKS
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
#: Up to these qualities of a JPEG, with its colours at half the resolution and in full, noise is
#: for the prior that knows both. Above, the prior of white noise alone leaves 0.2 to 1.4 dB less.
_CODED_HALVED, _CODED = 95, 85

_MOST_STEPS = 8
#: Picture size times steps that a default task may cost, in megapixels.
_MEGAPIXEL_STEPS = 8.0
#: The same for a repair, in evaluations: under 30 seconds a megapixel on two cores.
_MEGAPIXEL_REPAIR_STEPS = 10.0
#: Up to so many megapixels, a network that knows the damage is asked as often as it gains anything
#: (`TaskKind.evaluations`). In larger pictures, the prior could not take enough steps to beat it.
_MEGAPIXELS_LOOKED_AT = 1.0
#: Holes are filled in tiles; about this many pixels around a hole, and a block of them, are seen.
_BLOCK = 64


def start_for(noise: float) -> float:
    """The t of a picture with this noise (0-255 scale)."""
    return float(LINEAR.t_from_noise(noise))


def noise_of(task: RestorationTask) -> float:
    """The noise (0-255 scale) that a task removes; 0 if it leaves the picture alone."""
    return 0.0 if task.start is None else float(LINEAR.noise(task.start))


def default_steps(size: tuple[int, int]) -> int:
    """Eight steps for a small picture, fewer for a large one to keep it fast."""
    megapixels = size[0] * size[1] / 1e6
    return max(1, min(_MOST_STEPS, round(_MEGAPIXEL_STEPS / megapixels)))


def plan(estimate: DegradationEstimate, size: tuple[int, int], **overrides: Any) -> RestorationTask:
    """The task for a picture of this (width, height); `overrides` are fields of the task.

    A clean picture is left alone: `start` is None. A camera's noise is for the prior that knows
    such noise, what was a JPEG file for the one that knows that, unless another than the built-in
    one is asked for.
    """
    values: dict[str, Any] = {
        "start": None if estimate.clean else start_for(estimate.noise),
        "steps": default_steps(size),
    }
    if estimate.camera is not None:
        local = local_noise(estimate.camera)
        return RestorationTask(**(values | _of_camera(estimate.noise, local, overrides)))
    values |= overrides
    return RestorationTask(**(values | _of_coded(estimate, values)))


def _of_coded(estimate: DegradationEstimate, asked: dict[str, Any]) -> dict[str, Any]:
    """Fields of a task against white noise in a picture that was a JPEG file.

    Both go at once: the prior that knows such damage leaves 0.2 to 1 dB less error than that of
    white noise.
    """
    quality, most = estimate.jpeg_quality, _CODED_HALVED if estimate.halved else _CODED
    faithful = asked.get("faithfulness", 1) == 1
    usual = asked.get("model", BUILTIN_MODEL) == BUILTIN_MODEL and faithful
    if quality is None or quality > most or estimate.grey or not usual or asked["start"] is None:
        return {}
    from restorer.imaging.jpeg_tables import tables_of_quality  # Pillow, not at start-up

    tables = tables_of_quality(quality)
    damage = Damage(
        luma=tables.luma,
        chroma=tables.chroma,
        subsampling="4:2:0" if estimate.halved else "4:4:4",
    )
    return {"model": DAMAGE_MODEL, "damage": damage, "undo_clipping": False}


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


@dataclass(frozen=True)
class Preparation:
    """Results of slower computations that planning a repair needs.

    Attributes:
        damage: with the noise to tell of.
        start: t where to begin, if nobody says; None leaves the picture alone.
        seen: megapixels that the network looks at in every step.
        method: that does it, if nobody says; "auto" where the damage alone decides.
    """

    damage: Damage
    start: float | None
    seen: float
    method: Method = "auto"


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
    method, _ = choose_method(RestorationTask(**({"start": None, "damage": damage} | overrides)))
    asked = overrides.get("method") == "conditional"
    prepared = prepare_repair(damage, inputs, found, method == "conditional", asked)
    return plan_prepared(prepared, inputs.picture.size, **overrides)


def prepare_repair(
    damage: Damage,
    inputs: Inputs,
    found: DegradationEstimate,
    conditional: bool,
    asked: bool = False,
) -> Preparation:
    """Compute what planning such a task needs; this may take a second.

    Args:
        conditional: the network that knows the damage undoes it.
        asked: a person wants that network, also where the prior does better.

    Raises:
        BadInput: for a damage that the picture cannot have.
    """
    kind = TASKS[damage.kind]
    if damage.noise == 0 and kind.noise is not None:
        damage = replace(damage, noise=kind.noise(damage, inputs.picture, found))
    seen = pixels_seen(damage, inputs) / 1e6
    method: Method = "auto"
    small = seen <= _MEGAPIXELS_LOOKED_AT
    if conditional and not asked and small and kind.finer(damage, inputs):
        conditional, (method, _) = False, kind.method(damage, False)
    return Preparation(damage, _repair_start(damage, inputs, conditional), seen, method)


def plan_prepared(
    prepared: Preparation, size: tuple[int, int], **overrides: Any
) -> RestorationTask:
    """The same as `plan_repair`, without delay, for a picture of this (width, height).

    Raises:
        BadInput: for a method that cannot undo the damage, or not of so large a picture.
    """
    kind = TASKS[prepared.damage.kind]
    values = {"damage": prepared.damage, "start": prepared.start, "undo_clipping": False}
    task = RestorationTask(**(values | overrides))
    if task.method == "auto" != prepared.method:
        task = replace(task, method=prepared.method)
    task = with_method(task, size)
    if task.damage.is_excess:
        return replace(task, steps=1)
    if "steps" in overrides:
        return task
    if task.method == "conditional":
        fewest, most = kind.evaluations
        count = round(most * _MEGAPIXELS_LOOKED_AT / prepared.seen)
        return replace(task, steps=max(fewest, min(most, count)))
    full = replace(task, steps=kind.most_steps)
    each = evaluations_a_step(full)
    most = kind.most_steps // 2 if is_mirrored(full) else kind.most_steps
    affordable = _MEGAPIXEL_REPAIR_STEPS / prepared.seen
    task = replace(task, steps=max(1, min(most, round(affordable / each))))
    if evaluations_a_step(task) < each:
        assert kind.pairs_from is not None
        return replace(task, steps=max(1, min(kind.pairs_from - 1, round(affordable))))
    return task


def with_method(task: RestorationTask, size: tuple[int, int]) -> RestorationTask:
    """Choose the method of a repair, unless it is given, for a picture of this (width, height).

    Raises:
        BadInput: if the method asked for cannot undo the damage, or not of so large a picture.
    """
    task = replace(task, method=choose_method(task)[0])
    if task.method == "conditional":
        task = at_once(task)
    refuse_too_large(task, size)
    refuse_dps(task.method, task.damage, size)
    return task


def refuse_too_large(task: RestorationTask, size: tuple[int, int]) -> None:
    """Raise `BadInput` if a picture of this (width, height) would grow too large."""
    megapixels = size[0] * size[1] * task.damage.growth**2 / 1e6
    if task.damage.growth > 1 and megapixels > MAX_PIXELS / 1e6:
        raise BadInput(
            "The result would have {megapixels:.0f} megapixels; {most} is the most.",
            megapixels=megapixels,
            most=MAX_PIXELS // 10**6,
        )


def _repair_start(damage: Damage, inputs: Inputs, conditional: bool) -> float | None:
    """The start of a repair, from a first guess; the constants were the best ones measured.

    A network that knows the damage begins where that puts the picture.
    """
    kind = TASKS[damage.kind]
    if kind.needs_hole:
        if inputs.hole is None:
            raise BadInput(NO_MASK)
        if not inputs.hole.any():
            return None
    sigma = facts_of(damage).sigma if conditional else kind.start_sigma(damage, inputs)
    return None if sigma is None else float(LINEAR.t_from_sigma(sigma))


def pixels_seen(damage: Damage, inputs: Inputs) -> int:
    """About how many pixels the network sees at every step, 1 or more."""
    (width, height), hole = inputs.picture.size, inputs.hole
    if hole is None or not TASKS[damage.kind].needs_hole:
        return width * height * damage.growth**2
    from scipy.ndimage import maximum_filter

    wide = np.pad(hole, ((0, -hole.shape[0] % _BLOCK), (0, -hole.shape[1] % _BLOCK)))
    blocks = wide.reshape(wide.shape[0] // _BLOCK, _BLOCK, -1, _BLOCK).any((1, 3))
    seen = int(maximum_filter(blocks, 3).sum()) * _BLOCK**2
    return max(1, min(seen, width * height))

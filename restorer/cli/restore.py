"""`restorer restore`: the main job, from file to file."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from restorer.cli import doubt
from restorer.cli.arguments import as_dict, sampler_options
from restorer.cli.bars import progress_bar
from restorer.cli.checks import check_frames_folder
from restorer.cli.damage import OWNERS, damage_from, strength_from, with_file
from restorer.cli.estimate import place_of
from restorer.cli.files import opened, saved
from restorer.cli.prompts import prompts_from, refuse_pixels, refuse_prompts
from restorer.degradation.estimate import DegradationEstimate, estimate, with_scratches
from restorer.diffusion.schedule import noise_words, sigma_from_noise
from restorer.engine.closely import Closely, look_closely
from restorer.engine.consistency import Consistency, check
from restorer.engine.damage import Damage, Hole
from restorer.engine.engine import Engine, ModelStatus
from restorer.engine.export import run_sheet, write_frames
from restorer.engine.inputs import Inputs
from restorer.engine.methods import evaluations_a_step
from restorer.engine.models import ModelInfo, find_model
from restorer.engine.plan import (
    camera_photo,
    noise_of,
    plan,
    plan_repair,
    start_for,
)
from restorer.engine.plan_latent import CAUTION, plan_latent
from restorer.engine.progress import CancelToken
from restorer.engine.proposal import drawn_words, propose
from restorer.engine.record import recorded
from restorer.engine.strength import Strength, strength_digest
from restorer.engine.task import BUILTIN_MODEL, CAMERA_MODEL, RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.engine.trajectory import Trajectory
from restorer.errors import BadInput
from restorer.imaging.jpeg_tables import tables_of_file
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.write import write_picture

_METHODS = {"conditional": "the trained network"}


@dataclass(frozen=True)
class Outcome:
    """A finished run: its frames, the restored picture, what it took, and what a check of it says.

    The latter is None for models with prompts, which draw anew.
    """

    trajectory: Trajectory
    picture: Picture
    status: ModelStatus
    seconds: float
    checked: Consistency | None


def run(arguments: Namespace) -> int:
    """Restore one picture; prints a sentence, or JSON with --json."""
    doubt.check_options(arguments)
    picture = opened(arguments.input)
    read = picture.notes
    found = with_file(estimate(picture.pixels), arguments.input)
    engine = Engine(precision=arguments.precision)
    auto, taken_back = arguments.task == "auto", list[str]()
    if auto:
        arguments, picture, found, taken_back = begun(arguments, picture, found, engine)
    damage, hole = damage_from(arguments, picture)
    strength = strength_from(arguments, picture)
    model = find_model(arguments.model)
    control = None
    if model.role.prompted:
        doubt.refuse_latent(arguments)
        task, control = latent_task_from(arguments, model, picture, damage, strength)
    else:
        refuse_prompts(arguments)
        task = task_from(arguments, found, picture, damage, hole, strength)
    if arguments.frames is not None:
        check_frames_folder(arguments.frames, arguments.force)
    inputs = Inputs(picture, hole, strength, control)
    outcome = restore(task, inputs, engine, arguments.device, prompts=not arguments.private)
    checked, spread, looked = outcome.checked, None, None
    if model.role.prompted:
        looked = look_closely(picture.pixels, outcome.picture.pixels, hole)
    takes_back = auto or is_blind(arguments)
    if warned(task, checked, auto, takes_back) and takes_back:
        taken_back.append(task.damage.kind)
        task = replace(task, start=None)
        outcome = replace(outcome, trajectory=Trajectory(task), picture=picture)

    notes = read + saved(outcome.picture, arguments.output, arguments.force)
    if arguments.frames is not None:
        write_frames(outcome.trajectory, picture, arguments.frames, force=arguments.force)
    if arguments.sheet is not None:
        sheet = Picture(run_sheet(outcome.trajectory, picture), icc=picture.icc)
        write_picture(sheet, arguments.sheet, force=arguments.force)
    if arguments.residual is not None and checked is not None:
        doubt.write_residual(checked, arguments.residual, arguments.force)
    if arguments.spread is not None:
        run = partial(engine.run, device=arguments.device)
        spread = doubt.spread_of(run, task, inputs, arguments.samples)
        if spread is not None:
            doubt.write_spread(spread, arguments.spread, arguments.force)

    if arguments.json:
        told = report(found, task, outcome) | doubt.report(checked, spread)
        if looked is not None:
            told |= {"caution": CAUTION, "look_closely": looked.places}
        if takes_back:
            told |= {"taken_back": taken_back}
        print(json.dumps(told | {"output": str(arguments.output), "notes": notes}))
    elif taken_back and task.damage.kind == taken_back[-1]:
        print(f"The picture was left as it was before {TASKS[taken_back[-1]].words.step}.")
    elif outcome.status.prompted:
        assert looked is not None
        print(latent_sentence(task, outcome), places_sentence(looked))
    elif not task.damage.is_noise:
        print(sentence(task, outcome))
    elif task.start is None:
        print(left_alone(found))
    else:
        nfe = len(outcome.trajectory)
        print(
            f"{level_of(task)}, t {task.start:.0f}: restored in "
            f"{outcome.seconds:.1f} s, {nfe} evaluation{'s' * (nfe != 1)} "
            f"({outcome.status.title}, {outcome.status.place})."
        )
        if task.model == CAMERA_MODEL and arguments.model == BUILTIN_MODEL:
            print("Noise of a camera: the prior that knows such noise was taken.")
    if task.start is not None and checked is not None and not arguments.json:
        print(checked.sentence)
    if spread is not None and not arguments.json:
        print(doubt.spread_sentence(spread, arguments.spread, task))
    return 0


def begun(
    arguments: Namespace, picture: Picture, found: DegradationEstimate, engine: Engine
) -> tuple[Namespace, Picture, DegradationEstimate, list[str]]:
    """`--task auto`, all but the last step: what is left to ask for, of what, and what it has.

    And the steps that were taken back, since they did harm.
    """
    found, marks = with_scratches(found, picture.pixels)
    proposal = propose(found, tables_of_file(arguments.input))
    print(proposal.sentence, file=sys.stderr)
    steps = proposal.steps or (DEFAULT_TASK,)
    for option, owner in OWNERS.items():
        if getattr(arguments, option) is not None and owner not in steps:
            raise BadInput(f"--{option} belongs to --task {owner}, which nothing asks for.")
    *before, last = steps
    taken_back = []
    for kind in before:
        step = _asked(arguments, kind, found, marks)
        damage, hole = damage_from(step, picture)
        inputs = Inputs(picture, hole, strength_from(step, picture))
        task = task_from(step, found, picture, damage, hole, inputs.strength)
        outcome = restore(task, inputs, engine, step.device)
        if warned(task, outcome.checked, auto=True, takes_back=True):
            taken_back.append(kind)
            continue
        picture = outcome.picture
        quality = None if TASKS[kind].needs_tables else found.jpeg_quality
        blur, widest = found.blur, found.widest_blur
        found = replace(
            estimate(picture.pixels), blur=blur, widest_blur=widest, jpeg_quality=quality
        )
    return _asked(arguments, last, found, marks), picture, found, taken_back


def is_blind(arguments: Namespace) -> bool:
    """Whether nobody said that there is noise: it was only read."""
    told = arguments.noise is not None or arguments.start is not None or arguments.camera
    return TASKS[arguments.task].is_noise and arguments.model == BUILTIN_MODEL and not told


def warned(
    task: RestorationTask, checked: Consistency | None, auto: bool, takes_back: bool
) -> bool:
    """Say on stderr if a result should not be kept just so; true if that was said."""
    kind = TASKS[task.damage.kind]
    most = kind.proposing.most_unexplained if auto and kind.proposing else None
    unexplained = checked is not None and most is not None and checked.remains.structure > most
    if checked is None or not (checked.alarm or unexplained):
        return False
    what = kind.words.step.capitalize()
    advice = f"{what} was taken back." if takes_back else "Look at the result before you use it."
    if takes_back and not auto:
        advice += " --noise takes off as much as you say."
    print(f"restorer: {checked.sentence} {advice}", file=sys.stderr)
    return True


def _asked(arguments: Namespace, name: str, found: DegradationEstimate, marks: Hole) -> Namespace:
    """The options of a step that was proposed: what belongs to other steps is left out."""
    proposed: dict[str, Any] = {option: None for option, owner in OWNERS.items() if owner != name}
    kind = TASKS[name]
    proposed["task"] = name
    if kind.needs_hole and arguments.mask is None:
        proposed["mask"] = marks if arguments.sensitivity is None else "auto"
    guessed = kind.proposing.options(found) if kind.proposing else {}
    proposed |= {
        option: value for option, value in guessed.items() if getattr(arguments, option) is None
    }
    return Namespace(**vars(arguments) | proposed)


def task_from(
    arguments: Namespace,
    found: DegradationEstimate,
    picture: Picture,
    damage: Damage,
    hole: Hole | None = None,
    strength: Strength | None = None,
) -> RestorationTask:
    """The plan for what was found, changed by what was asked for.

    Raises:
        BadInput: for values that make no task.
    """
    asked: dict[str, Any] = sampler_options(arguments)
    asked |= as_dict(arguments, "seed", "faithfulness", "model", "amount", "grain")
    asked |= as_dict(arguments, "toward", "classifier", "push")
    if strength is not None:
        asked["strength"] = strength_digest(strength)
    if arguments.steps is not None:
        asked["steps"] = arguments.steps
    if arguments.start is not None:
        asked["start"] = arguments.start
    if not damage.is_noise:
        return plan_repair(damage, Inputs(picture, hole), found, method=arguments.method, **asked)
    if arguments.start is None and arguments.noise is not None:
        if not arguments.noise >= 0:
            raise BadInput(f"Noise cannot be negative ({arguments.noise:g}).")
        asked["start"] = start_for(arguments.noise) if arguments.noise > 0 else None
    if arguments.camera:
        return camera_photo(picture.size, **asked)
    return plan(found, picture.size, **asked)


def latent_task_from(
    arguments: Namespace,
    model: ModelInfo,
    picture: Picture,
    damage: Damage,
    strength: Strength | None,
) -> tuple[RestorationTask, Pixels | None]:
    """The task of a model with prompts, and its control picture.

    Raises:
        BadInput: for values that make no task.
    """
    refuse_pixels(arguments)
    asked: dict[str, Any] = as_dict(arguments, "seed", "model", "amount")
    asked |= sampler_options(arguments)
    if strength is not None:
        asked["strength"] = strength_digest(strength)
    asked |= {
        name: getattr(arguments, name)
        for name in ("steps", "start")
        if getattr(arguments, name) is not None
    }
    words, control = prompts_from(arguments, picture)
    return plan_latent(model, damage, **asked, **words), control


def latent_sentence(task: RestorationTask, outcome: Outcome) -> str:
    """What a model with prompts has done, and what of it not to believe."""
    nfe = len(outcome.trajectory)
    return (
        f"{_done(task)} from t {task.start:.0f} in {outcome.seconds:.1f} s, "
        f"{nfe} step{'s' * (nfe != 1)} "
        f"({outcome.status.title}, {outcome.status.place}). "
        f"{CAUTION}"
    )


def places_sentence(looked: Closely) -> str:
    """Where most of the detail was made up."""
    if not looked.places:
        return looked.sentence
    middles = (f"({(x0 + x1) // 2}, {(y0 + y1) // 2})" for x0, y0, x1, y1 in looked.places)
    return f"Look closely around x, y = {', '.join(middles)}: most detail is made up there."


def level_of(task: RestorationTask) -> str:
    """How much noise was taken off."""
    name, amount = noise_words(float(sigma_from_noise(noise_of(task))))
    return f"Noise {noise_of(task):.1f} of 255" if name == "noise" else f"Noise, {name} {amount}"


def left_alone(found: DegradationEstimate) -> str:
    """Why a picture was not changed."""
    if found.drawn:
        return f"This picture is {drawn_words(found)}; it was left as it is."
    return f"This picture is clean (noise {found.noise:.1f} of 255); it was left as it is."


def _done(task: RestorationTask) -> str:
    """What was done, in a word or two."""
    words = TASKS[task.damage.kind].words
    return words.report or words.done


def sentence(task: RestorationTask, outcome: Outcome) -> str:
    """What was done about a damage other than noise, and why so."""
    if task.start is None:
        return "The mask has no holes; the picture was left as it is."
    nfe = len(outcome.trajectory) * evaluations_a_step(task)
    method = _METHODS.get(task.method, task.method)
    return (
        f"{_done(task)} with {method} from t {task.start:.0f} in "
        f"{outcome.seconds:.1f} s, {nfe} evaluation{'s' * (nfe != 1)} "
        f"({outcome.status.title}, {outcome.status.place})."
        f" {TASKS[task.damage.kind].words.caution}".rstrip()
    )


def restore(
    task: RestorationTask,
    inputs: Inputs,
    engine: Engine,
    device: str,
    *,
    prompts: bool = True,
) -> Outcome:
    """Run a task with a progress bar on stderr; without `prompts` the record leaves them out."""
    trajectory = Trajectory(task)
    status = engine.load(task.model, device)
    begun = time.perf_counter()
    with progress_bar("Restoring", task.start is not None) as on_progress:
        for frame in engine.run(task, inputs, CancelToken(), on_progress, device=device):
            trajectory.append(frame)
            del frame  # room for the next step
    seconds = time.perf_counter() - begun
    picture = inputs.picture
    result = picture if trajectory.result is None else picture.resized_to(trajectory.result)
    caution, checked = CAUTION, None
    if not status.prompted:
        checked = check(task, inputs, result.pixels)
        general = TASKS[task.damage.kind].words.caution
        caution = " ".join(filter(None, (general, checked.sentence * checked.alarm)))
    made = recorded(result, task, prompts=prompts, caution=caution, device=status.place)
    return Outcome(trajectory, made, status, seconds, checked)


def report(found: DegradationEstimate, task: RestorationTask, outcome: Outcome) -> dict[str, Any]:
    """A run as plain values; noise and t are where it started, 0 for a clean picture.

    A latent model's t has no noise of the picture's own scale to it; that is 0, too.
    """
    return {
        "noise": round(0.0 if outcome.status.prompted else noise_of(task), 3),
        "t": round(task.start or 0.0, 2),
        "nfe": len(outcome.trajectory) * evaluations_a_step(task),
        "seconds": round(outcome.seconds, 3),
        "model": task.model,
        "device": outcome.status.place,
        "estimate": place_of(found),
        "task": json.loads(task.to_json()),
    }

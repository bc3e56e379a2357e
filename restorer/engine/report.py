"""A report on what was done to a picture, in sentences and as plain values."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from restorer.diffusion.schedule import LINEAR, noise_words, sigma_from_noise
from restorer.engine.altered_detail import DetailDeparture
from restorer.engine.job import Job, Source
from restorer.engine.methods import evaluations_a_step
from restorer.engine.outcome import Done, Outcome
from restorer.engine.plan import noise_of
from restorer.engine.plan_latent import CAUTION
from restorer.engine.proposal import Evidence, drawn_words
from restorer.engine.task import BUILTIN_MODEL, CAMERA_MODEL, DAMAGE_MODEL, RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.words import marked as _
from restorer.words import plural, tr

if TYPE_CHECKING:  # scipy comes with it
    from restorer.degradation.estimate import DegradationEstimate

_METHODS = {"conditional": _("the trained network")}


def summary(done: Done) -> str:
    """One line per step."""
    task, outcome = done.task, done.outcome
    if done.taken_back and task.damage.kind == done.taken_back[-1]:
        last = tr(
            "The picture was left as it was before {step}.",
            step=TASKS[task.damage.kind].words.translated.step,
        )
    elif done.altered_detail is not None and task.start is not None:
        last = f"{latent_sentence(task, outcome)} {places_sentence(done.altered_detail)}"
    else:
        last = step_summary(done.job, task, outcome)
    return "\n".join((*done.before, last))


def step_summary(job: Job, task: RestorationTask, outcome: Outcome) -> str:
    """The line for a step of a model without prompts."""
    if not task.damage.is_noise:
        return repair_sentence(task, outcome)
    if task.start is None:
        return left_alone(job.source)
    nfe = len(outcome.trajectory)
    line = tr(
        "{level}, t {t:.0f}: restored in {seconds:.1f} s, {evaluations} ({model}, {place}).",
        level=level_of(task),
        t=task.start,
        evaluations=_evaluations(nfe),
        **_ran(outcome),
    )
    if task.model == CAMERA_MODEL and job.request.model == BUILTIN_MODEL:
        line += tr("\nNoise of a camera: the prior that knows such noise was taken.")
    if task.model == DAMAGE_MODEL and job.request.model == BUILTIN_MODEL:
        line += tr("\nA JPEG file: the prior was taken that undoes what JPEG did, too.")
    return line


def latent_sentence(task: RestorationTask, outcome: Outcome) -> str:
    """The lines for a model with prompts, with warnings."""
    said = tr(
        "{done} from t {t:.0f} in {seconds:.1f} s, {steps} ({model}, {place}).",
        done=_done(task),
        t=task.start,
        steps=plural("{n} step", "{n} steps", len(outcome.trajectory)),
        **_ran(outcome),
    )
    return f"{said} {tr(CAUTION)}"


def _ran(outcome: Outcome) -> dict[str, Any]:
    """The time and the device."""
    status = outcome.status
    return {"seconds": outcome.seconds, "model": status.title, "place": status.place}


def _evaluations(count: int) -> str:
    return plural("{n} evaluation", "{n} evaluations", count)


def places_sentence(looked: DetailDeparture) -> str:
    """Where most of the detail is invented."""
    if not looked.places:
        return looked.sentence
    middles = (f"({(x0 + x1) // 2}, {(y0 + y1) // 2})" for x0, y0, x1, y1 in looked.places)
    return tr(
        "Look closely around x, y = {middles}: most detail is made up there.",
        middles=", ".join(middles),
    )


def level_of(task: RestorationTask) -> str:
    """How much noise was removed."""
    name, amount = noise_words(float(sigma_from_noise(noise_of(task))))
    if name == "noise":
        return tr("Noise {noise:.1f} of 255", noise=noise_of(task))
    return tr("Noise, {name} {amount}", name=tr(name), amount=amount)


def left_alone(source: Source) -> str:
    """Why a picture was not changed, and notable findings besides noise."""
    found = source.found
    line = tr(
        "There is hardly any noise ({noise:.1f} of 255); the picture was left as it is.",
        noise=found.noise,
    )
    if found.film:
        line = tr("No noise is sure; the picture was left as it is.")
    if found.drawn:
        line = tr("This picture is {found}; it was left as it is.", found=drawn_words(found))
    besides = found_besides(source) or _told_only(source)
    return f"{line} {besides}".rstrip()


def _told_only(source: Source) -> str:
    """What was found that nothing undoes; "" if that is nothing, or why it was left."""
    known = drawn_words(source.found) if source.found.drawn else ""
    told = ", ".join(words for words in source.proposal.findings if words != known)
    return tr("Also found: {besides}.", besides=told) if told else ""


def found_besides(source: Source) -> str:
    """Findings besides noise that can be repaired; "" if there are none."""
    proposal = source.proposal
    if not any(step != DEFAULT_TASK for step in proposal.steps):
        return ""
    known = {drawn_words(source.found)}
    asking = TASKS[DEFAULT_TASK].proposing
    if asking and (cleaned := asking.find(Evidence(source.found, source.tables))):
        known.add(cleaned.words)
    others = ", ".join(words for words in proposal.findings if words not in known)
    return tr("Found besides: {found}. --task auto undoes what is sure of it.", found=others)


def _done(task: RestorationTask) -> str:
    """The task in a word or two."""
    words = TASKS[task.damage.kind].words.translated
    return words.report or words.done


def repair_sentence(task: RestorationTask, outcome: Outcome) -> str:
    """What was done about damage other than noise, and why with this method."""
    if task.start is None:
        return TASKS[task.damage.kind].words.translated.nothing
    if task.damage.is_excess:
        return tr(
            "{done} in {seconds:.1f} s, without a network.",
            done=_done(task),
            seconds=outcome.seconds,
        )
    nfe = len(outcome.trajectory) * evaluations_a_step(task)
    said = tr(
        "{done} with {method} from t {t:.0f} in {seconds:.1f} s, {evaluations} ({model}, {place}).",
        done=_done(task),
        method=tr(_METHODS.get(task.method, task.method)),
        t=task.start,
        evaluations=_evaluations(nfe),
        **_ran(outcome),
    )
    return f"{said} {TASKS[task.damage.kind].words.translated.caution}".rstrip()


def report(done: Done) -> dict[str, Any]:
    """A job as plain values: its last step, and with several steps each kept one under "steps"."""
    answer = step_report(done.job, done.task, done.outcome)
    if done.altered_detail is not None:
        answer |= {"caution": CAUTION, "look_closely": done.altered_detail.places}
    if done.before:
        answer |= {"before": done.before, "steps": done.reports}
    if done.job.takes_back:
        answer |= {"taken_back": done.taken_back}
    return answer


def step_report(job: Job, task: RestorationTask, outcome: Outcome) -> dict[str, Any]:
    """A step as plain values; noise and t describe its start, 0 for a clean picture.

    A latent model's t has no noise of the picture's own scale to it; that is 0, too.
    """
    return {
        "noise": round(0.0 if outcome.status.prompted else noise_of(task), 3),
        "t": round(task.start or 0.0, 2),
        "nfe": len(outcome.trajectory) * evaluations_a_step(task),
        "seconds": round(outcome.seconds, 3),
        "model": task.model,
        "device": outcome.status.place,
        "estimate": place_of(job.source.found),
        "task": json.loads(task.to_json()),
    }


def place_of(found: DegradationEstimate) -> dict[str, Any]:
    """An estimate and its place on the schedule, as plain values."""
    return {
        "noise": round(found.noise, 3),
        "sigma": round(float(sigma_from_noise(found.noise)), 5),
        "t": round(float(LINEAR.t_from_noise(max(found.noise, 1e-6))), 2),
        "noise_in_file": round(found.noise_in_file, 3),
        "clean": found.clean,
        "grey": found.grey,
        "jpeg_quality": found.jpeg_quality,
        "camera": None if found.camera is None else asdict(found.camera),
        "blur": None if found.blur is None else round(found.blur.width, 2),
        "motion": None
        if found.blur is None or found.blur.motion is None
        else [round(part, 2) for part in found.blur.motion],
        "blurred_share": None if found.partial is None else round(found.partial.share, 2),
        "film": round(found.film, 2),
        "faded": found.faded,
        "toned": found.toned,
        "scratches": found.scratches,
        "perhaps_scratches": found.perhaps,
        "impulses": round(found.impulses, 6),
        "stripes": round(found.stripes, 2),
        "waves": round(found.waves, 2),
        "grain": None if found.grain is None else [round(part, 2) for part in found.grain],
        "colours": found.colours,
        "dots": found.dots,
        "few_tones": found.few_tones,
    }

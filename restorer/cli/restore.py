"""`restorer restore`: the main job, from file to file."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from restorer.cli import doubt
from restorer.cli.bars import progress_bar
from restorer.cli.checks import check_frames_folder
from restorer.cli.files import save_result, tell
from restorer.cli.request import (
    ParsedOptions,
    control_from,
    cropped_for,
    read_options,
    refuse_strangers,
    source_from,
)
from restorer.cli.step_files import StepFiles
from restorer.engine.carry_out import job_done, task_done
from restorer.engine.chain import CompletedStep
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job, Source, plan
from restorer.engine.old_photo import Offer, chosen_job, offers, with_suspected
from restorer.engine.outcome import Done, Outcome
from restorer.engine.report import found_besides, report, summary
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.engine.trajectory import Trajectory
from restorer.errors import BadInput
from restorer.imaging.formats import SaveOptions, format_for
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_pages, read_picture
from restorer.imaging.write import check_fits, copy_picture, write_pages
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.imaging.signing import Signer


#: Of marks that nothing is done about unasked.
PERHAPS = _("Scratches or dust, perhaps: {0}. --task inpaint --mask auto fills them.")


def run(arguments: Namespace) -> int:
    """Restore one picture; print a sentence, or JSON with --json."""
    doubt.check_options(arguments)
    asked = read_options(arguments)
    arguments.signer = signer_from(arguments)
    if arguments.pages:
        return run_pages(arguments, asked)
    one_only = arguments.animations == "refuse"
    picture = cropped_for(read_picture(arguments.input, one_only=one_only), asked)
    job = job_from(arguments, asked, picture)
    check_fits(picture.size, format_for(arguments.output), job.task.damage.growth)
    if arguments.frames is not None:
        check_frames_folder(arguments.frames, arguments.force)
    engine = Engine(precision=arguments.precision)
    step_files = StepFiles(arguments, several=bool(job.rest))
    done = carry_out(job, engine, arguments, step_files)
    tell(tuple(step_files.notes()))
    notes = (*write_outputs(done, picture, arguments), *step_files.notes())
    step_files.write_sheet(picture)
    spread = None
    if arguments.spread is not None:
        run = partial(engine.run, device=arguments.device)
        spread = doubt.spread_of(run, done.task, done.job.inputs, arguments.samples)
        if spread is not None:
            doubt.write_spread(spread, arguments.spread, arguments.force)
    checked = done.outcome.checked
    if arguments.json:
        answer = report(done) | doubt.report(checked, spread)
        print(json.dumps(answer | {"output": str(arguments.output), "notes": notes}))
        return 0
    print(summary(done))
    tell(_besides(job))
    if done.task.start is not None and checked is not None:
        print(checked.sentence)
    if spread is not None:
        print(doubt.spread_sentence(spread, arguments.spread, done.task))
    return 0


def job_from(arguments: Namespace, asked: ParsedOptions, picture: Picture) -> Job:
    """The job from the options; prints on stderr what "auto" proposes.

    Raises:
        BadInput: for what cannot be done.
    """
    request, source = asked.request, source_from(arguments, picture)
    chosen: tuple[str, ...] | None = None
    if request.task == "auto":
        source = source.searched()
        print(source.proposal.sentence, file=sys.stderr)
        if source.found.perhaps and source.proposal.is_empty:
            print(tr(PERHAPS).format(source.found.perhaps), file=sys.stderr)
        chosen = _chosen(arguments, source)
        refuse_strangers(arguments, chosen or (DEFAULT_TASK,))
        if any(TASKS[kind].needs_hole for kind in arguments.also):
            from restorer.degradation.scratches import SENSITIVITY  # known by now

            request = replace(request, sensitivity=SENSITIVITY)
    elif arguments.skip or arguments.also:
        raise BadInput("--skip and --also belong to --task auto.")
    elif request.blind and source.proposal.first:
        print(source.proposal.sentence, file=sys.stderr)
    elif request.blind:
        source = replace(source, found=source.searched().found)
    if asked.latent is None and chosen:
        return chosen_job(request, source, chosen)
    if asked.latent is None:
        return plan(request, source)
    control, shown = control_from(arguments, picture)
    request, source = replace(request, control=control), replace(source, control=shown)
    return plan(request, source, asked.latent, chosen)


def _besides(job: Job) -> tuple[str, ...]:
    """The other damage that was found, if noise was removed unasked."""
    source = job.source
    asked = job.request.blind and not job.proposed  # else all that is sure is done
    told = asked and not source.found.clean and not source.proposal.first
    besides = found_besides(source) if told else ""
    return (besides,) if besides else ()


def _chosen(arguments: Namespace, source: Source) -> tuple[str, ...]:
    """The further steps, proposed or requested, without skipped ones.

    Says them as a list, if there are several or any was asked for.

    Raises:
        BadInput: if nothing is left.
    """
    offered, also = offers(with_suspected(source)), arguments.also
    steps = [one.kind for one in offered if one.proposed or one.kind in also]
    chosen = tuple(step for step in steps if step not in arguments.skip)
    if steps and not chosen:
        raise BadInput("Nothing is left to do: all that is proposed is skipped.")
    if len(steps) > 1 or also:
        for number, offer in enumerate(offered, 1):
            title = TASKS[offer.kind].words.translated.title
            print(f"  {number}. {title}: {_becomes(offer, chosen, arguments)}", file=sys.stderr)
    return chosen


def _becomes(offer: Offer, chosen: tuple[str, ...], arguments: Namespace) -> str:
    """The damage that a step undoes, and whether it is done."""
    if offer.kind in chosen:
        return offer.found or tr("nothing for sure, asked for")
    if offer.kind in arguments.skip:
        return tr("skipped")
    left_out = tr("nothing for sure, left out")
    return f"{offer.found} ({left_out})" if offer.found else left_out


class StepSink(Protocol):
    """Receives every step that was kept."""

    def add(self, trajectory: Trajectory, original: Picture) -> None: ...


def carry_out(job: Job, engine: Engine, arguments: Namespace, step_files: StepSink) -> Done:
    """Do one step after another; print what a check doubts, and maybe take it back."""

    def restored(step: Job) -> Outcome:
        words = record_options(step, arguments)
        return restore(step.task, step.inputs, engine, arguments.device, words)

    def keep(step: Job, outcome: Outcome) -> None:
        step_files.add(outcome.trajectory, step.inputs.picture)

    engine.on_shortage = lambda words: tell((words,))
    return job_done(job, restored, warn, keep)


def record_options(job: Job, arguments: Namespace) -> dict[str, Any]:
    """The part of a step that its record keeps, see `recorded`."""
    fills = TASKS[job.task.damage.kind].needs_hole
    return {
        "prompts": not arguments.private,
        "keep": not arguments.no_record,
        "sensitivity": job.request.sensitivity if fills else None,
    }


def warn(ended: CompletedStep) -> None:
    """Print on stderr if a result is doubtful, and what becomes of it."""
    if ended.doubtful and ended.judgement is not None:
        advice = ended.outcome
        if ended.taken_back and not ended.job.proposed:
            advice += tr(" --noise takes off as much as you say.")
        print(f"restorer: {ended.judgement.sentence} {advice}", file=sys.stderr)


def signer_from(arguments: Namespace) -> Signer | None:
    """The signer of the result, tried out.

    Raises:
        BadInput: as `Signer.read` and `Signer.check`.
    """
    if arguments.sign is None:
        return None
    from restorer.imaging.signing import Signer

    signer = Signer.read(*arguments.sign)
    signer.check(format_for(arguments.output))
    return signer


def run_pages(arguments: Namespace, asked: ParsedOptions) -> int:
    """Restore every page of a file, into one file."""
    for option in ("frames", "sheet", "spread", "residual", "sign"):
        if getattr(arguments, option) is not None:
            raise BadInput("--{option} is for one picture; leave --pages out.", option=option)
    engine, reports = Engine(precision=arguments.precision), list[dict[str, Any]]()
    notes, alone = list[str](), list[Picture]()  # of the pages, and those that were left alone

    def results() -> Iterator[Picture]:
        for number, page in enumerate(read_pages(arguments.input), 1):
            picture = cropped_for(page, asked)
            said = (tr("page {number}: {note}", number=number, note=n) for n in picture.notes)
            notes.extend(said)
            job = job_from(arguments, asked, picture)
            done = carry_out(job, engine, arguments, StepFiles(arguments, several=False))
            reports.append(report(done))
            if not arguments.json:
                print(tr("Page {number}: {done}", number=number, done=summary(done)))
            if done.outcome.picture is picture:
                alone.append(picture)
            yield done.outcome.picture

    output, saving = arguments.output, arguments.saving
    written = write_pages(results(), output, force=arguments.force, bits=saving.bits)
    copied = None
    if len(alone) == len(reports) and saving == SaveOptions():
        copied = copy_picture(alone[0], output, force=True)
    said = (*notes, *written) if copied is None else copied
    tell(said)
    if arguments.json:
        answer = {"pages": reports, "output": str(output), "notes": said}
        print(json.dumps(answer))
    return 0


def write_outputs(done: Done, read: Picture, arguments: Namespace) -> tuple[str, ...]:
    """Write the result and all other outputs; returns what the format could not keep.

    Args:
        read: the picture as its file has it.
    """
    outcome, force = done.outcome, arguments.force
    output, saving, signer = arguments.output, arguments.saving, arguments.signer
    notes = save_result(outcome.picture, read, output, force, saving, signer)
    if arguments.residual is not None and outcome.checked is not None:
        doubt.write_residual(outcome.checked, arguments.residual, force)
    return notes


def restore(
    task: RestorationTask,
    inputs: Inputs,
    engine: Engine,
    device: str,
    kept: Mapping[str, Any] = MappingProxyType({}),
    stop_after: int | None = None,
) -> Outcome:
    """Run a task with a progress bar on stderr.

    Args:
        task, inputs, engine, device: as for the engine.
        kept: what of it the record is to keep, see `recorded`.
        stop_after: end after so many steps.
    """
    engine.load(task.model, device)  # before the clock of the bar runs
    with progress_bar(tr("Restoring"), task.start is not None) as on_progress:
        return task_done(task, inputs, engine, device, kept, stop_after, on_progress)

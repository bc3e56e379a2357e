"""What of runs is written into a session, and runs made of it again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import plain
from restorer.document.session_store import Arrays, SavedResult, SavedSteps
from restorer.engine.inputs import Inputs
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.engine.verdict import Judgement
from restorer.errors import RestorerError
from restorer.imaging.picture import Picture
from restorer.jobs import Jobs
from restorer.logs import log

#: So many results of a picture are written: each takes 12 bytes a pixel of the disk.
NEWEST = 3
#: Names of the maps of the task that one branches from begin so.
_OF_TRUNK = "trunk-"


def worth_keeping(opened: OpenPicture) -> list[Run]:
    """The results that are in no file: the newest, the one on view, those that have a name.

    And those that steps under way go on from, or that one of these branches from.
    """
    results = opened.results
    runs = [run for run in results if run.latent is None and run.number not in results.saved_runs]
    newest, ended = runs[-NEWEST:], results.steps.ended if results.steps is not None else []
    kept = [
        run
        for run in runs
        if run in newest or run in ended or run is results.shown or results.names.get(run.number)
    ]
    making = [results.making] if results.making is not None else []
    trunks = [leg for run in (*kept, *making) for leg in _trunks(run.task)]
    return [run for run in runs if run in kept or run.task in trunks]


def _trunks(task: RestorationTask) -> Iterator[RestorationTask]:
    """The tasks that it branches from, the nearest first."""
    while task.trunk is not None:
        task = task.trunk
        yield task


def saved_steps(opened: OpenPicture) -> SavedSteps | None:
    """What is under way, if it is several steps; after a result that is in a file they end."""
    steps = opened.results.steps
    if steps is None:
        return None
    kept = worth_keeping(opened)
    if any(run is not None and run not in kept for run in steps.ended):
        return None
    ended = tuple("" if run is None else name_of(run) for run in steps.ended)
    return SavedSteps(steps.text, plain(steps.asked), steps.chosen, ended)


def saved_result(opened: OpenPicture, run: Run) -> SavedResult:
    """What is written of a result, beside its arrays."""
    found = run.judgement
    return SavedResult(
        name_of(run),
        run.task.to_json(),
        run.trajectory.infos[-1].seconds,
        opened.results.names.get(run.number, ""),
        (found.sentence, found.alarm, found.accepted) if found is not None else None,
    )


def name_of(run: Run) -> str:
    """By which the arrays of its result are known."""
    return f"result-{run.number}"


def can_go_on(run: Run) -> bool:
    """It is made by a network that is asked tile by tile, and only for answers."""
    return run.latent is None and run.task.method != "dps"


def arrays_of(run: Run) -> Arrays:
    """The result of a run, and the maps that its task names."""
    assert run.trajectory.result is not None
    return {"result": run.trajectory.result} | maps_of(run.inputs)


def maps_of(inputs: Inputs) -> Arrays:
    """The maps that a task is led by, and after them those of the task that it branches from."""
    maps = {"hole": inputs.hole, "strength": inputs.strength}
    own = {name: values for name, values in maps.items() if values is not None}
    if inputs.trunk is None:
        return own
    return own | {_OF_TRUNK + name: values for name, values in maps_of(inputs.trunk).items()}


def inputs_of(picture: Picture, task: RestorationTask, maps: Arrays) -> Inputs:
    """What `maps_of` was of, over a picture."""
    of_trunk = {
        name.removeprefix(_OF_TRUNK): values
        for name, values in maps.items()
        if name.startswith(_OF_TRUNK)
    }
    trunk = None if task.trunk is None else inputs_of(picture, task.trunk, of_trunk)
    return Inputs(picture, maps.get("hole"), maps.get("strength"), trunk=trunk)


def ended_run(jobs: Jobs, opened: OpenPicture, saved: SavedResult, arrays: Arrays) -> Run | None:
    """A run that has left the result, as its only frame; None for one of another version."""
    picture = opened.content.picture
    assert picture is not None
    try:
        task = RestorationTask.from_json(saved.task)
    except RestorerError as error:
        log.warning("A result of a session could not be read: %s", error)
        return None
    run = jobs.ended_run(task, inputs_of(picture, task, arrays))
    run.keep_result(arrays["result"].astype(np.float32, copy=False), saved.seconds)
    run.judgement = Judgement(*saved.judgement) if saved.judgement else None
    return run

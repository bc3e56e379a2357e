"""What of runs is written into a session, and runs made of it again."""

from __future__ import annotations

import numpy as np

from restorer.document.open_picture import OpenPicture
from restorer.document.session_store import Arrays, SavedResult
from restorer.engine.inputs import Inputs
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.engine.verdict import Judgement
from restorer.errors import RestorerError
from restorer.jobs import Jobs
from restorer.logs import log


def can_go_on(run: Run) -> bool:
    """It is one step, by a network that is asked tile by tile, and only for answers.

    A branch is led by maps of its trunk, too, which are not kept.
    """
    return (
        run.latent is None
        and run.task.method != "dps"
        and run.task.trunk is None
        and not (run.job is not None and run.job.rest)
    )


def arrays_of(run: Run) -> Arrays:
    """The result of a run, and the maps that its task names."""
    assert run.trajectory.result is not None
    return {"result": run.trajectory.result} | maps_of(run)


def maps_of(run: Run) -> Arrays:
    """The maps that its task names."""
    maps = {"hole": run.inputs.hole, "strength": run.inputs.strength}
    return {name: values for name, values in maps.items() if values is not None}


def ended_run(jobs: Jobs, opened: OpenPicture, saved: SavedResult, arrays: Arrays) -> Run | None:
    """A run that has left the result, as its only frame; None for one of another version."""
    picture = opened.content.picture
    assert picture is not None
    try:
        task = RestorationTask.from_json(saved.task)
    except RestorerError as error:
        log.warning("A result of a session could not be read: %s", error)
        return None
    inputs = Inputs(picture, arrays.get("hole"), arrays.get("strength"))
    run = jobs.ended_run(task, inputs)
    run.keep_result(arrays["result"].astype(np.float32, copy=False), saved.seconds)
    run.judgement = Judgement(*saved.judgement) if saved.judgement else None
    return run

"""How long a run will take, judged by the last one of its kind."""

from __future__ import annotations

from restorer.document.open_picture import OpenPicture
from restorer.document.settings import Settings
from restorer.engine.run import Run

#: Megapixels that a step takes no less time for: of a tiny picture it is spent on other things,
#: and says little about large ones.
_LEAST = 0.03


def expected_seconds(settings: Settings, opened: OpenPicture) -> float | None:
    """How long Restore would take; None if nothing like it has been timed."""
    task = opened.plan.task
    if opened.content.picture is None or task is None or task.method == "dps":
        return None  # DPS goes backwards through the network too
    rate = settings.seconds_per_megapixel_step
    if opened.plan.parameters.latent is not None:  # each of these has a speed of its own
        timed = settings.latent_timed == task.model
        rate = settings.latent_seconds_per_megapixel_step if timed else 0.0
    seen = max(opened.plan.megapixels, _LEAST)
    return rate * seen * task.steps if rate > 0 else None


def remember(settings: Settings, run: Run) -> None:
    """Learn from the finished steps of a run, even of a stopped one."""
    frames = len(run.trajectory)
    if run.part or not frames or run.task.method == "dps" or not run.seen:
        return  # one that another window began says nothing of speed, either
    rate = run.trajectory.infos[-1].seconds / (max(run.seen, _LEAST) * frames)
    if run.latent is None:
        settings.seconds_per_megapixel_step = rate
    else:
        settings.latent_timed = run.task.model
        settings.latent_seconds_per_megapixel_step = rate

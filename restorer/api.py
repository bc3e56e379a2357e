"""Restorer as a library: from a picture to its steps, without a window.

Pictures are `Picture`s, (H, W, 3) float32 in 0..1; frames hold x_t and x0 on the network's scale,
-1 to 1. `import restorer` is quick: torch is loaded when something is restored.

    from restorer import frames, read_picture

    for frame in frames(read_picture("noisy.png"), steps=8, faithfulness=0.0):
        print(frame.info.index, frame.info.t, frame.info.sigma, frame.x0.shape)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.engine.engine import Engine
    from restorer.engine.job import Job
    from restorer.engine.trajectory import Frame, Trajectory
    from restorer.imaging.picture import Picture


def read_picture(path: Path | str) -> Picture:
    """Read a picture of any kind that the program opens.

    Raises:
        BadInput: it cannot be read.
    """
    from restorer.imaging.read import read_picture

    return read_picture(Path(path))


def write_picture(picture: Picture, path: Path | str, *, force: bool = False) -> tuple[str, ...]:
    """Write a picture; the suffix names the format. Returns what the format could not keep.

    Raises:
        BadInput: the path exists and not `force`, or the format cannot be written.
    """
    from restorer.imaging.write import write_picture

    return write_picture(picture, path, force=force)


def measure(picture: Picture) -> DegradationEstimate:
    """Measure the damage: `noise` on the 0-255 scale, and what else was found."""
    from restorer.degradation.estimate import estimate

    return estimate(picture.pixels)


def frames(picture: Picture, **asked: Any) -> Iterator[Frame]:
    """Restore a picture step by step; a picture that needs nothing yields no frame.

    Args:
        picture: as it came.
        asked: fields of `restorer.engine.request.Request`, such as task="denoise", noise=25.0,
            steps=8, sampler="ddpm", seed=1, faithfulness=0.0 (1, the default, is the posterior
            mean: least error; 0 is what the sampler draws).

    Raises:
        BadInput: what was asked for cannot be done.
        TypeError: there is no such field.
    """
    from restorer.engine.progress import CancelToken

    job = _job(picture, asked)
    yield from _engine().run(job.task, job.inputs, CancelToken())


def restore(picture: Picture, **asked: Any) -> Trajectory:
    """The same at once: all its steps, with `result`, (H, W, 3) in 0..1, or None without a step."""
    from restorer.engine.progress import CancelToken
    from restorer.engine.trajectory import Trajectory

    job = _job(picture, asked)
    made = Trajectory(job.task)
    for frame in _engine().run(job.task, job.inputs, CancelToken()):
        made.append(frame)
    return made


def _job(picture: Picture, asked: dict[str, Any]) -> Job:
    from restorer.engine.job import Source, plan
    from restorer.engine.request import Request

    return plan(Request(**asked), Source(picture, measure(picture)))


@cache
def _engine() -> Engine:
    """One for the process: it keeps the network that it has loaded."""
    from restorer.engine.engine import Engine

    return Engine()

"""What a restored picture says of itself: the task that made it, in its metadata."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from restorer import __version__
from restorer.engine.task import RestorationTask
from restorer.imaging import provenance
from restorer.imaging.picture import Picture


def recorded(
    picture: Picture,
    task: RestorationTask,
    *,
    prompts: bool = True,
    caution: str = "",
    stopped_after: int | None = None,
    device: str = "",
) -> Picture:
    """The picture with a record of the task; a task that did nothing leaves no record.

    What an earlier restoration left stands in it as "before".

    Args:
        picture: the restored one.
        task: what was done.
        prompts: whether the words stay in the record, which everybody can read.
        caution: what of the picture not to believe, in a sentence.
        stopped_after: how many steps were made; None for all.
        device: where and how precisely it was computed, "CPU bfloat16": with the task it decides
            every bit.
    """
    if task.start is None:
        return picture
    made = task.damage.is_noise and task.start >= 999  # from noise alone
    if not prompts:
        task = replace(task, prompt="", negative_prompt="", toward="")
    record: dict[str, Any] = {"restorer": __version__, "task": asdict(task)}
    if device:
        record["device"] = device
    if stopped_after is not None:
        record["stopped_after"] = stopped_after
    if caution:
        record["caution"] = caution
    before = provenance.read_record(picture)
    if before is not None:
        with suppress(ValueError):
            record["before"] = json.loads(before)
    source = provenance.GENERATED if made else provenance.SOURCE_TYPE
    return replace(picture, xmp=provenance.with_record(picture.xmp, json.dumps(record), source))

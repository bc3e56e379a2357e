"""What a restored picture says of itself: the task that made it, in its metadata."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from restorer import __version__
from restorer.engine.task import RestorationTask
from restorer.imaging import provenance
from restorer.imaging.picture import Picture


def recorded(picture: Picture, task: RestorationTask) -> Picture:
    """The picture with a record of the task; a task that did nothing leaves no record."""
    if task.start is None:
        return picture
    record = json.dumps({"restorer": __version__, "task": asdict(task)})
    return replace(picture, xmp=provenance.with_record(picture.xmp, record))

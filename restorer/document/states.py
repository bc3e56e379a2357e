"""The words for where things stand."""

from __future__ import annotations

from enum import Enum, auto


class Status(Enum):
    """Where a picture is on its way."""

    OPENING = auto()
    MEASURING = auto()
    READY = auto()  # measured, nothing done yet
    RESTORING = auto()
    STOPPING = auto()
    STOPPED = auto()  # some frames are there
    RESTORED = auto()

    @property
    def running(self) -> bool:
        return self in (Status.RESTORING, Status.STOPPING)


class Readiness(Enum):
    """Whether Restore can be pressed, and why not."""

    READY = auto()
    NO_PICTURE = auto()
    MEASURING = auto()
    CLEAN = auto()
    RUNNING = auto()


class ModelState(Enum):
    """Where the model is on its way into memory."""

    ABSENT = auto()
    LOADING = auto()
    READY = auto()
    REFUSED = auto()

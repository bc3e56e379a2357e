"""The states of pictures, runs and models."""

from __future__ import annotations

from enum import Enum, auto


class Status(Enum):
    """The state of a picture."""

    OPENING = auto()
    MEASURING = auto()
    READY = auto()  # measured, nothing done yet
    WAITING = auto()  # for the runs of other pictures; what there is of this one stays on view
    RESTORING = auto()
    STOPPING = auto()
    STOPPED = auto()  # some frames are there
    RESTORED = auto()

    @property
    def running(self) -> bool:
        """Its run is under way."""
        return self in (Status.RESTORING, Status.STOPPING)


class Readiness(Enum):
    """Whether Restore can be pressed, and why not."""

    READY = auto()
    NO_PICTURE = auto()
    MEASURING = auto()
    PREPARING = auto()  # where a repair begins is being found out; Restore will wait for it
    NO_MASK = auto()
    BLOCKED = auto()  # what was asked for cannot be done; the picture's `obstacle` says why
    CLEAN = auto()
    RUNNING = auto()

    @property
    def startable(self) -> bool:
        """Restore can begin a run."""
        return self in (Readiness.READY, Readiness.PREPARING)


class ModelState(Enum):
    """The state of the model."""

    ABSENT = auto()
    LOADING = auto()
    READY = auto()
    REFUSED = auto()

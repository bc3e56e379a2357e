"""The one message that crosses the thread border: ids, indices, floats and error records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from restorer.engine.trajectory import FrameInfo
from restorer.errors import RestorerError

if TYPE_CHECKING:
    from restorer.engine.engine import ModelStatus


class MessageKind(Enum):
    """What happened."""

    MODEL_LOADING = auto()
    MODEL_READY = auto()  # .model
    STARTED = auto()  # its turn has come
    PROGRESS = auto()  # the numbers and tiles wait in the run's `TileMailbox`
    FRAME = auto()  # .frame; the pixels are in the run's trajectory
    FINISHED = auto()
    STOPPED = auto()
    FAILED = auto()  # .error
    TOLD = auto()  # .words: how it goes on otherwise than was asked for


@dataclass(frozen=True)
class Message:
    """A message; `number` is the number of its run."""

    kind: MessageKind
    number: int
    frame: FrameInfo | None = None
    model: ModelStatus | None = None
    error: RestorerError | None = None
    words: str = ""

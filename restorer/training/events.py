"""The events of a training. No torch here: window and command line read them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from restorer.words import marked as _

#: How notes about pictures begin that are skipped.
SKIPPED = _("Skipped: ")

#: What every surface says of a training that gained nothing.
NO_BETTER = _(
    "no better than the model it began from, so that model is kept and no new one is made."
)


@dataclass(frozen=True)
class Note:
    """One sentence for people, such as why a picture is skipped."""

    sentence: str


@dataclass(frozen=True)
class Reading:
    """Pictures are being decoded: `done` of `total`."""

    done: int
    total: int


@dataclass(frozen=True)
class Started:
    """The first step is about to begin.

    Attributes:
        pictures, held_out: numbers of pictures to train on and to measure with.
        parameters: number of parameters of the network.
        device, precision: device and precision ("fp32" or "bf16") of the computation.
        processes: number of processes that train together.
        step: 0, or the step at which a resumed training continues.
    """

    pictures: int
    held_out: int
    parameters: int
    device: str
    precision: str
    processes: int
    step: int


@dataclass(frozen=True)
class Step:
    """A step has ended.

    Attributes:
        step: number of the step, from 1.
        progress: progress of the whole training, 0..1.
        seconds: duration of the training so far, including earlier runs.
        loss: geometric mean over noise levels of the running error of v in training. It depends on
            the random examples; compare `Milestone.loss` instead.
        eps: mean of |eps - eps_theta|^2 in this step, the unweighted loss of DDPM.
        rate: learning rate.
    """

    step: int
    progress: float
    seconds: float
    loss: float
    eps: float
    rate: float


@dataclass(frozen=True)
class Milestone:
    """The network was measured, kept if best, and a checkpoint was written.

    Attributes:
        step, seconds, rate: as in `Step`; step 0 is the model that training starts from.
        loss: geometric mean over noise levels of the error of v on held-out pictures, whose noise
            is always the same; for a conditional prior, the error of x_0.
        psnr: mean PSNR of the held-out pictures in dB, by noise level (0-255 scale).
        gains: mean gain in dB over the damaged pictures, by kind of damage; only of a conditional
            prior, which has no `psnr`.
        best: whether these weights are the best so far, including the start; the model on disk has
            them.
        sample: the same held-out crop each time, restored.
    """

    step: int
    seconds: float
    loss: float
    rate: float
    psnr: dict[int, float]
    best: bool
    sample: Path
    gains: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Mean of `psnr` or `gains`; the highest is the best."""
        values = [*self.psnr.values(), *self.gains.values()]
        return sum(values) / len(values)

    def as_best(self) -> Milestone:
        """The same milestone, marked as the best so far."""
        return replace(self, best=True)


@dataclass(frozen=True)
class Finished:
    """The training ended; the best weights are on disk if they are better than the start.

    Attributes:
        model: the folder of the weights.
        before: the milestone of the start, None from scratch.
        best: the milestone whose weights are kept; None if none was better than the start, so that
            there is no new model.
        stopped: whether a person stopped it early.
        gave_up: whether it ended early for lack of progress.
    """

    model: Path
    before: Milestone | None
    best: Milestone | None
    stopped: bool
    gave_up: bool = False


Event = Note | Reading | Started | Step | Milestone | Finished

_KINDS = {
    kind.__name__.lower(): kind for kind in (Note, Reading, Started, Step, Milestone, Finished)
}


def to_json(event: Event) -> str:
    """One line of JSON: the kind of event and its fields; paths are strings, NaN is null."""
    return json.dumps({"event": type(event).__name__.lower()} | _plain(event))


def from_json(line: str) -> Event:
    """The event that `to_json` wrote.

    Raises:
        ValueError: for anything else.
    """
    try:
        values = json.loads(line)
        kind = _KINDS[values.pop("event")]
        if kind is Milestone:
            return _milestone(values)
        if kind is Finished:
            before, best = values["before"], values["best"]
            values["model"] = Path(values["model"])
            values["before"] = None if before is None else _milestone(before)
            values["best"] = None if best is None else _milestone(best)
        return kind(**values)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not an event: {line[:80]!r}") from error


def _milestone(values: dict[str, Any]) -> Milestone:
    return Milestone(
        **values
        | {
            "loss": math.nan if values["loss"] is None else values["loss"],
            "psnr": {int(level): decibels for level, decibels in values["psnr"].items()},
            "sample": Path(values["sample"]),
        }
    )


def _plain(event: object) -> dict[str, Any]:
    """The fields as JSON values."""
    plain: dict[str, Any] = {}
    for name, value in vars(event).items():
        if isinstance(value, Path):
            plain[name] = str(value)
        elif isinstance(value, Milestone):
            plain[name] = _plain(value)
        elif isinstance(value, float) and math.isnan(value):
            plain[name] = None
        else:
            plain[name] = value
    return plain

"""What a training tells while it runs. No torch here: windows and command lines read this."""

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
    """Something a person should know, in one sentence: a picture that is skipped, and why."""

    sentence: str


@dataclass(frozen=True)
class Reading:
    """Pictures are being decoded: `done` of `total`."""

    done: int
    total: int


@dataclass(frozen=True)
class Started:
    """The first step is about to be taken.

    Attributes:
        pictures, held_out: how many to train and to measure on.
        parameters: of the network.
        device, precision: where and how it computes ("fp32" or "bf16").
        processes: how many train together.
        step: 0, or where a resumed training goes on.
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
    """One step has been taken.

    Attributes:
        step: counted from 1.
        progress: of the whole training, 0..1.
        seconds: trained so far, runs before a resume included.
        loss: geometric mean over noise levels of the running error of v in training. It changes
            with what is drawn; `Milestone.loss` is for comparing.
        eps: mean of |eps - eps_theta|^2 in this step, the loss of DDPM as it stands.
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
    """Measured, kept if best, checkpoint written; nothing before this can be lost any more.

    Attributes:
        step, seconds, rate: as in `Step`; at step 0, the model it starts from.
        loss: geometric mean over noise levels of the error of v on the held-out pictures, whose
            noise is always the same; of damage, that of x_0.
        psnr: decibels by noise level (0-255 scale), mean over the held-out pictures.
        gains: decibels over what came, by kind of damage, where that is what is trained; then
            there is no `psnr`.
        best: whether these weights are better than the start and all before them, and so the
            model on disk.
        sample: a held-out crop, noisy at first, restored: always the same one.
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
        """Mean of `psnr` or `gains`, what best means."""
        values = [*self.psnr.values(), *self.gains.values()]
        return sum(values) / len(values)

    def as_best(self) -> Milestone:
        """The same, known to be the best so far."""
        return replace(self, best=True)


@dataclass(frozen=True)
class Finished:
    """The best weights are on disk, if any were better than the start.

    Attributes:
        model: the folder they are in.
        before: measured on the start, None from scratch.
        best: the milestone whose weights are kept; None if none was better than the start: then
            there is no new model.
        stopped: whether a person ended it early.
        gave_up: whether it ended early because it got no better.
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
    """One line: what kind of event it is and its fields; paths are strings, NaN is null."""
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
    """Fields as JSON has them."""
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

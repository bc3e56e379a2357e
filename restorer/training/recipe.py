"""All that decides a training, as one frozen value: checkpoints and model cards carry it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from restorer.engine.task import BUILTIN_MODEL
from restorer.errors import BadInput

#: In place of a model to start from: random weights.
SCRATCH = "scratch"

#: Sides of crops must be a multiple of this, as the network halves them three times.
_STRIDE = 8


@dataclass(frozen=True)
class Recipe:
    """How a prior is trained. The same recipe and pictures give the same weights.

    Attributes:
        folders: where the pictures are, searched with all folders inside.
        validation: a folder of pictures to measure on; None holds some of the others out.
        start: the model to go on from (name or folder), or "scratch".
        steps: how long to train; exactly one of `steps` and `minutes` is given.
        minutes: the same by the clock, measuring included.
        batch: crops in a step, over all processes together.
        crop: their side in pixels, a multiple of 8.
        rate: the highest learning rate; None takes what suits the start.
        seed: of everything random.
        memory: bytes of decoded pictures to keep at a time, in each process.
        licence: what the pictures, and so the model, may be used for.
        milestone_minutes: time between milestones (measure, keep the best, checkpoint).
        milestone_steps: the same in steps, in place of minutes.
        log_every: steps between two lines of the log.
        warm_up: share of the training in which the rate rises from 0.
        floor: where the cosine ends, as a share of the highest rate.
        weight_decay, beta1, beta2: of the optimizer (`restorer.training.muon`).
        clip: largest norm of the gradient.
        average: decay of the moving average of the weights, the one that is kept.
        balance: decay of the running mean of the error at each noise level.
        smooth: the share of flat crops that is kept.
        permute: how often the colour channels change places.
        calm: the share of examples that are one colour or softly shaded, most with less noise than
            the network is told; without them it draws patterns on skies that are clean already.
        patience: milestones in a row that are worse than the start, and do not climb, after which
            a training gives up.
        blocks: residual blocks at each resolution; more than the start has are added so that they
            change nothing at first. None keeps what it has.
    """

    folders: tuple[str, ...]
    validation: str | None = None
    start: str = BUILTIN_MODEL
    steps: int | None = None
    minutes: float | None = None
    batch: int = 8
    crop: int = 96
    rate: float | None = None
    seed: int = 0
    memory: int = 1 << 30
    licence: str = "not stated"
    milestone_minutes: float = 2.0
    milestone_steps: int | None = None
    log_every: int = 10
    warm_up: float = 0.05
    floor: float = 0.005
    weight_decay: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    clip: float = 1.0
    average: float = 0.999
    balance: float = 0.98
    smooth: float = 0.25
    permute: float = 0.25
    calm: float = 0.06
    patience: int = 3
    blocks: int | None = None

    def __post_init__(self) -> None:
        if not self.folders:
            raise BadInput("Training needs at least one folder of pictures.")
        if (self.steps is None) == (self.minutes is None):
            raise BadInput("Say how long to train, either in steps or in minutes.")
        for name in ("steps", "batch", "milestone_steps", "log_every", "patience", "blocks"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise BadInput(f"The number of {name} must be at least 1, not {value}.")
        for name in ("minutes", "milestone_minutes", "clip", "rate"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise BadInput(f"{name} must be above 0, not {value:g}.")
        if self.crop < 2 * _STRIDE or self.crop % _STRIDE:
            raise BadInput(f"The crop must be a multiple of 8 from 16 up, not {self.crop}.")
        if self.memory < 3 * self.crop**2:
            raise BadInput("There must be memory for one crop at least.")
        if not 0 <= self.seed < 2**63:
            raise BadInput(f"The seed must be a whole number from 0 up, not {self.seed}.")

    @property
    def peak(self) -> float:
        """The highest learning rate: gentler on weights that are good already."""
        return self.rate or (6e-4 if self.start == SCRATCH else 2e-5)

    def progress(self, step: int, seconds: float) -> float:
        """How much of the training is done after so many steps and seconds, in 0..1."""
        if self.steps is not None:
            return min(1.0, step / self.steps)
        assert self.minutes is not None
        return min(1.0, seconds / (60 * self.minutes))

    def learning_rate(self, progress: float) -> float:
        """A short rise, then a cosine (Loshchilov & Hutter, 2017), at `progress` in 0..1."""
        rise = min(1.0, (progress + 1e-3) / (self.warm_up + 1e-3))
        cosine = 0.5 * (1 + math.cos(math.pi * progress))
        return self.peak * rise * (self.floor + (1 - self.floor) * cosine)

    @property
    def milestone_seconds(self) -> float:
        """Seconds between milestones; a short training still has some."""
        shortest = self.milestone_minutes if self.minutes is None else self.minutes / 4
        return 60 * min(self.milestone_minutes, shortest)

    def to_json(self) -> str:
        """One line of JSON that `from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Raises `BadInput` for anything `to_json` cannot have written."""
        try:
            values: dict[str, Any] = json.loads(text)
            unknown = set(values) - {field.name for field in fields(cls)}
            if unknown:
                raise ValueError(f"unknown fields {sorted(unknown)}")
            return cls(**values | {"folders": tuple(values["folders"])})
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput("This is not a training record of Restorer.", str(error)) from error

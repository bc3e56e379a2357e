"""The parameters of a training as one frozen value, in checkpoints and model cards."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from restorer.engine.task import BUILTIN_MODEL
from restorer.errors import BadInput
from restorer.training.kinds import shares

#: In place of a model to start from: random weights.
SCRATCH = "scratch"

#: Sides of crops must be a multiple of this, as the network halves them three times.
_STRIDE = 8


@dataclass(frozen=True)
class Recipe:
    """The parameters of a training. The same recipe and pictures give the same weights.

    Attributes:
        folders: folders of pictures, searched with their subfolders.
        validation: a folder of pictures to measure with; None holds out some of the others.
        start: the model to start from (name or folder), or "scratch".
        steps: number of steps; exactly one of `steps` and `minutes` is given.
        minutes: duration, including measuring.
        batch: number of crops in a step, in all processes together.
        crop: side of a crop in pixels, a multiple of 8.
        late_batch, late_crop: the same from the progress `late_from` (0..1) on; None for no change.
        rate: the highest learning rate; None for the default of the start.
        seed: seed of all random numbers.
        memory: bytes for decoded pictures, in each process.
        licence: licence of the pictures, and so of the model.
        milestone_minutes: time between milestones (measure, keep the best, checkpoint).
        milestone_steps: steps between milestones, instead of minutes.
        log_every: steps between two lines of the log.
        warm_up: share of the training in which the rate rises from 0.
        schedule: how the rate falls to `floor`: "cosine", or "linear" from `hold` on.
        hold: progress (0..1) up to which a linear schedule keeps the highest rate.
        floor: the last rate, as a share of the highest.
        weight_decay, beta1, beta2: parameters of the optimizer (`restorer.training.muon`).
        clip: largest norm of the gradient.
        average: decay of the moving average of the weights, which becomes the model.
        balance: decay of the running mean of the error at each noise level.
        smooth: share of the flat crops that is kept.
        permute: share of the crops whose colour channels are permuted.
        rescale: the share of crops that are cut larger, up to twice, and made smaller by area;
            that hides what the coding of the pictures left.
        hard: share of the crops that come from the quarter of the pictures with the highest errors.
        drawn: share of the crops with drawn shapes and letters, over a picture or alone.
        levels: shares of the examples with noise 5 to 75 and 2.5 to 255; the others have any t.
        calm: the share of examples that are one colour or softly shaded, most with less noise than
            the network is told; without them it draws patterns on skies that are clean already.
        patience: milestones in a row that are worse than the start, and do not climb, after which
            a training gives up.
        width: channels at half, quarter, ... resolution, multiples of 16; any number of them.
        blocks: residual blocks at each resolution but the lowest; one number for all.
        mid: residual blocks at the lowest resolution. Of these three None keeps what the start
            has; more than it has are added so that they change nothing at first.
        damage: kinds of damage that the prior learns to undo, and how often each is shown, as
            "jpeg=0.3,smaller" (see `restorer.training.kinds`); None trains a denoiser.
    """

    folders: tuple[str, ...]
    validation: str | None = None
    start: str = BUILTIN_MODEL
    steps: int | None = None
    minutes: float | None = None
    batch: int = 8
    crop: int = 96
    late_batch: int | None = None
    late_crop: int | None = None
    late_from: float = 0.75
    rate: float | None = None
    seed: int = 0
    memory: int = 1 << 30
    licence: str = "not stated"
    milestone_minutes: float = 2.0
    milestone_steps: int | None = None
    log_every: int = 10
    warm_up: float = 0.05
    schedule: Literal["cosine", "linear"] = "cosine"
    hold: float = 0.4
    floor: float = 0.0
    weight_decay: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    clip: float = 1.0
    average: float = 0.999
    balance: float = 0.98
    smooth: float = 0.25
    permute: float = 0.25
    rescale: float = 0.5
    hard: float = 0.0
    drawn: float = 0.0
    levels: tuple[float, float] = (0.5, 0.25)
    calm: float = 0.06
    patience: int = 3
    width: tuple[int, ...] | None = None
    blocks: tuple[int, ...] | None = None
    mid: int | None = None
    damage: str | None = None

    def __post_init__(self) -> None:
        if not self.folders:
            raise BadInput("Training needs at least one folder of pictures.")
        if (self.steps is None) == (self.minutes is None):
            raise BadInput("Say how long to train, either in steps or in minutes.")
        counts = "steps", "batch", "late_batch", "milestone_steps", "log_every", "patience", "mid"
        for name in counts:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise BadInput(
                    "The number of {name} must be at least 1, not {value}.", name=name, value=value
                )
        for name in ("minutes", "milestone_minutes", "clip", "rate"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise BadInput("{name} must be above 0, not {value:g}.", name=name, value=value)
        for name in ("rescale", "hard", "drawn", "calm", "permute", "smooth"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(
                    "{name} is a share from 0 to 1, not {value:g}.",
                    name=name,
                    value=getattr(self, name),
                )
        if (self.late_batch is None) != (self.late_crop is None):
            raise BadInput("Larger crops towards the end need both a batch and a crop.")
        for crop in filter(None, (self.crop, self.late_crop)):
            if crop < 2 * _STRIDE or crop % _STRIDE:
                raise BadInput(
                    "The crop must be a multiple of 8 from 16 up, not {crop}.", crop=crop
                )
        if self.memory < 3 * self.largest_crop**2:
            raise BadInput("There must be memory for one crop at least.")
        if not 0 <= self.seed < 2**63:
            raise BadInput("The seed must be a whole number from 0 up, not {seed}.", seed=self.seed)
        for name, multiple in (("width", 16), ("blocks", 1)):
            numbers = getattr(self, name)
            if numbers is not None and not all(n > 0 and n % multiple == 0 for n in numbers):
                raise BadInput(
                    "The {name} must be multiples of {multiple} from {multiple} up.",
                    name=name,
                    multiple=multiple,
                )
        if self.width is not None and len(self.width) < 2:
            raise BadInput("A network has at least two widths.")
        if self.damage is not None:
            shares(self.damage)  # refuses what it does not know

    @property
    def peak(self) -> float:
        """The highest learning rate, lower for trained weights."""
        known = self.start != SCRATCH and self.damage is None
        return self.rate or (2e-5 if known else 6e-4)

    def progress(self, step: int, seconds: float) -> float:
        """Progress of the training, 0..1, after so many steps and seconds."""
        if self.steps is not None:
            return min(1.0, step / self.steps)
        assert self.minutes is not None
        return min(1.0, seconds / (60 * self.minutes))

    def learning_rate(self, progress: float) -> float:
        """The rate at 0..1: a short rise, then a cosine (Loshchilov & Hutter, 2017) or a line."""
        rise = min(1.0, (progress + 1e-3) / (self.warm_up + 1e-3))
        if self.schedule == "cosine":
            height = 0.5 * (1 + math.cos(math.pi * progress))
        else:
            height = min(1.0, (1 - progress) / (1 - self.hold))
        return self.peak * rise * (self.floor + (1 - self.floor) * height)

    @property
    def largest_crop(self) -> int:
        """Side of the largest crops in pixels; no picture may be smaller."""
        return max(self.crop, self.late_crop or 0)

    def is_late(self, progress: float) -> bool:
        """Whether `late_batch` and `late_crop` apply at a progress 0..1."""
        return self.late_crop is not None and progress >= self.late_from

    def shape(self, late: bool) -> tuple[int, int]:
        """Batch size and crop side, of early or late steps."""
        if late and self.late_batch is not None and self.late_crop is not None:
            return self.late_batch, self.late_crop
        return self.batch, self.crop

    @property
    def milestone_seconds(self) -> float:
        """Seconds between milestones, fewer in a short training."""
        shortest = self.milestone_minutes if self.minutes is None else self.minutes / 4
        return 60 * min(self.milestone_minutes, shortest)

    def to_json(self) -> str:
        """One line of JSON that `from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """The recipe that `to_json` wrote. Raises `BadInput` for anything else."""
        try:
            values: dict[str, Any] = json.loads(text)
            unknown = set(values) - {field.name for field in fields(cls)}
            if unknown:
                raise ValueError(f"unknown fields {sorted(unknown)}")
            if isinstance(values.get("blocks"), int):  # until 0.4, one number
                values["blocks"] = [values["blocks"]]
            lists = {name: tuple(v) for name, v in values.items() if isinstance(v, list)}
            return cls(**values | lists)
        except (ValueError, TypeError, AttributeError) as error:
            raise BadInput("This is not a training record of Restorer.", str(error)) from error

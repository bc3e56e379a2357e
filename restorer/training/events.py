"""What a training tells while it runs. No torch here: windows and command lines read this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


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
        loss: geometric mean over noise levels of the running error of v.
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
        step, seconds, loss, rate: as in `Step`; at step 0, the model it starts from.
        psnr: decibels by noise level (0-255 scale), mean over the held-out pictures.
        best: whether these weights are the best so far, and so the model on disk.
        sample: a held-out crop, noisy at first, restored: always the same one.
    """

    step: int
    seconds: float
    loss: float
    rate: float
    psnr: dict[int, float]
    best: bool
    sample: Path

    @property
    def score(self) -> float:
        """Mean of `psnr`, what best means."""
        return sum(self.psnr.values()) / len(self.psnr)

    def as_best(self) -> Milestone:
        """The same, known to be the best so far."""
        return replace(self, best=True)


@dataclass(frozen=True)
class Finished:
    """The model is on disk.

    Attributes:
        model: its folder.
        before: measured on the start, None from scratch.
        best: the milestone whose weights it has.
        stopped: whether a person ended it early.
    """

    model: Path
    before: Milestone | None
    best: Milestone
    stopped: bool


Event = Note | Reading | Started | Step | Milestone | Finished

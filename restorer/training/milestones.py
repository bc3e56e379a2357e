"""Milestones: measure, keep the best weights, write checkpoint, log, samples and model card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from restorer.diffusion import hardware
from restorer.diffusion.denoiser import ConditionalDenoiser, PriorDenoiser
from restorer.diffusion.prior import PriorUNet
from restorer.engine.models import describe, find_model
from restorer.engine.networks import load_prior
from restorer.errors import ModelRefused
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.imaging.sheet import contact_sheet
from restorer.imaging.write import write_picture
from restorer.training.card import Report, model_card
from restorer.training.data import Data
from restorer.training.events import Finished, Milestone, Step
from restorer.training.folder import TrainingFolder
from restorer.training.log import GAIN, PSNR, read_log
from restorer.training.network import write_card, write_model
from restorer.training.plot import training_curves
from restorer.training.recipe import SCRATCH
from restorer.training.saving import save_state
from restorer.training.state import State
from restorer.training.validation import Validation

#: Samples on the sheet, the first and the last among them.
_SHOWN = 6

#: Decibels. Less above the start is told as +0.00, and is chance: the old model is kept.
_LEAST_GAIN = 0.005


class Milestones:
    """Decides when to measure, and measures in the first process while the others wait."""

    def __init__(
        self, state: State, data: Data, folder: TrainingFolder, accelerator: Accelerator
    ) -> None:
        self._state = state
        self._recipe = state.recipe
        self._data = data
        self._folder = folder
        self._accelerator = accelerator
        self._last: float | None = state.seconds
        self._scores: list[float] = []
        accelerator.init_trackers("restorer", {"step": state.step})
        if accelerator.is_main_process:
            for path in folder.samples.glob("*.png"):  # of a run that was killed
                if int(path.stem) > state.step or state.step == 0:
                    path.unlink()
            data.write_list()
            for pixels, path in zip(
                data.validation.watched_crop(), (folder.clean, folder.noisy), strict=True
            ):
                write_picture(Picture(pixels), path, force=True)

    @property
    def precision(self) -> str:
        """The precision of convolutions."""
        return "bf16" if self._accelerator.mixed_precision == "bf16" else "fp32"

    def due(self, step: int, seconds: float) -> bool:
        """Whether it is time to measure; the duration of measuring does not count."""
        if self._recipe.milestone_steps is not None:
            return step % self._recipe.milestone_steps == 0
        if self._last is None:
            self._last = seconds
        return seconds - self._last >= self._recipe.milestone_seconds

    def log(self, step: Step) -> None:
        """Write a line of the log every `log_every` steps."""
        if step.step % self._recipe.log_every == 0:
            values = {"loss": step.loss, "eps": step.eps, "rate": step.rate}
            self._accelerator.log(values | {"minutes": step.seconds / 60}, step.step)

    def before(self) -> Iterator[Milestone]:
        """Measure the model that training starts from."""
        if self._accelerator.is_main_process and self._recipe.start != SCRATCH:
            self._state.before = self._measured(Step(0, 0.0, 0.0, float("nan"), 0.0, 0.0))
            self._publish(self._state.before)
            yield self._state.before
        self._accelerator.wait_for_everyone()

    def known(self) -> Iterator[Milestone]:
        """The milestones of a resumed training: the start and the best."""
        if self._accelerator.is_main_process:
            yield from filter(None, (self._state.before, self._state.best))

    def measure(self, step: Step) -> Iterator[Milestone]:
        """Measure the average of the weights, keep it if best, and write a checkpoint."""
        self._last = None
        if self._accelerator.is_main_process:
            milestone = self._measured(step)
            if milestone.best:
                self._state.best = milestone
                write_model(self._folder.model, self._average(), self._card())
            save_state(self._state, self._folder.checkpoint, self._data.fingerprint)
            self._publish(milestone)
            self._scores.append(milestone.score)
            yield milestone
        self._accelerator.wait_for_everyone()

    def hopeless(self) -> bool:
        """Whether to give up: `patience` milestones worse than the start, and not improving.

        Only the first process knows.
        """
        state, recent = self._state, self._scores[-self._recipe.patience :]
        if state.before is None or state.best is not None or len(recent) < self._recipe.patience:
            return False
        return max(recent) < state.before.score and recent[-1] <= recent[0]

    def better(self, score: float) -> bool:
        """Whether a milestone with this score (dB) becomes the model."""
        before, best = self._state.before, self._state.best
        if best is not None:
            return score > best.score
        return before is None or score > before.score + _LEAST_GAIN

    def finish(self, stopped: bool, gave_up: bool) -> Iterator[Finished]:
        """Write the final model card; returns the last event."""
        if self._accelerator.is_main_process:
            state, model = self._state, self._folder.model
            if state.best is not None:
                validation = self._data.validation
                if isinstance(validation, Validation):
                    best = self._denoiser(load_prior(describe(model)))
                    write_card(model, self._card(validation.loss_over_all_t(best)))
                else:
                    write_card(model, self._card())
            self._data.write_list()
            yield Finished(model, state.before, state.best, stopped, gave_up)
        self._accelerator.end_training()

    def _measured(self, step: Step) -> Milestone:
        validation = self._data.validation
        denoiser = self._denoiser(self._average())
        sample = self._folder.samples / f"{step.step:08}.png"
        write_picture(Picture(validation.sample(denoiser)), sample, force=True)
        found = validation.measure(denoiser)
        milestone = Milestone(
            step=step.step,
            seconds=step.seconds,
            loss=found.loss,
            rate=step.rate,
            psnr=found.psnr,
            best=False,
            sample=sample,
            gains=found.gains,
        )
        if step.step and self.better(milestone.score):
            return milestone.as_best()
        return milestone

    def _publish(self, milestone: Milestone) -> None:
        """Write a milestone to the log, the curves and the sheet of samples."""
        values = {f"{PSNR}{level}": decibels for level, decibels in milestone.psnr.items()}
        values |= {f"{GAIN}{name}": decibels for name, decibels in milestone.gains.items()}
        values |= {"minutes": milestone.seconds / 60, "held_out": milestone.loss}
        self._accelerator.log(values, milestone.step)
        curves = training_curves(read_log(self._folder.log))
        write_picture(Picture(curves), self._folder.curves, force=True)
        write_picture(Picture(self._sheet()), self._folder.sample, force=True)

    def _sheet(self) -> Pixels:
        """Draw the first held-out crop: clean, noisy, and restored at milestones."""
        clean, noisy = self._data.validation.watched_crop()
        tiles = [("original", clean), ("noisy", noisy)]
        for path in _spread(sorted(self._folder.samples.glob("*.png")), _SHOWN):
            tiles.append((f"step {int(path.stem)}", read_picture(path).pixels))
        return contact_sheet(tiles)

    def _average(self) -> PriorUNet:
        return self._state.average.network

    def _denoiser(self, network: PriorUNet) -> Any:
        """The network as the validation of this training calls it."""
        device = self._accelerator.device
        kind: Any = ConditionalDenoiser if self._recipe.damage is not None else PriorDenoiser
        return kind(network.to(device), autocast=hardware.choose_autocast(device))

    def _card(self, loss_over_all_t: tuple[float, float] | None = None) -> str:
        state, data = self._state, self._data
        assert state.best is not None
        report = Report(
            name=self._folder.name,
            start=_origin(self._recipe.start),
            pictures=len(data.pictures.usable()),
            held_out=len(data.held_out),
            skipped=len(data.pictures.skipped),
            parameters=state.network.num_parameters(),
            place=f"{hardware.title(self._accelerator.device)} {self.precision}",
            before=state.before,
            best=state.best,
            step=state.step,
            seconds=state.seconds,
            loss_over_all_t=loss_over_all_t,
        )
        return model_card(report, self._recipe)


def _origin(start: str) -> tuple[str, str] | None:
    """Title and licence of the model to start from, if it still exists."""
    if start == SCRATCH:
        return None
    try:
        info = find_model(start)
    except ModelRefused:
        return Path(start).name, "licence not known"
    return info.title, info.licence


def _spread(paths: list[Path], count: int) -> list[Path]:
    """At most `count` evenly spaced items, including the first and the last."""
    if len(paths) <= count:
        return paths
    return [paths[round(i * (len(paths) - 1) / (count - 1))] for i in range(count)]

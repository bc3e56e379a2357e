"""A training under way: the falling loss, an improving sample, and Stop."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QWidget,
)

from restorer.errors import RestorerError
from restorer.training.events import (
    NO_BETTER,
    SKIPPED,
    Event,
    Finished,
    Milestone,
    Note,
    Reading,
    Started,
    Step,
)
from restorer.training.folder import TrainingFolder
from restorer.ui.text import duration
from restorer.ui.training.curve import LossCurve
from restorer.ui.training.samples import Samples
from restorer.ui.widgets.buttons import button, progress_bar
from restorer.ui.widgets.labels import Problem, label, to_the_letter
from restorer.ui.widgets.layouts import in_column, in_row, wide
from restorer.words import number, tr

LEVELS = (15, 25, 50)
_SOON_SECONDS = 5  # a shorter remaining time is not shown
_NONE = "–"


class Scores(QWidget):
    """PSNR by noise level in large type, and its gain."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        title = label(tr("QUALITY"), "section")
        title.setToolTip(
            tr(
                "PSNR in decibels: how close noisy pictures come to what they were,\n"
                "mean over held-out pictures. 0.1 more is a clear gain."
            )
        )
        grid.addWidget(title, 0, 0, 1, 3)
        self._rows = {}
        for row, level in enumerate(LEVELS, 1):
            value, gain = label(kind="title"), label(kind="caption")
            gain.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(label(tr("Noise {0}").format(level), "caption"), row, 0)
            grid.addWidget(value, row, 1)
            grid.addWidget(gain, row, 2)
            self._rows[level] = value, gain
        grid.setRowStretch(len(LEVELS) + 1, 1)
        self.clear()

    def clear(self) -> None:
        for value, gain in self._rows.values():
            value.setText(_NONE)
            gain.setText("")

    def show_values(self, now: Milestone, before: Milestone | None) -> None:
        for level, (value, gain) in self._rows.items():
            value.setText(tr("{0:.2f} dB").format(now.psnr[level]))
            more = now.psnr[level] - before.psnr[level] if before and now.step else None
            gain.setText("" if more is None else number(more, "+.2f"))

    def texts(self) -> list[str]:
        """The visible text, for tests and screen readers."""
        return [f"{value.text()} {gain.text()}".strip() for value, gain in self._rows.values()]


class ProgressPage(QWidget):
    """Shows the events of a training; emits stop, use, continue and begin another."""

    stop_wanted = Signal()
    use_wanted = Signal()
    continue_wanted = Signal()
    another_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.curve, self.scores, self.samples = LossCurve(), Scores(), Samples()
        self.scores.setFixedWidth(216)
        self._title = label(kind="title")
        self.facts, self.notes = label(kind="caption"), label(kind="caption", wrapped=True)
        self.error, self.bar = Problem(), progress_bar(1000)
        heading = label(tr("LOSS ON HELD-OUT PICTURES"), "section")
        heading.setToolTip(
            tr("Its error on held-out pictures, always the same ones.\nLower is better.")
        )
        loss = in_column(heading, wide(self.curve), spacing=8)
        in_column(
            self._title,
            4,
            self.facts,
            self.notes,
            16,
            wide(in_row(wide(loss), self.scores, spacing=24)),
            16,
            self.samples,
            16,
            self.error,
            12,
            self.bar,
            12,
            self._make_foot(),
            on=self,
            margins=24,
        )

    def _make_foot(self) -> QHBoxLayout:
        self.status = label(wrapped=True)
        self.stop = button(tr("Stop and keep the best"), self.stop_wanted)
        self.another = button(tr("Another training"), self.another_wanted)
        self.go_on = button(tr("Go on training"), self.continue_wanted)
        self.use = button(tr("Use it"), self.use_wanted, main=120)
        buttons = self.stop, self.another, self.go_on, self.use
        return in_row(wide(self.status), *buttons, spacing=8)

    def begin(self, folder: TrainingFolder, resumed: bool) -> None:
        """Reset the page for a training that has just started."""
        self._folder = folder
        self.resumed = resumed
        self._skipped: list[str] = []
        self._facts = ""
        self._before: Milestone | None = None
        self.best: Milestone | None = None
        self.finished: Finished | None = None
        self._left: float | None = None
        self.curve.clear()
        self.scores.clear()
        self.samples.clear()
        self._title.setText(tr("Training “{0}”").format(folder.name))
        self.facts.setText(tr("The first look through the pictures takes a moment."))
        self.facts.setToolTip("")
        self.notes.setText("")
        self.notes.hide()
        self.status.setText(tr("Starting…"))
        self.stop.setText(tr("Stop"))
        self.error.show_error(None)
        self.bar.setValue(0)
        self._show_buttons(running=True)

    @property
    def words(self) -> str:
        """Its progress, for the status bar of the window."""
        name = self._folder.name
        if self._left is None:
            return tr("Training “{0}”").format(name)
        return tr("Training “{0}”, {1} left").format(name, duration(self._left))

    @Slot(object)
    def tell(self, event: Event) -> None:
        match event:
            case Note():
                self._note(event.sentence)
            case Reading():
                self.status.setText(
                    tr("Reading picture {0} of {1}").format(event.done, event.total)
                )
            case Started():
                self._started(event)
            case Step():
                self._step(event)
            case Milestone():
                self._milestone(event)
            case Finished():
                self.finished = event
                self._before, self.best = event.before, event.best

    @Slot()
    def show_stopping(self) -> None:
        """Stop was pressed; a last measurement is under way."""
        self._left = None
        self.status.setText(tr("Stopping: it measures a last time and keeps the best."))
        self.stop.setText(tr("Stop at once"))

    def end(self, error: RestorerError | None) -> None:
        """Show that the training has ended."""
        self._left = None
        self.error.show_error(error)
        if self.best is not None:
            self.scores.show_values(self.best, self._before)
        if self.finished is not None and not self.finished.stopped:
            self.bar.setValue(self.bar.maximum())
        self.status.setText(self._summary())
        self._show_buttons(running=False)

    def _summary(self) -> str:
        done = self.finished is not None and not self.finished.stopped
        ending = tr("Done.") if done else tr("Stopped.")
        if self.best is None and self.finished is not None:
            early = tr("Stopped early.") if self.finished.gave_up else ending
            return tr("{0} On the held-out pictures it got {1}").format(early, tr(NO_BETTER))
        if self.best is None:
            return tr("Stopped before there was anything to keep.")
        if self._before is None:
            return tr("{0} The best, at step {1}, is kept.").format(ending, self.best.step)
        gain = self.best.score - self._before.score
        return tr("{0} The best, at step {1}, is {2:.2f} dB better than the start.").format(
            ending, self.best.step, gain
        )

    def _show_buttons(self, running: bool) -> None:
        self.stop.setVisible(running)
        self.another.setVisible(not running)
        self.use.setVisible(not running and self.best is not None)
        done = self.finished is not None and not self.finished.stopped
        self.go_on.setVisible(not running and not done and self._folder.checkpoint.is_file())

    def _started(self, event: Started) -> None:
        self._facts = tr("{0} pictures to train on, {1} to measure on").format(
            event.pictures, event.held_out
        )
        if event.step:
            self._facts += tr("; going on after step {0}").format(event.step)
        self._facts += f"  ·  {event.device} {event.precision}"
        self._show_facts()
        self.samples.begin(self._folder.noisy, self._folder.clean)
        self.stop.setText(tr("Stop and keep the best"))
        self.status.setText(tr("Measuring the model it starts from…"))

    def _note(self, sentence: str) -> None:
        """Count skipped pictures and name them in the tooltip; show all other notes in full."""
        skipped = tr(SKIPPED)
        if sentence.startswith(skipped):
            self._skipped.append(sentence.removeprefix(skipped))
            self._show_facts()
        else:
            self.notes.setText(f"{self.notes.text()} {sentence}".strip())
            self.notes.show()

    def _show_facts(self) -> None:
        facts = [self._facts] if self._facts else []
        if self._skipped:
            facts.append(tr("{0} skipped").format(len(self._skipped)))
        self.facts.setText("  ·  ".join(facts))
        self.facts.setToolTip(to_the_letter("\n".join(self._skipped[:40])))

    def _step(self, event: Step) -> None:
        self.curve.set_progress(event.seconds, event.progress)
        self.bar.setValue(round(1000 * event.progress))
        if event.progress > 0 and self.stop.text() != tr("Stop at once"):
            left = event.seconds * (1 - event.progress) / event.progress
            # a last measurement follows, for which there is no forecast
            self._left = left if left >= _SOON_SECONDS else None
            rest = tr("finishing") if self._left is None else tr("{0} left").format(duration(left))
            self.status.setText(tr("Step {0}  ·  {1}").format(event.step, rest))

    def _milestone(self, event: Milestone) -> None:
        if event.step == 0:
            self._before = event
        if event.best:
            self.best = event
        self.scores.show_values(event, self._before)
        self.samples.add(event)
        if math.isfinite(event.loss):
            self.curve.mark(event.seconds, event.loss)

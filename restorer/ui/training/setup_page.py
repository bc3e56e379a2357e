"""Before a training: the pictures, the name of the model, and how long to train."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QLineEdit,
    QPushButton,
    QWidget,
)

from restorer.errors import BadInput, RestorerError
from restorer.jobs.background import Background, go_on
from restorer.training.checkpoint import Unfinished, unfinished_trainings
from restorer.training.folder import TrainingFolder, folder_for
from restorer.training.survey import Survey, survey
from restorer.ui.text import duration
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.drop import DropZone
from restorer.ui.widgets.files import ask_folder
from restorer.ui.widgets.labels import Problem, label, no_key, to_the_letter
from restorer.ui.widgets.layouts import (
    SPACE,
    Placed,
    centred,
    empty,
    in_column,
    in_form,
    in_row,
    wide,
)
from restorer.ui.widgets.slider import CalmSpinBox
from restorer.words import tr

_MINUTES = 10
_LONGEST = 7 * 24 * 60
_NAMED = 3  # the page names at most so many skipped pictures and unfinished trainings


class SetupPage(QWidget):
    """The form. Nothing starts before Train is pressed."""

    start_wanted = Signal(object, str, int)  # folder, name, minutes
    resume_wanted = Signal(object)  # Unfinished

    def __init__(self) -> None:
        super().__init__()
        self._survey: Survey | None = None
        self._background = Background("survey", self)
        self.train = button(tr("Train"), self._on_train, main=160)
        self.error, self.will = Problem(), label(kind="caption", wrapped=True)
        about = tr(
            "A model that goes on learning from pictures like yours restores them better. "
            "Nothing leaves this computer, and your pictures are only read."
        )
        self._going_on = in_column(spacing=4)
        in_column(
            label(tr("Train on my pictures"), "title"),
            4,
            label(about, "caption", wrapped=True),
            16,
            wide(self._make_zone()),
            16,
            self._make_form(),
            16,
            self._going_on,
            self.error,
            16,
            in_row(
                wide(self.will),
                Placed(self.train, alignment=Qt.AlignmentFlag.AlignBottom),
                spacing=24,
            ),
            on=self,
            margins=24,
        )
        self._refresh()

    def renew(self) -> None:
        """Offer a free name, and the trainings that can be continued."""
        self.name.setText(folder_for(None).name)
        empty(self._going_on)
        unfinished = unfinished_trainings()[:_NAMED]
        if unfinished:
            self._going_on.addWidget(label(tr("GO ON WITH"), "section"))
        for training in unfinished:
            self._going_on.addWidget(self._make_row(training))
        self._refresh()

    def set_folder(self, folder: Path) -> None:
        """Select a folder, and count its pictures."""
        self.error.show_error(None)
        self._survey = None
        self._folder.setText(folder.name or str(folder))
        self._folder.setToolTip(to_the_letter(str(folder)))
        self._count.setText(tr("Looking at the pictures…"))
        self._skipped.hide()
        self._background.cancel()
        self._background.run(partial(survey, folder, go_on), self._on_found, self._on_failed)
        self._refresh()

    # Building.

    def _make_zone(self) -> QFrame:
        self.zone = zone = DropZone(132)
        self._folder = label(tr("Drop a folder of pictures here"), "title")
        self._count = label(tr("20 are enough to begin with; subfolders count too"), "caption")
        self._skipped = label(kind="quiet")
        self._skipped.hide()
        for text in (self._folder, self._count, self._skipped):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            text.setWordWrap(True)
        self.choose_folder = button(tr("Choose a folder…"), self._on_choose_folder)
        words = self._folder, self._count, self._skipped
        parts = SPACE, *words, 12, centred(self.choose_folder), SPACE
        in_column(*parts, on=zone, margins=(24, 16, 24, 16), spacing=4)
        return zone

    def _make_form(self) -> QFormLayout:
        self.name = QLineEdit()
        self.name.setFixedWidth(240)
        self.name.textChanged.connect(self._refresh)
        self.minutes = CalmSpinBox(1, _LONGEST)
        self.minutes.setSuffix(tr(" minutes"))
        self.minutes.setFixedWidth(240)
        self.minutes.setValue(_MINUTES)
        self.minutes.setToolTip(tr("Longer is better, up to a night; you can stop any time."))
        self.minutes.valueChanged.connect(self._refresh)
        return in_form((tr("Name of the model"), self.name), (tr("How long"), self.minutes))

    def _make_row(self, training: Unfinished) -> QPushButton:
        left = training.seconds_left
        words = tr("“{0}”, {1:.0f} % done").format(training.name, 100 * training.progress)
        if left is not None:
            words += tr(", {0} left").format(duration(left))
        button = QPushButton(no_key(words))
        button.setObjectName("recent")
        button.setToolTip(to_the_letter("\n".join(training.recipe.folders)))
        button.clicked.connect(partial(self.resume_wanted.emit, training))
        return button

    # Commands.

    @Slot()
    def _on_choose_folder(self) -> None:
        folder = ask_folder(self, tr("Pictures to train on"))
        if folder is not None:
            self.set_folder(folder)

    @Slot()
    def _on_train(self) -> None:
        if self._survey is None:
            return
        try:
            training = _free(self.name.text().strip())
        except RestorerError as error:
            self.error.show_error(error)
            self.name.setFocus()
            return
        self.error.show_error(None)
        self.start_wanted.emit(self._survey.folder, training.name, self.minutes.value())

    def _on_found(self, found: Survey) -> None:
        if not found.pictures:
            first = found.skipped[0] if found.skipped else ""
            self._on_failed(RestorerError(tr("None of these pictures can be used. ") + first))
            return
        self._survey = found
        number, skipped = found.pictures, len(found.skipped)
        words = tr("1 picture") if number == 1 else tr("{0} pictures").format(number)
        self._count.setText(words + (tr(", {0} skipped").format(skipped) if skipped else ""))
        inside = f"{found.folder.resolve()}{os.sep}"
        named = [sentence.replace(inside, "") for sentence in found.skipped[:_NAMED]]
        if skipped > _NAMED:
            named.append(tr("… and {0} more").format(skipped - _NAMED))
        self._skipped.setText("\n".join(named))
        self._skipped.setVisible(bool(named))
        self._skipped.setToolTip(to_the_letter("\n".join(found.skipped[:40])))
        self.choose_folder.setText(tr("Choose another folder…"))
        self._refresh()
        self.train.setFocus()

    def _on_failed(self, error: RestorerError) -> None:
        self._count.setText(tr("Choose another folder"))
        self.error.show_error(error)

    @Slot()
    def _refresh(self) -> None:
        ready = self._survey is not None and bool(self.name.text().strip())
        self.train.setEnabled(ready)
        if self._survey is None:
            self.will.setText("")
            return
        self.will.setText(
            tr(
                "The built-in model trains on these pictures for {0}; some are held out to "
                "measure it on. The best version is added to the list of models as “{1}”."
            ).format(duration(60 * self.minutes.value()), self.name.text().strip())
        )


def _free(name: str) -> TrainingFolder:
    """The folder for a new model of this name.

    Raises:
        BadInput: if the name is impossible or taken.
    """
    if Path(name).name != name:
        raise BadInput(tr("A name cannot contain slashes."))
    training = folder_for(name)
    if training.taken:
        raise BadInput(tr("There is a model called “{0}” already; choose another.").format(name))
    training.check(resume=False)
    return training

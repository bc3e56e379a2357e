"""Restore an old photograph: steps to choose from, each with a preview."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QCheckBox, QDialog, QFrame, QLabel, QWidget

import restorer.document.work as work
from restorer.document import Document, OpenPicture
from restorer.document.parameters import Parameters
from restorer.document.steps import as_steps
from restorer.engine.engine import Engine
from restorer.engine.job import Source
from restorer.engine.old_photo import Offer, StepPreview
from restorer.engine.tasks import TASKS
from restorer.errors import RestorerError
from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background
from restorer.ui.canvas.mask_overlay import OPACITY
from restorer.ui.settings.grain import USUAL, grain_way, grain_ways
from restorer.ui.text import tasks
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, Placed, in_column, in_row, wide
from restorer.ui.widgets.qimage import to_qimage
from restorer.ui.widgets.screen import fit_on_screen, scroll_area
from restorer.ui.widgets.segmented import Segmented
from restorer.words import tr

_LOOK = QSize(168, 168)
_SIZE = QSize(760, 730)
_RED = np.array([1.0, 0.23, 0.19], np.float32)


def _ways(kind: str, source: Source, asked: Parameters) -> Segmented | None:
    """The variants of a step; each value holds the parameters that it changes."""
    numbers = {number.name for number in TASKS[kind].numbers}
    if TASKS[kind].keeps_grain:
        ways = Segmented([(USUAL[way.value], way.title, "", way.hint) for way in grain_ways()])
        ways.select(USUAL[grain_way(asked)])
        return ways
    if "tone" not in numbers or not source.found.toned:
        return None
    kept, grey = ({"numbers": (("tone", tone),)} for tone in (1.0, 0.0))
    tones = Segmented(
        [
            (kept, tr("Keep sepia"), "", tr("The tone of the paper stays")),
            (grey, tr("Make grey"), "", tr("Black and white without any tone")),
        ]
    )
    tones.select(grey if dict(asked.numbers).get("tone") == 0 else kept)
    return tones


class OfferRow(QFrame):
    """A step: a tick, the findings, and a part of the picture before and after.

    Attributes:
        offer: the step.
        box: ticked if Restore will do the step.
        ways: the variants; None where there is only one.
        stains: ticked to even out stains; None where there are none.
        marks: shows the marks on the picture; None for a step that fills nothing.

    Signals:
        changed: the tick has changed.
        way_chosen: the parameters that a variant changes.
        marks_wanted: a person wants to see the marks on the picture.
    """

    changed = Signal()
    way_chosen = Signal(object)
    marks_wanted = Signal()

    def __init__(self, offer: Offer, source: Source, asked: Parameters) -> None:
        super().__init__()
        self.offer = offer
        words = tasks.task(offer.kind)
        self.box = QCheckBox(words.title)
        self.box.setChecked(offer.proposed)
        self.box.setToolTip(words.hint)
        self.box.toggled.connect(lambda _: self.changed.emit())
        found = offer.found[:1].upper() + offer.found[1:]
        says = tr("Found: {0}").format(found) if found else tr("Nothing was found for sure.")
        if not found and TASKS[offer.kind].is_noise:
            says = tr("Neither noise nor grain.")
            self.box.setEnabled(False)
        self.about = label(says, "caption", wrapped=True)
        self.ways = _ways(offer.kind, source, asked) if self.box.isEnabled() else None
        if self.ways is not None:
            self.ways.chosen.connect(self.way_chosen)
        fills = TASKS[offer.kind].needs_hole and source.hole is not None and source.hole.any()
        hint = tr("On the picture, where marks can be taken away and added")
        show = button(tr("Look at the marks"), self.marks_wanted, hint)
        self.marks = show if fills else None
        self.before, self.after = self._pane(tr("Before")), self._pane(tr("After"))
        self.stains = self._stains(source, asked)
        shown = self.ways, self.stains, self.marks
        own = [in_row(one, SPACE) for one in shown if one is not None]
        if self.ways is not None and TASKS[offer.kind].keeps_grain:
            own.insert(0, in_row(label(tr("Grain"), "caption"), SPACE))
        said = in_column(self.box, self.about, *own, SPACE, spacing=8)
        in_row(Placed(said, 1), self.before, self.after, on=self, margins=8, spacing=8)

    def _stains(self, source: Source, asked: Parameters) -> QCheckBox | None:
        even = next((n for n in TASKS[self.offer.kind].numbers if n.name == "even"), None)
        if even is None or not source.found.uneven:
            return None
        box = QCheckBox(tr(even.title))
        box.setToolTip(tr(even.hint))
        box.setChecked(dict(asked.numbers).get(even.name, even.usual) > 0)
        box.toggled.connect(lambda on: self.way_chosen.emit({"numbers": ((even.name, float(on)),)}))
        return box

    def _pane(self, name: str) -> QLabel:
        pane = label("…", "quiet")
        pane.setFixedSize(_LOOK)
        pane.setAlignment(Qt.AlignmentFlag.AlignCenter)
        pane.setAccessibleName(name)
        pane.setToolTip(name)
        return pane

    def show_look(self, look: StepPreview, icc: bytes | None) -> None:
        """Show a part of the picture before and after the step, with the marks in red."""
        keep, smooth = (
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        ratio = self.devicePixelRatioF()
        for pane, pixels in ((self.before, _with_marks(look)), (self.after, look.after)):
            image = to_qimage(pixels, icc).scaled(_LOOK * ratio, keep, smooth)
            image.setDevicePixelRatio(ratio)
            pane.setPixmap(QPixmap.fromImage(image))

    def show_no_look(self, error: RestorerError) -> None:
        self.before.setText("")
        self.after.setText("")
        self.about.setText(error.sentence)


def _headings() -> QWidget:
    """The headings Before and After."""
    row = QFrame()
    titles = [label(text, "quiet") for text in (tr("Before"), tr("After"))]
    for title in titles:
        title.setFixedWidth(_LOOK.width())
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
    in_row(SPACE, *titles, on=row, margins=(8, 0, 8, 0), spacing=8)
    return row


class OldPhotoDialog(QDialog):
    """Lists the possible steps; Restore does the ticked ones as one job.

    Signals:
        chosen: (Source, kinds of tasks in order, Parameters) to carry out.
        marks_wanted: a person wants to review the marks first.
    """

    chosen = Signal(object, object, object)
    marks_wanted = Signal()

    def __init__(self, parent: QWidget, document: Document, opened: OpenPicture) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(tr("Restore old photo"))
        self._background = Background("old-photo", self)
        self._source: Source | None = None
        self._engine = Engine()
        self._asked = opened.plan.parameters
        self.rows: list[OfferRow] = []
        self._picture = opened.content.picture
        self.intro = label(tr("Looking at the picture…"), wrapped=True)
        self._body = QWidget()
        self._list = in_column(_headings(), on=self._body, spacing=8)
        self.restore = button(tr("Restore"), self._on_restore, main=120)
        self.restore.setEnabled(False)
        self._leave = button(tr("Cancel"), self.reject)
        foot = in_row(SPACE, self._leave, self.restore, spacing=8)
        parts = self.intro, wide(scroll_area(self._body)), foot
        in_column(*parts, on=self, margins=16, spacing=12)
        fit_on_screen(self, _SIZE, QSize(480, 360))
        self.finished.connect(lambda _: self._background.cancel())
        self._ask(document, opened)

    def _ask(self, document: Document, opened: OpenPicture) -> None:
        picture, estimate = opened.content.picture, opened.content.estimate
        assert picture is not None and estimate is not None
        source = work.source_of(picture, estimate, opened.content.tables)
        asking = partial(
            work.old_photo_offers, source, opened.painted.mask, opened.painted.strength
        )
        self._background.run(asking, self._show, self._fail)

    @Slot(object)
    def _show(self, answer: tuple[Source, tuple[Offer, ...]]) -> None:
        self._source, offers = answer
        words = tr(
            "Ticked steps are done one after the other. Each has its own result that you can "
            "go back to, and one that does harm is taken back."
        )
        if self._source.strength is not None:
            words += " " + tr(
                "What you have protected stays as it is in every step, but for its faded colours."
            )
        if not any(offer.proposed for offer in offers):
            words = f"{tr('Nothing is sure: tick what looks better to you.')} {words}"
        self.intro.setText(words)
        for offer in offers:
            row = OfferRow(offer, self._source, self._asked)
            row.changed.connect(self._refresh)
            row.way_chosen.connect(partial(self._on_way, row))
            row.marks_wanted.connect(self._on_marks)
            self.rows.append(row)
            self._list.addWidget(row)
        self._list.addStretch()
        self.restore.setDefault(True)
        for before, after in pairwise((*self.rows, self._leave, self.restore)):
            self.setTabOrder(before, after)  # as they stand
        for row in sorted(
            self.rows, key=lambda row: TASKS[row.offer.kind].asks_prior
        ):  # quick first
            self._look(row)
        self._refresh()
        # until now there was only Cancel to have it, and Enter
        (self.restore if self.restore.isEnabled() else self.rows[0].box).setFocus()

    def _look(self, row: OfferRow) -> None:
        """Preview a step in the background."""
        assert self._source is not None
        icc = self._picture.icc if self._picture else None
        request, kind = as_steps(self._asked), row.offer.kind
        looking = partial(work.preview_step, kind, self._source, self._engine, request)
        self._background.run(looking, partial(_look, row, icc), row.show_no_look)

    def _on_way(self, row: OfferRow, changes: dict[str, Any]) -> None:
        numbers = dict(self._asked.numbers) | dict(changes.get("numbers", ()))
        self._asked = replace(self._asked, **changes | {"numbers": tuple(numbers.items())})
        row.box.setChecked(True)
        self._look(row)

    @Slot()
    def _on_marks(self) -> None:
        self.marks_wanted.emit()
        self.reject()

    def _fail(self, error: RestorerError) -> None:
        self.intro.setText(error.sentence)

    def _refresh(self) -> None:
        self.restore.setEnabled(bool(self._kinds()))

    def _kinds(self) -> tuple[str, ...]:
        return tuple(row.offer.kind for row in self.rows if row.box.isChecked())

    @Slot()
    def _on_restore(self) -> None:
        self.chosen.emit(self._source, self._kinds(), self._asked)
        self.accept()


class OldPhotos(QObject):
    """Opens the list for the current picture, and carries out the chosen steps.

    Signals:
        marks_wanted: a person wants to review the marks on the picture.
    """

    marks_wanted = Signal()

    def __init__(self, room: QWidget, document: Document) -> None:
        super().__init__(room)
        self._room, self._document = room, document

    @Slot()
    def show(self) -> None:
        """Open the list, unless there is no picture or it is still being measured."""
        opened = self._document.pictures.current
        if (
            opened is None
            or opened.status.running
            or opened.content.estimate is None
            or opened.content.picture is None
        ):
            return
        dialog = OldPhotoDialog(self._room.window(), self._document, opened)
        text = tr("Restore old photo")
        begin = self._document.steps.begin_chosen
        dialog.chosen.connect(lambda source, *how: begin(text, opened, source, *how))
        dialog.marks_wanted.connect(self.marks_wanted)
        dialog.open()


def _with_marks(look: StepPreview) -> Pixels:
    if look.marked is None:
        return look.before
    tint = np.where(look.marked, np.float32(OPACITY), np.float32(0))[..., None]
    marked: Pixels = look.before + tint * (_RED - look.before)
    return marked


def _look(row: OfferRow, icc: bytes | None, look: StepPreview) -> None:
    row.show_look(look, icc)

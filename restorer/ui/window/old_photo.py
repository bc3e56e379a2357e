"""Restore an old photograph: the steps to choose from, each with a look at what it does."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QCheckBox, QDialog, QFrame, QLabel, QWidget

import restorer.document.work as work
from restorer.document import Document, OpenPicture
from restorer.engine.engine import Engine
from restorer.engine.job import Source
from restorer.engine.old_photo import Look, Offer
from restorer.engine.tasks import TASKS
from restorer.errors import RestorerError
from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background
from restorer.ui.canvas.mask_overlay import OPACITY
from restorer.ui.text import tasks
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, Placed, in_column, in_row, wide
from restorer.ui.widgets.qimage import to_qimage
from restorer.ui.widgets.screen import fit_on_screen, scrolling
from restorer.words import tr

_LOOK = QSize(132, 132)
_SIZE = QSize(660, 640)
_RED = np.array([1.0, 0.23, 0.19], np.float32)


class OfferRow(QFrame):
    """A step: whether it is to be done, what was found, and a part of the picture before and after.

    Attributes:
        offer: the step.
        box: ticked if it is to be done.
    """

    changed = Signal()

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer
        words = tasks.task(offer.kind)
        self.box = QCheckBox(words.title)
        self.box.setChecked(offer.proposed)
        self.box.setToolTip(words.hint)
        self.box.toggled.connect(lambda _: self.changed.emit())
        found = offer.found[:1].upper() + offer.found[1:]
        says = tr("Found: {0}").format(found) if found else tr("Nothing was found for sure.")
        self.about = label(says, "caption", wrapped=True)
        self.before, self.after = self._pane(tr("Before")), self._pane(tr("After"))
        said = in_column(self.box, self.about, SPACE, spacing=4)
        in_row(Placed(said, 1), self.before, self.after, on=self, margins=8, spacing=8)

    def _pane(self, name: str) -> QLabel:
        pane = label("…", "quiet")
        pane.setFixedSize(_LOOK)
        pane.setAlignment(Qt.AlignmentFlag.AlignCenter)
        pane.setAccessibleName(name)
        pane.setToolTip(name)
        return pane

    def show_look(self, look: Look, icc: bytes | None) -> None:
        """Show a part of the picture before and after the step, with what is filled in red."""
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
        """Say why there is nothing to look at."""
        self.before.setText("")
        self.after.setText("")
        self.about.setText(error.sentence)


def _headings() -> QWidget:
    """What is shown beside the steps."""
    row = QFrame()
    titles = [label(text, "quiet") for text in (tr("Before"), tr("After"))]
    for title in titles:
        title.setFixedWidth(_LOOK.width())
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
    in_row(SPACE, *titles, on=row, margins=(8, 0, 8, 0), spacing=8)
    return row


class OldPhotoDialog(QDialog):
    """Lists what can be done; Restore does what is ticked, as one job.

    Signals:
        chosen: (Source, kinds of tasks in order), to be done.
    """

    chosen = Signal(object, object)

    def __init__(self, parent: QWidget, document: Document, opened: OpenPicture) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(tr("Restore old photo"))
        self._background = Background("old-photo", self)
        self._source: Source | None = None
        self.rows: list[OfferRow] = []
        self._picture = opened.content.picture
        self.intro = label(tr("Looking at the picture…"), wrapped=True)
        self._body = QWidget()
        self._list = in_column(_headings(), on=self._body, spacing=8)
        self.restore = button(tr("Restore"), self._on_restore, main=120)
        self.restore.setEnabled(False)
        foot = in_row(SPACE, button(tr("Cancel"), self.reject), self.restore, spacing=8)
        parts = self.intro, wide(scrolling(self._body)), foot
        in_column(*parts, on=self, margins=16, spacing=12)
        fit_on_screen(self, _SIZE, QSize(480, 360))
        self.finished.connect(lambda _: self._background.cancel())
        self._ask(document, opened)

    def _ask(self, document: Document, opened: OpenPicture) -> None:
        picture, estimate = opened.content.picture, opened.content.estimate
        assert picture is not None and estimate is not None
        source = work.source_of(picture, estimate, opened.content.tables)
        asking = partial(work.offered, source, opened.painted.mask, opened.painted.strength)
        self._background.run(asking, self._show, self._fail)

    @Slot(object)
    def _show(self, answer: tuple[Source, tuple[Offer, ...]]) -> None:
        self._source, offers = answer
        words = tr(
            "Ticked steps are done one after the other. Each has its own result that you can "
            "go back to, and one that does harm is taken back."
        )
        if not any(offer.proposed for offer in offers):
            words = f"{tr('Nothing is sure: tick what looks better to you.')} {words}"
        self.intro.setText(words)
        engine = Engine()
        for offer in offers:
            row = OfferRow(offer)
            row.changed.connect(self._refresh)
            self.rows.append(row)
            self._list.addWidget(row)
        self._list.addStretch()
        icc = self._picture.icc if self._picture else None
        for row in sorted(
            self.rows, key=lambda row: TASKS[row.offer.kind].asks_prior
        ):  # quick first
            looking = partial(work.look_at, row.offer.kind, self._source, engine)
            self._background.run(looking, partial(_look, row, icc), row.show_no_look)
        self._refresh()

    def _fail(self, error: RestorerError) -> None:
        self.intro.setText(error.sentence)

    def _refresh(self) -> None:
        self.restore.setEnabled(bool(self._kinds()))

    def _kinds(self) -> tuple[str, ...]:
        return tuple(row.offer.kind for row in self.rows if row.box.isChecked())

    @Slot()
    def _on_restore(self) -> None:
        self.chosen.emit(self._source, self._kinds())
        self.accept()


class OldPhotos(QObject):
    """Opens the list for the picture on view, and has done what was chosen."""

    def __init__(self, room: QWidget, document: Document) -> None:
        super().__init__(room)
        self._room, self._document = room, document

    @Slot()
    def show(self) -> None:
        """Open the list; nothing while there is no picture, or it is still being measured."""
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
        dialog.chosen.connect(lambda source, kinds: begin(text, opened, source, kinds))
        dialog.open()


def _with_marks(look: Look) -> Pixels:
    if look.marked is None:
        return look.before
    tint = np.where(look.marked, np.float32(OPACITY), np.float32(0))[..., None]
    marked: Pixels = look.before + tint * (_RED - look.before)
    return marked


def _look(row: OfferRow, icc: bytes | None, look: Look) -> None:
    row.show_look(look, icc)

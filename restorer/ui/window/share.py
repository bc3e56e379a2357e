"""Sharing a result: a film of its steps, sheets, a report; and dragging it out of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QObject,
    QPointF,
    QSize,
    QStandardPaths,
    Qt,
    QTemporaryDir,
    QUrl,
    Slot,
)
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QWidget,
)

import restorer.document.share as share
from restorer.document import Document, OpenPicture, work
from restorer.document.share import Pace, Shared
from restorer.errors import RestorerError
from restorer.imaging.formats import SaveOptions
from restorer.imaging.picture import Picture
from restorer.jobs.background import Background
from restorer.ui.widgets.buttons import button, progress_bar
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_column, in_row
from restorer.ui.widgets.qimage import to_clipboard, to_qimage
from restorer.ui.widgets.screen import fit_on_screen
from restorer.ui.widgets.slider import CalmSpinBox
from restorer.words import tr

T = TypeVar("T")


@dataclass(frozen=True)
class Way:
    """One way to share: its name, description, suffixes, and the functions that make it."""

    name: str
    title: str
    told: str
    suffixes: tuple[str, ...]
    write: Callable[[Shared, Path, Pace], None]
    film: bool = False
    picture: Callable[[Shared], Picture] | None = None


def ways() -> tuple[Way, ...]:
    """All ways, in the order of the dialog."""
    pictures = (".png", ".jpg", ".webp")
    return (
        Way(
            "film",
            tr("Film of the steps"),
            tr("Forward, until it is as it came, and back; t and sigma stand under it."),
            tuple(share.film_suffixes()),
            share.write_film,
            film=True,
        ),
        Way(
            "pair",
            tr("Before and after"),
            tr("Both beside one another, as one picture."),
            pictures,
            share.write_pair,
            picture=share.pair,
        ),
        Way(
            "sheet",
            tr("Contact sheet"),
            tr("Every step on one picture, with its t and noise."),
            pictures,
            share.write_sheet,
            picture=share.sheet,
        ),
        Way(
            "report",
            tr("Report"),
            tr("A page for any browser: before and after with a slider, numbers, steps, record."),
            (".html",),
            share.write_report,
        ),
    )


class ShareDialog(QDialog):
    """Asks how to share the current result, and stays beside the window during the work.

    Closing it cancels the work.
    """

    def __init__(self, document: Document, background: Background, parent: QWidget) -> None:
        """`background`: for films and reports, so that reading and saving files can go on."""
        super().__init__(parent)
        self._document, self._background = document, background
        self.setWindowTitle(tr("Share"))
        self._ways = ways()
        self.way, self._told = QComboBox(), label("", "caption", wrapped=True)
        for way in self._ways:
            self.way.addItem(way.title)
        self.way.currentIndexChanged.connect(self._refresh)
        self.size_, self.seconds = CalmSpinBox(64, 2048), CalmSpinBox(1, 120)
        self.size_.setValue(Pace().size)
        self.seconds.setValue(round(Pace().seconds))
        self._form = QFormLayout()
        for name, field in (
            (tr("What"), self.way),
            (tr("Longest side, pixels"), self.size_),
            (tr("Seconds"), self.seconds),
        ):
            field.setAccessibleName(name)
            self._form.addRow(name, field)
        self.copy_button = button(tr("Copy"), self._copy)
        self.save_button = button(tr("Save…"), self._save, main=96)
        self.stop_button = button(tr("Stop"), self.reject, main=96)
        self.waiting = progress_bar()
        row = in_row(self.copy_button, SPACE, self.save_button, self.stop_button, spacing=8)
        parts = self._form, self._told, SPACE, self.waiting, row
        in_column(*parts, on=self, margins=16, spacing=12)
        self.finished.connect(background.cancel)
        self._show_making(False)
        fit_on_screen(self, QSize(420, 260), QSize(320, 200))
        self._refresh()

    @property
    def chosen(self) -> Way:
        return self._ways[self.way.currentIndex()]

    @property
    def pace(self) -> Pace:
        """Size and duration of a film."""
        return Pace(self.size_.value(), float(self.seconds.value()))

    def save_to(self, path: Path) -> None:
        """Write the file off the main thread, and announce it."""
        opened, shared = self._document.pictures.current, self._shared()
        if opened is None or shared is None:
            return
        said = tr("Saved as {0}.").format(path.name)
        self._make(partial(self.chosen.write, shared, path, self.pace), lambda _: None, said)

    def _make(self, making: Callable[[], T], use: Callable[[T], object], said: str) -> None:
        """Run `making` in its own thread, pass the result to `use`, and announce it."""

        def done(made: T) -> None:
            use(made)
            self._document.notices.hint.emit(said)
            self.accept()

        self._show_making(True)
        self._background.run(making, done, self._failed, self._show_share)

    def _failed(self, error: RestorerError) -> None:
        self._show_making(False)
        self._document.notices.report(error)

    def _show_share(self, share: float) -> None:
        self.waiting.setRange(0, 100)
        self.waiting.setValue(round(100 * share))

    def _show_making(self, making: bool) -> None:
        for part in (self.way, self.size_, self.seconds, self.copy_button, self.save_button):
            part.setEnabled(not making)
        self.save_button.setVisible(not making)
        self.waiting.setRange(0, 0)
        self.waiting.setVisible(making)
        self.stop_button.setVisible(making)

    @Slot()
    def _refresh(self) -> None:
        way = self.chosen
        self._told.setText(way.told)
        for field in (self.size_, self.seconds):
            self._form.setRowVisible(field, way.film)
        self.copy_button.setVisible(way.picture is not None)

    @Slot()
    def _save(self) -> None:
        opened = self._document.pictures.current
        if opened is None:
            return
        way, file = self.chosen, opened.source.path or opened.source.origin
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        folder = file.parent if file else Path(self._document.settings.folder or pictures)
        stem = Path(file.name if file else opened.source.title).stem
        kinds = ";;".join(f"{suffix[1:].upper()} (*{suffix})" for suffix in way.suffixes)
        suggested = folder / f"{stem}-{way.name}{way.suffixes[0]}"
        name, kind = QFileDialog.getSaveFileName(self, way.title, str(suggested), kinds)
        if name:
            self.save_to(_with_suffix(Path(name), kind, way.suffixes))

    @Slot()
    def _copy(self) -> None:
        shared, making = self._shared(), self.chosen.picture
        if shared is None or making is None:
            return

        def make() -> QImage:
            picture = making(shared)
            return to_qimage(picture.pixels, picture.icc)

        self._make(make, to_clipboard, tr("{0} is copied.").format(self.chosen.title))

    def _shared(self) -> Shared | None:
        opened = self._document.pictures.current
        return None if opened is None else shared_of(opened)


def shared_of(opened: OpenPicture) -> Shared | None:
    """What can be shared of a picture; None without a result."""
    run = opened.results.shown
    if run is None or run.trajectory.result is None:
        return None
    return Shared(opened.source.title, run, not opened.plan.parameters.private)


class Share(QObject):
    """Opens the dialog, and lets a person drag the result from a button."""

    def __init__(self, document: Document, window: QWidget, handle: QWidget) -> None:
        """`handle`: the button where a drag begins."""
        super().__init__(window)
        self._document, self._window, self._handle = document, window, handle
        self._pressed: QPointF | None = None
        self._leaving = False  # a drag has begun: until the release, the button hears of no mouse
        self._folder: QTemporaryDir | None = None
        self._background = Background("share", self)
        self.dialog: ShareDialog | None = None
        handle.installEventFilter(self)

    def show(self) -> None:
        if not self._document.saver.may_keep():
            return
        if self.dialog is None:
            self.dialog = ShareDialog(self._document, self._background, self._window)
            self.dialog.finished.connect(self._forget_dialog)
        self.dialog.show()
        self.dialog.activateWindow()

    @Slot()
    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def eventFilter(self, handle: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            left = event.buttons() & Qt.MouseButton.LeftButton
            if event.type() == QEvent.Type.MouseButtonPress:
                self._pressed, self._leaving = event.position(), False
            elif self._leaving:
                return True
            elif event.type() == QEvent.Type.MouseMove and self._pressed is not None and left:
                moved = event.position() - self._pressed
                if moved.manhattanLength() >= QApplication.startDragDistance():
                    self._pressed, self._leaving = None, True
                    self._handle.setDown(False)  # type: ignore[attr-defined]
                    self.write_for_drag(self._drag)
                    return True
        return super().eventFilter(handle, event)

    def write_for_drag(self, then: Callable[[Path], None]) -> None:
        """Write the result to a temporary file, as it would be saved."""
        opened = self._document.pictures.current
        run = opened.results.shown if opened is not None else None
        result = opened.result if opened is not None else None
        if opened is None or run is None or result is None or not self._document.saver.may_keep():
            return
        if self._folder is None:
            self._folder = QTemporaryDir()
        stem = Path(opened.source.title).stem or "restored"
        path = Path(self._folder.path()) / f"{stem}-restored.png"
        private = opened.plan.parameters.private
        writing = partial(work.write, result, run, path, True, SaveOptions(), not private)
        self._document.pictures.compute(writing, lambda _: then(path))

    def _drag(self, path: Path) -> None:
        if not QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            return  # the mouse was released meanwhile
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        drag = QDrag(self._handle)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


def _with_suffix(path: Path, kind: str, suffixes: tuple[str, ...]) -> Path:
    """The path with a suffix of this way to share: its own, or that of the selected type."""
    if path.suffix.lower() in suffixes:
        return path
    chosen = next((suffix for suffix in suffixes if suffix in kind), suffixes[0])
    return path.with_name(path.name + chosen)

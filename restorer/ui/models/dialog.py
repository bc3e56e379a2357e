"""The dialog of models: a list, and beside it the selected model or the page to add one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from restorer.engine import hub, library
from restorer.engine.hub import HubModel
from restorer.engine.library import Unusable
from restorer.engine.models import BUNDLED, ModelInfo, all_models
from restorer.errors import RestorerError
from restorer.jobs.background import Background, go_on, report
from restorer.training.folder import folder_for
from restorer.ui.models.pages import AboutPage, AddPage
from restorer.ui.text import models
from restorer.ui.widgets.buttons import button, progress_bar
from restorer.ui.widgets.drop import DropTarget, local_paths
from restorer.ui.widgets.keys import press_focused
from restorer.ui.widgets.labels import Problem, label, show_text, to_the_letter
from restorer.ui.widgets.layouts import Placed, in_column, in_row, wide
from restorer.ui.widgets.question import confirmed
from restorer.ui.widgets.screen import fit_on_screen, scroll_pages
from restorer.words import tr

_SIDE_WIDTH = 264
_NARROW, _NARROW_SIDE = 760, 200  # in a window narrower than the first, the list is so wide

T = TypeVar("T")


class ModelsDialog(QDialog):
    """Non-modal; long work is done off the main thread, one thing at a time.

    Signals:
        changed: models were added.
        removed: the model of this name was removed.
        use_wanted: restore with the model of this name from now on.
    """

    changed = Signal()
    removed = Signal(str)
    use_wanted = Signal(str)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Models"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.background = Background("models", self)
        self._known: dict[str, str] = {}  # what is known about the weights, by name
        self._models: list[ModelInfo | Unusable] = []
        self.about, self.add = AboutPage(), AddPage()
        self.about.use_wanted.connect(self._on_use)
        self.about.verify_wanted.connect(self._on_verify)
        self.about.remove_wanted.connect(self._on_remove)
        self.about.open_wanted.connect(self._on_open)
        self.add.folder_wanted.connect(self._on_add)
        self.add.look_up_wanted.connect(self._on_look_up)
        self.add.fetch_wanted.connect(self._on_fetch)
        drops = DropTarget(self, self._dropped)
        drops.hovered.connect(self._hovered)
        drops.dropped.connect(self._on_add)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.about)
        self.pages.addWidget(self.add)
        upper = in_row(self._make_side(), wide(scroll_pages(self.pages)))
        whole = in_column(wide(upper), self._make_foot(), on=self)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it never jumps
        for part in self.findChildren(QPushButton):
            part.setAutoDefault(False)  # Return works in the text field
        fit_on_screen(self, QSize(880, 560), QSize(760, 480))
        self.renew()
        self._show_idle()

    # Building.

    def _make_side(self) -> QFrame:
        self.side = side = QFrame()
        side.setObjectName("modelsSide")
        side.setFixedWidth(_SIDE_WIDTH)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Models"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemClicked.connect(self._on_row)
        self.add_button = button(tr("Add a model…"), self.show_add)
        in_column(wide(self.list), self.add_button, on=side, margins=(12, 16, 12, 16), spacing=12)
        return side

    def _make_foot(self) -> QFrame:
        """The work under way, or its outcome."""
        self.foot = foot = QFrame()
        foot.setObjectName("modelsFoot")
        self.status, self.error = label(kind="caption", wrapped=True), Problem()
        self.bar = progress_bar()
        self.stop = button(tr("Stop"), self._on_stop)
        words = in_column(self.error, self.status, self.bar, spacing=8)
        stop = Placed(self.stop, alignment=Qt.AlignmentFlag.AlignVCenter)
        in_row(wide(words), stop, on=foot, margins=(24, 12, 24, 12), spacing=24)
        return foot

    # Display.

    def renew(self, chosen: str = "") -> None:
        """List the models again; `chosen` is the name of the one to show."""
        before = self._model
        chosen = chosen or (before.name if before is not None else "")
        self._models = [*all_models(), *library.unusable()]
        self.list.blockSignals(True)
        self.list.clear()
        for model in self._models:
            item = QListWidgetItem("\n".join(_lines(model)))
            about = model.reason if isinstance(model, Unusable) else model.name
            item.setToolTip(to_the_letter(about))
            item.setSizeHint(QSize(0, 48))
            self.list.addItem(item)
        names = [model.name for model in self._models]
        self.list.setCurrentRow(names.index(chosen) if chosen in names else 0)
        self.list.blockSignals(False)
        self._show_model()

    @property
    def _model(self) -> ModelInfo | Unusable | None:
        row = self.list.currentRow()
        return self._models[row] if 0 <= row < len(self._models) else None

    def _show_model(self) -> None:
        model = self._model
        if model is not None:
            weights = self._known.get(model.name) or tr("Not compared with their checksums yet.")
            self.about.show_model(model, weights, self.background.running)

    @Slot()
    def show_add(self) -> None:
        self.list.clearSelection()
        self.pages.setCurrentWidget(self.add)

    # Commands.

    @Slot()
    def _on_row(self) -> None:
        self.pages.setCurrentWidget(self.about)
        self._show_model()

    @Slot()
    def _on_use(self) -> None:
        if self._model is not None:
            self.use_wanted.emit(self._model.name)
            self.hide()

    @Slot()
    def _on_open(self) -> None:
        if self._model is not None:
            path = self._model.path
            folder = path if path.is_dir() else path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    @Slot()
    def _on_verify(self) -> None:
        model = self._model
        if model is None:
            return

        def compared(files: int) -> None:
            words = tr("Unchanged since they were added: {0} compared.").format(_files(files))
            if not files:
                words = tr("There are no checksums to compare them with.")
            self._known[model.name] = words
            self._show_model()

        self._known.pop(model.name, None)
        words = tr("Reading the weights of “{0}”…").format(model.name)
        self._begin(words, partial(library.verify, model.name, report), compared)

    @Slot()
    def _on_remove(self) -> None:
        model = self._model
        if model is None or not self._agreed(model):
            return

        def gone(_: Path) -> None:
            self._known.pop(model.name, None)
            self.renew()
            self.removed.emit(model.name)
            self._say(tr("“{0}” was removed.").format(model.name))

        words = tr("Removing “{0}”…").format(model.name)
        self._begin(words, partial(_remove, model), gone)

    def _agreed(self, model: ModelInfo | Unusable) -> bool:
        much = models.amount(model.bytes) + " " if isinstance(model, ModelInfo) else ""
        more = tr(
            "{0}in {1} are deleted for good; where the model was copied from nothing changes."
        ).format(much, library.own_folder(model.name))
        return confirmed(self, tr("Remove “{0}”?").format(model.name), tr("Remove"), more)

    @Slot(object)
    def _on_add(self, source: Path) -> None:
        if self.background.running:
            return
        words = tr("Checking and copying “{0}”…").format(source.name)
        self._begin(words, partial(library.add, source, None, report), self._added)

    @Slot(str)
    def _on_look_up(self, name: str) -> None:
        if not self.background.running:
            words = tr("Asking the hub about “{0}”…").format(name)
            self._begin(words, partial(hub.look_up, name, go_on), self.add.show_found)

    @Slot(object)
    def _on_fetch(self, found: HubModel) -> None:
        words = tr("Fetching “{0}”, {1}…").format(found.name, models.amount(found.bytes))
        self._begin(words, partial(hub.fetch, found, None, report), self._added)

    def _added(self, info: ModelInfo) -> None:
        self.add.show_found(None)
        self._known[info.name] = tr("Their checksums were recorded when they were copied.")
        self.renew(info.name)
        self.pages.setCurrentWidget(self.about)
        self._say(tr("“{0}” was added.").format(info.title))
        self.changed.emit()

    # Background work.

    def _begin(self, words: str, work: Callable[[], T], then: Callable[[T], object]) -> None:
        def answered(value: T) -> None:
            self._show_idle()
            then(value)

        def failed(error: RestorerError) -> None:
            self._show_idle()
            self._show_error(error)

        self.error.show_error(None)
        self._say(words)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.stop.show()
        self.background.run(work, answered, failed, self._show_progress)
        self.add.set_busy(True)
        self._show_model()

    def _show_progress(self, share: float) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * share))

    @Slot()
    def _on_stop(self) -> None:
        self.background.cancel()
        self._show_idle()

    def _show_idle(self) -> None:
        """Show that no work is under way; its outcome is shown after this."""
        self.error.show_error(None)
        self.bar.hide()
        self.stop.hide()
        self._say("")
        self.add.set_busy(False)
        self._show_model()

    def _show_error(self, error: RestorerError) -> None:
        self.error.show_error(error)
        self.foot.show()

    def _say(self, words: str) -> None:
        show_text(self.status, words)
        self.foot.setVisible(bool(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.side.setFixedWidth(_NARROW_SIDE if self.width() < _NARROW else _SIDE_WIDTH)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_focused(self, event):
            super().keyPressEvent(event)

    # Models that are dropped.

    def _dropped(self, mime: QMimeData) -> Path | None:
        return None if self.background.running else next(iter(local_paths(mime)), None)

    @Slot(bool)
    def _hovered(self, over: bool) -> None:
        if over:
            self.show_add()
        self.add.zone.set_over(over)


def _lines(model: ModelInfo | Unusable) -> tuple[str, str]:
    """The two lines of a model in the list: its title, and its role or its own name."""
    if isinstance(model, Unusable):
        return model.name, tr("cannot be used")
    renamed = model.name not in BUNDLED and model.name != model.title
    what = model.name if renamed else models.role(model)
    return model.title, f"{what}  ·  {models.amount(model.bytes)}"


def _files(number: int) -> str:
    return tr("1 file") if number == 1 else tr("{0} files").format(number)


def _remove(model: ModelInfo | Unusable) -> Path:
    if (model.path / "training").is_dir():
        with folder_for(model.name).locked():  # raises while a training uses it
            pass
    return library.remove(model.name)

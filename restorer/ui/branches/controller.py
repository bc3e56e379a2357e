"""Between the document and the tree of branches."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Slot
from PySide6.QtWidgets import QMenu, QVBoxLayout

from restorer.document import Changes, Document, after
from restorer.document.branches import BranchRun
from restorer.ui.branches.tree import BranchTree, Line
from restorer.ui.text import versions
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.widgets.screen import scroll_area
from restorer.words import tr

_MOST_ROWS = 4  # visible at once; two in a window lower than `_LOW` pixels
_LOW = 700
_SHOWN = Changes.CURRENT | Changes.RUN | Changes.STATUS | Changes.FRAMES | Changes.PARAMETERS


class BranchesController(QObject):
    """Shows the tree over the timeline while there is more than one run in it."""

    def __init__(self, document: Document, timeline: NoiseTimeline) -> None:
        """Put the tree above the timeline, in the layout that holds it."""
        super().__init__(timeline)
        self._document, self._timeline = document, timeline
        self._twigs: tuple[BranchRun, ...] = ()
        self.tree = BranchTree(lambda times: timeline.view.layout.xs(list(times)))
        self._area = scroll_area(self.tree)
        self._area.hide()
        layout = timeline.parentWidget().layout()  # type: ignore[union-attr]
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(0, self._area)
        document.changed.connect(self._show)
        self.tree.chosen.connect(lambda row: document.versions.show(self._twigs[row].run))
        self.tree.menu_wanted.connect(self._open_menu)
        timeline.go_on_wanted.connect(document.branches.begin)
        timeline.window().installEventFilter(self)

    def eventFilter(self, window: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and len(self._twigs) > 1:
            self._show()
        return super().eventFilter(window, event)

    @after(_SHOWN)
    def _show(self) -> None:
        twigs = self._twigs = self._document.branches.family
        opened = self._document.pictures.current
        self._area.setVisible(len(twigs) > 1)
        if len(twigs) < 2 or opened is None:
            self.tree.show_lines(())
            return
        rows = {twig.run: row for row, twig in enumerate(twigs)}
        self.tree.show_lines(
            tuple(
                Line(
                    versions.title(opened, twig.run),
                    self._times(twig),
                    twig.run.task.after if twig.parent is not None else 0,
                    rows[twig.parent] if twig.parent is not None else None,
                    twig.run is opened.results.shown,
                )
                for twig in twigs
            )
        )
        shown = next((row for row, twig in enumerate(twigs) if twig.run is opened.results.shown), 0)
        self._fit(shown)

    def _fit(self, shown: int) -> None:
        """Show as many rows as the window has room for, and the current one among them."""
        low = self._timeline.window().height() < _LOW
        rows_seen = min(len(self._twigs), 2 if low else _MOST_ROWS)
        height = self.tree.row_height
        self._area.setFixedHeight(height * rows_seen + 4)
        QTimer.singleShot(0, self, partial(self._see, shown * height + height // 2, height // 2))

    def _see(self, middle: int, around: int) -> None:
        """Scroll to a row once the tree has been laid out."""
        self._area.ensureVisible(0, middle, 0, around)

    def _times(self, twig: BranchRun) -> tuple[float, ...]:
        """t of its steps; the last step of a complete run stands at 0, as on the timeline."""
        infos = twig.run.trajectory.infos
        return tuple(
            0.0 if info.index == info.steps - 1 and not info.preview else info.t for info in infos
        )

    @Slot(int, QPoint)
    def _open_menu(self, row: int, at: QPoint) -> None:
        self.menu(row).popup(at)

    def menu(self, row: int) -> QMenu:
        """What can be done with a line."""
        run = self._twigs[row].run
        opened, made = self._document.pictures.current, QMenu(self.tree)
        show = made.addAction(tr("Show"), lambda: self._document.versions.show(run))
        compare = made.addAction(
            tr("Compare with the result on view"), lambda: self._document.display.compare_with(run)
        )
        shown = opened is not None and opened.results.shown is run
        for action in (show, compare):
            action.setEnabled(not shown)
        return made

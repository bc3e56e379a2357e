"""Static plots in the colours of the palette; this loads pyqtgraph."""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette


class _CountAxis(pyqtgraph.AxisItem):  # type: ignore[misc]
    """Between two steps there is none: nothing is written there."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        return [(max(1.0, by), at) for by, at in super().tickSpacing(low, high, size)]


class StillPlot(pyqtgraph.PlotWidget):  # type: ignore[misc]
    """A plot that neither mouse nor keys move, and that follows the palette."""

    _color_lines: Callable[[QPalette], object] | None = None  # Qt sends events before __init__

    def __init__(
        self,
        name: str,
        across: str,
        color_lines: Callable[[QPalette], object],
        counts: bool = False,
    ) -> None:
        """Make an empty plot.

        Args:
            name: for screen readers.
            across: label of the horizontal axis.
            color_lines: colours the lines; call `recolor` after adding lines.
            counts: the axis counts whole things, such as steps.
        """
        super().__init__(axisItems={"bottom": _CountAxis("bottom")} if counts else {})
        self._color_lines = color_lines
        self.setMouseEnabled(False, False)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)
        self.setLabel("bottom", across)
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.recolor()

    def recolor(self) -> None:
        """Colour background, axes and lines as in the rest of the window."""
        if self._color_lines is None:
            return
        palette = self.palette()
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        self.setBackground(palette.color(QPalette.ColorRole.Window))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(dim)
            axis.setTextPen(dim)
        self._color_lines(palette)

"""Beside the picture: which pixel, its equation, its path, and what was taken away around it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QScrollArea, QWidget

from restorer.engine.inspection import SIDE, Numbers, Taken
from restorer.ui.inspector import words
from restorer.ui.inspector.words import Told
from restorer.ui.text import tr
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_column, in_row, wide
from restorer.ui.widgets.plots import set_plot_colors, still_plot
from restorer.ui.widgets.slider import CalmSpinBox

WIDTH, _PLOT_HEIGHT = 320, 128
#: Of the curves for R, G and B: seen on light and dark alike.
_CHANNELS = ("#d9534f", "#3d9e5a", "#4f86e0")


class InspectorPanel(QFrame):
    """Shows an inspection; a person may type which pixel, or hold the one pointed at.

    Attributes:
        x, y: its place in what is on view.
        held: the pointer no longer chooses it.
    """

    typed = Signal()  # another place

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self.x_, self.y_ = _place("x", self), _place("y", self)
        self.held = QCheckBox(tr("Hold"))
        self.held.setToolTip(tr("Keep this pixel; otherwise the pointer chooses it"))
        self.told, self.onward, self.noise = (label("", "value", wrapped=True) for _ in range(3))
        self.away = label(tr("TAKEN AWAY, {0} × {0} PIXELS AROUND").format(SIDE), "section")
        self.equation, self.update_ = _numbers(), _numbers()
        self.path = _Curves(tr("Its path over the steps"), tr("step"))
        self.histogram = _Curves(tr("How often each value was taken"), tr("of 255"))
        self.spectrum = _Curves(tr("Power of its waves, long to fine"), tr("waves a pixel"))
        self.path.add_lines(_CHANNELS, _CHANNELS)
        for curves in (self.histogram, self.spectrum):
            curves.add_lines(_CHANNELS[2:], ("",))
        body = QWidget()
        body.setObjectName("panelBody")
        place = in_row(label("x"), self.x_, label("y"), self.y_, SPACE, self.held, spacing=6)
        in_column(
            label(tr("INSPECTOR"), "section"), place, self.told, self.equation, self.onward,
            self.update_, self.path, self.away, self.noise, self.histogram, self.spectrum, SPACE,
            on=body, margins=16, spacing=10,
        )  # fmt: skip
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(body)
        in_column(wide(area), on=self)
        self.say_nothing(words.no_pixel())

    def set_size(self, width: int, height: int) -> None:
        """Of what is on view: which places there are."""
        for field, side in ((self.x_, width), (self.y_, height)):
            with QSignalBlocker(field):
                field.setMaximum(max(0, side - 1))

    def point_at(self, x: int, y: int) -> None:
        """Show this place; nothing is emitted."""
        for field, value in ((self.x_, x), (self.y_, y)):
            with QSignalBlocker(field):
                field.setValue(value)

    def say_nothing(self, why: str) -> None:
        """There is nothing to show, and why."""
        self.told.setText(why)
        for part in (self.equation, self.onward, self.update_, self.path):
            part.hide()
        self._show_taken(None)

    def show_pixel(self, pixel: Told) -> None:
        """Show all that is known of a pixel."""
        found = pixel.found
        self.told.setText(pixel.told)
        _say(self.equation, words.equation(found.state))
        _say(self.onward, pixel.onward)
        update = found.update
        _say(self.update_, words.update_equation(found.state, update) if update else "")
        self.path.setVisible(len(found.x_0) > 1)
        if len(found.x_0) > 1:
            steps = np.arange(1.0, len(found.x_0) + 1)
            lines = [(steps, values[:, c]) for values in (found.x_0, found.x_t) for c in range(3)]
            self.path.show_lines(lines, words.path(found.x_0))
        self._show_taken(found.taken)

    def _show_taken(self, taken: Taken | None) -> None:
        for part in (self.away, self.noise, self.histogram, self.spectrum):
            part.setVisible(taken is not None)
        if taken is None:
            return
        self.noise.setText(taken.sentence)
        middles = (taken.edges[1:] + taken.edges[:-1]) / 2
        lines = [(middles, taken.counts), (middles, taken.gaussian)]
        self.histogram.show_lines(lines, words.spread(taken))
        flat = np.ones_like(taken.power)
        lines = [(taken.frequencies, taken.power), (taken.frequencies, flat)]
        self.spectrum.show_lines(lines, words.spectrum(taken))


class _Curves(QWidget):
    """Some lines over one axis, with a title; dashed ones are there to compare with."""

    def __init__(self, title: str, across: str) -> None:
        super().__init__()
        self._plot = still_plot()
        self._plot.setFixedHeight(_PLOT_HEIGHT)
        self._plot.setLabel("bottom", across)
        self._plot.getAxis("bottom").enableAutoSIPrefix(False)
        self._plot.setAccessibleName(title)
        self._lines: list[Any] = []
        self._pens: list[tuple[str, bool]] = []
        self.caption = label("", "quiet", wrapped=True)
        in_column(label(title, "caption", wrapped=True), self._plot, self.caption, on=self)

    def add_lines(self, solid: tuple[str, ...], dashed: tuple[str, ...]) -> None:
        """One of each colour; "" is that of text."""
        self._pens = [*((colour, False) for colour in solid), *((c, True) for c in dashed)]
        self._lines = [self._plot.plot() for _ in self._pens]
        self._set_colors()

    def show_lines(self, lines: list[tuple[Numbers, Numbers]], caption: str) -> None:
        """(x, y) of each, in the order in which they were added."""
        for line, (x, y) in zip(self._lines, lines, strict=True):
            line.setData(x, y)
        self.caption.setText(caption)
        self._plot.setAccessibleDescription(caption)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._set_colors()

    def _set_colors(self) -> None:
        set_plot_colors(self._plot, self.palette())
        text = self.palette().color(QPalette.ColorRole.Text)
        dash = Qt.PenStyle.DashLine, Qt.PenStyle.SolidLine
        for line, (colour, dashed) in zip(self._lines, self._pens, strict=True):
            style = dash[0] if dashed else dash[1]
            line.setPen(colour or text, width=1 if dashed else 1.5, style=style)


def _place(axis: str, panel: InspectorPanel) -> CalmSpinBox:
    field = CalmSpinBox(0, 0)
    field.setAccessibleName(tr("Pixel {axis}").format(axis=axis))
    field.valueChanged.connect(panel.typed)
    return field


def _numbers() -> QLabel:
    """A label for an equation, which can be selected and copied."""
    result = label("", "quiet")
    result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return result


def _say(part: QLabel, text: str) -> None:
    part.setText(text)
    part.setVisible(bool(text))

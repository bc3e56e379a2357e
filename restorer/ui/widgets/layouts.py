"""Functions that make layouts: rows, columns and forms, with their spacing.

A part is a widget, a layout, a number (pixels of space), `SPACE`, or one of the first
two in `wide` or `centred`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QVBoxLayout,
    QWidget,
)

from restorer.ui.widgets.labels import label

_ANYWHERE = Qt.AlignmentFlag(0)

#: One number for all sides, or (left, top, right, bottom), in pixels.
Margins = int | tuple[int, int, int, int]

L = TypeVar("L", bound=QBoxLayout)


class Placed(NamedTuple):
    """A part with its stretch factor and its alignment."""

    part: QWidget | QLayout | None
    share: int = 0
    alignment: Qt.AlignmentFlag = _ANYWHERE


Part = QWidget | QLayout | int | Placed

#: Stretching space.
SPACE = Placed(None, 1)


def wide(part: QWidget | QLayout) -> Placed:
    """Let a part take the remaining room."""
    return Placed(part, 1)


def centred(part: QWidget) -> Placed:
    """Centre a part in a column, no wider than necessary."""
    return Placed(part, 0, Qt.AlignmentFlag.AlignHCenter)


def in_column(
    *parts: Part, on: QWidget | None = None, margins: Margins = 0, spacing: int = 0
) -> QVBoxLayout:
    """Put parts below one another, on a widget or for another layout."""
    return _filled(QVBoxLayout() if on is None else QVBoxLayout(on), parts, margins, spacing)


def in_row(
    *parts: Part, on: QWidget | None = None, margins: Margins = 0, spacing: int = 0
) -> QHBoxLayout:
    """Put parts beside one another."""
    return _filled(QHBoxLayout() if on is None else QHBoxLayout(on), parts, margins, spacing)


def _filled(layout: L, parts: tuple[Part, ...], margins: Margins, spacing: int) -> L:
    sides = (margins,) * 4 if isinstance(margins, int) else margins
    layout.setContentsMargins(*sides)
    layout.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            layout.addSpacing(part)
            continue
        what, share, alignment = part if isinstance(part, Placed) else Placed(part)
        if what is None:
            layout.addStretch(share)
        elif isinstance(what, QLayout):
            layout.addLayout(what, share)
        else:
            layout.addWidget(what, share, alignment)
    return layout


def in_form(*rows: tuple[str, QWidget], spacing: int = 8) -> QFormLayout:
    """Fields below one another, each with its name at the left, also for screen readers."""
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(24)
    form.setVerticalSpacing(spacing)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    for text, field in rows:
        name = label(text, "caption")
        name.setBuddy(field)
        if not isinstance(field, QLabel):  # a label is read by its own text
            field.setAccessibleName(text)
        form.addRow(name, field)
    return form


def empty(layout: QLayout) -> None:
    """Remove and delete all widgets of a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()  # Qt deletes it later
            widget.deleteLater()

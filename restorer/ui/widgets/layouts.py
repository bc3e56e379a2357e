"""Layouts said in one go: what lies beside or under what, and how far apart.

A part is a widget, another layout, a number (so many pixels of space), `SPACE`, or one of the first
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
    """A part with its share of the room that is left, and where it lies in its own."""

    part: QWidget | QLayout | None
    share: int = 0
    alignment: Qt.AlignmentFlag = _ANYWHERE


Part = QWidget | QLayout | int | Placed

#: Room that grows.
SPACE = Placed(None, 1)


def wide(part: QWidget | QLayout) -> Placed:
    """It takes the room that is left."""
    return Placed(part, 1)


def centred(part: QWidget) -> Placed:
    """In the middle of a column, no wider than it must be."""
    return Placed(part, 0, Qt.AlignmentFlag.AlignHCenter)


def in_column(
    *parts: Part, on: QWidget | None = None, margins: Margins = 0, spacing: int = 0
) -> QVBoxLayout:
    """Parts one under the other, on a widget or to be put into another layout."""
    return _filled(QVBoxLayout() if on is None else QVBoxLayout(on), parts, margins, spacing)


def in_row(
    *parts: Part, on: QWidget | None = None, margins: Margins = 0, spacing: int = 0
) -> QHBoxLayout:
    """The same beside one another."""
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
    """Fields under one another, each with its name on its left, as screen readers say it too."""
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(24)
    form.setVerticalSpacing(spacing)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    for text, field in rows:
        name = label(text, "caption")
        name.setBuddy(field)
        if not isinstance(field, QLabel):  # that says what it says
            field.setAccessibleName(text)
        form.addRow(name, field)
    return form


def empty(layout: QLayout) -> None:
    """Take all widgets out of a layout, for good."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()  # it goes once Qt comes round to it
            widget.deleteLater()

"""Widgets with a value, for screen readers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleValueInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

Factory = Callable[[str, QObject | None], QAccessibleInterface | None]


class ValueAccessible(QAccessibleWidget, QAccessibleValueInterface):
    """A slider; subclasses give its texts, its value and its range."""

    def __init__(self, widget: QWidget, name: str) -> None:
        QAccessibleWidget.__init__(self, widget, QAccessible.Role.Slider, name)
        QAccessibleValueInterface.__init__(self)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> object:  # type: ignore[override]
        if kind == QAccessible.InterfaceType.ValueInterface:
            return self
        return super().interface_cast(kind)


@cache
def install_accessible(class_name: str, make: Callable[[Any], QAccessibleInterface]) -> Factory:
    """Register the accessible interface for a class of widgets; once per process is enough.

    Qt asks once per widget and keeps only the C++ half of the answer; the Python half lives as
    the widget's `accessible`. The factory itself lives in the cache.
    """

    def interface_for(name: str, thing: QObject | None) -> QAccessibleInterface | None:
        if name != class_name or thing is None:
            return None
        widget: Any = thing
        widget.accessible = made = make(widget)
        return made

    QAccessible.installFactory(interface_for)
    return interface_for

"""Widgets that take long to make, one in each turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer


def in_turns(parts: Iterable[Callable[[], object]], owner: QObject) -> None:
    """Do one after the other, each in a turn of its own, so that the window answers between them.

    Nothing more is done once the owner has gone.
    """
    left, timer = iter(parts), QTimer(owner)

    def turn() -> None:
        for part in left:
            part()
            return
        timer.stop()
        timer.deleteLater()

    timer.timeout.connect(turn)
    timer.start()

"""The progress of runs on the program's icon in the task bar, on systems that support it.

Qt sets the number of pictures; docks that know the launcher interface of
Unity (Ubuntu's, KDE's) show a progress bar: others ignore its D-Bus signal.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from restorer.document import Changes, Document, after

_PATH, _INTERFACE = "/org/restorer/Restorer", "com.canonical.Unity.LauncherEntry"


class TaskBar(QObject):
    """Follows the runs of the document."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._shown = (0, 0)
        document.changed.connect(self._show)

    @after(Changes.PICTURES | Changes.PROGRESS | Changes.STATUS)
    def _show(self) -> None:
        """Tell the task bar, if anything is different from before."""
        count, percent = state(self._document)
        if (count, percent) == self._shown:
            return
        before, self._shown = self._shown, (count, percent)
        if count != before[0]:
            app = QGuiApplication.instance()
            assert isinstance(app, QGuiApplication)
            app.setBadgeNumber(count)
        _tell_dock({"progress": percent / 100, "progress-visible": count > 0})


def state(document: Document) -> tuple[int, int]:
    """Number of pictures that are being restored or wait, and percent done of the current one."""
    busy = document.runs.busy
    now = next((o.results.progress for o in busy if o.results.progress is not None), None)
    share = (now.step + now.tile / now.tiles) / now.steps if now else 0.0
    return len(busy), round(100 * share)


def _tell_dock(values: dict[str, Any]) -> None:
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage
    except ImportError:  # not on this system
        return
    bus = QDBusConnection.sessionBus()
    if bus.isConnected():
        message = QDBusMessage.createSignal(_PATH, _INTERFACE, "Update")
        name = f"application://{QGuiApplication.desktopFileName()}.desktop"
        message.setArguments([name, values])
        bus.send(message)

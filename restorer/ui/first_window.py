"""One window per person: a second start hands its files to the open window.

It uses a socket of the person's own (a named pipe on Windows), which needs no service of the
desktop. If nobody answers, the second start opens a window of its own.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path
from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from restorer.logs import log

#: How long to wait for the open window; one that is just starting takes a few seconds.
_PATIENCE_MS = 10_000
_AGREED = b"ok\n"
_TOKEN = "XDG_ACTIVATION_TOKEN"  # with it, a Wayland desktop lets a window come to the front


def hand_over(paths: Sequence[Path]) -> bool:
    """Hand files to an open window; true if it has taken them and come to the front."""
    asked = QLocalSocket()
    asked.connectToServer(_address())
    if not asked.waitForConnected(1000):
        return False
    request = {
        "files": [str(path.absolute()) for path in paths],
        "token": os.environ.get(_TOKEN, ""),
    }
    asked.write(json.dumps(request).encode() + b"\n")
    answer = b""
    while _AGREED not in answer and asked.waitForReadyRead(_PATIENCE_MS):
        answer += asked.readAll().data()
    return answer == _AGREED


class FirstWindow(QObject):
    """Receives files from other starts, or from the desktop, to open in this window.

    Signals:
        wanted: paths to open; empty to only raise the window.
    """

    wanted = Signal(object)  # list[Path]

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._on_connection)
        if sys.platform == "win32":
            self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        address = _address()
        if not self._server.listen(address):
            # a killed window left it: `hand_over` got no answer
            QLocalServer.removeServer(address)
            if not self._server.listen(address):
                log.info("other calls open windows of their own: %s", self._server.errorString())
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """On macOS the desktop itself tells a running program what to open."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.wanted.emit([Path(event.file())])
            return True
        return super().eventFilter(watched, event)

    @Slot()
    def _on_connection(self) -> None:
        while (asking := self._server.nextPendingConnection()) is not None:
            asking.readyRead.connect(self._on_words)
            asking.disconnected.connect(asking.deleteLater)
            self._answer(asking)

    @Slot()
    def _on_words(self) -> None:
        asking = self.sender()
        assert isinstance(asking, QLocalSocket)
        self._answer(asking)

    def _answer(self, asking: QLocalSocket) -> None:
        if not asking.canReadLine():
            return
        try:
            request = json.loads(bytes(asking.readLine().data()))
            paths = [Path(name) for name in request["files"]]
            token = str(request["token"])
        except (ValueError, KeyError, TypeError):
            asking.abort()  # then the other start opens a window of its own
            return
        asking.write(_AGREED)
        asking.flush()
        if token:
            os.environ[_TOKEN] = token
        self.wanted.emit(paths)


def _address() -> str:
    """Address of the socket for this person and this screen."""
    screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or ""
    name = re.sub(r"[^\w.-]", "-", f"restorer-{socket.gethostname()}{screen}")
    if sys.platform == "win32":
        return f"{name}-{os.environ.get('USERNAME', '')}"
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if not (folder.is_absolute() and folder.is_dir()):
        folder = user_state_path("restorer", appauthor=False)
        with suppress(OSError):  # then nobody will answer
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(folder / name)

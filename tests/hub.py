"""As much of the Hugging Face hub as its own client asks for, on this machine."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from restorer.engine import hub


class Hub(BaseHTTPRequestHandler):
    """Serves one folder as `someone/tiny`."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        self.folder = folder
        super().__init__(*arguments)  # type: ignore[arg-type]

    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        files = [path for path in sorted(self.folder.iterdir()) if path.is_file()]
        if self.path.startswith("/api/models/someone/tiny"):
            siblings = [{"rfilename": path.name, "size": path.stat().st_size} for path in files]
            about = {"id": "someone/tiny", "sha": "0" * 40, "siblings": siblings}
            about["cardData"] = {"license": "cc0-1.0"}
            self._answer(json.dumps(about).encode(), "application/json")
        elif self.path.startswith("/someone/tiny/resolve/"):
            self._answer((self.folder / self.path.rpartition("/")[2]).read_bytes(), "binary")
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@contextmanager
def hub_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub that has this model as `someone/tiny`, under cc0-1.0."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(hub, "_OFFLINE", "")
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

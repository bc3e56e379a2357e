"""Models taken in, checked and thrown away; the hub is a server of the test's own."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from restorer.diffusion.prior import PriorUNet
from restorer.engine import library, models
from restorer.engine.models import WEIGHTS, list_models
from restorer.errors import BadInput, ModelRefused, RestorerError


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "library"
    monkeypatch.setattr(models, "models_folder", lambda: folder)
    monkeypatch.setattr(library, "models_folder", lambda: folder)
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    folder = tmp_path / "mine"
    PriorUNet(channels=(8, 8, 8), blocks=1, mid_blocks=1, embedding_dim=16).save_pretrained(folder)
    (folder / "README.md").write_text("---\ntitle: My own\nlicense: cc0-1.0\n---\n")
    (folder / "notes.pdf").write_bytes(b"not of the model")
    return folder


def test_a_folder_is_taken_in_listed_verified_and_removed(own: Path, source: Path) -> None:
    seen: list[tuple[int, int]] = []
    info = library.add(source, "tiny", lambda done, total: seen.append((done, total)))
    assert (info.name, info.title, info.licence) == ("tiny", "My own", "cc0-1.0")
    assert [model.name for model in list_models()] == ["builtin", "tiny"]
    assert not (own / "tiny" / "notes.pdf").exists()
    assert seen[-1][0] == seen[-1][1] > 0
    assert library.verify("tiny") == 1
    assert library.remove("tiny") == own / "tiny"
    assert [model.name for model in list_models()] == ["builtin"]
    assert source.is_dir()


def test_one_changed_bit_is_found(own: Path, source: Path) -> None:
    library.add(source)
    weights = own / "mine" / WEIGHTS
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelRefused, match="not what it was"):
        library.verify("mine")
    weights.unlink()
    with pytest.raises(ModelRefused):
        library.verify("mine")


def test_the_shipped_model_is_what_was_shipped() -> None:
    assert library.verify("builtin") == 1


def test_nothing_half_copied_stays(own: Path, source: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(source, "tiny", stop)
    assert list(own.iterdir()) == []


@pytest.mark.parametrize("name", ["../out", ".hidden", "a/b"])
def test_names_that_lead_elsewhere_are_refused(own: Path, source: Path, name: str) -> None:
    with pytest.raises(BadInput):
        library.add(source, name)
    with pytest.raises(BadInput):
        library.remove(name)


def test_what_cannot_be_taken_in_or_removed(own: Path, source: Path) -> None:
    library.add(source)
    with pytest.raises(BadInput, match="already"):
        library.add(source)
    with pytest.raises(BadInput, match="of your own"):
        library.remove("builtin")
    (source / "pipeline.py").write_text("print('hello')")
    with pytest.raises(ModelRefused, match=r"pipeline\.py"):
        library.add(source, "other")
    (source / WEIGHTS).rename(source / "diffusion_pytorch_model.bin")
    with pytest.raises(ModelRefused, match="pickle"):
        library.add(source, "other")


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's interface as its own client asks for."""

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


@pytest.fixture
def hub(source: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, source))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def test_from_the_hub_size_and_licence_come_first(own: Path, hub: None) -> None:
    found = library.look_up("someone/tiny")
    assert found.licence == "cc0-1.0"
    assert WEIGHTS in found.files
    assert "notes.pdf" not in found.files
    assert not own.exists()
    info = library.fetch(found)
    assert (info.name, info.title) == ("tiny", "My own")
    assert library.verify("tiny") == 1


def test_what_the_hub_does_not_have(own: Path, hub: None) -> None:
    with pytest.raises(RestorerError):
        library.look_up("someone/else")

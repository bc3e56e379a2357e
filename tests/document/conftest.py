"""A document with a scriptable engine; its pictures are measured to be noisy, without scratches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from restorer.document import Document, OpenPicture, Settings, Status, work
from restorer.jobs import Jobs
from tests.fakes import NOISY, PICTURE, FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def document(
    qtbot: QtBot, engine: FakeEngine, settings_file: QSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Document]:
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    monkeypatch.setattr(work, "count_scratches", lambda *_: 0)
    jobs = Jobs(lambda: engine)
    yield Document(jobs, Settings(settings_file))
    jobs.shutdown()


@pytest.fixture
def open_it(qtbot: QtBot, document: Document) -> Callable[..., OpenPicture]:
    """Opens a picture by its title, and waits until it has been measured."""

    def open_it(title: str = "a") -> OpenPicture:
        opened = document.pictures.open_picture(PICTURE, title)
        qtbot.waitUntil(lambda: opened.status is Status.READY)
        return opened

    return open_it

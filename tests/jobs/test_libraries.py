"""Libraries that are loaded without holding up the window."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from restorer.jobs.background import Background
from restorer.jobs.libraries import load_apart, load_soon

CODE = """
import sys
from pathlib import Path
from restorer.jobs.libraries import load_apart
print(load_apart("torch", "lib/libtorch_python.so"), "torch" in sys.modules)
import torch
print(float(torch.ones(2).sum()), load_apart("torch", "lib/libtorch_python.so"))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there")
def test_torch_is_linked_before_it_is_imported() -> None:
    told = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    assert told.stdout.splitlines() == ["True False", "2.0 False"]


def test_what_is_not_there_is_left_to_the_import() -> None:
    assert not load_apart("no_such_package", "lib/a.so")
    assert not load_apart("this", "lib/a.so")


def test_what_is_needed_soon_is_imported_in_another_thread(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needed_soon.py").write_text("import threading\nTHREAD = threading.get_ident()\n")
    monkeypatch.syspath_prepend(tmp_path)
    owner = QObject()
    background = Background("importing", owner)
    load_soon("needed_soon", background)
    qtbot.waitUntil(lambda: not background.running)
    assert threading.get_ident() != sys.modules.pop("needed_soon").THREAD
    background.shutdown()

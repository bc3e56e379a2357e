"""What docs/adding-a-task.md says is so."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from restorer.cli.main import main
from restorer.degradation.estimate import DegradationEstimate
from restorer.document import Parameters, Settings
from restorer.engine.proposal import propose
from restorer.engine.tasks import TASKS
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.jobs import Jobs
from restorer.ui.settings.fields import task_rows
from restorer.ui.text import tasks as words
from restorer.ui.widgets.binding import Slider
from restorer.ui.widgets.rows import State
from restorer.ui.window.window import MainWindow

from ..fakes import FakeEngine
from .blocks import blocks

PAGE = "adding-a-task.md"


@pytest.fixture(autouse=True)
def negative(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The task of the page, for the time of a test."""
    operator, task, row = blocks(PAGE)
    for name, text in (
        ("restorer.degradation.operators.negative", operator),
        ("restorer.engine.tasks.negative", task + row),
    ):
        module = ModuleType(name)
        module.__dict__["TASKS"] = TASKS
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(text, PAGE, "exec"), module.__dict__)
    yield
    del TASKS["develop"]


@pytest.fixture
def photo() -> Picture:
    """(48, 64) pixels, smooth, without noise."""
    x, y = np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 48))
    pixels = np.stack([0.2 + 0.5 * x, 0.3 + 0.4 * y, 0.4 + 0.2 * x * y], axis=2)
    return Picture(np.round(pixels * 255).astype(np.float32) / 255)


def test_the_command_line_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["restore", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "develop" in said
    assert "--contrast N develop: how much of the contrast the negative has, 0.2..1" in said


def test_the_command_line_runs_it(
    photo: Picture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan, developed = tmp_path / "scan.png", tmp_path / "developed.png"
    write_picture(replace(photo, pixels=0.5 + 0.8 * (0.5 - photo.pixels)), scan)
    asked = ["restore", str(scan), "-o", str(developed), "--task", "develop", "--contrast", "0.8"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert said.startswith("Developed with ddnm from t ")
    assert "Turned over again, the result is the input" in said
    result = read_picture(developed)
    np.testing.assert_allclose(result.pixels, photo.pixels, atol=1.2 / 255)  # rounded in the scan
    record = read_record(result)
    assert record is not None
    damage = json.loads(record)["task"]["damage"]
    assert (damage["kind"], damage["numbers"]) == ("develop", [["contrast", 0.8]])


def test_its_number_is_refused_elsewhere_and_out_of_its_limits(
    photo: Picture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = tmp_path / "scan.png"
    write_picture(photo, scan)
    asked = ["restore", str(scan), "-o", str(tmp_path / "new.png"), "--contrast"]
    assert main([*asked, "0.5"]) == 2
    assert "--contrast belongs to --task develop." in capsys.readouterr().err
    assert main([*asked, "3", "--task", "develop"]) == 2
    assert "contrast must lie between 0.2 and 1, not 3." in capsys.readouterr().err


def test_the_window_offers_it(qtbot: QtBot, settings_file: QSettings) -> None:
    window = MainWindow(Jobs(FakeEngine), Settings(settings_file))
    qtbot.addWidget(window)
    lists = window.findChildren(QComboBox)
    assert any(box.findText("Develop a negative") >= 0 for box in lists)
    assert words.task("develop").doing == "Developing"


def test_the_panel_has_a_slider_for_its_number() -> None:
    row = next(row for row in task_rows(lambda: None) if row.name == "contrast")
    assert isinstance(row, Slider)
    assert not row.shown(State())
    state = State(parameters=Parameters(task="develop"))
    assert row.shown(state)
    changes: dict[str, object] = {}

    class Editor:
        def change(self, text: str, dragging: bool = False, **values: object) -> None:
            changes.update(values)

        def end_gesture(self) -> None: ...

    row.bind(Editor())
    row.refresh(state)
    assert row.field.slider.value() == 200
    row.field.slider.setValue(100)
    assert changes == {"numbers": (("contrast", pytest.approx(0.6)),)}
    assert Parameters(task="develop", **changes).request.damage(None, None).number(
        "contrast"
    ) == pytest.approx(0.6)


def test_it_is_proposed_in_its_own_words() -> None:
    found = DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True, toned=True, scratches=1)
    proposal = propose(found, None)
    assert proposal.steps == ("inpaint", "develop")
    assert "tones of a negative" in proposal.sentence
    assert ": fill, then develop." in proposal.sentence

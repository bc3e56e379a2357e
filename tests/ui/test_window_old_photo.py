"""The list of what can be done about an old photograph; with a scriptable engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from restorer.degradation.estimate import DegradationEstimate
from restorer.document import Status, work
from restorer.engine.job import Source
from restorer.engine.old_photo import Offer, StepPreview
from restorer.engine.record import recorded
from restorer.engine.request import Request
from restorer.engine.task import RestorationTask
from restorer.imaging.write import write_picture
from restorer.ui.mask.tools import ToolKind
from restorer.ui.text import status
from restorer.ui.window.old_photo import OldPhotoDialog
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.ui.test_window import noisy_picture, opened

OFFERS = Offer("denoise", "noise 20/255", True), Offer("inpaint", "", False)


def test_only_ticked_steps_are_done_and_each_has_a_look(
    qtbot: QtBot,
    empty_window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, marks = empty_window, np.zeros((0, 0), bool)

    def offered(source: Source, *_: object) -> tuple[Source, tuple[Offer, ...]]:
        nonlocal marks
        marks = np.zeros(source.picture.pixels.shape[:2], bool)
        marks[4:8, 4:20] = True
        return replace(source, hole=marks), OFFERS

    requests = []

    def look_at(kind: str, source: Source, _: object, request: Request) -> StepPreview:
        requests.append(request)
        return StepPreview(source.picture.pixels, 1 - source.picture.pixels, marks)

    monkeypatch.setattr(work, "old_photo_offers", offered)
    monkeypatch.setattr(work, "preview_step", look_at)
    photo = tmp_path / "photo.png"
    write_picture(noisy_picture(), photo)
    opened(qtbot, window, photo)
    window.actions_["old_photo"].trigger()
    dialog = window.findChild(OldPhotoDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: len(dialog.rows) == 2)
    qtbot.waitUntil(lambda: not any(row.after.pixmap().isNull() for row in dialog.rows))
    cleaning, filling = dialog.rows
    assert dialog.focusWidget() is dialog.restore  # Enter restores, and does not cancel
    shown = filling.before.pixmap().toImage()
    assert shown.size() == filling.after.pixmap().size()
    reds = {shown.pixelColor(x, 5).red() > shown.pixelColor(x, 5).green() for x in (8, 90)}
    assert reds == {True, False}, "what would be filled is red"
    assert cleaning.box.isChecked() and not filling.box.isChecked()
    assert cleaning.ways is not None and filling.ways is None
    cleaning.ways.findChildren(QToolButton)[2].click()
    qtbot.waitUntil(lambda: requests[-1].even_grain and requests[-1].grain == 1)
    cleaning.box.setChecked(False)
    assert not dialog.restore.isEnabled()
    filling.box.setChecked(True)
    dialog.restore.click()
    qtbot.waitUntil(lambda: window.document.pictures.current.results.frames > 0)
    qtbot.waitUntil(lambda: window.document.pictures.current.results.steps is None)
    assert [task.damage.kind for task in engine.runs] == ["inpaint"]
    np.testing.assert_array_equal(engine.inputs[0].hole, marks)
    done = window.panel.rows["done"]
    qtbot.waitUntil(lambda: done.text.text().endswith("This result: filled."))
    assert "found in the original" in done.text.text()
    run = window.document.pictures.current.results.shown
    cleaned = recorded(run.inputs.picture, RestorationTask(start=50.0), run.inputs.picture)
    run.inputs = replace(run.inputs, picture=cleaned)
    window.panel.refresh()
    assert done.text.text().endswith("This result: restored, filled.")
    assert window.panel.restore.text() == "Save result", "and not: clean the original"
    assert "go back to the original" in window.panel.hint.text()
    window.document.versions.step(-1)
    assert window.panel.restore.text() == "Restore"


def test_a_tone_is_kept_or_made_grey_and_marks_are_looked_at_first(
    qtbot: QtBot,
    empty_window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, marks, numbers = empty_window, np.ones((120, 160), bool), []
    fading = Offer("fade", "faded tones", True)

    def offered(source: Source, *_: object) -> tuple[Source, tuple[Offer, ...]]:
        toned = replace(source.found, toned=True, uneven=True)
        return replace(source, found=toned, hole=marks, strength=1.0 - marks), (*OFFERS[1:], fading)

    def look_at(kind: str, source: Source, _: object, request: Request) -> StepPreview:
        numbers.append(dict(request.numbers))
        return StepPreview(source.picture.pixels, source.picture.pixels)

    monkeypatch.setattr(work, "old_photo_offers", offered)
    monkeypatch.setattr(work, "preview_step", look_at)
    photo = tmp_path / "photo.png"
    write_picture(noisy_picture(), photo)
    opened(qtbot, window, photo)
    window.actions_["old_photo"].trigger()
    dialog = window.findChild(OldPhotoDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: len(numbers) == 2)
    filling, colours = dialog.rows
    assert "protected stays as it is" in dialog.intro.text()
    assert colours.ways is not None and colours.marks is None and filling.marks is not None
    colours.ways.findChildren(QToolButton)[1].click()
    qtbot.waitUntil(lambda: numbers[-1] == {"tone": 0.0})
    assert colours.stains is not None and filling.stains is None
    colours.stains.click()
    qtbot.waitUntil(lambda: numbers[-1] == {"tone": 0.0, "even": 1.0})
    filling.marks.click()
    assert not dialog.isVisible()
    assert window.tools.kind is ToolKind.FIND


def test_after_a_filling_with_nothing_left_to_clean_the_button_saves(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, marks = empty_window, np.zeros((120, 160), bool)
    marks[4:8, 4:20] = True
    clean = DegradationEstimate(noise=1.0, noise_in_file=1.0, clean=True, scratches=1)
    monkeypatch.setattr(work, "measure", lambda _: clean)
    monkeypatch.setattr(work, "count_scratches", lambda *_: 1)
    monkeypatch.setattr(
        "restorer.degradation.estimate.with_scratches", lambda found, *_: (found, marks)
    )
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    write_picture(noisy_picture(), photo)
    opened(qtbot, window, photo)
    window.document.restore()
    results = window.document.pictures.current.results
    qtbot.waitUntil(lambda: results.frames > 0 and results.steps is None)
    qtbot.waitUntil(lambda: window.panel.restore.text() == "Save result")
    assert "If you still see damage, mark it" in window.panel.hint.text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    window.panel.restore.click()
    qtbot.waitUntil(lambda: window.panel.restore.text() == "Other tasks")
    assert out.exists()


def test_of_several_steps_it_is_said_which_one_is_done(empty_window: MainWindow) -> None:
    job = SimpleNamespace(rest=("fade",))
    making = SimpleNamespace(job=job, task=SimpleNamespace(damage=SimpleNamespace(kind="inpaint")))
    results = SimpleNamespace(making=making, steps=SimpleNamespace(ended=[None]), shown=None)
    several = SimpleNamespace(results=results, status=Status.RESTORING)
    assert status.short_state(empty_window.document, several) == "2/3 Filling…"
    job.rest, results.steps.ended = (), []
    assert status.short_state(empty_window.document, several) == "Filling…"

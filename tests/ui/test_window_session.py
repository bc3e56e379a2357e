"""After a crash: the window that is opened next offers what was open, with results and masks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from restorer.document import OpenPicture, Status, stored_pictures, work
from restorer.document.masks.painted import PaintedMask
from restorer.document.parameters import Parameters, from_plain, plain
from restorer.document.session_store import (
    SavedPicture,
    SessionStore,
    abandoned,
    newest_of,
    read_arrays,
    read_state,
    sessions_folder,
)
from restorer.engine.models import ModelInfo
from restorer.imaging.crop import Crop
from restorer.imaging.picture import Levels, Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.ui.canvas.tools import PointerEvent
from restorer.ui.mask.brushes import BrushTool, Strokes
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, FakeEngine, prediction

OpenWindow = Callable[[object], MainWindow]

#: Opens a picture in a window, restores it twice, paints a mask, and is killed as by `kill -9`.
CRASH = """
import os, signal, sys
from pathlib import Path
import numpy as np
from PySide6.QtCore import QSettings, QTimer
from restorer.document import Settings, Status, work
from restorer.document.masks.painted import PaintedMask
from restorer.engine.verdict import Judgement
from restorer.jobs import Jobs
from restorer.ui.app import make_application
from restorer.ui.canvas.tools import PointerEvent
from restorer.ui.mask.brushes import BrushTool, Strokes
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, FakeEngine

work.measure, work.count_scratches = lambda _: NOISY, lambda *_: 0
work.judge = lambda _: Judgement("Much is gone.", True)
app = make_application()
store = QSettings(sys.argv[2], QSettings.Format.IniFormat)
window = MainWindow(Jobs(FakeEngine), Settings(store))
window.show()
window.begin()
window.files.open_paths([Path(sys.argv[1])])
document, done = window.document, []

def go_on():
    opened = document.pictures.current
    if opened is None or opened.status not in (Status.READY, Status.RESTORED):
        return
    if len(opened.results) < 2 and opened.results.making is None and not opened.plan.begins_soon:
        document.planner.change("Steps", steps=len(opened.results) + 2)
        document.restore()
    elif len(opened.results) == 2 and not done:
        done.append(True)
        document.versions.rename("the good one")
        values = np.zeros(opened.content.picture.pixels.shape[:2], np.uint8)
        values[4:9, 3:20] = 255
        opened.painted.mask = PaintedMask(values)
        document.planner.change("Amount", amount=0.5)
        document.session.written.connect(lambda: QTimer.singleShot(1500, kill))

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

timer = QTimer(interval=20)
timer.timeout.connect(go_on)
timer.start()
app.exec()
"""


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What is left of a machine on which a window was killed; and where all of it was then."""
    then, left = tmp_path_factory.mktemp("then"), tmp_path_factory.mktemp("left") / "all"
    path = then / "photo.png"
    write_picture(Picture(np.random.default_rng(1).random((40, 50, 3), np.float32)), path)
    run = subprocess.run(
        [sys.executable, "-c", CRASH, str(path), str(then / "settings.ini")],
        env=os.environ | {"XDG_STATE_HOME": str(then / "state")},
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert run.returncode == -signal.SIGKILL
    shutil.copytree(then, left)
    return left, then


@pytest.fixture
def photo(crashed: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that was open when the window was killed; everything is as it was then."""
    left, then = crashed
    shutil.rmtree(then)
    shutil.copytree(left, then)  # with the times of all files
    monkeypatch.setenv("XDG_STATE_HOME", str(then / "state"))
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    return then / "photo.png"


def press(qtbot: QtBot, window: MainWindow, text: str) -> None:
    button = next(b for b in window.welcome.left.findChildren(QPushButton) if b.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def current(window: MainWindow) -> OpenPicture:
    assert window.document.pictures.current is not None
    return window.document.pictures.current


def test_settings_that_need_what_is_not_kept_are_left_out() -> None:
    known = cast(ModelInfo, object())
    said = Parameters(model="sd", latent=known, kernel_name="k.png", control_name="c.png", steps=7)
    assert plain(said) == {"steps": 7}
    assert plain(Parameters(model="mine")) == {"model": "mine"}


def test_make_grey_and_the_like_come_back_as_they_were_asked_for() -> None:
    said = Parameters(task="fade", numbers=(("warmth", -0.2), ("tone", 0.0)))
    assert from_plain(json.loads(json.dumps(plain(said)))) == said


def test_settings_of_another_version_are_the_usual_ones() -> None:
    assert from_plain({"task": "upscale", "steps": 7}) == Parameters(task="upscale", steps=7)
    for unknown in ({"task": "thaw"}, {"sampler": "leap"}, {"warmth": 3}, {"numbers": 3}):
        assert from_plain({"steps": 7, **unknown}) == Parameters()


def test_a_paused_run_goes_on_in_the_next_window(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    open_window: OpenWindow,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    write_picture(
        Picture(np.random.default_rng(1).random((40, 50, 3), np.float32)), tmp_path / "a.png"
    )
    engine = FakeEngine(gated=True)
    window = open_window(engine)
    window.begin()
    window.files.open_paths([tmp_path / "a.png"])
    qtbot.waitUntil(lambda: window.document.pictures.current is not None)
    qtbot.waitUntil(lambda: current(window).status is Status.READY)
    window.document.planner.change("Steps", steps=3)
    window.document.runs.restore()
    qtbot.waitUntil(lambda: len(engine.runs) == 1)
    run = current(window).results.making
    qtbot.waitUntil(lambda: run.answers.folder is not None)
    run.answers.begin_round()
    nothing = torch.zeros(1, 3, 4, 4)
    run.answers.answer(1, partial(lambda *_: nothing, nothing, 0.1))
    assert not window.document.session.closes_paused
    window.jobs.pause(True)
    assert window.document.session.closes_paused
    window.close()  # and nobody is asked
    assert len(engine.runs) == 1

    other = FakeEngine()
    window = open_window(other)
    window.begin()
    words = window.welcome._left_text
    assert "closed while runs were paused" in words.text()
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()))
    for button in window.welcome.left.findChildren(QPushButton):
        assert button.height() >= button.sizeHint().height()
    assert window.focusWidget().text() == "Open again"
    press(qtbot, window, "Open again")
    qtbot.waitUntil(lambda: current(window).status is Status.RESTORED)
    (made,) = current(window).results
    assert other.runs == [run.task] and made.trajectory.whole
    assert (made.answers.folder / "0000-000001.npy").exists()
    assert made.answers.folder.parent == window.document.session._store.folder
    folder = made.answers.folder
    qtbot.waitUntil(lambda: not folder.exists())  # it is over: they are not needed any more
    window.files.open_paths([tmp_path / "a.png"])  # it is open, and is not opened twice
    assert len(window.document.pictures.all) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there a process is not killed by a signal")
class TestAfterACrash:
    def test_pictures_settings_masks_and_results_come_back(
        self, qtbot: QtBot, photo: Path, empty_window: MainWindow
    ) -> None:
        window = empty_window
        window.begin()
        os.utime(photo)  # touched, and the same
        masked = list[OpenPicture]()
        window.document.masks.changed.connect(masked.append)
        assert window.welcome.left.isVisible()
        words = window.welcome._left_text.text()
        assert "“photo.png” was open. 2 results are not saved." in words
        press(qtbot, window, "Open again")
        qtbot.waitUntil(lambda: len(current(window).results) == 2)
        opened = current(window)
        assert opened.status is Status.RESTORED and opened.unsaved
        assert opened.plan.parameters.amount == 0.5 and opened.plan.parameters.steps == 3
        assert opened.painted.mask is not None
        assert opened.painted.mask.values.sum() == 255 * 5 * 17
        assert masked == [opened]  # it is drawn, and planned with
        picture = read_picture(photo)
        for run, steps in zip(opened.results, (2, 3), strict=True):
            expected = prediction(picture, steps - 1)
            np.testing.assert_allclose(run.trajectory.result, expected, atol=1e-3)
        assert window.panel.results.text.accessibleName() == "the good one"
        assert window.panel.rows["harm"].text.text() == "Much is gone."
        expected = prediction(picture, 2)
        display = window.document.display
        qtbot.waitUntil(lambda: display.shown is not None)
        qtbot.waitUntil(lambda: np.allclose(display.shown, expected, atol=2e-3))
        qtbot.waitUntil(lambda: len(list(sessions_folder().iterdir())) == 1)  # one's own
        window.files.may_lose = lambda *_: True  # the person gives the results up
        window.close()
        assert not list(sessions_folder().iterdir())

    def test_a_file_that_was_changed_since_comes_without_them_and_it_is_said(
        self, qtbot: QtBot, photo: Path, empty_window: MainWindow
    ) -> None:
        length = photo.stat().st_size
        write_picture(Picture(np.full((40, 50, 3), 0.5, np.float32)), photo, force=True)
        os.truncate(photo, length)  # as long as it was
        window = empty_window
        window.begin()
        assert window.actions_["recover"].isEnabled()
        window.actions_["recover"].trigger()
        qtbot.waitUntil(lambda: current(window).status is Status.READY)
        assert not len(current(window).results) and current(window).painted.mask is None
        assert "Changed since" in window.error_bar.text.text()
        assert not window.actions_["recover"].isEnabled()

    def test_a_file_that_is_gone_keeps_its_results_until_it_is_back(
        self, qtbot: QtBot, photo: Path, open_window: OpenWindow
    ) -> None:
        away = photo.rename(photo.with_name("elsewhere.png"))
        window = open_window(FakeEngine())
        window.begin()
        press(qtbot, window, "Open again")
        assert "Not where they were: photo.png." in window.error_bar.text.text()
        assert window.document.pictures.current is None
        window.close()  # one may also look for it tomorrow
        away.rename(photo)
        window = open_window(FakeEngine())
        window.begin()
        press(qtbot, window, "Open again")
        qtbot.waitUntil(lambda: len(current(window).results) == 2)

    def test_of_two_windows_one_offers_what_was_open(
        self, qtbot: QtBot, photo: Path, open_window: OpenWindow
    ) -> None:
        first, second = open_window(FakeEngine()), open_window(FakeEngine())
        first.begin()
        second.begin()
        assert not second.welcome.left.isVisible()
        second.close()
        press(qtbot, first, "Open again")
        qtbot.waitUntil(lambda: len(current(first).results) == 2)

    def test_a_result_of_another_version_keeps_nobody_from_the_others(
        self, qtbot: QtBot, photo: Path, empty_window: MainWindow
    ) -> None:
        (state,) = sessions_folder().glob("*/session.json")
        pictures = json.loads(state.read_text("utf-8"))
        pictures[0]["results"][0]["task"] = '{"of": "tomorrow"}'
        state.write_text(json.dumps(pictures), "utf-8")
        window = empty_window
        window.begin()
        press(qtbot, window, "Open again")
        qtbot.waitUntil(lambda: len(current(window).results) == 1)
        assert current(window).painted.mask is not None

    def test_what_is_not_wanted_is_forgotten(
        self, qtbot: QtBot, photo: Path, empty_window: MainWindow
    ) -> None:
        window = empty_window
        window.begin()
        press(qtbot, window, "Forget")
        assert not window.welcome.left.isVisible()
        assert len(list(sessions_folder().iterdir())) == 1
        assert photo.exists() and window.document.pictures.current is None


def test_a_window_that_is_closed_leaves_nothing_and_one_that_is_open_is_not_offered(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    path = tmp_path / "a.png"
    write_picture(Picture(np.random.default_rng(1).random((40, 50, 3), np.float32)), path)
    window = empty_window
    window.begin()
    with qtbot.waitSignal(window.document.session.written):
        window.files.open_paths([path])
    qtbot.waitUntil(lambda: current(window).status is Status.READY)
    assert list(sessions_folder().glob("*/session.json"))
    assert abandoned() == []  # what another window would look at
    window.close()
    assert not list(sessions_folder().iterdir())


def test_a_picture_that_was_being_taken_over_is_offered_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window was killed while it opened again what another had left."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    old, new, none = (SessionStore.new() for _ in range(3))
    a, b = (SavedPicture(f"{name}.png", (0, 0), key=name) for name in "ab")
    old.write([a, b], {})
    none.write([b], {})
    changed = replace(a, parameters={"amount": 0.5})
    new.write([changed], {})
    for store, moment in ((old, 2), (none, 1), (new, 3)):
        os.utime(store.folder / "session.json", ns=(moment, moment))
        store.release()
    left = newest_of({store: read_state(store.folder) for store in abandoned()})
    assert sorted(left.values(), key=lambda saved: saved[0].key) == [[changed], [b]]
    assert len(list(sessions_folder().iterdir())) == 2


def test_a_session_holds_the_masks_of_each_picture_and_the_files_as_they_were_read(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    window = empty_window
    window.begin()
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for row, path in enumerate(paths):
        write_picture(Picture(np.random.default_rng(row).random((40, 50, 3), np.float32)), path)
        if row == 2:  # the first goes, the third comes
            window.document.pictures.close(window.document.pictures.all[0])
        window.files.open_paths([path])
        qtbot.waitUntil(lambda p=path: current(window).source.path == p)
        qtbot.waitUntil(lambda: current(window).status is Status.READY)
        with qtbot.waitSignal(window.document.session.written):
            painted(current(window), row)
            window.document.planner.change("Amount", amount=0.5)
    paths[2].write_bytes(paths[0].read_bytes())  # another program has it now
    with qtbot.waitSignal(window.document.session.written):
        window.document.planner.change("Amount", amount=0.6)
    brush = BrushTool(Strokes(window.document.masks, window.tools), "Brush")
    with qtbot.waitSignal(window.document.session.written):  # a long stroke that has not ended
        brush.press(PointerEvent(30, 30, QPointF()))
    (folder,) = sessions_folder().iterdir()
    second, third = read_state(folder)
    assert read_arrays(folder, second.masks)["mask"][1].all()
    held = read_arrays(folder, third.masks)["mask"]
    assert held[2].all() and held[30, 30]
    brush.cancel()
    assert second.has_digest(read_picture(paths[1]).digest)
    assert not third.has_digest(read_picture(paths[2]).digest)


def test_a_picture_without_a_file_comes_back_as_it_was_cropped(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_window: OpenWindow
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    window = open_window(FakeEngine())
    window.begin()
    pixels = np.random.default_rng(1).random((40, 50, 3), np.float32)
    with qtbot.waitSignal(window.document.session.written):
        window.document.pictures.open_picture(Picture(pixels, dpi=(300.0, 200.0)), "Pasted")
        qtbot.waitUntil(lambda: current(window).status is Status.READY)
    now = Crop(((5, 8), (45, 8), (45, 32), (5, 32)), (50, 40))
    window.document.crops.keep("Crop", now)
    qtbot.waitUntil(lambda: current(window).content.whole is not None)
    qtbot.waitUntil(lambda: current(window).status is Status.READY)
    cropped = current(window).content.picture.pixels
    assert cropped.shape == (24, 40, 3)
    painted(current(window), 3)
    with qtbot.waitSignal(window.document.session.written):
        window.document.planner.change("Amount", amount=0.5)
    (folder,) = sessions_folder().iterdir()
    shutil.copytree(folder, tmp_path / "left", ignore=shutil.ignore_patterns("lock"))
    window.close()
    shutil.copytree(tmp_path / "left", folder)

    window = open_window(FakeEngine())
    window.begin()
    assert "“Pasted” was open." in window.welcome._left_text.text()
    press(qtbot, window, "Open again")
    qtbot.waitUntil(lambda: current(window).painted.mask is not None)
    opened = current(window)
    assert np.array_equal(opened.content.whole.pixels, pixels)
    assert np.array_equal(opened.content.picture.pixels, cropped)
    assert opened.content.picture.dpi == (300.0, 200.0) and opened.source.title == "Pasted"
    assert opened.painted.mask.values[3].all()
    assert opened.plan.parameters.amount == 0.5


def test_all_that_is_known_of_a_picture_without_a_file_is_kept() -> None:
    pixels = np.random.default_rng(1).random((4, 5, 3), np.float32)
    values = {
        "alpha": pixels[..., 0],
        "infrared": pixels[..., 1],
        "bits": 16,
        "grey": True,
        "credentials": True,
        "page": 2,
        "several": True,
        "format": "TIFF",
        "notes": ("Said.",),
        "dpi": (300.0, 200.0),
        "crop": (0.0, 0.5, 1.0, 1.0),
        "whole": (5, 8),
        "texts": ((b"tEXt", b"a\0\xe9"),),
        "levels": Levels(-5.0, 3.5, "int16"),
        "quality": 90,
        **{name: bytes(range(256)) for name in ("icc", "exif", "xmp", "cicp", "geo", "iptc")},
    }
    of_a_file = {"path", "digest"}
    assert {field.name for field in fields(Picture)} == {"pixels", *values} | of_a_file
    again = stored_pictures.picture_of(stored_pictures.arrays_of(Picture(pixels, **values)))
    for name, value in {"pixels": pixels, **values}.items():
        assert np.array_equal(getattr(again, name), value), name
    bare = stored_pictures.picture_of(stored_pictures.arrays_of(Picture(pixels)))
    assert bare.icc is None and bare.dpi is None and bare.alpha is None and bare.texts is None


def painted(opened: OpenPicture, row: int) -> None:
    """A mask that fills one row."""
    assert opened.content.picture is not None
    width, height = opened.content.picture.size
    opened.painted.mask = PaintedMask.empty((width, height))
    opened.painted.mask.values[row] = 255
    opened.painted.mask.touch((0, row, width, row + 1))

"""The schedule room and the words of the readout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.diffusion.schedule import LINEAR
from restorer.engine.trajectory import FrameInfo
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.schedule.curves import AXES, SCHEDULES, shown, t_at
from restorer.ui.timeline.model import Handle, PlayheadPosition, TimelineModel
from restorer.ui.timeline.readout import Item, readout
from restorer.ui.timeline.terms import meaning
from restorer.ui.window.window import MainWindow
from tests.ui.test_window import opened, restored


@pytest.mark.parametrize("axis", AXES, ids=lambda axis: axis.name)
@pytest.mark.parametrize("schedule", [s for _, s, _ in SCHEDULES])
def test_a_place_on_an_axis_is_a_t(axis, schedule) -> None:  # type: ignore[no-untyped-def]
    for t in (0.0, 120.0, 900.0):
        x = float(shown(axis.values(schedule, np.array([t])), axis.logarithmic)[0])
        assert t_at(axis, schedule, x) == pytest.approx(t, abs=0.3)


def test_room_and_timeline_move_one_another(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path
) -> None:
    window = empty_window
    noise = np.random.default_rng(0).standard_normal((96, 128, 3), np.float32) * 30 / 255
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, window, tmp_path / "noisy.png")
    window.actions_["schedule"].trigger()
    room = window.schedule.room
    assert room is not None and room.isVisible()
    qtbot.waitUntil(lambda: len(room.plots) == 4)
    room.plots[1].moved.emit(600.0)
    assert window.timeline.model.playhead.t == pytest.approx(600, abs=1)
    window.timeline.playback.move_to(PlayheadPosition(300.0))
    assert all(plot.line.value() == pytest.approx(300) for plot in room.plots)
    assert float(room.plots[1].value.text()) == pytest.approx(LINEAR.alpha_bar(300), rel=1e-3)
    room.axes.chosen.emit(AXES[1])
    assert room.plots[0].line.value() == pytest.approx(float(LINEAR.snr_db(300)))
    restored(qtbot, window)
    assert window.timeline.model.playhead.t == 0.0  # at the end of a run it stands at clean
    room.plots[0].moved.emit(float(LINEAR.snr_db(800)))
    assert window.timeline.model.playhead.t == pytest.approx(800, abs=1)


def test_every_word_of_the_readout_has_a_meaning() -> None:
    model = TimelineModel(LINEAR)
    model.place, model.noise = 60.0, 26.0
    model.frames = [FrameInfo(0, 3, 60.0, 0.2, 1.0), FrameInfo(1, 3, 30.0, 0.1, 1.0, preview=True)]
    model.frames.append(FrameInfo(2, 3, 10.0, 0.05, 1.0))
    places = [PlayheadPosition(t) for t in (60.0, 300.0, 600.0, 999.0)]
    entries: list[Item] = []
    for position in (*places, *map(model.at_frame, range(3))):
        model.playhead = position
        entries += readout(model)
    model.active, model.start_is_moving = Handle.START, True
    entries += readout(model)
    assert [entry for entry in entries if not meaning(entry.label, entry.value)] == []

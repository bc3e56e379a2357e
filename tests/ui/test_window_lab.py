"""The damage lab, and reading the noise of a result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.document import Status
from restorer.engine.laboratory import LabDamage, damaged, truth_for
from restorer.engine.truth import best_step, score
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.window.window import MainWindow
from tests.ui.test_window import opened, restored
from tests.ui.test_window_accessible import unnamed


def smooth(side: int = 64) -> np.ndarray:
    y, x = np.mgrid[:side, :side] / side
    return np.stack([0.3 + 0.4 * x, 0.3 + 0.4 * y, 0.5 + 0.1 * np.sin(9 * x)], 2).astype(np.float32)


def test_each_damage_does_what_it_is_called() -> None:
    clean = smooth()
    as_bytes = np.round(clean * 255) / np.float32(255)
    assert np.array_equal(damaged(clean, LabDamage()), as_bytes) and LabDamage().is_empty
    noisy = damaged(clean, LabDamage(noise=20))
    assert np.std(noisy - clean) * 255 == pytest.approx(20, rel=0.05)
    assert np.array_equal(noisy, damaged(clean, LabDamage(noise=20))), "the seed decides"
    assert damaged(clean, LabDamage(smaller=2)).shape == (32, 32, 3)
    rough = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    assert damaged(rough, LabDamage(blur=15)).std() < 0.5 * rough.std()
    assert damaged(rough, LabDamage(fading=50)).std() < 0.7 * rough.std()
    for kind in ("scratches", "holes"):
        marked = np.abs(damaged(clean, LabDamage(**{kind: 8})) - as_bytes).max(axis=2) > 0.05
        assert 0.01 < marked.mean() < 0.6, kind
    best, worst = (score(damaged(rough, LabDamage(jpeg=q)), rough).psnr for q in (10, 90))
    assert worst < best < 60


def test_the_truth_has_the_size_of_the_result() -> None:
    clean = smooth(65)
    assert truth_for(clean, clean.shape) is clean
    cut = truth_for(clean, (64, 64, 3))
    assert cut is not None and cut.shape == (64, 64, 3)
    assert truth_for(clean, (32, 32, 3)) is None


def test_a_picture_is_damaged_restored_and_measured(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path
) -> None:
    window = empty_window
    clean = np.round(smooth() * 255) / np.float32(255)
    write_picture(Picture(clean), tmp_path / "clean.png")
    opened(qtbot, window, tmp_path / "clean.png")
    window.actions_["lab"].trigger()
    dialog = window.lab.dialog
    assert dialog is not None and not dialog.open_button.isEnabled()
    dialog.sliders["noise"].setValue(30)
    qtbot.waitUntil(lambda: not dialog.preview.pixmap().isNull())
    assert dialog.open_button.isEnabled() and dialog.psnr.isHidden()
    dialog.sliders["blur"].setValue(8)
    assert [dialog.sliders[n].words for n in ("blur", "jpeg")] == ["0.8 pixels", "off"]
    dialog.sliders["blur"].reset.emit()
    assert unnamed(window) == []
    dialog.open_button.click()
    current = window.document.pictures.current
    assert current is not None and current.source.title == "clean.png, damaged"
    qtbot.waitUntil(lambda: current.status is Status.READY)
    assert window.lab.clean is not None and np.array_equal(window.lab.clean[1].pixels, clean)
    window.document.planner.change("Steps", steps=4, faithfulness=0.0, task="denoise")
    restored(qtbot, window)
    qtbot.waitUntil(lambda: not dialog.psnr.isHidden())
    run = current.results.shown
    assert run is not None and run.trajectory.result is not None
    after = score(run.trajectory.result, clean).psnr
    before = score(current.content.picture.pixels, clean).psnr
    assert f"Damaged {before:.1f} dB, restored {after:.1f} dB" in dialog.scored.text()
    run.inputs = replace(run.inputs, picture=Picture(clean))  # as a later step of several
    window.lab._measure()
    qtbot.wait(50)
    assert f"Damaged {before:.1f} dB" in dialog.scored.text()
    from restorer.engine.truth import scores

    best = best_step(list(scores(run.trajectory, clean, lambda: None)))
    dialog.best_button.click()
    assert current.results.playhead == best
    assert not window.document.notices.errors


def test_the_noise_of_a_result_is_read(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path
) -> None:
    window = empty_window
    noise = np.random.default_rng(0).standard_normal((96, 128, 3), np.float32) * 20 / 255
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, window, tmp_path / "noisy.png")
    restored(qtbot, window)
    window.actions_["noise"].trigger()
    dialog = window.noise.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: "Deviation" in dialog.measured.text())
    # the fake engine ends at the mean colour: all of the noise went, and it was white
    deviation = float(dialog.measured.text().split()[1])
    assert deviation == pytest.approx(20, rel=0.06)
    assert dialog.curves.isVisibleTo(dialog) and dialog.sentence.text()
    assert unnamed(window) == []

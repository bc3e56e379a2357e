"""Several steps as one job, and a plan that is made once; with a scriptable engine."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from scipy.ndimage import gaussian_filter

from restorer.degradation import estimate
from restorer.degradation.blur import BlurReading
from restorer.degradation.estimate import DegradationEstimate
from restorer.document import Document, OpenPicture, Readiness, Settings, Status, plan, work
from restorer.document.session_store import read_state
from restorer.engine.consistency import Consistency
from restorer.engine.task import BUILTIN_MODEL, DAMAGE_MODEL, RestorationTask
from restorer.engine.verdict import Judgement, ResidualStatistics
from restorer.imaging.jpeg_tables import tables_of_quality
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.jobs import Jobs
from tests.fakes import FakeEngine, prediction

PICTURE = Picture(np.random.default_rng(1).random((64, 80, 3), np.float32))
FOUND = DegradationEstimate(noise=31.0, noise_in_file=30.0, clean=False, scratches=1)
HOLE = np.zeros((64, 80), bool)
HOLE[20:24, 10:60] = True


@pytest.fixture
def document(
    qtbot: QtBot, engine: FakeEngine, settings_file: QSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Document]:
    """With a noisy picture that has a scratch."""
    monkeypatch.setattr(work, "measure", lambda picture: FOUND)
    monkeypatch.setattr(work, "count_scratches", lambda *_: 1)
    monkeypatch.setattr(work, "judge", lambda run: Judgement("All is well.", False))
    monkeypatch.setattr(estimate, "with_scratches", lambda found, *_: (found, HOLE))
    jobs = Jobs(lambda: engine)
    document = Document(jobs, Settings(settings_file))
    opened = document.pictures.open_picture(PICTURE, "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY)
    yield document
    jobs.shutdown()


def current(document: Document) -> OpenPicture:
    assert document.pictures.current is not None
    return document.pictures.current


def test_all_that_is_proposed_is_done_one_step_after_the_other(
    qtbot: QtBot, document: Document, engine: FakeEngine
) -> None:
    opened = current(document)
    assert opened.proposal is not None
    assert opened.proposal.steps == ("denoise", "inpaint")
    seen: list[Any] = []
    document.runs.shown.connect(lambda one: seen.append(document.display.shown))
    document.steps.begin("Clean everything")
    assert document.runs.stoppable
    qtbot.waitUntil(lambda: opened.results.steps is None, timeout=30_000)
    cleaned, filled = opened.results
    assert [task.damage.kind for task in engine.runs] == ["denoise", "inpaint"]
    last = prediction(PICTURE, engine.runs[0].steps - 1)
    np.testing.assert_allclose(filled.inputs.picture.pixels, last, atol=1e-6)
    assert seen[0] is None and seen[-1] is filled.inputs.picture.pixels  # not the original again
    assert filled.inputs.hole is not None and cleaned.inputs.hole is None
    assert opened.results.shown is filled and opened.status is Status.RESTORED
    assert not document.runs.stoppable
    assert document.planner.readiness is Readiness.CLEAN, "nothing is begun anew over it"
    document.planner.change("Look", faithfulness=0.5)
    assert document.planner.readiness.startable
    opened.undo.undo()
    assert document.planner.readiness is Readiness.CLEAN
    for version, anew in ((cleaned, False), (None, True)):
        document.versions.show(version)
        assert document.planner.readiness.startable is anew


def test_what_a_step_has_left_is_hashed_off_the_main_thread(
    qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, threads, end_step = current(document), set[int](), work.end_step

    def end(*arguments: Any) -> Any:
        threads.add(threading.get_ident())
        return end_step(*arguments)

    monkeypatch.setattr(work, "end_step", end)
    document.steps.begin("Clean everything")
    qtbot.waitUntil(lambda: opened.results.steps is None, timeout=30_000)
    assert len(opened.results) == 2
    assert threads and threading.get_ident() not in threads


def test_of_a_step_that_cannot_be_ended_it_is_said_why(
    qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = current(document)
    monkeypatch.setattr(work, "_recorded", lambda *_: {}["gone"])
    document.steps.begin("Clean everything")
    qtbot.waitUntil(lambda: opened.results.steps is None, timeout=30_000)
    assert document.notices.errors and len(opened.results) == 1


def test_of_many_pictures_three_are_planned_restored_or_judged_at_once(
    qtbot: QtBot, document: Document
) -> None:
    counts = list[int]()

    def count() -> None:
        under_way = [o for o in document.pictures.all if o.results.steps or o.results.making]
        counts.append(len(under_way))

    for title in "bcdef":
        document.pictures.open_picture(PICTURE, title)
    every = document.pictures.all
    qtbot.waitUntil(lambda: all(opened.status is Status.READY for opened in every))
    document.changed.connect(count)
    document.batch.begin()
    qtbot.waitUntil(lambda: all(len(opened.results) == 2 for opened in every), timeout=30_000)
    assert max(counts) == 3 and not document.batch.waits


def test_all_the_steps_are_one_to_undo(qtbot: QtBot, document: Document) -> None:
    opened, undo = current(document), document.pictures.undo_group
    document.steps.begin("Clean everything")
    assert document.planner.readiness is Readiness.RUNNING  # though nothing runs yet
    qtbot.waitUntil(lambda: opened.results.steps is None, timeout=30_000)
    filled = opened.results.newest
    assert undo.undoText() == "Clean everything"
    undo.undo()
    assert opened.results.shown is None and not undo.canUndo()
    undo.redo()
    assert opened.results.shown is filled


def test_what_was_stopped_of_the_steps_is_one_to_undo(
    qtbot: QtBot, document: Document, engine: FakeEngine
) -> None:
    opened, undo = current(document), document.pictures.undo_group
    document.steps.begin("Clean everything")
    qtbot.waitUntil(lambda: len(opened.results) == 1)
    engine.gated = True
    qtbot.waitUntil(lambda: opened.results.making is not None)
    document.runs.stop()
    qtbot.waitUntil(lambda: opened.results.making is None)
    assert undo.undoText() == "Clean everything"
    undo.undo()
    assert opened.results.shown is None and not undo.canUndo()


@pytest.mark.parametrize("believed", [True, False])
def test_after_a_crash_steps_go_on_at_the_one_that_was_under_way(
    qtbot: QtBot,
    document: Document,
    engine: FakeEngine,
    settings_file: QSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    believed: bool,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(
        work, "judge", lambda run: Judgement("", run.task.damage.is_noise and not believed)
    )
    document.session.begin()
    opened, store = current(document), document.session._store
    document.steps.begin("Clean everything")
    qtbot.waitUntil(lambda: len(opened.results) == 1)
    engine.gated = True
    qtbot.waitUntil(lambda: len(engine.runs) == 2)
    run = opened.results.making
    assert run is not None and store is not None
    qtbot.waitUntil(lambda: any(saved.run for saved in read_state(store.folder)))
    assert run.answers.folder is not None
    (run.answers.folder / "0000-000001.npy").touch()
    (run.answers.folder / "place").write_text("CPU float32")
    document.session._store = None  # as if it had been killed
    store.release()

    other = FakeEngine(gated=True)
    jobs = Jobs(lambda: other)
    document = Document(jobs, Settings(settings_file))
    document.session.begin()
    document.session.recover()
    opened = current(document)
    qtbot.waitUntil(lambda: len(other.runs) == 1)
    again = opened.results.making
    assert again is not None and again.answers.folder is not None
    assert (again.answers.folder / "0000-000001.npy").exists()
    np.testing.assert_array_equal(again.inputs.picture.pixels, run.inputs.picture.pixels)
    other.let_go(100)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED and opened.results.steps is None)
    assert other.runs == [run.task]
    assert document.pictures.undo_group.undoText() == "Clean everything"
    jobs.shutdown()
    document.session.end()


def test_planning_can_be_stopped(qtbot: QtBot, document: Document, engine: FakeEngine) -> None:
    opened = current(document)
    document.steps.begin("Clean everything")
    document.runs.stop()
    assert document.planner.readiness is Readiness.READY
    qtbot.wait(100)
    assert opened.status is Status.READY and not engine.runs


def test_the_record_of_the_last_step_holds_those_before(
    qtbot: QtBot, document: Document, engine: FakeEngine
) -> None:
    opened = current(document)
    document.steps.begin("Clean everything")
    qtbot.waitUntil(lambda: opened.results.steps is None, timeout=30_000)
    assert opened.result is not None
    record = read_record(opened.result)
    assert record is not None and '"denoise"' in record


def test_a_step_that_is_not_believed_is_taken_back(
    qtbot: QtBot, document: Document, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, hints = current(document), list[str]()
    document.notices.hint.connect(hints.append)
    monkeypatch.setattr(
        work, "judge", lambda run: Judgement("Much is gone.", run.task.damage.is_noise)
    )
    document.steps.begin("Clean everything")
    qtbot.waitUntil(lambda: opened.results.steps is None, timeout=30_000)
    assert hints == ["Much is gone. Cleaning was taken back."]
    filled = opened.results.shown
    assert filled is not None and filled.task.damage.kind == "inpaint"
    assert filled.inputs.picture is PICTURE


def test_stop_keeps_the_steps_that_are_done_and_begins_no_other(
    qtbot: QtBot, document: Document, engine: FakeEngine
) -> None:
    opened = current(document)
    engine.gated = True
    document.steps.begin("Clean everything")
    qtbot.waitUntil(lambda: opened.results.making is not None)
    engine.let_go(3)  # one frame and a half
    qtbot.waitUntil(lambda: opened.results.frames == 1)
    document.runs.stop()
    qtbot.waitUntil(lambda: opened.status is Status.STOPPED)
    assert opened.results.steps is None and len(opened.results) == 1
    qtbot.wait(50)
    assert len(engine.runs) == 1
    assert opened.proposal is not None and document.planner.readiness is Readiness.READY
    document.restore()
    engine.let_go(100)
    qtbot.waitUntil(lambda: len(engine.runs) == 3 and opened.results.steps is None)
    assert [task.damage.kind for task in engine.runs] == ["denoise", "denoise", "inpaint"]
    assert opened.proposal is None


def test_a_guess_that_explains_too_little_is_not_believed(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds for `--task auto` holds in the window."""
    blurred = replace(FOUND, noise=1.0, clean=True, scratches=0, blur=BlurReading(2.0))
    monkeypatch.setattr(estimate, "with_scratches", lambda found, *_: (found, HOLE & False))
    soft = Picture(gaussian_filter(PICTURE.pixels, (2, 2, 0)))
    source = work.source_of(soft, blurred, None)
    job = work.proposed_job(current(document).plan.parameters.request, source, None, None)
    assert job.task.damage.kind == "deblur"

    def found(structure: float) -> Consistency:
        remains = ResidualStatistics(PICTURE.size, 1.0, 5.0, 1.0, structure, (), 1.0, 1.0)
        return Consistency(lambda top, bottom: HOLE, remains, False, "")

    assert job.takes_back and job.second is not None
    assert not job.judge(found(0.01)).alarm and job.judge(found(0.05)).alarm


@pytest.mark.parametrize("kind", ["denoise", "deblur"])
def test_a_change_is_planned_once(
    qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    opened, counted = current(document), Counter[str]()
    document.planner.change("Task", task=kind)
    qtbot.waitUntil(lambda: opened.plan.task is not None)
    plan_step, check = plan.plan_step, RestorationTask.__post_init__

    def planned(*arguments: Any, **named: Any) -> RestorationTask:
        counted["plans"] += 1
        return plan_step(*arguments, **named)

    def made(task: RestorationTask) -> None:
        counted["tasks"] += 1
        check(task)

    monkeypatch.setattr(plan, "plan_step", planned)
    monkeypatch.setattr(RestorationTask, "__post_init__", made)
    document.planner.change("Amount", amount=0.6)
    for _ in range(3):  # whoever asks
        assert opened.plan.task is not None and opened.plan.task.amount == 0.6
        assert opened.plan.obstacle is None and opened.plan.default_start == opened.plan.task.start
        assert document.planner.readiness.name == "READY" and document.planner.start
    assert counted["plans"] == 1
    assert counted["tasks"] <= 4  # the steps that suit are found by trying


def test_noise_in_a_jpeg_file_is_for_the_prior_that_knows_both(
    qtbot: QtBot, document: Document, tmp_path: Path
) -> None:
    """The file tells how it was compressed, also where nothing but noise was measured."""
    path = tmp_path / "noisy.jpg"
    Image.fromarray((255 * PICTURE.pixels).astype(np.uint8)).save(path, quality=80)
    first = current(document)
    document.pictures.open_files([path])
    qtbot.waitUntil(lambda: current(document) is not first)
    qtbot.waitUntil(lambda: current(document).plan.task is not None)
    task = current(document).plan.task
    assert task is not None and task.model == DAMAGE_MODEL
    assert task.damage.luma == tables_of_quality(80).luma
    plain = first.plan.task
    assert plain is not None and plain.model == BUILTIN_MODEL

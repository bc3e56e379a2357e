"""Whole trainings, tiny ones: they learn, they go on after anything, and end as models."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from restorer.diffusion.prior import PriorUNet
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.models import WEIGHTS, all_models
from restorer.engine.plan import start_for
from restorer.engine.progress import CancelToken
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput, ModelRefused, OutOfMemory, RestorerError
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.training import hard
from restorer.training.checkpoint import saved_recipe
from restorer.training.crops import Batch
from restorer.training.dry_run import dry_run
from restorer.training.events import Finished, Milestone, Note, Started, Step
from restorer.training.folder import TrainingFolder
from restorer.training.log import read_log
from restorer.training.loop import train
from restorer.training.milestones import Milestones
from restorer.training.network import new_network
from restorer.training.recipe import SCRATCH
from restorer.training.speed import multiply_adds
from tests.training.conftest import textured, tiny_network

ROOT = Path(__file__).parents[2]


def run(recipe, folder, **options):
    return list(train(recipe, folder, device="cpu", **options))


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def same_state(one: TrainingFolder, other: TrainingFolder) -> None:
    """Weights, average, optimizer and running means, bit for bit."""
    left, right = load_file(one.checkpoint), load_file(other.checkpoint)
    assert left.keys() == right.keys()
    parts = {"network", "average", "muon", "adamw", "balance", "hard"}
    assert {key.split("/")[0] for key in left} == parts
    for key, value in left.items():
        assert torch.equal(value.nan_to_num(-1), right[key].nan_to_num(-1)), key


def in_a_process(recipe, folder, tmp_path, *more, launch=()) -> subprocess.CompletedProcess[str]:
    written = tmp_path / "recipe.json"
    written.write_text(recipe.to_json())
    script = str(Path(__file__).with_name("run_training.py"))
    command = [sys.executable, *launch, script, str(written), str(folder.model), *map(str, more)]
    surroundings = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=surroundings, start_new_session=True, **pipes)
    try:
        said, problems = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # those that it started, too
        raise
    return subprocess.CompletedProcess(command, process.returncode, said, problems)


def test_it_learns_and_the_best_becomes_a_model(recipe, folder):
    recipe = replace(recipe, steps=120, batch=8, rate=1e-2, milestone_steps=40, licence="CC0")
    events = run(recipe, folder)
    steps, milestones = of(Step, events), of(Milestone, events)
    assert [step.step for step in steps] == list(range(1, 121))
    assert [milestone.step for milestone in milestones] == [0, 40, 80, 120]
    assert steps[-1].loss < 0.7 * steps[0].loss
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert not finished.stopped
    assert finished.best.score == max(milestone.score for milestone in milestones[1:])
    assert finished.best.score > finished.before.score + 1

    model = {model.name: model for model in all_models()}["new"]
    assert model.licence == "CC0"
    assert model.parameters == tiny_network().num_parameters()
    engine = Engine()
    assert engine.load("new", "cpu").title == "new"
    noisy = Picture(
        textured(9)
        + np.float32(0.2) * np.random.default_rng(0).standard_normal((64, 72, 3), np.float32)
    )
    task = RestorationTask(start=start_for(51), steps=1, model="new", undo_clipping=False)
    *_, last = engine.run(task, Inputs(noisy), CancelToken(), device="cpu")
    error = np.mean(((last.x0 + 1) / 2 - textured(9)) ** 2)
    assert error < 0.5 * np.mean((noisy.pixels - textured(9)) ** 2)

    card = (folder.model / "README.md").read_text()
    assert "Tiny" in card
    assert f"{finished.best.psnr[25]:.2f}" in card
    assert "E|eps - eps_theta|^2 over all t" in card
    assert str(folder.model.parent) not in card
    assert load_file(folder.model / WEIGHTS)["in_conv.weight"].dtype == torch.float16
    rows = read_log(folder.log)
    assert [row["step"] for row in rows if "psnr_25" in row] == [0, 40, 80, 120]
    assert [row["loss"] for row in rows if "loss" in row][-1] == pytest.approx(steps[-1].loss)
    assert read_picture(folder.curves).size == (960, 720)
    assert read_picture(folder.sample).size[0] > 500


def test_the_model_on_disk_is_the_average_of_its_best_step(recipe, folder):
    milestones = of(Milestone, run(recipe, folder))
    if milestones[-1].best:
        average = load_file(folder.checkpoint)
        stored = load_file(folder.model / WEIGHTS)
        for key, value in stored.items():
            assert torch.equal(value, average[f"average/module.{key}"].half())
    assert milestones[-1].best


def test_no_better_than_the_start_is_no_model(recipe, folder, monkeypatch):
    """Trained too roughly it gets worse at every milestone: it gives up and keeps the old one."""
    better = replace(recipe, steps=60, batch=8, rate=1e-2, milestone_steps=60)
    start = TrainingFolder(folder.model.parent / "start")
    run(better, start)
    rough = replace(recipe, start=str(start.model), rate=0.3, steps=60, milestone_steps=4)
    events = run(rough, folder)
    milestones, finished = of(Milestone, events), events[-1]
    assert not any(milestone.best for milestone in milestones)
    assert finished.best is None
    assert finished.gave_up
    assert not finished.stopped
    assert milestones[-1].step < 60
    assert len(milestones) > recipe.patience
    assert all(later.loss > milestones[0].loss for later in milestones[1:])
    assert not (folder.model / WEIGHTS).exists()
    assert "new" not in [model.name for model in all_models()]


def test_patience_counts(recipe, folder):
    """What is worse at first but climbs is let go on."""
    state = SimpleNamespace(before=SimpleNamespace(score=30.0), best=None, seconds=0.0)
    milestones = object.__new__(Milestones)
    milestones._state, milestones._recipe = state, replace(recipe, patience=3)
    for scores, hopeless in (
        ([29.0, 28.0], False),
        ([29.0, 28.5, 28.0], True),
        ([28.0, 28.5, 29.0], False),
        ([28.0, 29.0, 28.5, 28.0], True),
        ([30.5, 29.0, 28.0], False),
    ):
        milestones._scores = scores
        assert milestones.hopeless() is hopeless
    state.best = state.before
    assert not milestones.hopeless()


def test_a_gain_too_small_to_be_told_keeps_the_old_model():
    state = SimpleNamespace(before=SimpleNamespace(score=33.284), best=None, seconds=0.0)
    milestones = object.__new__(Milestones)
    milestones._state = state
    assert not milestones.better(33.287)  # would be told as +0.00 dB
    assert milestones.better(33.29)
    state.best = SimpleNamespace(score=33.29)
    assert milestones.better(33.291)
    state.before = state.best = None  # from scratch
    assert milestones.better(5.0)


def test_from_scratch(recipe, folder):
    shape = {"width": (16, 16), "blocks": (1,), "mid": 1}
    events = run(replace(recipe, start=SCRATCH, steps=2, milestone_steps=None, **shape), folder)
    assert [milestone.step for milestone in of(Milestone, events)] == [2]
    assert events[-1].before is None


@pytest.mark.parametrize("damage", [None, "jpeg"])
def test_a_dry_run_tells_how_it_goes_and_leaves_nothing(recipe, folder, damage):
    changes = {"crop": 16, "damage": damage, "start": SCRATCH, "width": (16, 16), "blocks": (1,)}
    found = dry_run(replace(recipe, **changes), 0.5, "cpu")
    assert found.kmac == pytest.approx(multiply_adds(new_network(replace(recipe, **changes))) / 1e3)
    assert found.pixels > 0
    assert found.flops == pytest.approx(6e3 * found.kmac * found.pixels)
    assert found.steps >= 6
    assert "kMAC" in found.sentence()
    assert not folder.model.exists()


def test_multiply_adds_of_the_shipped_shape():
    assert multiply_adds(PriorUNet(blocks=4)) == pytest.approx(215e3, rel=0.01)


def test_crops_may_grow_towards_the_end(recipe, folder, monkeypatch):
    seen = []
    ask = Batch.predict
    monkeypatch.setattr(Batch, "predict", lambda b, trunk: seen.append(b.x0.shape) or ask(b, trunk))
    run(replace(recipe, late_batch=2, late_crop=32), folder)
    assert seen == 9 * [(4, 3, 16, 16)] + 3 * [(2, 3, 32, 32)]


@pytest.mark.parametrize("more", [{}, {"hard": 0.9, "drawn": 0.3}])
def test_stopped_and_resumed_is_as_if_never_stopped(recipe, folder, library, monkeypatch, more):
    monkeypatch.setattr(hard, "EVERY", 3)
    monkeypatch.setattr(hard, "AHEAD", 2)
    recipe = replace(recipe, **more)
    cancel = CancelToken()
    for event in train(recipe, folder, device="cpu", cancel=cancel):
        if isinstance(event, Step) and event.step == 6:
            cancel.cancel()
    assert isinstance(event, Finished)
    assert event.stopped
    assert event.best.step in (4, 7)
    assert "new" in [model.name for model in all_models()]
    assert saved_recipe(folder) == recipe
    resumed = run(recipe, folder, resume=True)
    assert of(Started, resumed)[0].step == 7  # the step under way when it was told to stop
    assert [step.step for step in of(Step, resumed)] == list(range(8, 13))

    whole = TrainingFolder(library / "whole")
    through = run(recipe, whole)
    same_state(folder, whole)
    assert [s.loss for s in of(Step, through)[7:]] == [s.loss for s in of(Step, resumed)]
    assert [row["step"] for row in read_log(folder.log) if "loss" in row] == list(range(1, 13))


def test_killed_it_loses_no_more_than_to_the_last_milestone(recipe, folder, library, tmp_path):
    killed = in_a_process(recipe, folder, tmp_path, 7)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert "new" in [model.name for model in all_models()]
    resumed = run(recipe, folder, resume=True)
    assert of(Started, resumed)[0].step == 4
    whole = TrainingFolder(library / "whole")
    run(recipe, whole)
    same_state(folder, whole)
    assert [row["step"] for row in read_log(folder.log) if "loss" in row] == list(range(1, 13))


def test_two_processes_train_as_one(recipe, folder, library, tmp_path):
    """The same batch in two halves: only the order of additions differs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launch = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr")
    launch += ("127.0.0.1", "--master-port", str(port))
    done = in_a_process(recipe, folder, tmp_path, launch=launch)
    assert done.returncode == 0, done.stderr
    alone = TrainingFolder(library / "alone")
    run(recipe, alone)
    together, single = ([row for row in read_log(f.log) if "loss" in row] for f in (folder, alone))
    assert len(together) == len(single) == 12
    for column in ("loss", "eps"):
        ours, theirs = ([row[column] for row in rows] for rows in (together, single))
        assert ours == pytest.approx(theirs, rel=1e-4)
    weights, expected = load_file(folder.checkpoint), load_file(alone.checkpoint)
    for key in weights:
        if key.startswith("average/module"):
            assert torch.allclose(weights[key], expected[key], atol=2e-4), key


def test_bad_pictures_are_told_of_and_the_rest_is_used(recipe, folder, photos):
    (photos / "broken.png").write_text("nothing")
    events = run(replace(recipe, steps=1), folder)
    notes = [note.sentence for note in of(Note, events)]
    assert len([note for note in notes if "broken.png" in note]) == 1
    started = of(Started, events)[0]
    assert started.pictures + started.held_out == 6
    assert "broken.png" in folder.pictures.read_text()


def test_a_folder_to_measure_on(recipe, folder, photos):
    apart = photos / "apart"
    apart.mkdir()
    for name in ("4.png", "5.png"):
        (photos / name).rename(apart / name)
    events = run(replace(recipe, steps=1, validation=str(apart)), folder)
    started = of(Started, events)[0]
    assert (started.pictures, started.held_out) == (4, 2)
    with pytest.raises(BadInput, match="must not be those"):
        run(replace(recipe, validation=str(photos)), TrainingFolder(folder.model / "b"))


def test_very_few_pictures_are_all_trained_on_and_that_is_said(recipe, folder, photos):
    for number in range(2, 6):
        (photos / f"{number}.png").unlink()
    events = run(replace(recipe, steps=1), folder)
    assert of(Started, events)[0].pictures == 2
    assert any("too few pictures" in note.sentence for note in of(Note, events))


def test_what_is_there_is_not_overwritten(recipe, folder):
    run(recipe, folder)
    with pytest.raises(BadInput, match="--resume"):
        run(recipe, folder)
    folder.checkpoint.unlink()
    with pytest.raises(BadInput, match="a model in"):
        run(recipe, folder)
    with pytest.raises(BadInput, match="no training"):
        run(recipe, folder, resume=True)


def test_finished_trainings_want_more_steps(recipe, folder):
    run(replace(recipe, steps=1), folder)
    with pytest.raises(BadInput, match="finished"):
        run(saved_recipe(folder), folder, resume=True)
    steps = of(Step, run(replace(saved_recipe(folder), steps=2), folder, resume=True))
    assert [step.step for step in steps] == [2]


def test_a_damaged_checkpoint_is_refused(recipe, folder):
    run(replace(recipe, steps=1), folder)
    whole = folder.checkpoint.read_bytes()
    folder.checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="damaged"):
        saved_recipe(folder)


def test_one_training_at_a_time(recipe, folder):
    with folder.locked(), pytest.raises(BadInput, match="already"):
        run(recipe, folder)


def test_a_start_that_does_not_exist(recipe, folder):
    with pytest.raises(ModelRefused):
        run(replace(recipe, start="nowhere"), folder)


def test_a_rate_that_is_too_high_ends_in_a_sentence(recipe, folder):
    with pytest.raises(RestorerError, match="smaller --lr"):
        run(replace(recipe, steps=100, rate=1e25, clip=1e30, milestone_steps=None), folder)


def test_too_large_a_batch_ends_in_a_sentence(recipe, folder, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("the device is full")

    monkeypatch.setattr(Batch, "errors", full)
    with pytest.raises(OutOfMemory, match="--batch or --crop"):
        run(recipe, folder)


def test_tensorboard_gets_the_log_where_it_is_installed(recipe, folder):
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    list(train(replace(recipe, steps=4), folder))
    written = reading.EventAccumulator(str(folder.work / "restorer"))
    written.Reload()
    losses = {event.step: event.value for event in written.Scalars("loss")}
    logged = {row["step"]: row["loss"] for row in read_log(folder.log) if "loss" in row}
    assert sorted(losses) == [1, 2, 3, 4]
    assert losses == pytest.approx(logged, rel=1e-5)

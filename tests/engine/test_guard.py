"""What is no picture is never called a result, by the engine, command line or window."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from restorer.cli.main import main
from restorer.document import Document, Settings, Status, work
from restorer.engine.damage import Damage
from restorer.engine.engine import Engine, ModelStatus
from restorer.engine.guard import Guard
from restorer.engine.inputs import Inputs
from restorer.engine.models import WEIGHTS
from restorer.engine.plan import plan_repair
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput, ErrorKind, ModelRefused, NoPicture
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.jobs import Jobs
from restorer.resources import resource_path

from .known import CLEAN, filling, gaussian_posterior_mean, task_for, waves


class BrokenEngine(Engine):
    """Has one answer to everything."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer = answer

    def load(self, model="builtin", device="auto"):
        self._denoiser = self.answer
        return ModelStatus("Broken", 0, "CPU", "fp32")


def one_bad_value(x_t, sigma):
    x0 = gaussian_posterior_mean(x_t, sigma).clone()
    x0[0, 0, 5, 5] = torch.nan
    return x0


ANSWERS = {
    "nan": one_bad_value,
    "infinite": lambda x_t, sigma: x_t / 0,
    "overflowing": lambda x_t, sigma: x_t * 1e38 * 1e3,
    "enormous": lambda x_t, sigma: x_t * 1e6,
    "black": lambda x_t, sigma: torch.full_like(x_t, -1),
    "grey": lambda x_t, sigma: torch.zeros_like(x_t),
    "negative": lambda x_t, sigma: -x_t,
}


def noisy(noise: float = 25.0) -> Picture:
    drawn = np.random.default_rng(0).standard_normal((96, 112, 3))
    return Picture(np.clip(waves(96, 112).pixels + noise / 255 * drawn, 0, 1).astype(np.float32))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("steps", [1, 3])
def test_noise_is_not_exchanged_for_nonsense(answer, steps):
    shown: list[np.ndarray] = []

    def look(progress: Progress) -> None:
        shown.append(progress.x0)

    task = task_for(25.0, steps=steps)
    for tell in (look, lambda _: None):  # whether or not somebody looks at the tiles
        with pytest.raises(NoPicture, match="did not produce a picture") as caught:
            list(BrokenEngine(answer).run(task, Inputs(noisy()), CancelToken(), tell))
        assert caught.value.kind is ErrorKind.MODEL
    assert all(np.isfinite(x0).all() for x0 in shown)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        *product(("inpaint", "upscale", "deblur"), ("nan", "infinite", "overflowing", "enormous")),
        ("dejpeg", "nan"),  # whatever is finite ends in the cells of the file
    ],
)
def test_repairs_neither(kind, answer):
    picture, hole = waves(), None
    if kind == "inpaint":
        task, hole = filling(picture)
    else:
        asked = {"deblur": {"blur": "gaussian:1.0"}, "dejpeg": {"luma": (9,) * 64}}.get(kind, {})
        if kind == "dejpeg":
            asked["chroma"] = (9,) * 64
        task = plan_repair(Damage(kind, **asked), Inputs(picture), CLEAN, steps=2)
    with pytest.raises(NoPicture):
        list(BrokenEngine(ANSWERS[answer]).run(task, Inputs(picture, hole), CancelToken()))


@pytest.mark.parametrize("noise", [5.0, 25.0, 150.0])
def test_the_truth_passes_however_much_noise_there_was(noise):
    picture = noisy(noise)
    guard = Guard(task_for(noise, undo_clipping=True), Inputs(picture), "a", draws=False)
    guard.check(2 * waves(96, 112).pixels - 1, None, sigma=0.0)


def test_what_drowned_in_noise_may_come_out_flat():
    """The mean of all that it may have been is flat, too; a clear picture may not end so."""
    clear = waves(96, 112).pixels
    drawn = np.random.default_rng(0).standard_normal(clear.shape)
    faint = 0.5 + 0.1 * (clear - 0.5) + 150 / 255 * drawn
    for pixels, noise, fate in (
        (faint, 150.0, nullcontext()),
        (clear, 25.0, pytest.raises(NoPicture)),
    ):
        flat = np.full_like(clear, 2 * pixels.mean() - 1)
        guard = Guard(task_for(noise), Inputs(Picture(pixels.astype(np.float32))), "a", draws=False)
        with fate:
            guard.check(flat, None, sigma=0.0)


def test_what_draws_anew_may_draw_something_else_but_not_nothing():
    picture, task = waves(96, 112), RestorationTask(start=400.0)
    guard = Guard(task, Inputs(picture), "a", draws=True)
    rng = np.random.default_rng(0)
    guard.check(rng.uniform(-1, 1, picture.pixels.shape).astype(np.float32), None, 0.0)
    dots = rng.integers(0, 2, picture.pixels.shape).astype(np.float32) * 20 - 10
    flat = np.full_like(picture.pixels, 0.1)
    for nothing in (flat, np.full_like(picture.pixels, -1), dots, dots * np.inf):
        with pytest.raises(NoPicture):
            guard.check(nothing, None, 0.0)
    Guard(task, Inputs(Picture(flat)), "a", draws=True).check(flat, None, 0.0)


def test_a_picture_that_is_none_is_not_the_models_fault():
    pixels = waves().pixels.copy()
    pixels[3, 3] = np.nan
    with pytest.raises(BadInput, match="picture holds values that are not numbers"):
        list(
            BrokenEngine(one_bad_value).run(task_for(25.0), Inputs(Picture(pixels)), CancelToken())
        )


def damaged(folder: Path, change) -> Path:
    """A copy of the bundled model with its weights changed."""
    model = shutil.copytree(resource_path("models", "builtin"), folder / "mine")
    tensors = {k: change(v.astype(np.float32)) for k, v in load_file(model / WEIGHTS).items()}
    save_file(tensors, model / WEIGHTS, metadata={"format": "pt"})
    return model


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_numbers_are_refused_when_loaded(tmp_path, value):
    def one(weights):
        weights.flat[weights.size // 2] = value
        return weights

    with pytest.raises(ModelRefused, match="not all of its weights are numbers"):
        Engine().load(str(damaged(tmp_path, one)), "cpu")


@pytest.mark.parametrize("factor", [1e6, 3.0])
def test_the_command_line_saves_none_and_says_so(tmp_path, capsys, factor):
    """Weights that overflow, and weights that only lead astray: one sentence, no file, no 0."""
    model = damaged(tmp_path, lambda weights: weights * np.float32(factor))
    write_picture(noisy(), tmp_path / "in.png")
    for extra in ([], ["--task", "upscale"]):
        out = tmp_path / "out.png"
        asked = ["restore", str(tmp_path / "in.png"), "-o", str(out), "--model", str(model)]
        assert main([*asked, "--noise", "25", "--steps", "1", *extra]) == ErrorKind.MODEL
        told = capsys.readouterr()
        assert "did not produce a picture" in told.err and told.out == ""
        assert not out.exists()


def test_the_window_keeps_none_and_says_so(qtbot, settings_file, monkeypatch):
    monkeypatch.setattr(work, "measure", lambda picture: CLEAN)
    jobs = Jobs(lambda: BrokenEngine(one_bad_value))
    try:
        document = Document(jobs, Settings(settings_file))
        opened = document.pictures.open_picture(noisy(), "a")
        qtbot.waitUntil(lambda: opened.status is Status.READY, timeout=20000)
        document.planner.change("Start", start=100.0)
        document.runs.restore()
        qtbot.waitUntil(lambda: bool(document.notices.errors), timeout=20000)
        assert "did not produce a picture" in document.notices.errors[0].sentence
        assert opened.result is None and not opened.unsaved
    finally:
        jobs.shutdown()

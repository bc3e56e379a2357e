"""The engine around a network whose right answers are known: the posterior of a Gaussian prior."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from restorer.diffusion.schedule import LINEAR, sigma_from_noise
from restorer.engine.engine import Engine
from restorer.engine.finish import Finish
from restorer.engine.inputs import Inputs
from restorer.engine.progress import Cancelled, CancelToken
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.imaging.picture import Picture

from .known import SPREAD, AnalyticEngine, gaussian_posterior_mean, picture_with, task_for


def run(engine: Engine, task: RestorationTask, picture: Picture) -> Trajectory:
    trajectory = Trajectory(task)
    for frame in engine.run(task, Inputs(picture), CancelToken()):
        trajectory.append(frame)
    return trajectory


@pytest.mark.parametrize("steps", [1, 2, 5, 11])
@pytest.mark.parametrize("noise", [10.0, 60.0])
def test_faithfulness_1_is_the_posterior_mean(noise, steps):
    engine, picture = AnalyticEngine(), picture_with(noise)
    result = run(engine, task_for(noise, steps=steps), picture).result
    sigma = float(sigma_from_noise(noise))
    y = torch.from_numpy(2 * picture.pixels - 1)
    expected = gaussian_posterior_mean(y / (1 + sigma**2) ** 0.5, sigma).numpy()
    np.testing.assert_allclose(result, np.clip((expected + 1) / 2, 0, 1), atol=2e-5)
    assert engine.evaluations == steps


def test_faithfulness_0_is_a_posterior_sample():
    """A sample has the posterior's own variance around its mean."""
    noise, picture = 60.0, picture_with(60.0, size=(128, 128))
    mean = run(AnalyticEngine(), task_for(noise, steps=1), picture).result
    sample = run(
        AnalyticEngine(), task_for(noise, steps=60, sampler="ddpm", faithfulness=0.0), picture
    ).result
    sigma = float(sigma_from_noise(noise))
    posterior_std = SPREAD * sigma / (SPREAD**2 + sigma**2) ** 0.5 / 2
    deviation = sample - mean
    # 49152 values: the standard deviation is known to 0.3%; sixty steps leave about 3%
    assert deviation.std() == pytest.approx(posterior_std, rel=0.05)
    assert abs(deviation.mean()) < 4 * posterior_std / 49152**0.5


def test_between_them_lies_the_blend():
    picture = picture_with(40.0)
    mean, sample, half = (
        [*AnalyticEngine().run(task, Inputs(picture), CancelToken())][-1].x0
        for task in (task_for(40.0, steps=4, faithfulness=f) for f in (1.0, 0.0, 0.5))
    )
    np.testing.assert_allclose(half, (mean + sample) / 2, atol=1e-5)


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpmpp"])
def test_same_seed_same_bytes_and_another_seed_differs(sampler):
    picture = picture_with(40.0)
    values = {"steps": 4, "faithfulness": 0.0, "sampler": sampler}
    one, two, other = (
        run(AnalyticEngine(), task_for(40.0, seed=seed, **values), picture).result
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert (sampler != "ddpm") == np.array_equal(one, other)  # the others put no noise back


def test_ddim_puts_noise_back_only_where_it_is_told_to():
    picture = picture_with(40.0)
    values = {"steps": 4, "faithfulness": 0.0, "sampler": "ddim", "eta": 1.0}
    one, other = (
        run(AnalyticEngine(), task_for(40.0, seed=seed, **values), picture).result
        for seed in (0, 1)
    )
    assert not np.array_equal(one, other)


def test_the_size_of_tiles_does_not_change_the_result():
    picture = picture_with(40.0, size=(150, 170))
    task = task_for(40.0, steps=3, sampler="ddpm", faithfulness=0.0)
    whole, tiled = (run(AnalyticEngine(tile=tile), task, picture).result for tile in (512, 96))
    np.testing.assert_allclose(whole, tiled, atol=1e-5)


def test_frames_walk_from_the_picture_towards_clean():
    picture = picture_with(40.0)
    frames = list(AnalyticEngine().run(task_for(40.0, steps=5), Inputs(picture), CancelToken()))
    assert [frame.info.index for frame in frames] == list(range(5))
    assert all(frame.info.steps == 5 for frame in frames)
    times = [frame.info.t for frame in frames]
    assert times == sorted(times, reverse=True)
    a = np.sqrt(LINEAR.alpha_bar(times[0]))
    np.testing.assert_allclose(frames[0].x_t, a * (2 * picture.pixels - 1), atol=1e-6)


def test_a_task_without_a_start_does_nothing():
    engine = AnalyticEngine()
    assert len(run(engine, RestorationTask(start=None), picture_with(5.0))) == 0
    assert engine.evaluations == 0


def test_grey_stays_grey_and_stands_where_its_noise_is():
    noise = 40.0
    grey = Picture(np.repeat(picture_with(noise).pixels[..., :1], 3, axis=2))
    task = task_for(noise, steps=3, faithfulness=0.0)
    trajectory = run(AnalyticEngine(), task, grey)
    assert trajectory.infos[0].t == pytest.approx(task.start)
    for quantity in Quantity:
        values = trajectory.read(0, quantity)
        np.testing.assert_array_equal(values[..., 0], values[..., 1])
    expected = np.sqrt(LINEAR.alpha_bar(task.start)) * (2 * grey.pixels - 1)
    np.testing.assert_allclose(trajectory.read(0, Quantity.X_T), expected, atol=2e-3)  # float16
    result = trajectory.result
    np.testing.assert_array_equal(result[..., 0], result[..., 1])
    np.testing.assert_array_equal(result[..., 0], result[..., 2])


def test_undoing_clipping_restores_black_and_white():
    """A picture of blacks and whites whose noise was cut off comes back as it was."""
    clean = np.zeros((64, 64, 3), np.float32)
    clean[:, 32:] = 1
    noise = 40.0
    drawn = clean + noise / 255 * np.random.default_rng(0).standard_normal(clean.shape)
    picture = Picture(drawn.clip(0, 1).astype(np.float32))

    class Smooth(AnalyticEngine):
        def load(self, model="builtin", device="auto"):
            status = super().load()
            self._denoiser = lambda x_t, sigma: (  # what a perfect smoother sees: local means
                torch.cat([h.mean((2, 3), keepdim=True).expand_as(h) for h in x_t.split(32, 3)], 3)
                * (1 + sigma**2) ** 0.5
            )
            return status

    kept = run(Smooth(), task_for(noise, steps=1, undo_clipping=False), picture).result
    undone = run(Smooth(), task_for(noise, steps=1, undo_clipping=True), picture).result
    assert np.abs(kept - clean).max() > 0.05
    assert np.abs(undone - clean).max() < 0.01


def test_stop_is_answered_within_one_tile_and_keeps_the_frames():
    picture = picture_with(40.0, size=(150, 170))
    cancel, engine, seen = CancelToken(), AnalyticEngine(tile=96), []

    def on_progress(progress):
        seen.append(progress)
        if progress.step == 2:
            cancel.cancel()

    trajectory = Trajectory(task_for(40.0, steps=5))
    frames = engine.run(trajectory.task, Inputs(picture), cancel, on_progress)
    for _ in range(2):
        trajectory.append(next(frames))
    with pytest.raises(Cancelled):
        next(frames)
    assert len(trajectory) == 2
    assert trajectory.result is not None
    tiles = seen[0].tiles
    assert tiles > 1
    assert engine.evaluations == len(seen) == 2 * tiles + 1


def test_progress_shows_each_tile_in_its_place():
    picture = picture_with(40.0, size=(150, 170))
    seen = []
    task = task_for(40.0, steps=1)
    (frame,) = AnalyticEngine(tile=96).run(task, Inputs(picture), CancelToken(), seen.append)
    for progress in seen:
        left, top, right, bottom = progress.box
        assert progress.x0.shape == (bottom - top, right - left, 3)
        expected = np.clip((frame.x0[top:bottom, left:right] + 1) / 2, 0, 1)
        np.testing.assert_allclose(progress.x0, expected, atol=1e-5)
    assert [progress.tile for progress in seen] == list(range(1, len(seen) + 1))
    assert seen[-1].seconds_left == pytest.approx(0, abs=1e-6)


def test_tiles_that_nobody_looks_at_are_not_made_to_be_seen(monkeypatch):
    monkeypatch.setattr(Finish, "pixels_of_tile", None)
    (_,) = AnalyticEngine(tile=96).run(
        task_for(40.0, steps=1), Inputs(picture_with(40.0)), CancelToken()
    )


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (7, 9)])
def test_any_size_of_picture(size):
    result = run(Engine(), task_for(20.0, steps=1), picture_with(20.0, size=size)).result
    assert result.shape == (*size, 3)
    assert np.isfinite(result).all()


def test_the_model_is_loaded_once():
    engine = Engine()
    first = engine.load("builtin", "cpu")
    network = engine._denoiser
    assert engine.load("builtin", "cpu") is first
    assert engine._denoiser is network


def test_a_card_that_is_full_is_spared_and_the_status_says_where_it_went_on(monkeypatch):
    """The shipped network fails as on a full card, until it is asked on the processor."""
    engine, told, calls = Engine(precision="float32"), [], []
    engine.on_shortage = told.append
    picture = picture_with(25.0)
    expected = run(engine, task_for(25.0, steps=1), picture).result
    spared = engine._denoiser
    asked = type(spared.denoiser).__call__
    monkeypatch.setattr(engine, "_place", torch.device("cuda"))
    monkeypatch.setattr(engine, "_status", replace(engine._status, device="Card", precision="fp16"))
    monkeypatch.setattr(
        type(spared),
        "_device",
        lambda self: torch.device("cpu" if self._room.on_processor else "cuda"),
    )

    def full(self, x_t, sigma, /):
        calls.append(max(x_t.shape[-2:]))
        if not spared._room.on_processor:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return asked(self, x_t, sigma)

    monkeypatch.setattr(type(spared.denoiser), "__call__", full)
    result = run(engine, task_for(25.0, steps=1), picture).result
    np.testing.assert_array_equal(result, expected)
    assert [words.split(":")[0] for words in told] == ["The graphics card has too little memory"]
    assert engine.load().place == "CPU float32"

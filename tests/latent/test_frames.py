"""A latent run gives the same kind of frames as any other, and says which are previews."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from restorer.engine.branch_segments import BranchSegments
from restorer.engine.control import Control, picture_digest
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.export import frame_title, write_frames
from restorer.engine.inputs import Inputs
from restorer.engine.progress import Cancelled, CancelToken
from restorer.engine.runners.latent import LatentRun
from restorer.engine.strength import strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.errors import BadInput, ModelRefused
from restorer.imaging.picture import Picture
from tests.latent import tiny


@pytest.fixture
def engine(models):
    engine = Engine()
    engine.load(str(models("sd")[0]), "cpu")
    return engine


def task_for(models, name="sd", **values) -> RestorationTask:
    return RestorationTask(**{"start": 399.0, "steps": 4, "model": str(models(name)[0])} | values)


def run(engine, task, picture, **values) -> Trajectory:
    trajectory = Trajectory(task)
    for frame in engine.run(task, Inputs(picture, **values), CancelToken(), device="cpu"):
        trajectory.append(frame)
    return trajectory


def test_every_step_is_a_frame_on_the_models_own_schedule(engine, models, picture):
    trajectory = run(engine, task_for(models), picture)
    infos = trajectory.infos
    assert [info.t for info in infos] == [399, 299, 199, 99]  # from the start on
    schedule = engine._latent.schedule
    assert [info.sigma for info in infos] == pytest.approx([schedule.sigma(i.t) for i in infos])
    assert [info.preview for info in infos] == [True, True, True, False]
    assert trajectory.result.shape == picture.pixels.shape


def test_files_of_frames_say_that_they_are_previews(engine, models, picture, tmp_path):
    trajectory = run(engine, task_for(models, steps=2), picture)
    names = [path.name for path in write_frames(trajectory, picture, tmp_path)]
    assert ["preview" in name for name in names] == [True, True, False, False]
    assert frame_title(trajectory.infos[0]) == "step 1 of 2, t 399, preview"


def test_state_is_signal_and_noise_in_what_is_seen_too(engine, models, picture):
    """x_t = sqrt(abar) x0 + sqrt(1 - abar) eps holds for the previews."""
    trajectory = run(engine, task_for(models), picture)
    for info in trajectory.infos[:-1]:
        a = (1 + info.sigma**2) ** -0.5
        x_t, x0, eps = (
            trajectory.read(info.index, quantity)
            for quantity in (Quantity.X_T, Quantity.X0, Quantity.EPS)
        )
        sum_of_both = a * x0 + info.sigma * a * eps
        np.testing.assert_allclose(x_t, sum_of_both, rtol=5e-3, atol=0.02)  # kept as float16


def test_the_preview_finds_a_linear_vae_exactly():
    from restorer.latent.preview import fit

    mixing = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(1)))[0]

    def encode(pixels):
        small = torch.nn.functional.avg_pool2d(pixels, 8)
        four = torch.cat([small - 0.2, 0 * small[:, :1] + 1], dim=1)
        return torch.einsum("bchw,cd->bdhw", four, mixing)

    preview = fit(encode, 8)
    flat = torch.full((1, 3, 16, 16), 0.0) + torch.tensor([0.3, -0.5, 0.1]).view(1, 3, 1, 1)
    assert torch.allclose(preview(encode(flat), (16, 16)), flat, atol=1e-3)


def test_a_tiny_vae_gives_the_glances(models, picture, tmp_path):
    path = tmp_path / "with-tiny"
    tiny.stable_diffusion(path, tiny_vae=tiny.tiny_vae())
    engine = Engine()
    task = task_for(models, model=str(path))
    trajectory = run(engine, task, picture)
    plain = run(Engine(), task_for(models), picture)  # the same weights, no tiny VAE
    assert np.array_equal(trajectory.result, plain.result)
    assert not np.allclose(trajectory.read(0, Quantity.X0), plain.read(0, Quantity.X0), atol=0.05)


def test_stopping_keeps_frames_and_does_not_decode(engine, models, picture, monkeypatch):
    decoded = []
    monkeypatch.setattr(engine._latent, "decode", lambda latents: decoded.append(1))
    cancel = CancelToken()
    frames = engine.run(task_for(models), Inputs(picture), cancel, device="cpu")
    kept = [next(frames), next(frames)]
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(frames)
    assert all(frame.info.preview for frame in kept)
    assert not decoded


def test_stopping_between_tiles(engine, models):
    """A stop during the first tile of the first step leaves no frame."""
    picture = Picture(np.zeros((64, 1024, 3), np.float32))
    cancel, seen = CancelToken(), []

    def on_progress(progress):
        seen.append(progress)
        cancel.cancel()

    run = LatentRun(engine._latent, BranchSegments(task_for(models, start=999.0), Inputs(picture)))
    run.tile = 64
    with pytest.raises(Cancelled):
        next(run.frames(cancel, on_progress))
    assert [(p.step, p.tile, p.tiles) for p in seen] == [(0, 1, 3)]
    left, top, right, bottom = seen[0].box
    assert seen[0].x0.shape == (bottom - top, right - left, 3)


@pytest.mark.parametrize("size", [(64, 64), (50, 77)])
def test_same_task_same_bytes_at_any_size(engine, models, size):
    pixels = np.random.default_rng(0).random((*size, 3), np.float32)
    first, again = (
        run(engine, task_for(models, sampler="ddim"), Picture(pixels)).result for _ in range(2)
    )
    assert first.shape == pixels.shape
    assert np.array_equal(first, again)


def test_grey_stays_grey(engine, models, picture):
    grey = np.repeat(picture.pixels.mean(axis=2, keepdims=True), 3, axis=2)
    result = run(engine, task_for(models), Picture(grey, grey=True)).result
    assert np.ptp(result, axis=2).max() == 0


def test_words_lead_only_when_there_are_some(engine, models, picture):
    """Without words there is nothing to be guided by, and nothing is computed for it."""
    quiet, strong = (run(engine, task_for(models, guidance=g), picture).result for g in (1.0, 30.0))
    assert np.array_equal(quiet, strong)
    told = run(engine, task_for(models, prompt="a cat", guidance=30.0), picture).result
    assert np.abs(told - strong).max() > 1e-3


def test_enlarging_with_any_model_goes_from_the_picture_grown(engine, models, picture):
    small = Picture(picture.pixels[::2, ::2].copy())
    damage = Damage("upscale", scale=2)
    assert run(engine, task_for(models, damage=damage), small).result.shape == (64, 64, 3)


def test_local_strength_keeps_what_is_not_to_change(engine, models, picture):
    strength = np.zeros((64, 64), np.float32)
    strength[:, 32:] = 1
    task = task_for(models, strength=strength_digest(strength))
    result = run(engine, task, picture, strength=strength).result
    assert np.array_equal(result[:, :32], picture.pixels[:, :32])
    assert np.array_equal(result[:, 32:], run(engine, task_for(models), picture).result[:, 32:])


def test_a_control_picture_of_ones_own(engine, models, picture):
    pose = np.zeros_like(picture.pixels)
    pose[20:40, 30] = 1
    task = task_for(models, control=Control("picture", picture=picture_digest(pose)))
    led = run(engine, task, picture, control=pose).result
    assert np.abs(led - run(engine, task_for(models), picture).result).max() > 1e-3
    with pytest.raises(BadInput, match="not the control picture"):
        run(engine, task, picture, control=pose[::-1])


def test_what_cannot_be_done_is_said(engine, models, picture, tmp_path):
    with pytest.raises(BadInput, match="this kind of damage"):
        run(engine, task_for(models, damage=Damage("deblur", blur="disc:3")), picture)
    with pytest.raises(BadInput, match="no ControlNet"):
        run(Engine(), task_for(models, "v", control=Control("tile")), picture)
    with pytest.raises(ModelRefused, match="guides another model"):
        Engine().load(str(models("sd")[0] / "controlnet"), "cpu")
    with pytest.raises(BadInput, match="latent models"):
        run(Engine(), RestorationTask(start=20.0, sampler="euler"), picture)


def test_what_was_stopped_is_decoded_when_asked(engine, models, picture):
    """Exactly what decoding the step would have given, with what is outside a hole as it came."""
    hole = np.zeros((64, 64), bool)
    hole[8:40, 16:48] = True
    task = task_for(models, damage=Damage("inpaint", mask=mask_digest(hole)))
    trajectory, cancel = Trajectory(task), CancelToken()
    frames = engine.run(task, Inputs(picture, hole), cancel, device="cpu")
    for _ in range(2):
        trajectory.append(next(frames))
    assert trajectory.preview and not trajectory.whole
    before = trajectory.result
    decoded = engine._latent.decode(torch.from_numpy(trajectory.latents)[None])[0]
    x0, kept = engine.decode(task, Inputs(picture, hole), trajectory.latents, device="cpu")
    expected = decoded.permute(1, 2, 0).numpy().clip(-1, 1)
    np.testing.assert_allclose(x0[hole], expected[hole], atol=1e-6)
    np.testing.assert_allclose(x0[~hole], 2 * picture.pixels[~hole] - 1, atol=1e-6)
    trajectory.decode(x0, kept)
    assert not trajectory.preview and trajectory.latents is None
    assert [info.preview for info in trajectory.infos] == [True, False]
    assert np.array_equal(trajectory.result[~hole], picture.pixels[~hole])
    np.testing.assert_allclose(trajectory.result[hole], expected[hole] / 2 + 0.5, atol=1e-6)
    first = trajectory.read(0, Quantity.X0)  # earlier frames keep the promise, too
    np.testing.assert_allclose(first[~hole], 2 * picture.pixels[~hole] - 1, atol=1e-3)
    assert not np.allclose(trajectory.result, before, atol=0.02)


def test_a_whole_run_is_decoded_already(engine, models, picture):
    trajectory = run(engine, task_for(models, steps=2), picture)
    assert trajectory.whole and not trajectory.preview and trajectory.latents is None
    with pytest.raises(BadInput, match="latent"):
        engine.decode(RestorationTask(start=10.0), Inputs(picture), np.zeros((4, 8, 8), np.float32))


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpmpp"])
def test_going_on_from_a_step_unchanged_and_with_other_words(engine, models, picture, sampler):
    trunk = task_for(models, sampler=sampler, eta=0.5, prompt="a cat")
    before = run(engine, trunk, picture)
    again = run(engine, replace(trunk, trunk=trunk, after=2), picture)
    words = run(engine, replace(trunk, trunk=trunk, after=2, prompt="a dog", seed=8), picture)
    for index in range(4):
        states, others = (frames.read(index, Quantity.X_T) for frames in (again, words))
        np.testing.assert_array_equal(states, before.read(index, Quantity.X_T))
        assert np.array_equal(states, others) == (index <= 2)
    np.testing.assert_array_equal(again.result, before.result)


def test_another_mask_holds_from_the_step_on(engine, models, picture):
    height, width = picture.pixels.shape[:2]
    left, right = (np.zeros((height, width), bool) for _ in range(2))
    left[:, : width // 4], right[:, -width // 4 :] = True, True
    trunk = task_for(models, damage=Damage("inpaint", mask=mask_digest(left)))
    damage = Damage("inpaint", mask=mask_digest(right))
    task = replace(trunk, trunk=trunk, after=2, damage=damage)
    branch = run(engine, task, picture, hole=right, trunk=Inputs(picture, left))
    np.testing.assert_array_equal(branch.result[~right], picture.pixels[~right])
    before = run(engine, trunk, picture, hole=left)
    np.testing.assert_array_equal(branch.read(1, Quantity.X0), before.read(1, Quantity.X0))


def test_on_the_way_no_other_model_with_prompts_can_answer(engine, models, picture):
    trunk = task_for(models)
    other = replace(trunk, trunk=trunk, after=1, model="builtin")
    with pytest.raises(BadInput, match="On the way no model with prompts"):
        run(engine, other, picture)

"""The spread of a posterior that is known, and what is promised of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restorer.cli.doubt import spread_sentence
from restorer.diffusion.schedule import sigma_from_noise
from restorer.engine import calibration
from restorer.engine import spread as rooms
from restorer.engine.calibration import calibration_for, is_drawn, of_sample, std_of
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.plan import camera_photo, plan_repair, start_for
from restorer.engine.progress import Cancelled, CancelToken
from restorer.engine.spread import Spread, spread, way_for
from restorer.engine.strength import strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.tasks.kind import Calibration
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.resources import resource_path
from restorer.training.camera_noise import as_file, photograph, random_camera

from .known import CLEAN, SPREAD, AnalyticEngine, SmoothEngine, filling, picture_with, task_for
from .known import waves as waves_of


def spread_of(engine, task, picture, hole=None, strength=None, **values) -> Spread:
    inputs = Inputs(picture, hole, strength)
    *_, last = spread(engine.run, task, inputs, CancelToken(), **values)
    return last


def posterior_std(noise: float) -> float:
    """Of a known Gaussian prior, on the scale of pictures."""
    sigma = float(sigma_from_noise(noise))
    return SPREAD * sigma / (SPREAD**2 + sigma**2) ** 0.5 / 2


def response(noise: float, told: float) -> float:
    """Noise that the known denoiser, told so much of it, leaves; 0..1."""
    sigma = float(sigma_from_noise(told))
    return noise / 255 * SPREAD**2 / (SPREAD**2 + sigma**2)


@pytest.mark.parametrize("grey", [False, True])
def test_the_slope_is_the_noise_that_is_left(grey, monkeypatch):
    """Of a Gaussian prior exactly, at every pixel: its denoiser is linear and looks at one."""
    monkeypatch.setattr(calibration, "SLOPE", Calibration(1.0, least=0.0))
    noise = 30.0
    picture = picture_with(noise)
    if grey:  # three equal channels: the network is told sqrt(3) times the noise
        picture = Picture(np.repeat(picture.pixels[..., :1], 3, axis=2))
    inside = Picture(0.4 + 0.2 * np.clip(picture.pixels, 0, 1))  # nothing is clipped
    engine = AnalyticEngine()
    found = spread_of(engine, task_for(noise), inside)
    expected = response(noise, noise * 3**0.5 if grey else noise)
    np.testing.assert_allclose(found.std, expected, rtol=1e-3)
    assert engine.evaluations == found.samples == 4  # a person waits for it


def test_where_the_noise_is_stronger_so_is_the_doubt(monkeypatch):
    monkeypatch.setattr(calibration, "SLOPE", Calibration(1.0, least=0.0, of_noise=0.1))
    noise, picture = 10.0, Picture(np.full((48, 96, 3), 0.5, np.float32))
    task = task_for(noise, local=((0.0, 0.0, 1.0, 1.0, 2.0, 2.0),))
    found = spread_of(AnalyticEngine(), task, picture)
    for x, times in ((4, 0), (48, 1), (92, 2)):
        left = response(times * noise, times * noise * 3**0.5)  # one tone, see above
        floor = 0.1 * times * noise / 255
        assert found.std[24, x] == pytest.approx((left**2 + floor**2) ** 0.5, rel=0.01, abs=1e-6)


def test_a_floor_stands_for_what_no_answer_shows():
    rule = Calibration(2.0, least=0.5, of_noise=0.1)
    none, some = np.zeros((2, 2), np.float32), np.full((2, 2), 0.01**2, np.float32)
    half = (0.5 / 255) ** 2
    for noise in (0.0, 5 / 255, 50 / 255):
        there = std_of(rule, some, np.float32(noise))
        np.testing.assert_allclose(there**2, 0.02**2 + half + (0.1 * noise) ** 2, rtol=1e-5)
        assert (std_of(rule, none, np.float32(noise)) < there).all()


def test_the_more_is_made_up_the_farther_it_may_lie():
    """Of enlarged pictures that answer alike: the error, squared, grows with the scale."""
    answers = np.full((4, 4), 0.04**2, np.float32)
    found = [
        std_of(
            calibration_for(RestorationTask(1.0, damage=Damage("upscale", scale=scale)), "seeds"),
            answers,
            np.zeros((), np.float32),
        )
        for scale in (2, 4)
    ]
    assert found[1].mean() == pytest.approx(2**0.5 * found[0].mean(), rel=0.01)


def test_seeds_agree_with_it(monkeypatch):
    plain = replace(TASKS["denoise"], calibration=Calibration(1.0, least=0.0))
    monkeypatch.setitem(TASKS, "denoise", plain)
    monkeypatch.setattr(rooms, "_SEED_STEPS", 60)
    noise = 30.0
    picture = Picture(0.4 + 0.2 * np.clip(picture_with(noise, (64, 64)).pixels, 0, 1))
    found = spread_of(AnalyticEngine(), task_for(noise), picture, samples=3, way="seeds")
    # 24576 values of 2 degrees each: the mean variance is known to 1 %, sixty steps leave 3 %
    assert (found.std**2).mean() ** 0.5 == pytest.approx(posterior_std(noise), rel=0.05)


def test_the_variance_of_few_seeds_is_not_too_small(monkeypatch):
    """Unbiased: two seeds know as much on average as six."""
    plain = replace(TASKS["denoise"], calibration=Calibration(1.0, least=0.0))
    monkeypatch.setitem(TASKS, "denoise", plain)
    picture = Picture(0.4 + 0.2 * np.clip(picture_with(30.0, (48, 48)).pixels, 0, 1))
    answers = list(
        spread(
            AnalyticEngine().run,
            task_for(30.0),
            Inputs(picture),
            CancelToken(),
            samples=6,
            way="seeds",
        )
    )
    assert [answer.samples for answer in answers] == [2, 3, 4, 5, 6]
    first, *_, last = ((answer.std**2).mean() for answer in answers)
    assert first == pytest.approx(last, rel=0.1)


def test_undone_clipping_widens_what_is_next_to_black():
    noise = 30.0
    rng = np.random.default_rng(0)
    clean = np.full((32, 64, 3), 0.5, np.float32)
    clean[:, :32] = 0.1
    drawn = clean + noise / 255 * rng.standard_normal(clean.shape)
    picture = Picture(np.clip(drawn, 0, 1).astype(np.float32))
    found = spread_of(SmoothEngine(), task_for(noise, undo_clipping=True), picture)
    assert found.std[:, 6:26].mean() > 1.1 * found.std[:, 38:58].mean()


def test_deep_in_a_hole_there_is_more_doubt():
    hole = np.zeros((40, 40), bool)
    hole[5:35, 5:35] = True
    same = np.full(hole.shape, 0.01**2, np.float32)
    std = std_of(TASKS["inpaint"].calibration, same, np.zeros((), np.float32), hole)
    for depth, gain in ((1, 1.15), (2, 1.321), (6, 1.646), (12, 1.646)):
        expected = ((gain * 0.01) ** 2 + (1 / 255) ** 2) ** 0.5
        assert std[20, 4 + depth] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("values", "apart"),
    [
        ({"sampler": "ddpm", "steps": 792}, 0.99),
        ({"sampler": "ddpm", "steps": 8}, 0.5),
        ({"sampler": "ddim", "eta": 1.0, "steps": 24}, 0.75),
        ({}, 0.15),
    ],
)
def test_a_sample_is_farther_from_the_truth_than_the_mean(values, apart):
    """As far again as the truth in many steps; what is drawn without fresh noise lies nearer."""
    picture = picture_with(30.0)
    mean, half, sample = (
        spread_of(AnalyticEngine(), task_for(30.0, faithfulness=f, **values), picture).std
        for f in (1.0, 0.5, 0.0)
    )
    np.testing.assert_allclose(sample, mean * (1 + apart) ** 0.5, rtol=1e-5)
    np.testing.assert_allclose(half, mean * (1 + apart / 4) ** 0.5, rtol=1e-5)


def test_what_a_repair_draws_is_a_sample_whatever_the_sampler_for_noise():
    mean = RestorationTask(start=400.0, damage=Damage("upscale"))
    assert of_sample(mean) == 1
    assert of_sample(replace(mean, faithfulness=0.0)) == pytest.approx(2**0.5)
    assert is_drawn(mean)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ""),
        ({"faithfulness": 0.5}, "crisper than the mean"),
        ({"faithfulness": 0.0, "sampler": "ddim"}, "crisper than the mean"),
        ({"faithfulness": 0.5, "sampler": "ddpm"}, "drawn by chance"),
        ({"faithfulness": 0.5, "sampler": "ddim", "eta": 0.5}, "drawn by chance"),
    ],
)
def test_what_is_said_of_the_doubt_of_each(values, said):
    found = Spread(np.full((8, 8), 0.02, np.float32), 4, "slope")
    told = spread_sentence(found, Path("doubt.png"), RestorationTask(start=56.0, **values))
    assert said in told
    assert ("counts that in" in told) == bool(values)


def test_outside_a_hole_there_is_no_doubt():
    picture = waves_of()
    task, hole = filling(picture)
    found = spread_of(SmoothEngine(), task, picture, hole=hole, samples=3)
    assert found.way == "seeds"
    assert (found.std[~hole] == 0).all()
    assert (found.std[hole] > 0).all()
    assert found.mean == pytest.approx(255 * found.std[hole].mean(), rel=1e-5)


def test_what_is_not_changed_cannot_be_wrong():
    picture = picture_with(30.0)
    strength = np.zeros(picture.pixels.shape[:2], np.float32)
    strength[:, 20:] = 1
    full = task_for(30.0, grain=0.2)
    task = replace(full, amount=0.5, strength=strength_digest(strength))
    found = spread_of(AnalyticEngine(), task, picture, strength=strength)
    assert (found.std[:, :20] == 0).all()
    whole = spread_of(AnalyticEngine(), full, picture).std
    np.testing.assert_allclose(found.std[:, 20:], 0.5 * whole[:, 20:], rtol=1e-5)


@pytest.mark.parametrize(
    "damage",
    [Damage("upscale"), Damage("deblur", blur="gaussian:1.2"), Damage("colorize")],
    ids=lambda damage: damage.kind,
)
def test_every_repair_has_a_spread_as_large_as_its_result(damage):
    picture = waves_of(24, 32)
    task = plan_repair(damage, Inputs(picture), CLEAN, steps=2)
    one, two = (spread_of(SmoothEngine(), task, picture, samples=2).std for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (24 * damage.growth, 32 * damage.growth)
    assert way_for(task) == "seeds"


def test_progress_counts_all_runs_and_stop_is_answered():
    picture, cancel, seen = picture_with(30.0), CancelToken(), []

    def on_progress(progress):
        seen.append(progress.step / progress.steps)
        if progress.step == 2:
            cancel.cancel()

    with pytest.raises(Cancelled):
        list(
            spread(
                AnalyticEngine().run,
                task_for(30.0),
                Inputs(picture),
                cancel,
                on_progress,
                samples=4,
            )
        )
    assert seen == [0, 0.25, 0.5]


def test_a_task_that_does_nothing_has_none():
    task = RestorationTask(start=None)
    assert list(spread(AnalyticEngine().run, task, Inputs(picture_with(5.0)), CancelToken())) == []


def test_regions_are_where_it_is_high_and_the_file_says_how_much(tmp_path):
    std = np.full((80, 96), 2 / 255, np.float32)
    std[:, 90:] = 0
    std[40:50, 20:30] = 20 / 255
    found = Spread(std, 4, "slope")
    region = found.regions()[0]
    left, top, right, bottom = region.box
    assert left < 30 and right > 20 and top < 50 and bottom > 40
    assert region.spread == pytest.approx(found.mean_in(region.box))
    assert found.value_at(25, 45) == pytest.approx(20)
    assert Spread(np.full((80, 96), 0.02, np.float32), 4, "slope").regions() == ()
    write_picture(found.picture(), tmp_path / "spread.png")
    values = read_picture(tmp_path / "spread.png")
    assert values.grey and values.bits == 16
    np.testing.assert_allclose(values.pixels[..., 0] * 65535 / 1024 / 255, std, atol=1e-5)


def noisy(clean, noise: float, seed: int = 0) -> Picture:
    """As a file of 8 bits has it."""
    drawn = clean + noise / 255 * np.random.default_rng(seed).standard_normal(clean.shape)
    return Picture((np.rint(np.clip(drawn, 0, 1) * 255) / 255).astype(np.float32))


def judged(task: RestorationTask, picture: Picture, clean, hole=None) -> tuple[float, Spread]:
    """The share of errors within twice the spread, and the spread."""
    engine = Engine()
    *_, frame = engine.run(task, Inputs(picture, hole), CancelToken())
    result = (frame.x0 + 1) / 2 if frame.picture is None else frame.picture
    found = spread_of(engine, task, picture, hole=hole)
    changed = found.std > 0
    error = np.abs(result - clean)[changed]
    return float((error <= 2 * found.std[changed][:, None]).mean()), found


def told(noise: float, **values) -> RestorationTask:
    return RestorationTask(**({"start": start_for(noise), "steps": 1} | values))


@pytest.mark.prior
@pytest.mark.parametrize("noise", [5.0, 10.0, 25.0, 50.0])
def test_twice_the_spread_holds_the_truth_at_95_of_100_pixels(noise):
    clean = read_picture(resource_path("samples", "portrait.png")).pixels[100:196, 100:196]
    engine, task, picture = Engine(), told(noise), noisy(clean, noise)
    *_, frame = engine.run(task, Inputs(picture), CancelToken())
    error, found = np.abs((frame.x0 + 1) / 2 - clean), spread_of(engine, task, picture)
    assert 0.94 < (error <= 2 * found.std[..., None]).mean() < 0.985
    high = found.std > np.median(found.std)  # and it says where
    assert error[high].mean() > 1.3 * error[~high].mean()


@pytest.mark.prior
@pytest.mark.parametrize("noise", [5.0, 25.0, 75.0])
@pytest.mark.parametrize("bright", [0.04, 0.6])
def test_also_where_it_is_smooth_or_dark(noise, bright):
    """A sky and a night with a little grain, which the network cannot tell from noise."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:64, :64] / 64
    clean = (bright + 0.04 * x - 0.03 * y)[..., None] + np.array([0.01, 0, -0.02])
    clean = np.clip(clean + 1.2 / 255 * rng.standard_normal(clean.shape), 0, 1)
    share, found = judged(told(noise), noisy(clean, noise), clean)
    assert share > 0.94
    assert found.mean < 1.2 + 0.12 * noise  # and yet little beside the noise


@pytest.mark.prior
def test_also_in_grey_and_below_faithfulness_1():
    clean = read_picture(resource_path("samples", "portrait.png")).pixels[100:164, 100:164]
    grey = np.repeat(clean.mean(axis=2, keepdims=True), 3, axis=2)
    noise = 25 / 255 * np.random.default_rng(0).standard_normal((64, 64, 1))
    rounded = (np.rint(np.clip(grey + noise, 0, 1) * 255) / 255).astype(np.float32)
    assert 0.94 < judged(told(25.0), Picture(rounded, grey=True), grey)[0] < 0.99
    for sampler in ("dpmpp", "ddpm"):
        task = told(25.0, faithfulness=0.0, sampler=sampler, steps=8)
        assert 0.93 < judged(task, noisy(clean, 25.0), clean)[0] < 0.995


@pytest.mark.prior
@pytest.mark.parametrize("seed", range(3))
def test_also_after_a_camera(seed):
    """Its noise is not white and the file is a JPEG: a prior and a calibration of its own."""
    rng = np.random.default_rng(seed)
    camera = replace(random_camera(rng), noise=0.02, size=1.0, quality=90)
    scene = read_picture(resource_path("samples", "portrait.png")).pixels[100:196, 100:196]
    clean = photograph(scene, camera, None)
    picture = Picture(as_file(photograph(scene, camera, rng), camera))
    level = 255 * float((picture.pixels - clean).std())
    task = camera_photo((96, 96), start=start_for(level), steps=1)
    share, found = judged(task, picture, clean)
    assert share > 0.9
    assert found.mean < level


@pytest.mark.prior
@pytest.mark.parametrize("kind", ["inpaint", "upscale"])
def test_also_of_what_is_filled_in_or_enlarged(kind):
    clean = read_picture(resource_path("samples", "cat.png")).pixels[100:148, 100:148]
    hole = None
    if kind == "inpaint":
        hole = np.zeros((48, 48), bool)
        hole[8:12, 4:40] = hole[20:44, 30:34] = True
        picture = Picture(np.where(hole[..., None], 0, clean).astype(np.float32))
        damage = Damage("inpaint", mask=mask_digest(hole))
    else:
        eight = Image.fromarray(np.rint(clean * 255).astype(np.uint8))
        small = eight.resize((24, 24), Image.Resampling.BICUBIC)
        picture, damage = Picture(np.asarray(small, np.float32) / 255), Damage("upscale", scale=2)
    task = plan_repair(damage, Inputs(picture, hole), CLEAN, steps=6)
    assert 0.9 < judged(task, picture, clean, hole)[0] < 0.995


@pytest.mark.prior
def test_half_precision_does_not_make_it_up():
    """Rounding answers a short probe louder than a flat place does."""
    picture, task = noisy(np.full((48, 48, 3), 0.5, np.float32), 10.0), task_for(10.0)
    whole, half = (
        spread_of(Engine(precision=name), task, picture).mean for name in ("float32", "bfloat16")
    )
    assert half == pytest.approx(whole, rel=0.25)

import json
from dataclasses import replace

import pytest

from restorer.degradation.camera import CameraNoise
from restorer.degradation.estimate import DegradationEstimate
from restorer.diffusion.schedule import LINEAR
from restorer.engine.plan import (
    AS_WHITE,
    CAMERA_PHOTO_NOISE,
    camera_photo,
    default_steps,
    noise_of,
    plan,
    start_for,
)
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput


def test_json_brings_back_the_same_task():
    task = RestorationTask(start=56.25, steps=3, sampler="dpmpp", seed=2**40, faithfulness=0.25)
    assert RestorationTask.from_json(task.to_json()) == task


def test_records_from_before_ddim_meant_no_noise_mean_what_they_meant():
    """They say the eta that was the default then."""
    record = json.loads(RestorationTask(start=56.25, sampler="ddim").to_json())
    assert record["eta"] == 0
    assert RestorationTask.from_json(json.dumps(record | {"eta": 1.0})).eta == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"start": 1, "surprise": 2}',
        '{"start": "one"}',
        '{"start": 1, "steps": 0}',
        '{"start": 1, "steps": 2.5}',
    ],
)
def test_other_json_is_refused_in_a_sentence(text):
    with pytest.raises(BadInput):
        RestorationTask.from_json(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": -1},
        {"start": 1000},
        {"start": float("nan")},
        {"steps": 0},
        {"sampler": "magic"},
        {"eta": 1.5},
        {"faithfulness": -0.1},
        {"seed": -1},
    ],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(BadInput):
        RestorationTask(**({"start": 10.0} | wrong))


def test_seed_zero_is_a_seed():
    assert json.loads(RestorationTask(start=1.0, seed=0).to_json())["seed"] == 0


def test_the_plan_starts_where_the_picture_stands():
    task = plan(DegradationEstimate(noise=25.0, noise_in_file=24.0, clean=False), (400, 300))
    assert task.start == pytest.approx(56.2, abs=0.1)
    assert noise_of(task) == pytest.approx(25.0)


def test_a_clean_picture_is_left_alone():
    task = plan(DegradationEstimate(noise=0.5, noise_in_file=0.5, clean=True), (400, 300))
    assert task.start is None
    assert noise_of(task) == 0


def test_what_is_asked_for_overrides_the_plan():
    found = DegradationEstimate(noise=0.5, noise_in_file=0.5, clean=True)
    assert plan(found, (400, 300), start=100.0, steps=3) == RestorationTask(start=100.0, steps=3)


def test_large_pictures_get_fewer_steps():
    assert [default_steps((side, side)) for side in (100, 1000, 2000, 4000, 10000)] == [
        8,
        8,
        2,
        1,
        1,
    ]


def test_the_camera_preset_does_not_model_clipping():
    task = camera_photo((400, 300), seed=3)
    assert not task.undo_clipping
    assert noise_of(task) == pytest.approx(CAMERA_PHOTO_NOISE)
    assert task.seed == 3


def test_a_cameras_noise_is_for_the_prior_that_knows_it():
    camera = CameraNoise(level=4.0, low=3.0, high=5.0, regions=((4.0, 8.0),))
    found = DegradationEstimate(noise=4.0, noise_in_file=4.0, clean=False, camera=camera)
    task = plan(found, (400, 300))
    assert task.model == "camera" and not task.undo_clipping
    assert noise_of(task) == pytest.approx(4.0)
    assert task.local == ((1.0, 2.0),)
    assert plan(found, (400, 300), model="builtin") == task
    assert plan(found, (400, 300), start=50.0) == replace(task, start=50.0)
    white = plan(found, (400, 300), model="mine")
    assert white.model == "mine" and noise_of(white) == pytest.approx(AS_WHITE * 4.0)


def test_start_for_is_the_inverse_of_the_schedule():
    assert LINEAR.noise(start_for(31.0)) == pytest.approx(31.0)


def test_a_push_ends_at_a_thousand() -> None:
    assert RestorationTask(start=80.0, push=1000).push == 1000
    with pytest.raises(BadInput):
        RestorationTask(start=80.0, push=1000.5)

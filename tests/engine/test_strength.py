"""How much, where, and with how much of the grain: what is promised of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from restorer.degradation.grain import Grain
from restorer.degradation.operators import Downsample
from restorer.engine.damage import Damage
from restorer.engine.grain import even_grain
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan_repair
from restorer.engine.progress import CancelToken
from restorer.engine.residual import rows_of
from restorer.engine.strength import brightness, faithfulness_of, strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.errors import BadInput
from restorer.imaging.grey import LUMA
from restorer.imaging.picture import Picture

from .known import CLEAN, AnalyticEngine, SmoothEngine, filling, picture_with, task_for, waves


def run(engine, task, picture, hole=None, strength=None, tiles=None) -> Trajectory:
    trajectory = Trajectory(task)
    on_progress = (lambda _: None) if tiles is None else tiles.append
    for frame in engine.run(
        task, Inputs(picture, hole, strength=strength), CancelToken(), on_progress
    ):
        trajectory.append(frame)
    return trajectory


class MeanEngine(AnalyticEngine):
    """Its answer is one tone."""

    def load(self, model="builtin", device="auto"):
        status = super().load(model, device)
        self._denoiser = lambda x_t, sigma: (
            x_t.mean((-2, -1), keepdim=True).expand_as(x_t) * (1 + sigma**2) ** 0.5
        )
        return status


def map_over(picture: Picture) -> np.ndarray:
    """Nothing on the left, full on the right, a ramp between."""
    height, width = picture.pixels.shape[:2]
    ramp = np.clip(np.linspace(-0.5, 1.5, width, dtype=np.float32), 0, 1)
    return np.repeat(ramp[None], height, axis=0)


@pytest.mark.parametrize(
    "values",
    [{}, {"undo_clipping": True}, {"faithfulness": 0.3}, {"grain": 0.5}, {"amount": 0.7}],
    ids=str,
)
@pytest.mark.parametrize("grey", [False, True])
def test_nothing_changes_where_strength_is_zero(grey, values):
    picture = picture_with(40.0)
    if grey:
        picture = Picture(np.repeat(picture.pixels[..., :1], 3, axis=2))
    strength = map_over(picture)
    task = task_for(40.0, steps=2, strength=strength_digest(strength), **values)
    result = run(AnalyticEngine(), task, picture, strength=strength).result
    np.testing.assert_array_equal(result[strength == 0], picture.pixels[strength == 0])
    full = replace(task, strength="", amount=1.0)
    restored = run(AnalyticEngine(), full, picture).result
    if task.amount == 1:
        np.testing.assert_array_equal(result[strength == 1], restored[strength == 1])
    s = task.amount * strength[..., None]
    mixed = (1 - s) * picture.pixels + s * restored
    if task.faithfulness < 1:  # where it is protected, not what was made up: see below
        result, mixed = (pixels[strength == 1] for pixels in (result, mixed))
    np.testing.assert_allclose(result, mixed, atol=1e-6)


DAMAGES = [
    Damage("deblur", blur="gaussian:1.2"),
    Damage("dejpeg", luma=(9,) * 64, chroma=(20,) * 64),
    Damage("colorize"),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.kind)
def test_nor_in_a_repair(damage):
    picture = waves()
    strength = map_over(picture)
    task = plan_repair(damage, Inputs(picture), CLEAN, steps=2, strength=strength_digest(strength))
    result = run(SmoothEngine(), task, picture, strength=strength).result
    np.testing.assert_array_equal(result[strength == 0], picture.pixels[strength == 0])
    restored = run(SmoothEngine(), replace(task, strength=""), picture).result
    np.testing.assert_array_equal(result[strength == 1], restored[strength == 1])


def test_a_filling_can_be_faded_and_stays_in_its_hole():
    picture = waves()
    task, hole = filling(picture, amount=0.25)
    result = run(SmoothEngine(), task, picture, hole).result
    np.testing.assert_array_equal(result[~hole], picture.pixels[~hole])
    filled = run(SmoothEngine(), replace(task, amount=1.0), picture, hole).result
    expected = 0.75 * picture.pixels + 0.25 * filled
    np.testing.assert_allclose(result[hole], expected[hole], atol=1e-6)


def test_an_enlarged_picture_agrees_with_the_input_at_any_strength():
    picture = waves(21, 26)
    strength = map_over(picture)
    task = plan_repair(
        Damage("upscale"), Inputs(picture), CLEAN, steps=2, strength=strength_digest(strength)
    )
    result = run(SmoothEngine(), task, picture, strength=strength).result
    x = torch.from_numpy(result).permute(2, 0, 1)[None]
    small = Downsample(2).forward(x)[0].permute(1, 2, 0).numpy()
    assert np.abs(small - picture.pixels).max() <= 0.5 / 255


def test_frames_and_tiles_show_what_will_be_saved():
    picture = picture_with(40.0, size=(150, 170))
    strength, tiles = map_over(picture), []
    task = task_for(40.0, steps=2, grain=0.3, amount=0.8, strength=strength_digest(strength))
    trajectory = run(AnalyticEngine(tile=96), task, picture, strength=strength, tiles=tiles)
    last = len(trajectory) - 1
    np.testing.assert_allclose(
        trajectory.view(last, "x0"), np.clip(trajectory.result, 0, 1), atol=1e-3
    )
    for tile in tiles:
        left, top, right, bottom = tile.box
        np.testing.assert_allclose(tile.x0, trajectory.result[top:bottom, left:right], atol=0.01)


def test_grain_is_the_brightness_of_the_noise():
    picture = picture_with(40.0)
    smooth, grainy = (
        run(AnalyticEngine(), task_for(40.0, steps=1, grain=grain), picture).result
        for grain in (0.0, 0.6)
    )
    inside = (smooth > 0.01).all(axis=2) & (smooth < 0.99).all(axis=2)
    inside &= (grainy > 0).all(axis=2) & (grainy < 1).all(axis=2)
    expected = 0.6 * brightness(picture.pixels - smooth)
    np.testing.assert_allclose((grainy - smooth)[inside], expected[inside], atol=1e-5)
    assert inside.mean() > 0.5
    assert np.ptp(expected, axis=2).max() == 0  # no colour in it
    assert expected.std() > 0.02


def test_even_grain_is_new_and_of_the_size_and_strength_that_were_read():
    rng = np.random.default_rng(8)
    noise = gaussian_filter(rng.standard_normal((128, 160, 3)), (0.8, 0.8, 0))
    noise *= 16 / 255 / noise.std()
    picture = Picture((0.5 + noise).astype(np.float32))
    task = task_for(16.0, steps=1, seed=4)
    smooth = run(MeanEngine(), task, picture).result
    even = replace(task, grain=0.5, even_grain=True)
    given = run(MeanEngine(), even, picture).result - smooth
    assert np.ptp(given, axis=2).max() < 1e-5  # brightness alone
    taken = brightness(picture.pixels - smooth)
    assert given.std() == pytest.approx(0.5 * taken.std(), rel=0.2)
    shared = [(part[:, 1:, 0] * part[:, :-1, 0]).mean() / part.var() for part in (given, taken)]
    assert shared[0] == pytest.approx(shared[1], abs=0.1) and shared[0] > 0.5
    assert abs(np.corrcoef(given.ravel(), taken.ravel())[0, 1]) < 0.1  # it is another
    np.testing.assert_array_equal(run(MeanEngine(), even, picture).result - smooth, given)
    other = run(MeanEngine(), replace(even, seed=5), picture).result - smooth
    assert not np.array_equal(other, given)
    rows, _ = rows_of(even, Inputs(picture), smooth + given)  # it is not what was taken away
    np.testing.assert_allclose(
        rows(0, 128), rows_of(task, Inputs(picture), smooth)[0](0, 128), atol=1e-5
    )


@pytest.mark.parametrize(("read", "given"), [(6.0, 6.0), (20.0, 12.0)])
def test_even_grain_is_no_stronger_than_the_noise_that_goes(read, given, monkeypatch) -> None:
    """What was read where the picture is not flat was texture; weaker grain stays as weak."""
    luma = float(np.linalg.norm(LUMA))  # white in three channels is that much weaker as brightness
    grain = Grain(np.eye(3, dtype=np.float32) * np.float32(read / luma / 255), np.ones((1, 1)))
    monkeypatch.setattr("restorer.degradation.grain.read_grain", lambda original: grain)
    task = task_for(12.0, steps=1, grain=1.0, even_grain=True)
    drawn = even_grain(task, np.full((64, 64, 3), 0.5, np.float32))
    assert 255 * drawn.std() == pytest.approx(given, rel=0.05)


def test_brightness_is_what_grey_paper_would_show():
    """As other programs turn colours to grey: a green speck is bright, a blue one hardly."""
    colours = np.eye(3, dtype=np.float32)[None]
    theirs = np.asarray(Image.fromarray(np.uint8(colours * 255)).convert("L"), np.float32) / 255
    ours = brightness(colours)
    np.testing.assert_allclose(ours[..., 0], theirs, atol=0.5 / 255)
    np.testing.assert_array_equal(ours[..., 0], ours[..., 2])


def test_a_grey_picture_with_all_its_grain_is_the_picture_that_came():
    grey = np.repeat(picture_with(20.0).pixels[..., :1], 3, axis=2)
    picture = Picture(np.clip(grey, 0.2, 0.8))
    task = task_for(20.0, steps=1, grain=1.0)
    result = run(AnalyticEngine(), task, picture).result
    np.testing.assert_allclose(result, picture.pixels, atol=1e-5)


def test_grain_keeps_black_black_where_clipping_is_undone():
    """The noise given back has no mean of its own, though half of it was cut off."""
    noise = np.random.default_rng(0).standard_normal((64, 64, 3)) * 30 / 255
    picture = Picture(np.clip(0.02 + noise, 0, 1).astype(np.float32))
    task = task_for(30.0, steps=1, undo_clipping=True)

    smooth, grainy = (
        run(MeanEngine(), replace(task, grain=grain), picture).result for grain in (0.0, 0.5)
    )
    assert smooth.mean() == pytest.approx(0.02, abs=0.005)
    assert grainy.mean() < picture.pixels.mean() - 0.02
    assert grainy.std() > 0.01


def test_a_blurred_picture_keeps_grain_too():
    picture = waves()
    noisy = picture.pixels + np.random.default_rng(0).normal(0, 0.02, picture.pixels.shape)
    picture = Picture(noisy.astype(np.float32))
    task = plan_repair(
        Damage("deblur", blur="gaussian:1.0", noise=5), Inputs(picture), CLEAN, steps=2
    )
    smooth, grainy = (
        run(SmoothEngine(), replace(task, grain=grain), picture).result for grain in (0.0, 1.0)
    )
    assert 0.3 < (grainy - smooth).std() / 0.02 < 1
    assert np.ptp((grainy - smooth)[20:30, 20:30], axis=2).max() < 1e-5 or (grainy >= 1).any()


def test_the_wrong_map_is_refused():
    picture = picture_with(20.0)
    strength = map_over(picture)
    task = task_for(20.0, steps=1, strength=strength_digest(strength))
    plain = replace(task, strength="")
    for wrong_task, wrong in (
        (task, None),
        (task, strength[:-1]),
        (task, strength * np.float32(0.5)),
        (plain, strength),
        (replace(task, strength=strength_digest(2 * strength)), 2 * strength),
    ):
        with pytest.raises(BadInput, match="strength"):
            run(AnalyticEngine(), wrong_task, picture, strength=wrong)


def test_a_record_from_before_still_loads():
    task = RestorationTask.from_json('{"start": 12.5, "steps": 3}')
    assert (task.amount, task.grain, task.strength) == (1.0, 0.0, "")
    for wrong in ({"amount": 1.5}, {"grain": -0.1}):
        with pytest.raises(BadInput):
            RestorationTask(start=1.0, **wrong)


@pytest.mark.parametrize("faithfulness", [0.0, 0.5])
def test_in_a_protected_area_nothing_is_made_up(faithfulness: float) -> None:
    """There it is the mean, as far as the strength goes; elsewhere what was asked for."""
    picture = picture_with(30.0)
    strength = np.ones(picture.pixels.shape[:2], np.float32)
    strength[:20, :24] = 0.4
    asked = task_for(30.0, steps=4, sampler="ddpm", faithfulness=faithfulness)
    locked = replace(asked, strength=strength_digest(strength))
    made = run(AnalyticEngine(), locked, picture, strength=strength)
    vivid = run(AnalyticEngine(), asked, picture).result
    mean = made.view(0, Quantity.X0)[:20, :24]  # the first x0 is the mean, blended as all are
    np.testing.assert_allclose(np.clip(made.result[:20, :24], 0, 1), mean, atol=1e-3)
    np.testing.assert_array_equal(made.result[20:, 24:], vivid[20:, 24:])
    assert np.abs(vivid[:20, :24] - made.result[:20, :24]).max() > 0.02


def test_a_filling_in_a_protected_area_is_the_mean_where_others_are_samples() -> None:
    assert faithfulness_of(task_for(30.0, faithfulness=0.2), None) == 0.2
    half = np.array([[1.0, 0.75, 0.5, 0.0]], np.float32)
    task = task_for(30.0, faithfulness=0.2)
    np.testing.assert_allclose(faithfulness_of(task, half)[0, 0], [[0.2, 0.5, 1, 1]])
    assert faithfulness_of(task_for(30.0), half) == 1
    enlarging = RestorationTask(start=99.0, faithfulness=0.2, damage=Damage("upscale", scale=2))
    twice = faithfulness_of(enlarging, half)[0, 0]
    np.testing.assert_allclose(twice, np.repeat([[0.2, 0.5, 1, 1]], 2, 0).repeat(2, 1))

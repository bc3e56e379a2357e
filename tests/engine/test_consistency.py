"""What remains of the input: noise where all is well, structure where something was lost."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from restorer.engine.consistency import check
from restorer.engine.damage import Damage
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan_repair
from restorer.engine.progress import CancelToken
from restorer.engine.strength import strength_digest
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_bytes

from .known import CLEAN, SmoothEngine, filling, task_for, waves

RNG = np.random.default_rng(0)


def scene() -> np.ndarray:
    """Soft on the left, fine stripes at the bottom right."""
    pixels = 0.2 + 0.6 * waves(160, 192).pixels
    pixels[100:, 120:] = np.where((np.arange(72) // 2 % 2)[None, :, None], 0.3, 0.7)
    return pixels.astype(np.float32)


def noisy(noise: float, clip: bool = False) -> Picture:
    pixels = scene() + noise / 255 * RNG.standard_normal((160, 192, 3))
    return Picture((np.clip(pixels, 0, 1) if clip else pixels).astype(np.float32))


@pytest.mark.parametrize("noise", [8.0, 25.0, 60.0])
def test_the_truth_leaves_nothing_but_noise(noise):
    found = check(task_for(noise), Inputs(noisy(noise)), scene())
    assert found.remains.structure == 0
    assert found.remains.places == ()
    assert found.remains.std == pytest.approx(noise, rel=0.02)
    assert found.sentence.startswith("What was taken away looks like noise")


def test_so_does_the_truth_of_a_clipped_file():
    """Half of the noise at black is cut off: what remains must not look like a grey veil."""
    clean = np.zeros((160, 192, 3), np.float32)
    clean[:, 96:] = 0.9
    drawn = clean + 40 / 255 * RNG.standard_normal(clean.shape)
    picture = Picture(np.clip(drawn, 0, 1).astype(np.float32))
    assert check(task_for(40.0, undo_clipping=True), Inputs(picture), clean).remains.structure == 0
    assert (
        check(task_for(40.0, undo_clipping=False), Inputs(picture), clean).remains.structure > 0.2
    )


@pytest.mark.parametrize("noise", [8.0, 25.0])
def test_lost_structure_is_found_where_it_was(noise):
    smooth = scene()
    smooth[100:, 120:] = gaussian_filter(smooth[100:, 120:], (3, 3, 0))
    found = check(task_for(noise), Inputs(noisy(noise)), smooth)
    left, top, right, bottom = found.remains.places[0]
    assert left >= 96 and top >= 80 and right == 192 and bottom == 160
    assert 0.05 < found.remains.structure < 0.3
    assert "at the bottom right" in found.sentence


def test_a_colour_cast_is_structure_too():
    cast = scene()
    cast[:60, :60, 0] += 0.05
    assert "at the top left" in check(task_for(15.0), Inputs(noisy(15.0)), cast).sentence


def test_noise_of_a_jpeg_is_judged_by_its_brightness():
    """Of noise in colours JPEG leaves what is smooth, and of all of it less than there was."""
    file = io.BytesIO()
    as_bytes = (255 * noisy(12.0, clip=True).pixels).round().astype(np.uint8)
    Image.fromarray(as_bytes).save(file, "JPEG", quality=88)
    picture = read_bytes(file.getvalue())
    found = check(task_for(12.0), Inputs(picture), scene())
    assert not found.alarm and found.remains.smoothness < 1.2
    assert found.sentence.startswith("What was taken away looks like noise")
    smooth = scene()
    smooth[100:, 120:] = gaussian_filter(smooth[100:, 120:], (3, 3, 0))
    assert check(task_for(12.0), Inputs(picture), smooth).alarm
    assert "less than" in check(task_for(30.0), Inputs(picture), scene()).sentence


@pytest.mark.parametrize(("mode", "tone"), [("L", 1), ("RGB", 1), ("RGB", (1, 0.9, 0.75))])
def test_noise_of_a_jpeg_in_one_tone_is_as_strong_as_it_is(mode, tone):
    grey, truth = (p[..., :1] * np.ones(3) * tone for p in (noisy(12.0, clip=True).pixels, scene()))
    file = io.BytesIO()
    as_bytes = np.rint(255 * grey).astype(np.uint8)
    Image.fromarray(as_bytes).convert(mode).save(file, "JPEG", quality=95)
    found = check(task_for(12.0), Inputs(read_bytes(file.getvalue())), truth.astype(np.float32))
    assert found.remains.std == pytest.approx(12, abs=1) and not found.alarm


def test_little_that_is_no_noise_is_said_but_is_no_alarm():
    bent = scene()
    bent[40:46, 40:46] += 0.08
    found = check(task_for(12.0), Inputs(noisy(12.0)), bent)
    assert 0 < found.remains.structure < 0.05 and not found.alarm
    assert "almost everywhere" in found.sentence


def test_noise_that_neighbours_share_is_called_so():
    noise = gaussian_filter(RNG.standard_normal((160, 192, 3)), (0.8, 0.8, 0))
    picture = Picture((scene() + 10 / 255 * noise / noise.std()).astype(np.float32))
    found = check(task_for(10.0), Inputs(picture), scene())
    assert found.remains.smoothness > 1.5
    assert "camera" in found.sentence


def test_less_noise_than_was_looked_for_is_said():
    assert "less than the 40" in check(task_for(40.0), Inputs(noisy(20.0)), scene()).sentence


def test_what_was_left_alone_holds_nothing_back():
    picture = noisy(30.0, clip=True)
    strength = np.zeros((160, 192), np.float32)
    task = task_for(30.0, undo_clipping=True, strength=strength_digest(strength))
    found = check(task, Inputs(picture, strength=strength), picture.pixels)
    assert found.remains.largest == found.remains.std == found.remains.structure == 0


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Damage("upscale"), "Made smaller again, the result is the input"),
        (Damage("deblur", blur="gaussian:1.0", noise=3), "only noise"),
        (Damage("colorize"), "Made grey again"),
        (
            Damage("dejpeg", luma=(16,) * 64, chroma=(30,) * 64),
            "The file may have come from this result",
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_repairs_are_damaged_again(damage, said):
    picture = waves(64, 72)
    task = plan_repair(damage, Inputs(picture), CLEAN, steps=2)
    *_, frame = SmoothEngine().run(task, Inputs(picture), CancelToken())
    found = check(task, Inputs(picture), frame.picture)
    assert found.residual.shape == picture.pixels.shape
    if damage.kind != "deblur":  # the smooth prior does not fit every picture
        assert said in found.sentence


def test_an_enlargement_that_is_another_picture_is_found_out():
    picture = waves(32, 36)
    task = plan_repair(Damage("upscale"), Inputs(picture), CLEAN, steps=2)
    wrong = np.full((64, 72, 3), 0.5, np.float32)
    found = check(task, Inputs(picture), wrong)
    assert found.remains.structure > 0.9
    assert "is not the input" in found.sentence


def test_a_filling_outside_its_hole_is_found_out():
    picture = waves()
    task, hole = filling(picture)
    *_, frame = SmoothEngine().run(task, Inputs(picture, hole), CancelToken())
    assert "every bit" in check(task, Inputs(picture, hole), frame.picture).sentence
    changed = frame.picture.copy()
    changed[0, 0] += 0.01
    assert "has changed" in check(task, Inputs(picture, hole), changed).sentence


def test_the_picture_of_it_is_grey_where_nothing_remains():
    found = check(task_for(20.0), Inputs(noisy(20.0)), scene())
    view = found.picture()
    assert view.mean() == pytest.approx(0.5, abs=0.01)
    assert 0.1 < view.std() < 0.2  # a sixth: three deviations each way
    nothing = check(task_for(20.0), Inputs(waves()), waves().pixels)
    assert (nothing.picture() == 0.5).all()


@pytest.mark.parametrize(("blur", "as_of_a_jpeg"), [(0.0, False), (0.8, True)])
def test_the_grid_of_a_jpeg_does_not_count_in_what_a_camera_has_left(blur, as_of_a_jpeg):
    """White noise never was in a JPEG: what repeats itself in it is the picture's."""
    noise = gaussian_filter(
        np.random.default_rng(0).standard_normal((256, 256, 3)), (blur, blur, 0)
    )
    grid = np.zeros((256, 256, 1))
    grid[:, ::8] = grid[::8] = 1
    pixels = 0.5 + (10 * noise / noise.std() + 6 * (grid - grid.mean())) / 255
    truth = np.full(pixels.shape, 0.5, np.float32)
    png, jpeg = (
        check(task_for(10.0), Inputs(Picture(pixels.astype(np.float32), format=kind)), truth)
        for kind in ("PNG", "JPEG")
    )
    assert (png.remains.pattern == jpeg.remains.pattern) is as_of_a_jpeg
    assert png.remains.pattern >= jpeg.remains.pattern

"""The check goes band by band, and neither the bands nor what has no noise may show in it."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from restorer.degradation.operators import Blur, Jpeg
from restorer.degradation.operators.measured import measurement
from restorer.engine import consistency
from restorer.engine.consistency import check
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.inputs import Inputs
from restorer.engine.operators import operator_of
from restorer.engine.pattern import SIDE, Spectrum
from restorer.engine.plan import plan_repair
from restorer.engine.progress import Cancelled, CancelToken
from restorer.engine.residual import still
from restorer.imaging.picture import Picture

from .known import CLEAN, holes, task_for, waves

RNG = np.random.default_rng(0)
TABLES = {"luma": (12,) * 64, "chroma": (20,) * 64}


def soft(height=181, width=203, noise=0.0) -> Picture:
    """Sides that are no multiples of anything."""
    base = gaussian_filter(RNG.standard_normal((height, width, 3)), (4, 4, 0))
    drawn = 0.5 + 0.2 * base / base.std() + noise / 255 * RNG.standard_normal(base.shape)
    return Picture(np.clip(drawn, 0, 1).astype(np.float32))


DAMAGES = [
    *(Damage("upscale", scale=3, noise=noise) for noise in (0, 5)),
    Damage("deblur", blur="gaussian:2.0"),
    Damage("deblur", blur="motion:9,30", noise=5),
    Damage("colorize"),
    *(
        Damage("dejpeg", subsampling=cells, turned=turned, cut=cut, **TABLES)
        for turned, cells, cut in (
            (1, "4:2:0", None), (3, "4:2:0", (3, 11)), (6, "4:2:2", None), (6, "4:2:0", (3, 11)),
            (8, "4:2:2", (5, 2)), (4, "4:4:4", (1, 7)),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: f"{d.kind}-{d.turned}-{d.noise}")
def test_bands_leave_no_trace(damage, monkeypatch):
    picture, growth = soft(), damage.growth
    task = plan_repair(damage, Inputs(picture), CLEAN, steps=2)
    shape = (181 * growth, 203 * growth, 3)
    result = RNG.uniform(0.2, 0.8, shape).astype(np.float32)
    operator, x = operator_of(damage, None), torch.from_numpy(2 * result - 1)
    x, y = x.permute(2, 0, 1)[None], measurement(operator_of(damage, None), picture)
    away = operator.prox(x, y, 0.0) - x if isinstance(operator, Jpeg) else y - operator.forward(x)
    whole = np.broadcast_to(0.5 * away[0].permute(1, 2, 0).numpy(), picture.pixels.shape)
    if isinstance(operator, Blur):  # what lies beyond the border, nobody knows
        (down, across), inside = (side // 2 for side in operator.kernel.shape), np.zeros_like(whole)
        inside[down:-down, across:-across] = whole[down:-down, across:-across]
        whole = inside
    at_once = check(task, Inputs(picture), result)
    monkeypatch.setattr(consistency, "_BAND", 203 * SIDE)
    in_bands = check(task, Inputs(picture), result)
    np.testing.assert_allclose(in_bands.residual, whole, atol=2e-6)
    for found in (at_once, in_bands):
        assert found.remains.largest == pytest.approx(255 * np.abs(whole).max(), rel=1e-4)
    assert in_bands.remains.structure == pytest.approx(at_once.remains.structure, abs=1e-3)
    assert in_bands.remains.smoothness == pytest.approx(at_once.remains.smoothness, rel=1e-4)


def test_nor_where_noise_was_taken_off(monkeypatch):
    clean = soft()
    noisy = clean.pixels + 25 / 255 * RNG.standard_normal(clean.pixels.shape)
    picture = Picture(np.clip(noisy, 0, 1).astype(np.float32))
    lost = clean.pixels.copy()
    lost[60:120, 50:150] = gaussian_filter(lost[60:120, 50:150], (9, 9, 0))
    task = task_for(25.0, undo_clipping=True)
    at_once = check(task, Inputs(picture), lost).remains
    monkeypatch.setattr(consistency, "_BAND", 203 * SIDE)
    in_bands = check(task, Inputs(picture), lost).remains
    assert at_once.structure > 0.05
    assert in_bands.places == at_once.places
    assert in_bands.std == pytest.approx(at_once.std, rel=1e-6)
    assert in_bands.pattern == pytest.approx(at_once.pattern, rel=1e-3)


@pytest.mark.parametrize("undone", [False, True])
def test_it_needs_no_memory_to_speak_of(undone):
    """Besides the picture and the result: less than one of them, however many megapixels."""
    picture = Picture(np.full((1536, 1024, 3), 0.02, np.float32))
    picture = replace(
        picture, pixels=picture.pixels + np.float32(0.1) * RNG.random((1536, 1024, 1), np.float32)
    )
    task = task_for(10.0, undo_clipping=undone)
    consistency._BAND, before = 1 << 16, consistency._BAND
    tracemalloc.start()
    try:
        check(task, Inputs(picture), picture.pixels)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        consistency._BAND = before
    assert most < picture.pixels.nbytes


def test_it_can_be_stopped():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        check(task_for(10.0), Inputs(soft()), soft().pixels, go_on=token.raise_if_cancelled)


def test_outside_a_hole_nothing_may_change_in_any_band(monkeypatch):
    monkeypatch.setattr(consistency, "_BAND", 56 * SIDE)
    picture, hole = waves(96, 56), holes(waves(96, 56))
    task = plan_repair(
        Damage("inpaint", mask=mask_digest(hole)), Inputs(picture, hole), CLEAN, steps=2
    )
    result = np.where(hole[..., None], 0.3, picture.pixels).astype(np.float32)
    assert not check(task, Inputs(picture, hole), result).alarm
    result[90, 3] += 0.01
    assert check(task, Inputs(picture, hole), result).alarm


def cut_out(noise: float, alpha: bool) -> tuple[Picture, np.ndarray]:
    """A noisy picture with black beside it, as an editor leaves below transparency."""
    clean = np.clip(soft(200, 240).pixels, 0, 1)
    drawn = np.clip(clean + noise / 255 * RNG.standard_normal(clean.shape), 0, 1)
    seen = np.zeros((200, 240), bool)
    seen[:, 90:] = True
    clean[~seen] = drawn[~seen] = 0
    shown = seen.astype(np.float32) if alpha else None
    return Picture(np.rint(255 * drawn).astype(np.float32) / 255, alpha=shown), clean


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("noise", [8.0, 30.0])
def test_black_without_noise_raises_no_alarm(noise, alpha):
    picture, clean = cut_out(noise, alpha)
    found = check(task_for(noise, undo_clipping=True), Inputs(picture), clean)
    assert found.remains.structure == 0 and not found.alarm
    assert found.remains.std == pytest.approx(noise, rel=0.1)
    assert "looks like noise" in found.sentence
    clean[40:120, 20:70] = 0.3  # and black that turned grey does, if it can be seen
    assert check(task_for(noise, undo_clipping=True), Inputs(picture), clean).alarm is not alpha


def test_of_a_picture_without_noise_nothing_is_claimed():
    for value in (0.0, 1.0, 0.4):
        picture = Picture(np.full((64, 72, 3), value, np.float32))
        task = task_for(25.0, undo_clipping=True)
        same = check(task, Inputs(picture), picture.pixels)
        assert same.sentence.startswith("Nothing was taken away") and not same.alarm
        grey = np.full_like(picture.pixels, 0.6)
        changed = check(task, Inputs(picture), grey)
        assert changed.alarm and "hardly any noise" in changed.sentence


def test_a_sharpened_drawing_without_noise_is_looked_at_too():
    """No noise is expected of it; ringing all over shows all the same."""
    pixels = np.full((128, 160, 3), 0.2, np.float32)
    pixels[30:90, 40:120] = 0.8
    blur = Damage("deblur", blur="gaussian:1.5", noise=2.0)
    picture = Picture(gaussian_filter(pixels, (1.5, 1.5, 0)))
    task = plan_repair(blur, Inputs(picture), CLEAN, steps=2)
    assert not check(task, Inputs(picture), pixels).alarm
    rings = 0.1 * np.sin(np.arange(160) / 3)[None, :, None]
    assert check(task, Inputs(picture), (pixels + rings).astype(np.float32)).alarm


def screens() -> dict[str, np.ndarray]:
    """Pictures made of dots and lines, which a denoiser takes for noise."""
    y, x = np.mgrid[:160, :192]
    tone = soft(160, 192).pixels
    bayer = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) + 0.5) / 16
    dots = 0.5 - 0.25 * (np.cos(1.3 * x + 0.4 * y) + np.cos(1.3 * y - 0.4 * x))
    return {
        "ordered dither": tone > np.tile(bayer, (40, 48))[..., None],
        "print": np.clip(4 * (tone - dots[..., None]) + 0.5, 0, 1),
        "hatching": np.repeat(((x + y) % 4 < 2)[..., None] | (tone > 0.5), 1, axis=2),
    }


@pytest.mark.parametrize(("name", "pixels"), screens().items(), ids=screens())
@pytest.mark.parametrize("noise", [0.0, 10.0])
def test_what_repeats_itself_is_no_noise(name, pixels, noise):
    picture = Picture(
        pixels.astype(np.float32)
        + np.float32(noise / 255) * RNG.standard_normal(pixels.shape, np.float32)
    )
    smooth = gaussian_filter(picture.pixels, (2, 2, 0))
    told = 255 * float((picture.pixels - smooth).std())
    found = check(task_for(told), Inputs(picture), smooth)
    assert found.alarm and found.remains.pattern > 4
    assert ("a pattern repeats" in found.sentence) is (found.remains.structure <= 0.05)


@pytest.mark.parametrize("blur", [0.0, 0.8])
def test_noise_does_not_repeat_itself(blur):
    noise = gaussian_filter(RNG.standard_normal((300, 300, 3)), (blur, blur, 0))
    spectrum = Spectrum()
    for top in range(0, 256, SIDE):
        spectrum.add(np.stack([noise[top : top + SIDE, x : x + SIDE] for x in range(0, 256, SIDE)]))
    assert spectrum.peak(blocks=False) < 2


def test_neither_does_that_of_a_camera_which_went_through_jpeg():
    clean = soft(256, 320)
    noise = gaussian_filter(RNG.standard_normal(clean.pixels.shape), (0.8, 0.8, 0))
    noisy = clean.pixels + 12 / 255 * noise / noise.std() * (0.5 + clean.pixels)
    file = io.BytesIO()
    drawn = Image.fromarray(np.rint(255 * np.clip(noisy, 0, 1)).astype(np.uint8))
    drawn.save(file, "JPEG", quality=90)  # opened, and kept as something else
    picture = Picture((np.asarray(Image.open(file)) / 255).astype(np.float32))
    found = check(task_for(12.0), Inputs(picture), clean.pixels)
    assert found.remains.smoothness > 1.5 and not found.alarm
    wrong = clean.pixels.copy()
    wrong[:120] = gaussian_filter(wrong[:120], (16, 16, 0))
    assert check(task_for(12.0), Inputs(picture), wrong).alarm


def test_more_than_was_looked_for_is_no_noise_either():
    picture = soft(noise=40.0)
    smooth = gaussian_filter(picture.pixels, (3, 3, 0))
    found = check(task_for(25.0), Inputs(picture), smooth)
    assert found.alarm and "more than the 25" in found.sentence


def test_a_border_with_hardly_any_noise_is_still_and_the_picture_is_not():
    """A tenth of the noise may be dust of a JPEG; half of it, as black leaves, counts as noise."""
    noise, pixels = 40.0, np.full((60, 120, 3), 0.5)
    drawn = noise / 255 * np.random.default_rng(0).standard_normal(pixels.shape)
    drawn[:, :60] *= 0.1
    picture = Picture(np.clip(pixels + drawn, 0, 1).astype(np.float32))
    found = still(picture, noise, 0, 60)
    assert found.shape == (60, 120)
    assert found[:, :50].all() and not found[:, 75:].any()

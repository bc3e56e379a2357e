"""Damage other than noise: what is promised of the result, with a known prior and with ours."""

from __future__ import annotations

import io
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin

from restorer.degradation.estimate import DegradationEstimate, estimate
from restorer.degradation.operators import Downsample
from restorer.diffusion import posterior
from restorer.diffusion.denoiser import colour_apart
from restorer.diffusion.metrics import psnr
from restorer.engine.consistency import check
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.damage_files import read_hole
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.methods import choose_method, evaluations_a_step
from restorer.engine.plan import plan_repair, with_method
from restorer.engine.progress import Cancelled, CancelToken
from restorer.engine.proposal import propose
from restorer.engine.strength import strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.errors import BadInput
from restorer.imaging.exif import turn as orientation
from restorer.imaging.grey import LUMA
from restorer.imaging.jpeg_tables import quality_of_file, tables_of_file, tables_of_quality
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

from .known import CLEAN, SmoothEngine, filling, waves

NOISY = DegradationEstimate(noise=5.0, noise_in_file=5.0, clean=False)


def run(engine, task, picture, hole=None) -> Trajectory:
    trajectory = Trajectory(task)
    for frame in engine.run(task, Inputs(picture, hole), CancelToken()):
        trajectory.append(frame)
    return trajectory


@pytest.mark.parametrize("faithfulness", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("method", ["auto", "ddnm", "diffpir", "repaint", "dps"])
def test_what_is_outside_the_mask_comes_back_bit_for_bit(method, faithfulness):
    picture = waves()
    odd = picture.pixels + np.random.default_rng(0).random(picture.pixels.shape, np.float32) / 7
    picture = Picture(odd)  # floats of every kind, also above white
    task, hole = filling(picture, method=method, faithfulness=faithfulness)
    trajectory = run(SmoothEngine(), task, picture, hole)
    assert len(trajectory) == task.steps
    np.testing.assert_array_equal(trajectory.result[~hole], picture.pixels[~hole])
    assert (trajectory.result[hole] != picture.pixels[hole]).any(axis=1).mean() > 0.9


def test_a_soft_mask_is_blended_where_it_is_grey(tmp_path):
    picture = waves()
    mask = np.zeros((48, 56), np.uint8)
    mask[10:30, 10:40] = np.linspace(0, 255, 30)
    Image.fromarray(mask).save(tmp_path / "soft.png")
    hole, soft = read_hole(tmp_path / "soft.png", picture)
    np.testing.assert_array_equal(hole, mask >= 8)
    damage = Damage("inpaint", mask=mask_digest(hole))
    hard = plan_repair(damage, Inputs(picture, hole), CLEAN, steps=2)
    filled = run(SmoothEngine(), hard, picture, hole).result
    task = replace(hard, strength=strength_digest(soft))
    *_, last = SmoothEngine().run(task, Inputs(picture, hole, strength=soft), CancelToken())
    expected = picture.pixels + mask[..., None] / np.float32(255) * (filled - picture.pixels)
    np.testing.assert_allclose(last.picture[hole], expected[hole], atol=1e-6)
    np.testing.assert_array_equal(last.picture[~hole], picture.pixels[~hole])
    Image.fromarray(np.uint8(hole) * 255).save(tmp_path / "hard.png")
    assert read_hole(tmp_path / "hard.png", picture)[1] is None


def test_a_large_picture_is_looked_at_only_around_its_holes():
    picture, boxes = waves(700, 720), []
    task, hole = filling(picture)
    frames = SmoothEngine().run(task, Inputs(picture, hole), CancelToken(), boxes.append)
    *_, last = frames
    assert {progress.box for progress in boxes} == {boxes[0].box}
    left, top, right, bottom = boxes[0].box
    assert (right - left) * (bottom - top) <= 192**2
    assert psnr(last.picture, picture.pixels) > psnr(
        np.where(hole[..., None], 0, picture.pixels), picture.pixels
    )
    chain = plan_repair(task.damage, Inputs(picture, hole), CLEAN, method="ddnm")
    assert chain.steps == 24  # as for a small one
    assert (
        plan_repair(
            Damage("deblur", blur="disc:2"),
            Inputs(Picture(np.zeros((1000, 1000, 3), np.float32))),
            CLEAN,
            method="diffpir",
        ).steps
        == 5  # each with two evaluations
    )


def test_a_hole_is_filled_from_around_it_whatever_was_in_it():
    picture = waves()
    task, hole = filling(picture)
    painted = picture.pixels.copy()
    painted[hole] = [1, 0, 1]
    one, two = (run(SmoothEngine(), task, p, hole).result for p in (picture, Picture(painted)))
    np.testing.assert_array_equal(one, two)
    assert psnr(one, picture.pixels) > psnr(painted, picture.pixels) + 15


@pytest.mark.parametrize("filter", ["bicubic", "box"])
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("faithfulness", [0.0, 1.0])
def test_an_enlarged_picture_made_small_again_is_the_input(scale, filter, faithfulness):
    picture = waves(21, 26)
    task = plan_repair(
        Damage("upscale", scale=scale, filter=filter),
        Inputs(picture),
        CLEAN,
        steps=3,
        faithfulness=faithfulness,
    )
    result = run(SmoothEngine(), task, picture).result
    assert result.shape == (21 * scale, 26 * scale, 3)
    assert 0 <= result.min() <= result.max() <= 1
    as_file = np.rint(result * 255) / 255
    x = torch.from_numpy(as_file.astype(np.float32)).permute(2, 0, 1)[None]
    small = Downsample(scale, filter).forward(x)[0].permute(1, 2, 0).numpy()
    assert np.abs(small - picture.pixels).max() <= 1 / 255


@pytest.mark.parametrize(
    ("damage", "values"),
    [
        (Damage("upscale"), {}),
        (Damage("upscale", noise=4), {}),
        (Damage("deblur", blur="gaussian:1.2"), {}),
        (Damage("deblur", blur="motion:5,30"), {}),
        (Damage("deblur", kernel=((1.0, 2.0, 1.0),)), {}),
        (Damage("colorize"), {"faithfulness": 0.25}),
        (Damage("dejpeg", luma=(9,) * 64, chroma=(20,) * 64), {"faithfulness": 0.0}),
    ],
    ids=str,
)
def test_same_seed_same_bytes_and_json_keeps_the_task(damage, values):
    picture = waves(33, 40)
    task = plan_repair(damage, Inputs(picture), CLEAN, steps=3, **values)
    again = RestorationTask.from_json(task.to_json())
    assert again == task
    one, two = (run(SmoothEngine(), t, picture).result for t in (task, again))
    np.testing.assert_array_equal(one, two)
    assert np.isfinite(one).all()


def test_another_seed_fills_differently():
    picture = waves()
    one, two = (run(SmoothEngine(), *reversed_task(picture, seed)).result for seed in (0, 1))
    assert not np.array_equal(one, two)


def reversed_task(picture, seed):
    task, hole = filling(picture, seed=seed, faithfulness=0.0)
    return task, picture, hole


def test_grey_stays_grey():
    grey = np.repeat(waves().pixels[..., :1], 3, axis=2)
    picture = Picture(grey, grey=True)
    task, hole = filling(picture)
    result = run(SmoothEngine(), task, picture, hole).result
    np.testing.assert_array_equal(result[..., 0], result[..., 1])
    np.testing.assert_array_equal(result[..., 0], result[..., 2])


def test_a_coloured_picture_has_the_light_it_had():
    grey = np.repeat(waves().pixels[..., :1] * 0.5 + 0.25, 3, axis=2)
    task = plan_repair(Damage("colorize"), Inputs(Picture(grey)), CLEAN, steps=3, faithfulness=0.0)
    (*_, last) = SmoothEngine().run(task, Inputs(Picture(grey)), CancelToken())
    np.testing.assert_allclose(
        (last.x0 + 1) / 2 @ np.array([0.299, 0.587, 0.114]), grey[..., 0], atol=1e-5
    )


def test_a_mask_without_holes_leaves_the_picture_alone():
    picture = waves()
    hole = np.zeros((48, 56), bool)
    task = plan_repair(Damage("inpaint", mask=mask_digest(hole)), Inputs(picture, hole), CLEAN)
    assert task.start is None
    assert len(run(SmoothEngine(), task, picture, hole)) == 0


def test_a_filling_keeps_some_of_its_pace(monkeypatch):
    """Without noise a chain is nearer in few steps for going on a little, and not for racing."""
    picture = waves()
    hole = np.random.default_rng(0).random(picture.pixels.shape[:2]) < 0.5
    task = plan_repair(
        Damage("inpaint", mask=mask_digest(hole)), Inputs(picture, hole), CLEAN, steps=8,
        method="ddnm",
    )  # fmt: skip

    def reached():
        return psnr(run(SmoothEngine(), task, picture, hole).result, picture.pixels)

    shipped = reached()
    for pace, least in ((0.0, 0.3), (0.7, 0.6)):
        monkeypatch.setattr(posterior, "MOMENTUM", pace)
        assert shipped > reached() + least


def test_the_wrong_mask_is_refused():
    picture = waves()
    task, hole = filling(picture)
    for wrong in (None, hole[:-1], ~hole):
        with pytest.raises(BadInput, match="mask"):
            run(SmoothEngine(), task, picture, wrong)


def test_stop_is_answered_within_one_tile():
    picture, cancel, seen = waves(150, 170), CancelToken(), []

    def on_progress(progress):
        seen.append(progress)
        if progress.step == 1:
            cancel.cancel()

    task = plan_repair(Damage("deblur", blur="gaussian:1.2"), Inputs(picture), CLEAN, steps=5)
    frames = SmoothEngine(tile=96).run(task, Inputs(picture), cancel, on_progress)
    assert next(frames).info.index == 0
    with pytest.raises(Cancelled):
        next(frames)
    assert len(seen) == seen[0].tiles + 1 > 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "magic"},
        {"kind": "inpaint"},
        {"kind": "upscale", "scale": 5},
        {"kind": "deblur"},
        {"kind": "deblur", "blur": "gaussian"},
        {"kind": "deblur", "blur": "disc:0"},
        {"kind": "deblur", "blur": "motion:3"},
        {"kind": "deblur", "kernel": ((1.0, 1.0),)},
        {"kind": "deblur", "kernel": ((0.0,),)},
        {"kind": "dejpeg"},
        {"kind": "denoise", "noise": -1},
    ],
    ids=str,
)
def test_damage_that_cannot_be_is_refused_in_a_sentence(wrong):
    with pytest.raises(BadInput):
        Damage(**wrong)


def test_the_method_fits_the_damage():
    picture, blur = waves(), Damage("deblur", blur="gaussian:1.0")
    for noise, method, sample in ((0, "conditional", "ddnm"), (6.5, "diffpir", "diffpir")):
        small = Damage("upscale", noise=noise)
        assert plan_repair(small, Inputs(picture), CLEAN).method == method
        assert plan_repair(small, Inputs(picture), CLEAN, faithfulness=0.5).method == sample
    for damage, method in (
        (blur, "ddnm"),
        (blur, "repaint"),
        (Damage("upscale", noise=3), "ddnm"),
        (Damage("dejpeg", luma=(9,) * 64, chroma=(9,) * 64), "dps"),
    ):
        with pytest.raises(BadInput):
            plan_repair(damage, Inputs(picture), CLEAN, method=method)
    assert choose_method(plan_repair(blur, Inputs(picture), CLEAN))[1].endswith(".")


@pytest.mark.parametrize(("side", "evaluations"), [(300, 24), (500, 10), (700, 4), (1100, 2)])
def test_enlarging_pairs_its_noise_where_there_is_time_for_it(side, evaluations):
    small = Picture(np.full((side, side, 3), 0.5, np.float32))
    at_once = plan_repair(Damage("upscale", scale=2), Inputs(small), CLEAN)
    assert at_once.steps == (2 if side <= 500 else 1)
    task = plan_repair(Damage("upscale", scale=2), Inputs(small), CLEAN, method="ddnm")
    assert task.steps * evaluations_a_step(task) == evaluations
    assert evaluations_a_step(task) == (2 if evaluations >= 10 else 1)


@pytest.mark.parametrize("side", [64, 1000])
def test_a_jpeg_is_freed_in_a_moment(side):
    """What blocks are worth is seen in few evaluations: nobody waits longer for them."""
    damage = Damage("dejpeg", luma=(16,) * 64, chroma=(16,) * 64)
    picture = Picture(np.full((side, side, 3), 0.5, np.float32))
    for asked in ({}, {"method": "ddnm"}):
        task = plan_repair(damage, Inputs(picture), CLEAN, **asked)
        assert 1 <= task.steps * evaluations_a_step(task) <= 10


def test_a_blur_that_left_less_is_begun_farther_out():
    picture = waves()
    starts = [
        plan_repair(
            Damage("deblur", blur=f"gaussian:{width}", noise=noise),
            Inputs(picture),
            CLEAN,
            method=method,
        ).start
        for method in ("conditional", "diffpir")
        for width, noise in ((0.8, 1.0), (1.6, 1.0), (1.6, 6.0), (3.0, 6.0))
    ]
    assert all(each == sorted(set(each)) for each in (starts[:4], starts[4:]))


def test_an_enlarging_that_no_file_could_hold_is_refused_before_the_work():
    task = RestorationTask(start=50.0, damage=Damage("upscale", scale=4))
    assert with_method(task, (3900, 4000)).method == "conditional"
    with pytest.raises(BadInput, match="320 megapixels"):
        with_method(task, (4000, 5000))


def test_tables_are_read_from_the_file(tmp_path):
    pixels = (waves().pixels * 255).astype(np.uint8)
    path = tmp_path / "twenty.jpg"
    Image.fromarray(pixels).save(path, quality=20, subsampling="4:2:0")
    found = tables_of_file(path)
    assert found == tables_of_quality(20)
    assert found.luma[0] == 40  # 16 * 5000 / 20 / 100
    Image.fromarray(pixels[..., 0]).save(path, quality=20)
    assert tables_of_file(path).luma == found.luma
    Image.fromarray(pixels).save(tmp_path / "no.png")
    assert tables_of_file(tmp_path / "no.png") is None
    with pytest.raises(BadInput):
        tables_of_quality(0)


def test_what_cannot_be_repaired_still_tells_its_quality(tmp_path):
    image = Image.fromarray((waves().pixels * 255).astype(np.uint8))
    image.convert("CMYK").save(tmp_path / "print.jpg", quality=35)
    image.save(tmp_path / "no.png")
    assert quality_of_file(tmp_path / "print.jpg") == 35
    assert quality_of_file(tmp_path / "no.png") is None
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", " " * 2_000_000, zip=True)  # more than Pillow unpacks
    image.save(tmp_path / "wordy.png", pnginfo=words)
    assert quality_of_file(tmp_path / "wordy.png") is None
    assert tables_of_file(tmp_path / "print.jpg") is None


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_turned_file_is_repaired_as_the_upright_one(tmp_path, turned):
    """By a prior that is the same from all sides; the sides are no multiples of 8."""
    exif = Image.Exif()
    exif[0x0112] = turned
    image = Image.fromarray((waves(43, 58).pixels * 255).astype(np.uint8))
    image.save(tmp_path / "turned.jpg", quality=20, exif=exif)
    image.save(tmp_path / "stored.jpg", quality=20)
    results = []
    for name in ("turned.jpg", "stored.jpg"):
        picture = read_picture(tmp_path / name)
        damage = Damage("dejpeg", **asdict(tables_of_file(tmp_path / name)))
        task = plan_repair(damage, Inputs(picture), CLEAN, steps=2, method="ddnm")
        results.append(run(SmoothEngine(), task, picture).result)
    upright, stored = results
    np.testing.assert_allclose(upright, orientation(stored, turned), atol=1e-5)


# ----- our prior on a picture -----


@pytest.fixture(scope="module")
def photo() -> Picture:
    pixels = read_picture(resource_path("samples", "portrait.png")).pixels
    top, left = pixels.shape[0] // 2 - 48, pixels.shape[1] // 2 - 48
    return Picture(np.ascontiguousarray(pixels[top : top + 96, left : left + 96]))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def test_half_the_pixels_are_found_again(engine, photo):
    hole = np.random.default_rng(0).random(photo.pixels.shape[:2]) < 0.5
    damage = Damage("inpaint", mask=mask_digest(hole))
    task = plan_repair(damage, Inputs(photo, hole), CLEAN, steps=8)
    *_, last = engine.run(task, Inputs(photo, hole), CancelToken())
    from skimage.restoration import inpaint_biharmonic

    theirs = inpaint_biharmonic(
        np.where(hole[..., None], 0, photo.pixels), hole, channel_axis=2
    ).astype(np.float32)
    assert psnr(last.picture, photo.pixels) > psnr(theirs, photo.pixels)


def test_enlarging_beats_bicubic(engine, photo):
    x = torch.from_numpy(photo.pixels).permute(2, 0, 1)[None]
    small = Downsample(2).forward(x)[0].permute(1, 2, 0).clamp(0, 1).numpy()
    picture = Picture((np.rint(small * 255) / 255).astype(np.float32))
    task = plan_repair(Damage("upscale"), Inputs(picture), CLEAN, steps=6)
    *_, last = engine.run(task, Inputs(picture), CancelToken())
    eight = Image.fromarray(np.rint(picture.pixels * 255).astype(np.uint8))
    theirs = np.asarray(eight.resize((96, 96), Image.Resampling.BICUBIC), np.float32) / 255
    assert psnr(last.picture, photo.pixels) > psnr(theirs, photo.pixels) + 0.5


def test_compression_is_taken_back(engine, photo, tmp_path):
    """Of a file as a telephone held upright writes it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    truth = photo.pixels[:90, :83]
    lying = Image.fromarray(np.rint(orientation(truth, 8) * 255).astype(np.uint8))
    lying.save(tmp_path / "phone.jpg", quality=15, exif=exif)
    picture = read_picture(tmp_path / "phone.jpg")
    damage = Damage("dejpeg", **asdict(tables_of_file(tmp_path / "phone.jpg")))
    task = plan_repair(damage, Inputs(picture), CLEAN, steps=3)
    *_, last = engine.run(task, Inputs(picture), CancelToken())
    assert psnr(last.picture, truth) > psnr(picture.pixels, truth) + 0.3


@pytest.mark.parametrize("quality", [20, 40])
def test_compression_is_taken_back_from_what_was_cut_out(engine, photo, quality):
    file = io.BytesIO()
    image = Image.fromarray(np.rint(photo.pixels * 255).astype(np.uint8))
    image.save(file, "JPEG", quality=quality)
    cut = np.asarray(Image.open(file), np.float32)[3:, 13:] / 255
    picture, truth = Picture(np.ascontiguousarray(cut)), photo.pixels[3:, 13:]
    found = estimate(picture.pixels)
    assert found.blocks == replace(tables_of_quality(quality), cut=(3, 13))
    assert "dejpeg" in propose(found, None).steps
    task = plan_repair(Damage("dejpeg", **asdict(found.blocks)), Inputs(picture), found, steps=1)
    assert RestorationTask.from_json(task.to_json()) == task
    *_, last = engine.run(task, Inputs(picture), CancelToken())
    assert psnr(last.picture, truth) > psnr(picture.pixels, truth) + 0.3
    found = check(task, Inputs(picture), last.picture)
    assert found.remains.structure < 0.01  # but where it was clipped


def test_a_jpeg_that_lost_more_colour_than_light_is_asked_for_its_colour_apart():
    """The network is told of as much more noise in colour as there is, up to four times as much."""
    told = []

    class Listening(SmoothEngine):
        def load(self, model="builtin", device="auto"):
            status = super().load(model, device)
            smooth = self._denoiser

            def denoiser(x_t, sigma):
                told.append(sigma)
                return smooth(x_t, sigma)

            self._denoiser = denoiser
            return status

    picture = waves()

    def times(chroma: int) -> float:
        damage = Damage("dejpeg", luma=(8,) * 64, chroma=(chroma,) * 64, subsampling="4:4:4")
        told.clear()
        run(
            Listening(),
            plan_repair(damage, Inputs(picture), CLEAN, method="ddnm", steps=1),
            picture,
        )
        light, colour = told
        return colour / light

    assert times(8) < 1.5
    assert times(8) < times(16) < times(24)
    assert times(24) > 1.5
    assert times(255) == pytest.approx(4, rel=0.01)


def test_light_and_colour_are_seen_each_at_its_own_sigma() -> None:
    """With Wiener's denoiser for pixels of unit variance, where both are known."""

    def wiener(x_t: torch.Tensor, sigma: float) -> torch.Tensor:
        return x_t / (1 + sigma**2) ** 0.5

    x_t = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    x0 = colour_apart(wiener, 3.0)(x_t, 0.5)
    light = torch.tensor(LUMA)[:, None, None]
    # x_t is y / sqrt(1 + 0.25): light as if told 0.5, what is left as if y had been told 1.5
    y = x_t * 1.25**0.5
    torch.testing.assert_close((light * x0).sum(1), (light * y).sum(1) / 1.25)
    torch.testing.assert_close(x0[:, 0] - x0[:, 2], (y[:, 0] - y[:, 2]) / 3.25)

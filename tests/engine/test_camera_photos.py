"""Camera noise with the shipped network and the shipped prior, nothing told.

The photographs are made from bundled samples, which neither has ever seen, by cameras that the
test names.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation.estimate import estimate
from restorer.diffusion.metrics import psnr
from restorer.diffusion.tensors import to_tensor
from restorer.engine import plan as rooms
from restorer.engine.engine import Engine
from restorer.engine.finish import Finish
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan, start_for
from restorer.engine.progress import CancelToken
from restorer.engine.strength import Blend
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import FrameInfo
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from restorer.training.camera_noise import Camera, as_file, photograph

MATRIX = ((1.4, -0.3, -0.1), (-0.2, 1.4, -0.2), (-0.1, -0.3, 1.4))


def camera(noise: float, mosaic: str | None = "gradient", blur: float = 0.6) -> Camera:
    return Camera(
        noise=noise,
        shot=0.8,
        gains=(1.9, 1.0, 1.6),
        matrix=MATRIX,
        contrast=0.0,
        lens=0.6,
        mosaic=mosaic,  # type: ignore[arg-type]
        shift=(0, 1),
        blur=blur,
        colour_blur=0.0,
        colour_wide=0.0,
        sharpen=0.0,
        size=1.0,
        quality=94,
        subsampling=2,
    )


def sample(name: str, side: int = 256) -> Pixels:
    """The middle of a bundled clean picture."""
    pixels = read_picture(resource_path("samples", name)).pixels
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]


def shot(scene: Pixels, by: Camera) -> tuple[Pixels, Pixels]:
    """What the camera saves of it, and what it should have saved."""
    noisy = as_file(photograph(scene, by, np.random.default_rng(0)), by)
    return noisy, photograph(scene, by, None)


@pytest.mark.parametrize("name", ["cat.png", "panda.webp", "portrait.png"])
def test_noise_of_a_camera_is_found(name: str) -> None:
    noisy, _ = shot(sample(name), camera(0.02))
    found = estimate(noisy)
    assert found.camera is not None and not found.clean
    assert found.camera.low <= found.noise <= found.camera.high
    assert 5 < found.noise < 30


@pytest.mark.parametrize("noise", [0.02, 0.05])
def test_noise_of_a_mosaic_that_nobody_smoothed_is_found(noise: float) -> None:
    """It is nearly white: only its brightness has less of it in fine detail."""
    by = replace(camera(noise, "bilinear", blur=0), subsampling=0)
    noisy, truth = shot(sample("panda.webp", 128), by)
    found = estimate(noisy)
    there = 255 * float((noisy - truth).std())
    assert found.camera is not None
    assert found.noise == pytest.approx(there, rel=0.25)


def test_noise_beyond_the_levels_of_the_network_is_read() -> None:
    noisy, truth = shot(sample("church.webp"), camera(0.1))
    there = 255 * float((noisy - truth).std())
    assert there > 28
    assert estimate(noisy).noise == pytest.approx(there, rel=0.25)


def test_more_noise_is_a_higher_level() -> None:
    levels = [estimate(shot(sample("cat.png"), camera(n))[0]).noise for n in (0.01, 0.02, 0.04)]
    assert levels[1] > 1.3 * levels[0] and levels[2] > 1.3 * levels[1]


@pytest.mark.parametrize("level", [5, 15, 25, 50])
@pytest.mark.parametrize("name", ["cat.png", "church.webp"])
def test_white_noise_is_nobodys_camera(name: str, level: float) -> None:
    drawn = level * np.random.default_rng(0).standard_normal((256, 256, 3))
    file = np.clip(np.rint(255 * sample(name) + drawn), 0, 255).astype(np.float32) / 255
    found = estimate(file)
    assert found.camera is None
    assert found.noise == pytest.approx(level, rel=0.08)


def test_stronger_noise_in_one_half_has_a_higher_level_there() -> None:
    weak, strong = (shot(sample("portrait.png"), camera(n))[0] for n in (0.015, 0.04))
    found = estimate(np.concatenate([weak[:, :128], strong[:, 128:]], axis=1))
    assert found.camera is not None
    regions = np.array(found.camera.regions)
    assert regions[:, -1].mean() > 1.2 * regions[:, 0].mean()


def test_same_picture_same_plan() -> None:
    noisy, _ = shot(sample("cat.png"), camera(0.02))
    assert plan(estimate(noisy), (256, 256)) == plan(estimate(noisy.copy()), (256, 256))


def test_the_plan_starts_where_the_noise_is() -> None:
    noisy, _ = shot(sample("cat.png"), camera(0.02))
    found = estimate(noisy)
    task = plan(found, (256, 256))
    assert task.start == start_for(found.noise) and not task.undo_clipping


def test_a_large_photograph_is_sampled() -> None:
    noisy, _ = shot(sample("cat.png"), camera(0.02))
    estimate(noisy)
    seconds = []
    for times in ((4, 4, 1), (12, 16, 1)):  # 1 and 12.6 megapixels
        start = time.process_time()
        assert estimate(np.tile(noisy, times)).camera is not None
        seconds.append(time.process_time() - start)
    assert seconds[1] < 6 * seconds[0]


@pytest.mark.prior
@pytest.mark.parametrize(("name", "gain"), [("cat.png", 0.8), ("rocket.jpg", 4.0)])
def test_a_photograph_gets_better_by_itself(name: str, gain: float) -> None:
    noisy, truth = shot(sample(name), camera(0.02))
    task = plan(estimate(noisy), (256, 256), steps=1)
    *_, last = Engine().run(task, Inputs(Picture(noisy)), CancelToken())
    assert psnr((last.x0 + 1) / 2, truth) > psnr(noisy, truth) + gain


def test_brightness_and_colour_keep_their_level() -> None:
    """A prior that is wrong about colour all over a region, as the one for cameras may be."""
    picture = 0.4 + 0.2 * sample("portrait.png", 250)  # nothing of it is cut off
    y, x = np.mgrid[:250, :250, :3][:2] / 250
    wrong = (picture + 0.02 * np.sin(5 * x + 3 * y)).astype(np.float32)
    blurred = np.stack([gaussian_filter(wrong[..., c], 1) for c in range(3)], axis=2)
    x0 = to_tensor(blurred)
    info = FrameInfo(0, 1, 40.0, 0.1, 0.0)
    means = {}
    for model in ("camera", "builtin"):
        task = RestorationTask(start=40.0, model=model, undo_clipping=False)
        finish = Finish(task, picture, Blend(task, picture, None), grey=False)
        result = finish.frame(info, picture, x0).x0 / 2 + 0.5
        away = np.stack([gaussian_filter((result - picture)[..., c], 20) for c in range(3)])
        means[model] = 255 * float(np.abs(away).max())
        if model == "camera":  # and nothing else changes: what is fine is the prior's
            fine = result - blurred
            assert float(np.abs(np.diff(fine, axis=0)).max()) < 0.5 / 255
    assert means["builtin"] > 3 and means["camera"] < 1  # most of that in the corners


@pytest.mark.prior
@pytest.mark.parametrize("name", ["panda.webp", "portrait.png", "rocket.jpg"])
def test_the_mean_colour_of_a_photograph_stays(name: str) -> None:
    noisy, _ = shot(sample(name), camera(0.06))
    task = plan(estimate(noisy), (256, 256), steps=1)
    assert task.model == "camera"
    *_, last = Engine().run(task, Inputs(Picture(noisy)), CancelToken())
    away = 255 * ((last.x0 + 1) / 2 - noisy).mean(axis=(0, 1))
    assert np.abs(away - away.mean()).max() < 0.3  # brightness of black, cut off, is the prior's


@pytest.mark.prior
@pytest.mark.parametrize(
    "name", ["cat.png", "church.webp", "panda.webp", "portrait.png", "rocket.jpg"]
)
def test_no_harm_to_clean_pictures(name: str) -> None:
    picture = read_picture(resource_path("samples", name))
    task = plan(estimate(picture.pixels), picture.size, steps=1)
    for frame in Engine().run(task, Inputs(picture), CancelToken()):
        assert psnr((frame.x0 + 1) / 2, picture.pixels) > 45


@pytest.mark.prior
def test_a_prior_of_white_noise_is_told_more_than_there_is(tmp_path, monkeypatch):
    """Of noise that neighbours share: told only as much it leaves half, told far more it smears."""
    other = tmp_path / "other"
    shutil.copytree(resource_path("models", "builtin"), other)
    engine, used = Engine(precision="float32"), camera(0.05)

    def reached(name: str) -> float:
        scene, rng = sample(name, 160), np.random.default_rng(0)
        picture = Picture(as_file(photograph(scene, used, rng), used))
        found = estimate(picture.pixels)
        assert found.camera is not None
        task = rooms.plan(found, picture.size, model=str(other), steps=1)
        *_, last = engine.run(task, Inputs(picture), CancelToken())
        return psnr((last.x0 + 1) / 2, photograph(scene, used, None))

    shipped = [reached(name) for name in ("portrait.png", "panda.webp")]
    for times, least in ((1.0, 1.0), (6.0, 0.4)):
        monkeypatch.setattr(rooms, "AS_WHITE", times)
        less = [reached(name) for name in ("portrait.png", "panda.webp")]
        assert np.mean(shipped) > np.mean(less) + least

"""Sharpening as a person asks for it: the noise is never told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from restorer.cli.main import main
from restorer.degradation.blur import BlurReading
from restorer.degradation.estimate import DegradationEstimate, estimate
from restorer.degradation.operators import Blur, disc, gaussian
from restorer.diffusion.metrics import psnr
from restorer.document import work
from restorer.engine.damage import Damage
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan_repair
from restorer.engine.request import Request
from restorer.engine.sharpening import doubt_as_noise, proposed_blur
from restorer.engine.sources import with_file
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.resources import resource_path

KERNELS = {
    "gaussian:1.1": gaussian(1.1),
    "gaussian:1.6": gaussian(1.6),
    "gaussian:2.8": gaussian(2.8),
    "disc:1.4": disc(1.4),
    "disc:2.6": disc(2.6),
}


def sample(name: str, top: int, left: int, side: int = 96) -> Pixels:
    pixels = read_picture(resource_path("samples", name)).pixels
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def blurred(pixels: Pixels, blur: str, noise: float = 0.0) -> Pixels:
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    soft = Blur(KERNELS[blur]).forward(x)[0].permute(1, 2, 0).numpy()
    rng = np.random.default_rng(5)
    return np.clip(soft + rng.normal(0, noise / 255, soft.shape), 0, 1).astype(np.float32)


def told(blur: str, path: Path) -> float:
    picture = read_picture(path)
    found = with_file(estimate(picture.pixels), path)
    return plan_repair(Damage("deblur", blur=blur), Inputs(picture), found).damage.noise


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0, 2.0, 5.0, 10.0])
@pytest.mark.parametrize("blur", ["gaussian:1.6", "disc:2.6"])
def test_about_the_noise_there_is_is_told(tmp_path, blur, noise):
    write_picture(
        Picture(blurred(sample("church.webp", 100, 200), blur, noise)), tmp_path / "p.png"
    )
    there = np.hypot(noise, 12**-0.5)
    assert told(blur, tmp_path / "p.png") == pytest.approx(1.1 * there**0.9, rel=0.12)


@pytest.mark.parametrize(("quality", "least"), [(75, 4.2), (90, 2.3), (97, 1.5), (100, 1.4)])
def test_what_a_jpeg_lost_counts_as_noise(tmp_path, quality, least):
    pixels = blurred(sample("church.webp", 100, 200), "gaussian:1.6")
    write_picture(Picture(pixels), tmp_path / "p.jpg", quality=quality)
    assert least < told("gaussian:1.6", tmp_path / "p.jpg") < 1.5 * least
    write_picture(Picture(blurred(pixels, "gaussian:1.1", 8)), tmp_path / "n.jpg", quality=quality)
    assert 1.2 * least < told("gaussian:1.1", tmp_path / "n.jpg") < 14


def test_noise_that_a_jpeg_hides_where_the_blur_would_show_it_is_told(tmp_path):
    picture = Picture(blurred(sample("church.webp", 100, 200), "disc:2.6", 6))
    write_picture(picture, tmp_path / "p.jpg", quality=78)
    picture = read_picture(tmp_path / "p.jpg")
    found = with_file(estimate(picture.pixels), tmp_path / "p.jpg")
    damage = Damage("deblur", blur="disc:2.6")
    unseen, seen = (
        plan_repair(damage, Inputs(picture), replace(found, **noise)).damage.noise
        for noise in ({"clean": True}, {"clean": False, "noise_in_file": 4.0})
    )
    assert unseen < 5.5
    assert 6 < seen < 8.5


def test_the_window_plans_what_the_command_line_plans(tmp_path):
    pixels = blurred(sample("panda.webp", 200, 200), "gaussian:1.6", 1)
    for name in ("p.jpg", "p.png"):
        write_picture(Picture(pixels), tmp_path / name)
        opened = work.read(tmp_path / name)
        request = Request("deblur", blur="gaussian:1.6")
        found = work.measure(opened.picture)
        prepared = work.prepare(request, None, opened.picture, found, opened.tables, None)
        assert prepared.step is not None
        assert prepared.step.damage.noise == told("gaussian:1.6", tmp_path / name)


def test_doubt_about_a_blur_that_was_read_counts_as_noise():
    picture = Picture(blurred(sample("church.webp", 100, 200), "gaussian:1.6"))
    sure = DegradationEstimate(0.3, 0.3, clean=True, blur=BlurReading(1.6))
    doubted = replace(sure, blur=BlurReading(1.6, doubt=0.2))
    assert proposed_blur(sure) == "gaussian:1.60"
    assert proposed_blur(replace(sure, blur=BlurReading(1.6, disc=True))) == "disc:3.20"
    assert proposed_blur(doubted) == "gaussian:1.45"
    inputs = Inputs(picture)
    asked, most = (
        plan_repair(Damage("deblur", blur=proposed_blur(found)), inputs, found).damage.noise
        for found in (sure, doubted)
    )
    assert asked == pytest.approx(0.36, abs=0.05)
    assert 0.8 < most < 3
    other = plan_repair(Damage("deblur", blur="gaussian:1.5"), inputs, doubted).damage.noise
    assert other < 0.5


def test_noise_in_the_picture_does_not_add_to_the_doubt():
    """The Laplacian of white noise n in each channel has the variance n^2 / (6 pi)."""
    waves = np.sin(np.arange(512) * 0.8)[None, :, None] * np.float32(0.02)
    noise = np.random.default_rng(0).normal(0, 12 / 255, (512, 512, 3))
    clean, noisy = (np.asarray(0.5 + waves + n, np.float32) for n in (0 * noise, noise))
    of_clean = doubt_as_noise(clean, BlurReading(1.6, doubt=0.2))
    of_noisy = doubt_as_noise(noisy, BlurReading(1.6, doubt=0.2, noise=12.0))
    assert of_noisy == pytest.approx(of_clean, rel=0.05) and of_clean > 0.4


def test_noise_that_was_read_beneath_a_jpeg_is_told():
    picture = Picture(blurred(sample("church.webp", 100, 200), "gaussian:1.6"))
    found = DegradationEstimate(0.3, 0.3, clean=True, jpeg_quality=75, blur=BlurReading(1.6))
    guess, inputs = Damage("deblur", blur="gaussian:1.60"), Inputs(picture)
    least = plan_repair(guess, inputs, found).damage.noise
    found = replace(found, blur=BlurReading(1.6, noise=10.0))
    assert plan_repair(guess, inputs, found).damage.noise == pytest.approx(
        np.hypot(least, 1.1 * 10**0.9), rel=0.03
    )


def test_a_small_picture_and_a_blur_that_keeps_all_go_by_the_estimate():
    picture = Picture(blurred(sample("panda.webp", 200, 200), "gaussian:1.6"))
    small = Picture(np.ascontiguousarray(picture.pixels[:20, :30]))
    noisy = DegradationEstimate(noise=6.0, noise_in_file=6.0, clean=False)
    for damage, which in (
        (Damage("deblur", blur="gaussian:0.3"), picture),
        (Damage("deblur", blur="gaussian:1.6"), small),
    ):
        assert plan_repair(damage, Inputs(which), noisy).damage.noise == pytest.approx(1.1 * 6**0.9)


def restored(
    capsys: pytest.CaptureFixture[str], path: Path, *options: object
) -> tuple[Any, Pixels]:
    out = path.with_name("out.png")
    arguments = ["restore", path, "-o", out, "--force", "--json", "--task", *options]
    assert main([str(argument) for argument in arguments]) == 0
    return json.loads(capsys.readouterr().out), read_picture(out).pixels


@pytest.mark.prior
@pytest.mark.parametrize(
    ("blur", "noise", "quality"),
    [("gaussian:1.6", 0.5, None), ("disc:2.6", 10.0, None), ("gaussian:1.1", 1.0, 85)],
)
def test_sharpening_gains_nearly_what_it_can(tmp_path, capsys, blur, noise, quality):
    around = sample("church.webp", 80, 180, 136)  # a picture goes on beyond its border
    clean, soft = (pixels[20:-20, 20:-20] for pixels in (around, blurred(around, blur, noise)))
    path = tmp_path / ("p.png" if quality is None else "p.jpg")
    write_picture(Picture(np.ascontiguousarray(soft)), path, quality=quality or 95)
    before = psnr(read_picture(path).pixels, clean)
    run, after = restored(capsys, path, "deblur", "--blur", blur, "--steps", 8)
    gained = psnr(after, clean)
    assert gained > before + 0.5
    for factor in (0.6, 1.6):
        asked = ("--noise", factor * run["task"]["damage"]["noise"], "--steps", 8)
        _, other = restored(capsys, path, "deblur", "--blur", blur, *asked)
        assert gained > psnr(other, clean) - 0.5


@pytest.mark.prior
@pytest.mark.parametrize("blur", ["disc:2.6", "gaussian:1.6"])
def test_a_guessed_blur_does_no_harm(tmp_path, capsys, blur):
    """A soft subject, whose edges read as a wider blur; and a disc taken for a Gaussian."""
    around = sample("panda.webp", 80, 180, 160)
    clean, soft = (pixels[20:-20, 20:-20] for pixels in (around, blurred(around, blur, 1)))
    path = tmp_path / "p.png"
    write_picture(Picture(np.ascontiguousarray(soft)), path)
    run, after = restored(capsys, path, "auto")
    assert run["task"]["damage"]["kind"] == "deblur"
    assert psnr(after, clean) > psnr(read_picture(path).pixels, clean) - 0.1

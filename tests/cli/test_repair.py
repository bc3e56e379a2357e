"""Damage other than noise, from the command line."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import binary_dilation

from restorer.imaging.mask_files import read_mask
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.resources import resource_path


@pytest.fixture
def picture(tmp_path):
    y, x = np.mgrid[:64, :72] / 9
    pixels = 0.5 + 0.5 * np.stack([np.sin(x + y), np.cos(x - y), np.sin(x) * np.cos(y)], axis=2)
    path = tmp_path / "picture.png"
    alpha = np.linspace(0, 1, 64 * 72, dtype=np.float32).reshape(64, 72)
    write_picture(Picture(pixels.astype(np.float32), alpha=alpha), path)
    return path


def test_a_hole_is_filled_and_nothing_else_changes(restorer, picture, tmp_path):
    mask = np.zeros((64, 72), np.uint8)
    mask[20:24, 10:60] = 255
    mask[24, 10:60] = 120  # a soft edge
    mask[40:44] = 5  # as JPEG leaves beside white
    Image.fromarray(mask).save(tmp_path / "mask.png")
    done = restorer(
        "restore", picture, "-o", "out.png", "--task", "inpaint", "--mask", "mask.png",
        "--steps", 2, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["nfe"] == 2
    assert told["task"]["damage"]["kind"] == "inpaint"
    before, after = read_picture(picture), read_picture(tmp_path / "out.png")
    np.testing.assert_array_equal(before.pixels[mask < 8], after.pixels[mask < 8])
    changed = np.abs(after.pixels - before.pixels).max(axis=2)
    assert 0 < changed[24, 10:60].mean() < changed[23, 10:60].mean()
    np.testing.assert_array_equal(before.alpha, after.alpha)
    assert json.loads(read_record(after) or "")["task"] == told["task"]


def test_a_scanners_infrared_shows_what_to_fill(restorer, picture, tmp_path):
    infrared = np.full((64, 72), 200, np.uint8)
    infrared[30:50, 20:23] = 60
    Image.fromarray(infrared).save(tmp_path / "infrared.png")
    told = restorer(
        "estimate", picture, "--infrared", "infrared.png", "--mask", "dust.png", "--json"
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["proposal"]["steps"][0] == "inpaint"
    dust = read_mask(tmp_path / "dust.png", (72, 64)) > 0
    assert dust[30:50, 20:23].all() and dust.sum() < 150
    filling = ("--task", "inpaint", "--mask", "auto", "--steps", "1")
    told = restorer("restore", picture, "-o", "o.png", *filling, "--infrared", "infrared.png")
    assert told.returncode == 0, told.stderr
    refused = restorer("replay", "o.png", "--input", picture)
    assert refused.returncode == 2 and "--infrared" in refused.stderr
    told = restorer("replay", "o.png", "--input", picture, "--infrared", "infrared.png")
    assert told.stdout == "Done again: every pixel is the same.\n", told.stderr
    Image.fromarray(infrared[:40]).save(tmp_path / "other.png")
    refused = restorer("estimate", picture, "--infrared", "other.png")
    assert refused.returncode == 2 and "infrared picture is 72 by 40" in refused.stderr


def test_nothing_changes_where_the_strength_map_is_black(restorer, picture, tmp_path):
    strength = np.zeros((64, 72), np.uint8)
    strength[:, 40:] = 128
    Image.fromarray(strength).save(tmp_path / "map.png")
    done = restorer(
        "restore", picture, "-o", "out.png", "--noise", 20, "--strength", "map.png",
        "--amount", 0.9, "--grain", 0.2, "--steps", 1, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    task = json.loads(done.stdout)["task"]
    assert (task["amount"], task["grain"], len(task["strength"])) == (0.9, 0.2, 64)
    before, after = read_picture(picture), read_picture(tmp_path / "out.png")
    np.testing.assert_array_equal(before.pixels[:, :40], after.pixels[:, :40])
    assert (before.pixels[:, 40:] != after.pixels[:, 40:]).any()


def test_doubt_and_what_remains_are_written_and_told(restorer, picture, tmp_path):
    done = restorer(
        "restore", picture, "-o", "out.png", "--noise", 20, "--steps", 1, "--json",
        "--spread", "spread.png", "--residual", "residual.png",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["consistency"]["sentence"].endswith(".")
    spread = read_picture(tmp_path / "spread.png")
    assert (spread.bits, spread.grey, spread.size) == (16, True, (72, 64))
    assert told["spread"]["white"] == 64
    with Image.open(tmp_path / "spread.png") as image:
        written = np.asarray(image, np.float64) / 65535
    assert told["spread"]["mean"] == pytest.approx(64 * written.mean(), abs=0.01)
    assert read_picture(tmp_path / "residual.png").size == (72, 64)


def test_a_picture_grows_with_its_transparency_frames_and_sheet(restorer, picture, tmp_path):
    done = restorer(
        "restore", picture, "-o", "out.png", "--task", "upscale", "--scale", 3, "--steps", 2,
        "--frames", "frames", "--sheet", "sheet.png",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Enlarged with the trained network")
    after = read_picture(tmp_path / "out.png")
    assert after.size == (216, 192)
    assert after.alpha.shape == (192, 216)
    frames = sorted((tmp_path / "frames").iterdir())
    assert {read_picture(frame).size for frame in frames} == {(216, 192)}


def test_a_jpeg_knows_its_tables(restorer, picture, tmp_path):
    Image.open(picture).convert("RGB").save(tmp_path / "small.jpg", quality=12)
    done = restorer(
        "restore", "small.jpg", "-o", "out.png", "--task", "dejpeg", "--steps", 1, "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["task"]["damage"]["luma"]) == 64
    assert told["nfe"] == 1
    assert told["task"]["method"] == "conditional"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--task", "inpaint"], "needs a mask"),
        (["--task", "inpaint", "--mask", "other.png"], "mask is 8 by 9"),
        (["--task", "deblur"], "either a blur"),
        (["--task", "deblur", "--blur", "box:3"], "is no blur"),
        (["--task", "deblur", "--blur", "other.png"], "odd sides"),
        (["--task", "deblur", "--blur", "disc:2", "--method", "ddnm"], "diffpir"),
        (["--task", "dejpeg"], "set the quality"),
        (["--task", "dejpeg", "--quality", "101"], "from 1 to 100"),
        (["--task", "upscale", "--method", "repaint"], "holes"),
        (["--mask", "other.png"], "belongs to --task inpaint"),
        (["--strength", "other.png"], "strength map is 8 by 9"),
        (["--task", "upscale", "--grain", "0.5"], "--grain belongs to"),
        (["--samples", "3"], "--samples belongs to"),
        (["--spread", "s.png", "--samples", "1"], "2 to 64 samples"),
        (["--spread", "s.png", "--residual", "s.png"], "a name of its own"),
        (["--task", "colorize"], "already has colours"),
        (["--amount", "2"], "amount must lie between 0 and 1"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_one_sentence(restorer, picture, tmp_path, options, said):
    Image.new("L", (8, 9), 255).save(tmp_path / "other.png")
    done = restorer("restore", picture, "-o", "out.png", *options)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


def test_a_scratch_is_found_and_filled(restorer, tmp_path):
    ramp = np.linspace(90, 150, 80, dtype=np.uint8)
    pixels = np.repeat(np.tile(ramp, (64, 1))[..., None], 3, axis=2)
    pixels[10:54, 40:42] = 255
    Image.fromarray(pixels).save(tmp_path / "scratched.png")
    done = restorer(
        "restore", "scratched.png", "-o", "out.png", "--task", "inpaint", "--mask", "auto",
        "--sensitivity", 0.7, "--steps", 1,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    after = read_picture(tmp_path / "out.png").pixels
    assert after[14:50, 40:42].max() < 0.8
    np.testing.assert_array_equal(after[:, :30], pixels[:, :30] / np.float32(255))
    refused = restorer("restore", "scratched.png", "-o", "b.png", "--sensitivity", 0.5)
    assert refused.returncode == 2 and "--task inpaint" in refused.stderr


def test_a_grey_picture_gets_colours_and_keeps_its_light(restorer, tmp_path):
    grey = np.tile(np.linspace(40, 200, 64, dtype=np.uint8), (48, 1))
    Image.fromarray(grey).save(tmp_path / "grey.png")
    done = restorer("restore", "grey.png", "-o", "out.png", "--task", "colorize", "--steps", 2)
    assert done.returncode == 0, done.stderr
    assert "colours are guesses" in done.stdout
    picture = read_picture(tmp_path / "out.png")
    light = picture.pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    assert np.abs(255 * light - grey).max() < 1.5
    assert "guesses" in json.loads(read_record(picture))["caution"]


def test_auto_does_one_step_after_the_other(restorer, tmp_path):
    """Noise and scratches: cleaned, then filled, and the file says both."""
    rng = np.random.default_rng(3)
    ramp = np.linspace(90, 150, 240)
    pixels = np.repeat(np.tile(ramp, (160, 1))[..., None], 3, axis=2)
    for column, lean in ((30, 14), (110, 21), (220, -17)):
        for row in range(15, 145):
            at = column + row // lean
            pixels[row, at : at + 3] = 255
    noisy = np.clip(pixels + 8 * rng.standard_normal(pixels.shape), 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(tmp_path / "old.png")
    told = restorer("estimate", "old.png", "--json", "--mask", "marks.png")
    found = json.loads(told.stdout)
    assert found["scratches"] == 3
    assert found["proposal"]["steps"] == ["denoise", "inpaint"]
    marks = read_mask(tmp_path / "marks.png", (240, 160)) > 0
    damaged = pixels[..., 0] == 255
    assert marks[damaged].mean() > 0.95
    assert not marks[~binary_dilation(damaged, iterations=4)].any()
    assert found["scratched"] == pytest.approx(marks.mean(), abs=1e-5)
    assert restorer("estimate", "old.png", "--mask", "marks.png").returncode == 2
    auto = ("restore", "old.png", "-o", "out.png", "--task", "auto", "--steps", 1)
    refused = restorer(*auto, "--blur", "disc:2")
    assert refused.returncode == 2 and "--task deblur" in refused.stderr
    done = restorer(*auto)
    assert done.returncode == 0, done.stderr
    assert "three scratches" in done.stderr
    assert ": clean, then fill." in done.stderr and "Found besides" not in done.stderr
    record = json.loads(read_record(read_picture(tmp_path / "out.png")))
    assert record["task"]["damage"]["kind"] == "inpaint"
    assert record["before"]["task"]["damage"]["kind"] == "denoise"
    after = read_picture(tmp_path / "out.png").pixels
    assert np.abs(255 * after - np.tile(ramp, (160, 1))[..., None]).max() < 20


def test_auto_does_what_is_asked_for_besides(restorer, tmp_path):
    y, x = np.mgrid[:80, :90].astype(np.float32) / 90
    pixels = np.stack([0.5 + 0.2 * x, 0.4 + 0.2 * y, 0.4 + 0.1 * x], axis=2)
    write_picture(Picture(pixels.astype(np.float32)), tmp_path / "pale.png")
    auto = ("restore", "pale.png", "-o", "out.png", "--task", "auto", "--also", "fade")
    done = restorer(*auto)
    assert done.returncode == 0, done.stderr
    assert "1. Clean noise: nothing for sure, left out" in done.stderr
    assert "3. Bring back faded colours: nothing for sure, asked for" in done.stderr
    assert np.ptp(read_picture(tmp_path / "out.png").pixels) > np.ptp(pixels)
    assert restorer(*auto, "--force", "--skip", "fade").returncode == 2


@pytest.mark.prior
def test_auto_takes_blocks_for_blocks_and_noise_for_noise(restorer, tmp_path):
    clean = read_picture(resource_path("samples", "church.webp"))
    crop = Picture(clean.pixels[:96, :128])
    write_picture(crop, tmp_path / "blocks.jpg", quality=15)
    noise = np.random.default_rng(1).standard_normal(crop.pixels.shape, np.float32)
    noisy = Picture(np.clip(crop.pixels + 25 / 255 * noise, 0, 1))
    write_picture(noisy, tmp_path / "noisy.png")
    for name, kind in (("blocks.jpg", "dejpeg"), ("noisy.png", "denoise")):
        options = ("--task", "auto", "--steps", 1, "--json")
        done = restorer("restore", tmp_path / name, "-o", f"{name}.png", *options)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["task"]["damage"]["kind"] == kind

"""A step that did harm is taken back, or warned of before anything is saved."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from restorer.cli import restore
from restorer.cli.main import main
from restorer.degradation import estimate
from restorer.degradation.blur import BlurReading, read_blur
from restorer.engine.engine import Engine, ModelStatus
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.resources import resource_path


class Smearing(Engine):
    """A prior that believes in nothing finer than sixteen pixels."""

    def load(self, model="builtin", device="auto"):
        def denoiser(x_t, sigma):
            x = x_t * (1 + sigma**2) ** 0.5
            near = torch.nn.functional.pad(x, (8, 8, 8, 8), "replicate")
            return torch.nn.functional.avg_pool2d(near, 17, 1)

        self._denoiser = denoiser
        return ModelStatus("Smearing", 0, "CPU", "fp32")


@pytest.fixture
def noisy(tmp_path, monkeypatch):
    """Noise 15 over something soft with stripes six pixels wide in a corner."""
    monkeypatch.setattr(restore, "Engine", lambda **_: Smearing())
    y, x = np.mgrid[:160, :192] / 40
    pixels = 0.5 + 0.2 * np.stack([np.sin(x + y), np.cos(x - y), np.sin(x)], axis=2)
    pixels[80:, 96:] += np.where(np.arange(96) // 6 % 2, 0.2, -0.2)[:, None]
    pixels += 15 / 255 * np.random.default_rng(0).standard_normal(pixels.shape)
    write_picture(Picture(np.clip(pixels, 0, 1).astype(np.float32)), tmp_path / "in.png")
    return tmp_path / "in.png"


@pytest.fixture
def told(monkeypatch, capsys):
    """What had been said on stderr when the result was saved."""
    before, keep = [], restore.save_result

    def save_result(*arguments):
        before.append(capsys.readouterr().err)
        return keep(*arguments)

    monkeypatch.setattr(restore, "save_result", save_result)
    return before


def test_auto_takes_a_harmful_step_back_and_says_so(noisy, told, tmp_path, capsys):
    out = tmp_path / "out.png"
    assert main(["restore", str(noisy), "-o", str(out), "--task", "auto", "--steps", "1"]) == 0
    (said,) = told
    assert ": clean." in said
    assert "structure remains in" in said and "Cleaning was taken back." in said
    assert capsys.readouterr().out == "The picture was left as it was before cleaning.\n"
    after = read_picture(out)
    np.testing.assert_array_equal(after.pixels, read_picture(noisy).pixels)
    assert read_record(after) is None


def test_so_it_does_with_a_step_in_between(noisy, told, tmp_path, capsys, monkeypatch):
    """Scratches are filled in the picture before the step that was taken back."""
    hole = np.zeros((160, 192), bool)
    hole[20:24, 10:80] = True
    found_by = estimate.with_scratches
    monkeypatch.setattr(
        estimate,
        "with_scratches",
        lambda found, pixels, *_: (replace(found_by(found, pixels)[0], scratches=1), hole),
    )
    out = tmp_path / "out.png"
    asked = ["restore", str(noisy), "-o", str(out), "--task", "auto", "--steps", "2", "--json"]
    assert main(asked) == 0
    assert ": clean, then fill." in told[0] and "Cleaning was taken back." in told[0]
    report = json.loads(capsys.readouterr().out)
    assert report["taken_back"] == ["denoise"]
    assert report["task"]["damage"]["kind"] == "inpaint" and not report["consistency"]["alarm"]
    came, after = read_picture(noisy).pixels, read_picture(out).pixels
    np.testing.assert_array_equal(after[~hole], came[~hole])
    assert (after[hole] != came[hole]).any()


def test_what_nobody_asked_to_be_cleaned_is_left_as_it_was(noisy, told, tmp_path, capsys):
    """Noise that was only read, and taking it off took structure along: as of printed dots."""
    out = tmp_path / "out.png"
    asked = ["restore", str(noisy), "-o", str(out), "--steps", "1", "--json"]
    assert main(asked) == 0
    assert "Cleaning was taken back. --noise takes off as much as you say." in told[0]
    report = json.loads(capsys.readouterr().out)
    assert report["taken_back"] == ["denoise"]
    np.testing.assert_array_equal(read_picture(out).pixels, read_picture(noisy).pixels)


def test_who_asks_for_a_step_is_warned_before_it_is_saved(noisy, told, tmp_path, capsys):
    out = tmp_path / "out.png"
    assert main(["restore", str(noisy), "-o", str(out), "--steps", "1", "--noise", "15"]) == 0
    assert "structure remains in" in told[0] and "Look at the result before" in told[0]
    assert "structure remains in" in capsys.readouterr().out
    assert "structure remains in" in json.loads(read_record(read_picture(out)))["caution"]


@pytest.mark.prior
def test_a_good_restoration_is_kept_without_a_warning(noisy, told, tmp_path, monkeypatch):
    monkeypatch.setattr(restore, "Engine", Engine)
    out = tmp_path / "out.png"
    assert main(["restore", str(noisy), "-o", str(out), "--task", "auto", "--steps", "1"]) == 0
    assert "taken back" not in told[0] and "Look at" not in told[0]
    assert read_record(read_picture(out)) is not None


def test_sharpening_is_taken_back_where_the_blur_read_is_not_all_over(
    told, tmp_path, capsys, monkeypatch
):
    """What is in focus before a blurred background; the reading that sees it is put aside."""
    sharp = read_picture(resource_path("samples", "portrait.png")).pixels[60:220, 60:220]
    pixels = gaussian_filter(sharp, (2, 2, 0))
    pixels[64:100, 64:100] = sharp[64:100, 64:100]
    pixels += 1 / 255 * np.random.default_rng(0).standard_normal(pixels.shape).astype(np.float32)
    came, out = tmp_path / "in.png", tmp_path / "out.png"
    write_picture(Picture(np.clip(pixels, 0, 1)), came)
    assert read_blur(read_picture(came).pixels) is None
    monkeypatch.setattr(estimate, "read_blur", lambda pixels: BlurReading(1.7))
    assert main(["restore", str(came), "-o", str(out), "--task", "auto", "--steps", "4"]) == 0
    (said,) = told
    assert ": sharpen." in said and "A network that is misled less does it again." in said
    assert said.index("does it again") < said.index("Sharpening was taken back.")
    assert capsys.readouterr().out == "The picture was left as it was before sharpening.\n"
    np.testing.assert_array_equal(read_picture(out).pixels, read_picture(came).pixels)

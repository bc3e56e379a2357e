"""Noise in JPEG files as phones write them goes by default, in one command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restorer.cli.main import main
from restorer.diffusion.metrics import psnr
from restorer.imaging.read import read_picture
from restorer.resources import resource_path


@pytest.mark.prior
@pytest.mark.parametrize(("noise", "quality"), [(12, 85), (25, 80)])
def test_a_noisy_jpeg_of_halved_colour_is_cleaned(
    noise: float, quality: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = read_picture(resource_path("samples", "cat.png")).pixels[40:232, 40:296]
    noisy = clean + noise / 255 * np.random.default_rng(1).standard_normal(clean.shape)
    came, after = tmp_path / "phone.jpg", tmp_path / "out.png"
    image = Image.fromarray(np.uint8(np.rint(np.clip(noisy, 0, 1) * 255)))
    image.save(came, quality=quality, subsampling="4:2:0")
    assert main(["restore", str(came), "-o", str(after), "--steps", "1"]) == 0
    told = capsys.readouterr().out
    assert float(told.split("Noise ")[1].split(" of 255")[0]) == pytest.approx(noise, rel=0.15)
    assert psnr(read_picture(after).pixels, clean) > psnr(read_picture(came).pixels, clean) + 2

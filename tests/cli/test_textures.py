"""Clean textures that look like noise all over go through the command line as they came."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from restorer.cli.main import main
from restorer.degradation.estimate import estimate
from tests.degradation.pictures import Pixels, as_file


@cache
def chips(tint: tuple[float, float, float], colour: float) -> Pixels:
    """(192, 192, 3): chips a few pixels large lie over one another, and none of it is quiet."""
    side, rng = 384, np.random.default_rng(0)
    large = Image.new("RGB", (side, side))
    draw = ImageDraw.Draw(large)
    for _ in range(6 * side**2 // 16):
        middle, (long, short) = rng.integers(-5, side + 5, 2), rng.uniform(1, 5, 2)
        way = np.exp(2j * np.pi * (rng.random() + np.array([0, 0.25]))) * [long, short]
        ends = [a * way[0] + b * way[1] for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))]
        tone = rng.beta(1.2, 1.8) * np.array(tint) + colour * rng.standard_normal(3)
        corners = [(middle[0] + end.real, middle[1] + end.imag) for end in ends]
        draw.polygon(corners, fill=tuple(np.uint8(255 * tone.clip(0, 1)).tolist()))
    pixels = np.asarray(large, np.float32) / 255
    return pixels.reshape(192, 2, 192, 2, 3).mean((1, 3))


GRAVEL = (1, 1, 1), 0
TEXTURES = {"gravel": GRAVEL, "wood": ((1, 0.75, 0.55), 0.03)}


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_is_left_alone(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "in.png", tmp_path / "out.png"
    pixels = np.uint8(np.rint(255 * chips(*TEXTURES[name])))
    Image.fromarray(pixels).save(before)
    assert main(["restore", str(before), "-o", str(after), "--task", "auto"]) == 0
    assert "left" in capsys.readouterr().out
    assert np.array_equal(np.asarray(Image.open(after)), pixels)


@pytest.mark.parametrize("level", [5, 10, 20])
def test_noise_on_a_texture_is_read(level: float) -> None:
    assert estimate(as_file(chips(*GRAVEL), level)).noise == pytest.approx(level, rel=0.1)


def test_white_noise_on_a_texture_is_not_a_cameras() -> None:
    found = estimate(as_file(chips(*GRAVEL), 5))
    assert found.camera is None and found.noise == pytest.approx(5, rel=0.1)

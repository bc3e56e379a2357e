"""A dithered or drawn picture goes through the command line as it came, and is told as such."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restorer.cli.main import main
from restorer.diffusion.metrics import psnr
from tests.degradation.drawings import cartoon, modules, one_bit, photo

PICTURES = {"dither": one_bit(), "squares": modules(), "cartoon": cartoon()}


@pytest.mark.parametrize("task", [(), ("--task", "auto")], ids=["default", "auto"])
@pytest.mark.parametrize("name", PICTURES)
def test_drawn_pictures_are_left_alone(
    name: str, task: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "in.png", tmp_path / "out.png"
    pixels = np.uint8(255 * PICTURES[name])
    Image.fromarray(pixels).save(before)
    assert main(["restore", str(before), "-o", str(after), "--steps", "1", *task]) == 0
    count = len(np.unique(pixels.reshape(-1, 3), axis=0))
    told = capsys.readouterr().out
    assert f"made of {count} colours, as drawings and dithered pictures are; it was left" in told
    assert np.array_equal(np.asarray(Image.open(after)), pixels)


@pytest.mark.prior
@pytest.mark.parametrize("task", [(), ("--task", "auto")], ids=["default", "auto"])
def test_a_photograph_with_a_palette_is_rid_of_salt_and_pepper(
    task: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng, before, after = np.random.default_rng(0), tmp_path / "in.gif", tmp_path / "out.png"
    few = photo().resize((120, 90)).quantize(200).convert("RGB")
    pixels = np.array(few)
    where = rng.random(pixels.shape[:2]) < 0.05
    pixels[where] = rng.integers(0, 2, (where.sum(), 1), np.uint8) * 255
    Image.fromarray(pixels).quantize(256).save(before)
    assert main(["restore", str(before), "-o", str(after), "--steps", "2", *task]) == 0
    assert "of the pixels hit: fill." in capsys.readouterr().err
    came, clean, result = (
        np.asarray(one, np.float32)
        for one in (Image.open(before).convert("RGB"), few, Image.open(after).convert("RGB"))
    )
    assert psnr(result / 255, clean / 255) > psnr(came / 255, clean / 255) + 10
    assert np.array_equal(result[~where], came[~where])


def test_estimate_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.png"
    Image.fromarray(np.uint8(255 * one_bit())).save(path)
    assert main(["estimate", str(path)]) == 0
    told = capsys.readouterr().out
    assert told == "No noise.\nMade of 2 colours, as drawings and dithered pictures are.\n"
    assert main(["estimate", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["colours"], found["clean"], found["proposal"]["steps"]) == (2, True, [])

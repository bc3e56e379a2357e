"""A dithered or drawn picture goes through the command line as it came, and is told as such."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restorer.cli.main import main
from tests.degradation.drawings import cartoon, modules, one_bit

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


def test_estimate_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.png"
    Image.fromarray(np.uint8(255 * one_bit())).save(path)
    assert main(["estimate", str(path)]) == 0
    told = capsys.readouterr().out
    assert told == "No noise.\nMade of 2 colours, as drawings and dithered pictures are.\n"
    assert main(["estimate", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["colours"], found["clean"], found["proposal"]["steps"]) == (2, True, [])

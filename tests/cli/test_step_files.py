"""Frames of steps that cannot be written."""

from pathlib import Path

import numpy as np
import pytest

from restorer.cli import step_files
from restorer.cli.main import main
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture


def test_the_result_is_written_before_it_is_said_that_frames_were_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise BadInput("The disk is full.")

    monkeypatch.setattr(step_files, "write_frames", full)
    noisy, out = tmp_path / "noisy.png", tmp_path / "out.png"
    pixels = np.random.default_rng(0).normal(0.5, 0.1, (48, 48, 3)).astype(np.float32)
    write_picture(Picture(pixels.clip(0, 1)), noisy)
    words = [
        "restore",
        noisy,
        "-o",
        out,
        "--noise",
        "25",
        "--steps",
        "1",
        "--frames",
        tmp_path / "f",
    ]
    assert main([str(word) for word in words]) == 2
    assert "The disk is full." in capsys.readouterr().err
    assert out.exists()

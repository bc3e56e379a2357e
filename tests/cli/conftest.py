import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from restorer.cli.main import main
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture


@pytest.fixture
def restorer(tmp_path, monkeypatch, capsys):
    """Runs the command line in an empty folder, in this process, which has torch loaded already."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        asked = [*map(str, arguments)]
        try:
            code = main(asked)
        except SystemExit as end:
            code = int(str(end.code))
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(asked, code, out, err)

    return run


@pytest.fixture
def process(tmp_path):
    """As `restorer`, in a process of its own, without a screen; torch costs it seconds."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        surroundings = os.environ | {"OMP_NUM_THREADS": "1"} | environment
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            surroundings.pop(name, None)
        return subprocess.run(
            [sys.executable, "-m", "restorer", *map(str, arguments)],
            cwd=tmp_path,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


@pytest.fixture
def noisy(tmp_path) -> Path:
    """A small picture with noise 25 on the 0-255 scale."""
    y, x = np.mgrid[:96, :128] / 128
    clean = np.stack([0.3 + 0.4 * x, 0.3 + 0.4 * y, 0.5 + 0.1 * np.sin(9 * x)], axis=2)
    noise = np.random.default_rng(0).standard_normal(clean.shape) * 25 / 255
    path = tmp_path / "noisy.png"
    write_picture(Picture((clean + noise).clip(0, 1).astype(np.float32)), path)
    return path

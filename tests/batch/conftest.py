from pathlib import Path

import numpy as np
import pytest

from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture

RECIPE = 'task = "denoise"\nnoise = 25.0\nsteps = 1\n'


def noisy(path: Path, seed: int) -> Path:
    """A small picture with noise 25 on the 0-255 scale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.linspace(0.3, 0.7, 48, dtype=np.float32)[:, None, None] * np.ones((1, 48, 3))
    noise = np.random.default_rng(seed).standard_normal(ramp.shape) * 25 / 255
    write_picture(Picture((ramp + noise).clip(0, 1).astype(np.float32)), path)
    return path


@pytest.fixture
def archive(tmp_path) -> Path:
    """Pictures in folders, one of them broken, and what is no picture; a recipe beside."""
    folder = tmp_path / "in"
    for seed, name in enumerate(("a.png", "b/c.png", "b/d/e.tif")):
        noisy(folder / name, seed)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff and no more")
    (folder / "notes.txt").write_text("no picture")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return folder

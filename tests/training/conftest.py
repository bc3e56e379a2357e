"""A tiny network, a few generated pictures, and the lines of code every test needs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restorer.diffusion import hardware
from restorer.diffusion.prior import PriorUNet
from restorer.engine import models
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training.folder import TrainingFolder
from restorer.training.network import write_model
from restorer.training.recipe import Recipe


def textured(seed: int, height: int = 64, width: int = 72) -> np.ndarray:
    """Edges, a gradient and some texture, (H, W, 3) float32 in 0..1."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / height
    stripes = np.sin(2 * np.pi * (rng.uniform(1, 4) * x + rng.uniform(1, 4) * y + rng.random()))
    box = (abs(x - rng.random()) < 0.2) & (abs(y - rng.random()) < 0.3)
    base = 0.4 + 0.2 * stripes[..., None] * rng.random(3) + 0.3 * box[..., None] * rng.random(3)
    return np.clip(base, 0, 1).astype(np.float32)


def tiny_network(seed: int = 0) -> PriorUNet:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return PriorUNet(channels=(8, 8, 8), blocks=1, mid_blocks=1, embedding_dim=16)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """And float32: sums of several threads, or in bf16, are not the same on every machine."""
    monkeypatch.setattr(hardware, "choose_autocast", lambda *_: None)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def photos(tmp_path):
    """A folder of six pictures."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(6):
        write_picture(Picture(textured(seed)), folder / f"{seed}.png")
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A model folder with a tiny network."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    write_model(folder, tiny_network(), "---\ntitle: Tiny\nlicense: cc0-1.0\n---\n")
    return folder


@pytest.fixture
def library(tmp_path, monkeypatch):
    """The folder of a person's own models, empty."""
    folder = tmp_path / "library"
    monkeypatch.setattr(models, "models_folder", lambda: folder)
    monkeypatch.setattr("restorer.training.folder.models_folder", lambda: folder)
    return folder


@pytest.fixture
def recipe(photos, tiny) -> Recipe:
    """A dozen steps of a tiny training."""
    return Recipe(
        folders=(str(photos),),
        start=str(tiny),
        steps=12,
        batch=4,
        crop=16,
        rate=1e-3,
        milestone_steps=4,
        log_every=1,
    )


@pytest.fixture
def folder(library) -> TrainingFolder:
    return TrainingFolder(library / "new")

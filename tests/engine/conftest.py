"""Common to tests of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from restorer.diffusion.prior import PriorUNet
from restorer.engine import library, models


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a person's own models."""
    folder = tmp_path / "library"
    monkeypatch.setattr(models, "models_folder", lambda: folder)
    monkeypatch.setattr(library, "models_folder", lambda: folder)
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small prior that is to be taken in."""
    torch.manual_seed(0)
    folder = tmp_path / "mine"
    PriorUNet(channels=(8, 8, 8), blocks=1, mid_blocks=1, embedding_dim=16).save_pretrained(folder)
    return folder

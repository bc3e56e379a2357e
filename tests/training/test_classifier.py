"""The recipe of a classifier, on pictures that are easily told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restorer.diffusion.classifier import NoiseClassifier
from restorer.engine.models import find_model
from restorer.engine.networks import load_network
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training import classifier


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Pictures of fine and of coarse squares."""
    found = {}
    for label, size in (("fine", 2), ("coarse", 16)):
        found[label] = tmp_path / label
        found[label].mkdir()
        for seed in range(3):
            values = np.random.default_rng(seed).random((160 // size, 160 // size, 3), np.float32)
            pixels = values.repeat(size, axis=0).repeat(size, axis=1)
            write_picture(Picture(pixels), found[label] / f"{seed}.png")
    return found


@pytest.mark.prior
def test_it_learns_and_its_card_says_how_well(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"_BATCH": 8, "_HELD_OUT": 8, "_LEVELS": (15,), "_EPOCHS": 400}.items():
        monkeypatch.setattr(classifier, name, value)
    out = tmp_path / "model"
    accuracy = classifier.train_classifier(folders, folders, out, 0.01, "cc0-1.0")
    assert accuracy[15] > 0.9
    info = find_model(str(out))
    assert (info.kind, info.labels, info.licence) == ("classifier", ("fine", "coarse"), "cc0-1.0")
    assert f"| 15 | {accuracy[15]:.0%} |" in (out / "README.md").read_text()
    network = load_network(NoiseClassifier, info)
    assert network.mean.abs().sum() > 0


def test_one_label_is_no_choice(folders: dict[str, Path], tmp_path: Path) -> None:
    one = {"fine": folders["fine"]}
    with pytest.raises(BadInput, match="at least two labels"):
        classifier.train_classifier(one, one, tmp_path / "model", 0.0, "cc0-1.0")

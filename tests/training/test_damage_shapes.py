"""Coats of damage: real shapes by kind, tears and lost corners where paper suffers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restorer.errors import BadInput
from restorer.training.shapes import Shapes
from restorer.training.torn import torn

SIDE = (96, 128)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten sprites, each of another size, and five scans with one square."""
    (tmp_path / "hair").mkdir()
    for number in range(10):
        alpha = np.zeros((60, 60), np.uint8)
        alpha[20 : 24 + 2 * number, 30:33] = 255
        white = np.full((60, 60, 3), 255, np.uint8)
        picture = np.dstack([white, alpha])
        Image.fromarray(picture).save(tmp_path / "hair" / f"{number:02}.png")
    for number in range(5):
        corners = [(100, 100), (140, 100), (140, 140), (100, 140)]
        points = [{"x": x, "y": y + number} for x, y in corners]
        scan = {"0": {"points": points}, "1": {"points": points[:1]}}
        (tmp_path / f"{number}.json").write_text(json.dumps(scan))
    return tmp_path


def test_a_coat_of_real_shapes_covers_a_little_of_the_picture(folder: Path) -> None:
    shapes = Shapes(folder)
    coats = [shapes.coat(SIDE, np.random.default_rng(seed)) for seed in range(30)]
    assert all(coat.shape == SIDE and coat.max() <= 1 for coat in coats)
    shares = [float((coat > 0.3).mean()) for coat in coats]
    assert np.mean(np.array(shares) > 0) > 0.8 and max(shares) < 0.5
    again = Shapes(folder).coat(SIDE, np.random.default_rng(7))
    assert np.array_equal(again, coats[7])


def test_a_fifth_of_the_shapes_is_kept_for_measuring(folder: Path) -> None:
    learnt, kept = Shapes(folder), Shapes(folder, held_out=True)
    assert [path.stem for path in kept._sprites["hair"]] == ["04", "09"]
    assert len(learnt._sprites["hair"]) == 8
    assert not set(learnt._sprites["hair"]) & set(kept._sprites["hair"])
    assert [path.stem for path in kept._scans] == ["4"] and len(learnt._scans) == 4


def test_a_folder_without_shapes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no shapes"):
        Shapes(tmp_path)


def test_paper_is_torn_here_and_whole_there() -> None:
    shares = []
    for seed in range(60):
        coat = torn(SIDE, np.random.default_rng(seed))
        assert coat.coverage.shape == SIDE and coat.tone.shape == (*SIDE, 3)
        assert coat.coverage.dtype == coat.tone.dtype == np.float32
        assert coat.coverage.min() >= 0 and coat.coverage.max() <= 1
        shares.append(float((coat.coverage > 0.3).mean()))
    assert np.mean(np.array(shares) > 0.002) > 0.7
    assert np.median(shares) < 0.2 and max(shares) < 0.95

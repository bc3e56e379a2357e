"""Made-up damage is where it is said to be, and a network learns to find it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from restorer.degradation.scratch_network import WEIGHTS, load_finder
from restorer.engine.task import BUILTIN_MODEL
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training.damage import damaged
from restorer.training.pictures import find_pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.training.scratches import Examples, loss, measure, train
from tests.training.conftest import textured


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    for number in range(2):
        write_picture(Picture(textured(number, 96, 96)), tmp_path / f"{number}.png")
    return Recipe((str(tmp_path),), start=SCRATCH, steps=3, batch=2, crop=64, rate=1e-3)


def test_nothing_but_what_is_covered_changes_much() -> None:
    wall = np.full((96, 96, 3), 0.5, np.float32)
    shares = []
    for seed in range(40):
        file, coverage = damaged(wall, np.random.default_rng(seed))
        assert file.shape == wall.shape and file.dtype == np.float32
        assert file.min() >= 0 and file.max() <= 1 and coverage.min() >= 0 and coverage.max() <= 1
        shares.append((coverage > 0.3).mean())
        if coverage.max() > 0.9:
            plain = coverage < 0.01
            tone = np.median(file[plain], axis=0)
            hit = np.abs(file[coverage > 0.9] - tone).max(axis=1)
            assert np.median(hit) > 0.03
    assert 0.3 < np.mean(np.array(shares) == 0) < 0.75  # the unharmed, and what cannot be seen
    assert max(shares) < 0.6


def test_examples_are_a_function_of_seed_and_number(recipe: Recipe) -> None:
    files = find_pictures(recipe.folders)
    x, coverage = Examples(files, recipe).batch(1)
    assert x.shape == (2, 3, 64, 64) and coverage.shape == (2, 1, 64, 64)
    again = Examples(files, recipe)
    again.batch(0)
    assert torch.equal(again.batch(1)[0], x)


def test_the_loss_is_least_for_the_right_answer() -> None:
    coverage = torch.zeros(1, 1, 8, 8)
    coverage[..., 3] = 1.0
    coverage[..., 4] = 0.1  # neither answer is wrong
    right = 20 * (coverage - 0.5)
    either = right.clone()
    either[..., 4] = 10.0
    assert loss(right, coverage) < 1e-3
    assert torch.equal(loss(right, coverage), loss(either, coverage))
    assert loss(-right, coverage) > 1


@pytest.mark.parametrize("start", [SCRATCH, BUILTIN_MODEL])
def test_a_short_training_leaves_weights_that_load(
    recipe: Recipe, tmp_path: Path, start: str
) -> None:
    """In whatever shape it began."""
    recipe = replace(recipe, start=start)
    examples = Examples(find_pictures(recipe.folders), recipe)
    trained = train(examples, recipe, tmp_path)
    network = load_finder(tmp_path / WEIGHTS)
    assert tuple(network.config.channels) == tuple(trained.config.channels)
    kept, made = network.in_conv.weight, trained.in_conv.weight
    assert torch.allclose(kept, made, atol=1e-3)
    assert "recall" in measure(trained, examples, 2)

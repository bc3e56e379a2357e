"""Holes are what people have, and what counts is what is in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from restorer.diffusion.filling import FillingUNet
from restorer.engine.models import find_model
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training.by_the_clock import train
from restorer.training.filling import HoleCrops, starting_network
from restorer.training.hole_crops import FILLING, bin_of
from restorer.training.holes import KINDS, context, hole
from restorer.training.pictures import find_pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.training.refinement import measure
from tests.training.conftest import textured


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    for number in range(2):
        write_picture(Picture(textured(number, 96, 96)), tmp_path / f"{number}.png")
    shape = {"width": (16, 16), "blocks": (1,), "mid": 1}
    return Recipe((str(tmp_path),), start=SCRATCH, steps=3, batch=2, crop=64, rate=1e-3, **shape)


def test_every_kind_of_hole_is_made_and_leaves_something() -> None:
    seen = {}
    for seed in range(60):
        kind, missing = hole((96, 96), np.random.default_rng(seed))
        assert missing.shape == (96, 96) and 0 < missing.mean() < 0.95
        seen.setdefault(kind, []).append(missing.mean())
    assert set(seen) == set(KINDS)
    assert max(map(np.median, seen.values())) < 0.5


def test_deeper_holes_weigh_apart() -> None:
    thin, wide = np.zeros((64, 64), bool), np.zeros((64, 64), bool)
    thin[20:22], wide[10:40, 10:40] = True, True
    assert bin_of("marks", thin) < bin_of("marks", wide) < bin_of("points", thin)


def test_around_the_holes_there_may_be_grain_but_not_in_what_is_to_be_found() -> None:
    clean = np.full((64, 64, 3), 0.5, np.float32)
    seen = []
    for seed in range(30):
        truth, there = context(clean, np.random.default_rng(seed))
        assert np.ptp(truth, axis=(0, 1)).max() < 1e-3
        seen.append(float(there.std(axis=(0, 1)).max()))
    assert 0.2 < np.mean(np.array(seen) < 1e-3) < 0.8 and max(seen) > 5 / 255


def test_only_errors_in_the_holes_count(recipe: Recipe) -> None:
    batch = HoleCrops(find_pictures(recipe.folders), recipe).batch(0)
    assert torch.equal(batch.errors(batch.x0), torch.zeros(2))
    assert torch.equal(batch.errors(batch.x0 + 0.4 * (1 - batch.hole)), torch.zeros(2))
    off = batch.errors(batch.x0 + 0.4 * batch.hole)
    assert torch.allclose(off, torch.full((2,), 0.16), atol=1e-4)


def test_another_look_sees_the_answer_in_the_holes_alone(recipe: Recipe) -> None:
    batch = HoleCrops(find_pictures(recipe.folders), recipe).batch(0)
    answer = torch.full_like(batch.x0, 0.3)
    again = batch.next_round(answer)
    here = (batch.hole > 0).expand_as(batch.x0)
    assert torch.equal(again.guess[here], answer[here])
    assert torch.equal(again.guess[~here], batch.guess[~here])
    assert again.sigma < batch.sigma and (again.bins > batch.bins).all()
    assert torch.equal(again.next_round(answer).bins, again.bins)


def test_a_training_ends_with_a_model_that_is_recognised(recipe: Recipe, tmp_path: Path) -> None:
    crops = HoleCrops(find_pictures(recipe.folders), recipe)
    out = tmp_path / "out"
    out.mkdir()
    network = train(starting_network(recipe), crops.batch, crops.batch, FILLING, recipe, out)
    assert find_model(str(out)).kind == "filling"
    assert isinstance(network, FillingUNet)
    assert network.hole_conv.weight.abs().max() > 0  # the way in has been learnt
    said = measure(network, crops.batch, FILLING, 1)
    assert all(len(kind.split()) == 4 for kind in said.split(", "))  # the guess and two looks

"""Blurs are what people have, told as they are read; the network looks again at its answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from restorer.degradation.operators import Blur
from restorer.engine.models import find_model
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training import blurred_crops
from restorer.training.blurred_crops import KINDS, SHARPENING, example, kind_of
from restorer.training.by_the_clock import train
from restorer.training.pictures import find_pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.training.refinement import measure
from restorer.training.sharpening import BlurredCrops, starting_network
from tests.training.conftest import textured


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    for number in range(2):
        write_picture(Picture(textured(number, 128, 128)), tmp_path / f"{number}.png")
    shape = {"width": (16, 16), "blocks": (1,), "mid": 1}
    return Recipe((str(tmp_path),), start=SCRATCH, steps=3, batch=2, crop=64, rate=1e-3, **shape)


def made(count: int = 60) -> list[blurred_crops.Blurred]:
    pixels = np.rint(255 * textured(1, 128, 128)).astype(np.uint8)
    return [example(pixels, 64, np.random.default_rng(seed)) for seed in range(count)]


def test_every_kind_of_blur_is_made_and_told_by_its_width() -> None:
    examples = made()
    assert {kind_of(one.place) for one in examples} == set(KINDS)
    for one in examples:
        assert one.truth.shape == one.y.shape == (64, 64, 3)
        assert one.y.min() >= 0 and one.y.max() <= 1
        assert one.facts.blur == pytest.approx(Blur(one.kernel).width)
        assert 0.2 < one.facts.noise < 40 and not one.facts.quality
    widths = [one.facts.blur for one in examples]
    assert min(widths) < 0.9 and max(widths) > 2.5


def test_some_blurs_are_told_as_they_were_misread(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    kernel = blurred_crops.kernel_of("disc", 1.5, rng)
    readings = [blurred_crops.kernel_as_given("disc", 1.5, kernel, rng) for _ in range(100)]
    exact = [told for told, reading in readings if reading is None]
    assert 20 < len(exact) < 60 and all(told is kernel for told in exact)
    widths = np.array([Blur(told).width for told, reading in readings if reading is not None])
    assert 0.03 < np.log(widths / 1.5).std() < 0.2
    assert np.log(widths / 1.5).mean() < 0  # as narrower, since too wide does more harm


def test_another_look_sees_the_answer_agree_with_the_picture(recipe: Recipe) -> None:
    batch = BlurredCrops(find_pictures(recipe.folders), recipe).batch(0)
    again = batch.next_round(batch.x0)
    assert (again.sigma < batch.sigma).all() and (again.bins > batch.bins).all()
    assert torch.equal(again.next_round(batch.x0).bins, again.bins)
    assert torch.equal(again.y, batch.y)
    wrong = torch.full_like(batch.x0, -0.5)
    assert (batch.errors(batch.next_round(wrong).guess) < batch.errors(wrong)).all()
    assert torch.allclose(batch.errors(batch.x0 + 0.4), torch.full((2,), 0.16))


def test_a_training_ends_with_a_model_that_is_recognised(recipe: Recipe, tmp_path: Path) -> None:
    crops = BlurredCrops(find_pictures(recipe.folders), recipe)
    out = tmp_path / "out"
    out.mkdir()
    network = train(starting_network(recipe), crops.batch, crops.batch, SHARPENING, recipe, out)
    assert find_model(str(out)).kind == "sharpening"
    assert network.y_conv.weight.abs().max() > 0  # type: ignore[union-attr]
    said = measure(network, crops.batch, SHARPENING, 1)
    assert all(len(kind.split()) == 5 for kind in said.split(", "))  # picture, guess, two looks

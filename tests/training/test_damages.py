"""Made-up damage is what it says it is, and a function of its number."""

import io
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image

from restorer.degradation.facts import Facts
from restorer.diffusion.conditional import ConditionalUNet, from_prior
from restorer.training import damage_prior, damages
from restorer.training.damage_prior import Examples, Learner, Validation
from restorer.training.damages import Kind, damaged, enlarged, in_a_file
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.state import State
from tests.training.conftest import textured, tiny_network

SIDE = 96


def clean() -> np.ndarray:
    return textured(3, SIDE, SIDE)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_keeps_size_and_range_and_is_repeatable(kind):
    for seed in range(12):
        one, again = (damaged(clean(), np.random.default_rng(seed), {kind: 1.0}) for _ in "12")
        assert one.y.shape == one.truth.shape == clean().shape
        assert one.y.dtype == np.float32
        assert np.isfinite(one.y).all()
        assert (one.y == again.y).all()
        assert one.told == again.told
        assert one.kind == kind
        if kind != "noise":  # a camera makes a picture of its own
            assert (one.truth == clean()).all()


def test_shares_are_kept_to():
    kinds = [damaged(clean(), np.random.default_rng(n)).kind for n in range(300)]
    for kind, share in damages.SHARES.items():
        assert kinds.count(kind) / 300 == pytest.approx(share, abs=0.09)


def test_jpeg_is_a_real_file_and_the_quality_that_is_told():
    made = damages.encoded(clean(), 30, 2)
    file = io.BytesIO()
    Image.fromarray(damages.as_bytes(clean())).save(file, "JPEG", quality=30, subsampling=2)
    assert (made == np.asarray(Image.open(file), np.float32) / np.float32(255)).all()
    shifted = damages.encoded(clean(), 30, 2, shift=3)
    assert shifted.shape == made.shape
    steps = np.abs(np.diff(shifted.mean(axis=2), axis=0)).mean(axis=1)  # blocks begin at 5, 13, ...
    assert steps[4::8].mean() > 1.3 * np.delete(steps, np.s_[4::8]).mean()


def test_smaller_and_back_is_bicubic_as_pillow_does_it():
    small = in_a_file(damages.resampled(clean(), (SIDE // 2, SIDE // 2), "bicubic"))
    image = Image.fromarray(damages.as_bytes(small)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    ours = damages.as_bytes(enlarged(small, (SIDE, SIDE))).astype(int)
    assert np.abs(ours - np.asarray(image, int)).max() <= 1


def test_noise_is_as_strong_as_it_is_told_and_neighbours_share_it_if_so_told():
    grey = np.full((SIDE, SIDE, 3), 0.5, np.float32)
    for shared in (False, True):
        noise = damages.noisy(grey, 12.0, shared, np.random.default_rng(1)) - grey
        assert 255 * noise.std() == pytest.approx(12, rel=0.05)
        alike = np.corrcoef(noise[:, 1:, 0].ravel(), noise[:, :-1, 0].ravel())[0, 1]
        assert (float(alike) > 0.2) is shared


def test_a_blur_is_as_wide_as_it_is_told():
    """The variance of the kernel along an axis, read from a single bright point."""
    point = np.zeros((97, 97, 3), np.float32)
    point[48, 48] = 1
    along = np.arange(97) - 48
    for seed in range(20):
        spread, facts = damages._out_of_focus(point, np.random.default_rng(seed), 3.2)
        kernel = spread[..., 0] / spread[..., 0].sum()
        both = [(kernel.sum(axis) * along**2).sum() for axis in (0, 1)]
        if facts.shape == "motion":
            assert sum(both) / 2 == pytest.approx(facts.blur**2, rel=0.35, abs=0.3)
        else:
            assert both == pytest.approx([facts.blur**2] * 2, rel=0.15, abs=0.1)


def test_what_is_told_is_true_or_left_out():
    for seed in range(200):
        facts = Facts(quality=40, halved=True, blur=1.5, noise=6)
        told = damages._told(facts, np.random.default_rng(seed))
        assert told.quality in (0, 40)
        assert told.noise == 0 or 3 < told.noise < 12
        assert told.blur == 0 or 1 < told.blur < 2.3
    told = [damages._told(Facts(quality=40), np.random.default_rng(n)).known for n in range(400)]
    assert np.mean(told) == pytest.approx(0.75, abs=0.07)


@pytest.fixture
def examples(photos, recipe) -> Examples:
    recipe = replace(recipe, crop=32, batch=6)
    return Examples(Pictures(find_pictures([photos]), 64, 1 << 28, 0), recipe)


def test_examples_are_functions_of_their_number(examples):
    one, again = examples.batch(3), examples.batch(3)
    for left, right in zip(one, again, strict=True):
        assert torch.equal(left, right)
    assert not torch.equal(one.x0, examples.batch(4).x0)
    assert one.facts.shape == (6, Facts.COUNT)
    assert one.bins.max() < damage_prior._BINS


def test_asked_at_once_x_t_is_y(examples):
    at_once = others = 0
    for step in range(20):
        batch = examples.batch(step)
        scale = (1 + batch.sigma**2).rsqrt()[:, None, None, None]
        same = (batch.x_t - scale * batch.y).abs().amax(dim=(1, 2, 3)) < 1e-5
        assert torch.equal(same, batch.facts[:, -1] == 1)
        at_once, others = at_once + int(same.sum()), others + int((~same).sum())
    assert at_once / (at_once + others) == pytest.approx(0.8, abs=0.1)


def test_it_learns(examples, recipe, photos):
    network = from_prior(tiny_network(), Facts.COUNT)
    state = State(network, replace(recipe, crop=32, batch=6, average=0.9), torch.device("cpu"))
    learner, validation = Learner(state, None), Validation(find_pictures([photos]), side=64)
    assert isinstance(state.average.module, ConditionalUNet)
    before = validation.gains(state.average.module)
    network.train()
    for step in range(60):
        learner.learn(examples.batch(step), 5e-3)
    after = validation.gains(state.average.module)
    assert before.keys() == after.keys()
    assert np.mean(list(after.values())) > np.mean(list(before.values())) + 1

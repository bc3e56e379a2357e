"""Made-up damage is what it says it is, and a function of its number."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image

from restorer.degradation.facts import Facts
from restorer.diffusion.conditional import ConditionalUNet, from_prior
from restorer.engine.models import find_model
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training import damages
from restorer.training.checkpoint import saved_recipe
from restorer.training.damage_crops import DAMAGE_BINS, DamagedCrops, scene_side
from restorer.training.damage_validation import CASES
from restorer.training.damages import damaged, enlarged, in_a_file
from restorer.training.events import Milestone
from restorer.training.kinds import SHARES, Kind, shares
from restorer.training.log import read_log
from restorer.training.loop import train
from restorer.training.network import starting_network
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.state import Trunk
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
        assert one.stated == again.stated
        assert one.kind == kind
        if kind != "noise":  # a camera makes a picture of its own
            assert (one.truth == clean()).all()


def test_shares_are_kept_to():
    kinds = [damaged(clean(), np.random.default_rng(n), SHARES).kind for n in range(300)]
    for kind, share in SHARES.items():
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
        stated = damages._stated(facts, np.random.default_rng(seed))
        assert stated.quality in (0, 40)
        assert stated.noise == 0 or 3 < stated.noise < 12
        assert stated.blur == 0 or 1 < stated.blur < 2.3
    stated = [
        damages._stated(Facts(quality=40), np.random.default_rng(n)).known for n in range(400)
    ]
    assert np.mean(stated) == pytest.approx(0.67, abs=0.07)


@pytest.fixture
def large(tmp_path, recipe):
    """The recipe with pictures that have room for a margin."""
    folder = tmp_path / "large"
    folder.mkdir()
    for seed in range(6):
        write_picture(Picture(textured(seed, 96, 80)), folder / f"{seed}.png")
    return replace(recipe, folders=(str(folder),), crop=32, batch=6)


@pytest.fixture
def crops(large) -> Iterator[DamagedCrops]:
    recipe = replace(large, damage="jpeg,smaller,blur,noise,mix")
    pictures = Pictures(find_pictures(recipe.folders), scene_side(32), 1 << 28, 0)
    list(pictures.read())
    with ThreadPoolExecutor(2) as threads:
        yield DamagedCrops(pictures, recipe, "cpu", threads)


def test_a_step_is_a_function_of_its_number_and_the_sum_of_its_parts(crops):
    one, again = crops.batch(3), crops.batch(3)
    parts = [crops.batch(3, part, 2) for part in range(2)]
    for number, (left, right) in enumerate(zip(one, again, strict=True)):
        assert torch.equal(left, right)
        assert torch.equal(left, torch.cat([part[number] for part in parts]))
    assert not torch.equal(one.x0, crops.batch(4).x0)
    assert one.x0.shape == one.y.shape == (6, 3, 32, 32)
    assert one.facts.shape == (6, Facts.COUNT)
    assert one.bins.max() < DAMAGE_BINS.count


def test_asked_at_once_x_t_is_y(crops):
    at_once = others = 0
    for step in range(20):
        batch = crops.batch(step)
        scale = (1 + batch.sigma**2).rsqrt()[:, None, None, None]
        same = (batch.x_t - scale * batch.y).abs().amax(dim=(1, 2, 3)) < 1e-5
        assert torch.equal(same, batch.facts[:, -1] == 1)
        at_once, others = at_once + int(same.sum()), others + int((~same).sum())
    assert at_once / (at_once + others) == pytest.approx(0.8, abs=0.1)


def test_the_error_is_that_of_the_clean_picture(crops):
    batch = crops.batch(0)
    network = from_prior(tiny_network(), Facts.COUNT).eval()
    with torch.no_grad():
        v = batch.predict(Trunk(network))
        said = network(batch.x_t, batch.sigma, batch.y, batch.facts).x0
    expected = (said - batch.x0).square().mean(dim=(1, 2, 3))
    torch.testing.assert_close(batch.errors(v), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jpeg", {"clean": 0.05, "jpeg": 0.27}),
        ("jpeg=0.3, smaller=0.4,clean=0", {"clean": 0.0, "jpeg": 0.3, "smaller": 0.4}),
    ],
)
def test_kinds_in_words(text, expected):
    assert shares(text) == expected


@pytest.mark.parametrize("text", ["", "rain", "jpeg=x", "jpeg=-1", "jpeg=0,clean=0", "jpeg=inf"])
def test_words_that_are_no_kinds(text):
    with pytest.raises(BadInput):
        shares(text)


def test_a_whole_training_of_it(large, folder):
    """It learns, goes on after a stop, becomes a model with a card, and is where to go on from."""
    changes = {"steps": 60, "rate": 5e-3, "average": 0.9, "milestone_steps": 30}
    recipe = replace(large, damage="jpeg,blur=0.5", **changes)
    events = list(train(recipe, folder, device="cpu"))
    milestones = [event for event in events if isinstance(event, Milestone)]
    assert tuple(milestones[0].gains) == CASES
    assert not milestones[0].psnr
    assert events[-1].best.score > events[-1].before.score + 0.5
    info = find_model(str(folder.model))
    assert info.kind == "conditional"
    card = (folder.model / "README.md").read_text()
    assert f"{events[-1].best.gains['jpeg 10']:.2f}" in card
    assert "blur 0.5" in card
    rows = [row for row in read_log(folder.log) if "gain_x2" in row]
    assert [row["step"] for row in rows] == [0, 30, 60]
    more = replace(saved_recipe(folder), steps=61)
    assert more.damage == recipe.damage
    *_, end = train(more, folder, device="cpu", resume=True)
    assert end.best is not None
    onwards = replace(recipe, start=str(folder.model), steps=1)
    assert isinstance(starting_network(onwards), ConditionalUNet)
    with pytest.raises(BadInput, match="--damage"):
        starting_network(replace(onwards, damage=None))

"""Which blur lies over a picture, and that none is read where there is none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from restorer.cli.main import main
from restorer.degradation import blur
from restorer.degradation.blur import (
    DISCS,
    GAUSSIANS,
    BlurReading,
    likeliest_blur,
    predict,
    read_blur,
)
from restorer.degradation.estimate import estimate
from restorer.degradation.focus import read_partial_blur
from restorer.degradation.operators import Blur, disc, motion
from restorer.engine.proposal import propose
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.resources import resource_path
from restorer.training.blur import examples_of, measure, train
from tests.degradation.pictures import Pixels, as_file, as_jpeg

SAMPLES = ["cat.png", "church.webp", "panda.webp", "portrait.png", "rocket.jpg"]


@cache
def sample(name: str) -> Pixels:
    """The middle of a bundled photograph."""
    pixels = read_picture(resource_path("samples", name)).pixels
    top, left = (max(0, side - 200) // 2 for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top:, left:][:200, :200])


def blurred(picture: Pixels, width: float) -> Pixels:
    return gaussian_filter(picture, (width, width, 0))


def through(picture: Pixels, kernel: torch.Tensor) -> Pixels:
    x = torch.from_numpy(picture).permute(2, 0, 1)[None]
    return Blur(kernel).forward(x)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("name", SAMPLES)
def test_sharp_photographs_are_sharp(name: str) -> None:
    sharp = sample(name)
    files = (
        sharp,
        as_file(sharp, 5),
        as_jpeg(as_file(sharp, 7), 75),
        as_file(blurred(sharp, 0.5), 0),
    )
    assert [read_blur(file) for file in files] == [None] * len(files)


@pytest.mark.parametrize(("chance", "sure"), [(0.55, None), (0.65, False), (0.9, True)])
def test_what_may_be_a_blur_is_told_and_not_undone(
    monkeypatch: pytest.MonkeyPatch, chance: float, sure: bool | None
) -> None:
    chances = np.zeros(1 + len(GAUSSIANS) + len(DISCS))
    chances[0], chances[4] = 1 - chance, chance
    monkeypatch.setattr(blur, "predict", lambda *_: (chances, 0.5))
    found = read_blur(sample("church.webp"))
    assert (None if found is None else found.sure) == sure
    seen = estimate(sample("church.webp"))
    assert seen.soft == (pytest.approx(GAUSSIANS[3]) if sure is False else 0)
    assert (seen.blur is not None) == bool(sure)


@pytest.mark.parametrize("name", ["cat.png", "church.webp", "portrait.png"])
@pytest.mark.parametrize("width", [1.6, 2.5])
def test_how_wide_a_blur_is_and_how_much_noise_came_after_it(name: str, width: float) -> None:
    """Noise beneath a JPEG too, which leaves nothing of it where the blur would show it."""
    soft = blurred(sample(name), width)
    for noise, file in (
        (0, as_file(soft, 0)),
        (4, as_file(soft, 4)),
        (7, as_jpeg(as_file(soft, 7), 75)),
    ):
        read = read_blur(file)
        assert read is not None
        assert read.width == pytest.approx(width, rel=0.2)
        assert read.noise == pytest.approx(noise, rel=0.3, abs=0.5)


def test_a_lens_out_of_focus_is_told_from_a_gaussian() -> None:
    read = read_blur(as_file(through(sample("church.webp"), disc(3.0)), 1))
    assert read is not None and read.disc
    assert read.width == pytest.approx(1.5, rel=0.06)


def test_doubt_is_what_two_neighbouring_widths_do_not_explain() -> None:
    """Chances of discs; that it may be a Gaussian adds to the doubt."""

    def doubt(chances: dict[int, float], gaussian: float = 0.0) -> float:
        every = np.zeros(1 + len(GAUSSIANS) + len(DISCS))
        every[1] = gaussian
        for place, chance in chances.items():
            every[1 + len(GAUSSIANS) + place] = chance
        return likeliest_blur(every, 1.0).doubt

    step = float(np.log(DISCS[1] / DISCS[0]))
    assert doubt({3: 1.0}) == doubt({3: 0.7, 4: 0.3}) == pytest.approx(0.02)
    assert doubt({2: 0.5, 4: 0.5}) == pytest.approx(step)
    assert doubt({3: 0.75}, gaussian=0.25) == pytest.approx(np.hypot(0.02, 0.075))


def test_what_moved_and_what_is_only_partly_blurred_is_left() -> None:
    church = sample("church.webp")
    assert read_blur(as_file(through(church, motion(9, 30)), 1)) is None
    half = blurred(church, 2)
    half[:, 100:] = church[:, 100:]
    assert read_blur(as_file(half, 1)) is None


def test_nothing_to_tell_from() -> None:
    assert read_blur(np.full((100, 100, 3), 0.5, np.float32)) is None
    assert read_blur(as_file(np.full((100, 100, 3), 0.5, np.float32), 8)) is None
    for size in [(1, 1), (5, 300), (63, 90)]:
        assert read_blur(np.zeros((*size, 3), np.float32)) is None


def test_a_large_picture_is_read_where_its_edges_are() -> None:
    large = np.full((500, 620, 3), 0.5, np.float32)
    large[250:450, 400:600] = sample("church.webp")
    assert read_blur(as_file(large, 0)) is None
    read = read_blur(as_file(blurred(large, 2), 0))
    assert read is not None and read.width == pytest.approx(2, rel=0.15)


def test_a_picture_that_is_sharp_in_its_middle_alone_does_not_look_clean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sharp = read_picture(resource_path("samples", "church.webp")).pixels[:288, :288]
    away = np.hypot(*(np.indices(sharp.shape[:2]) - 144))
    middle = np.clip((away - 34) / 10, 0, 1)[..., None]
    file = as_file((sharp * (1 - middle) + blurred(sharp, 2.5) * middle).astype(np.float32), 0)
    assert read_partial_blur(sharp) is None
    assert read_partial_blur(file[:150]) is None  # too small to have parts
    partial = read_partial_blur(file)
    assert partial is not None and partial.share == pytest.approx(8 / 9, abs=0.13)
    came, out = tmp_path / "came.png", tmp_path / "out.png"
    write_picture(Picture(file), came)
    assert main(["restore", str(came), "-o", str(out)]) == 0
    assert "Also found: much of it blurred (sharp: middle)." in capsys.readouterr().out
    assert propose(estimate(file), None).headline == "Much of it blurred"


def test_bars_are_blurred_with_the_picture_or_it_is_left() -> None:
    soft = np.pad(blurred(sample("church.webp"), 2), ((60, 60), (0, 0), (0, 0)))
    assert read_blur(as_file(soft, 0)) is None
    barred = blurred(np.pad(sample("church.webp"), ((60, 60), (0, 0), (0, 0))), 2)
    read = read_blur(as_file(barred, 0))
    assert read is not None and read.width == pytest.approx(2, rel=0.15)


def test_the_network_learns_and_numpy_says_what_torch_says() -> None:
    path = resource_path("samples", "church.webp")
    some = examples_of(path, 1, each=8, seed=0)
    assert {0, 1, 2} == set(some.kinds)
    chances = some.chances()
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    assert (chances[some.kinds == 0, 0] == 1).all()
    network = train(some, steps=120, batch=8, seed=0)
    weights = network.weights()
    with torch.no_grad():
        said = network(torch.from_numpy(some.seen))
    learnt = []
    for seen, right, one in zip(some.seen, chances, said, strict=True):
        likely, noise = predict(seen, weights)
        np.testing.assert_allclose(likely, one[:-1].softmax(0).numpy(), atol=1e-4)
        assert noise == pytest.approx(float(one[-1].exp()), rel=1e-3)
        learnt.append(likely @ right)
    assert np.mean(learnt) > 4 / len(chances[0])  # where four times as likely as by chance
    assert "without a blur" in measure(weights, some)


@pytest.mark.parametrize(("width", "told"), [(3.5, True), (3.7, False)])
def test_the_widest_blurs_are_left(
    width: float, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blur, "likeliest_blur", lambda *_: BlurReading(width))
    assert (read_blur(sample("church.webp")) is not None) == told


@pytest.mark.parametrize(("step", "framed"), [(0.63, False), (0.67, True)])
@pytest.mark.parametrize("flip", [False, True])
def test_an_edge_of_a_bar_is_sharp_where_most_of_it_is_in_one_pixel(
    step: float, framed: bool, flip: bool
) -> None:
    pixels = np.zeros((40, 40, 3), np.float32)
    pixels[10] = step
    pixels[11:] = 1
    rows = slice(10, 40)
    if flip:
        pixels, rows = pixels[::-1], slice(0, 30)
    assert blur._framed_after(pixels, (rows, slice(0, 40))) == framed

"""Waves over a picture: found where they are everywhere, told, and taken off."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.degradation import scratches
from restorer.degradation.estimate import estimate
from restorer.degradation.stripes import read_stripes, without
from restorer.degradation.waves import read_waves
from restorer.diffusion.metrics import psnr
from restorer.engine.proposal import propose
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.drawings import modules
from tests.degradation.pictures import as_jpeg


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return read_picture(resource_path("samples", "cat.png")).pixels[:300, :400]


def waved(pixels: np.ndarray, *waves: tuple[float, float, float]) -> np.ndarray:
    """With waves of an amplitude (0-255 scale), and so many cycles a pixel down and across."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    more = sum(a / 255 * np.sin(1 + 2 * np.pi * (d * y + c * x)) for a, d, c in waves)
    return (np.rint((pixels + np.asarray(more)[..., None]).clip(0, 1) * 255) / 255).astype("f")


@pytest.mark.parametrize(
    "waves", [[(10, 0.113, 0.231)], [(4, -0.31, 0.12)], [(8, 0.2, 0.2), (6, -0.2, 0.2)]]
)
def test_waves_are_found_and_taken_off(
    photo: np.ndarray, waves: list[tuple[float, float, float]]
) -> None:
    y = waved(photo, *waves)
    stripes = read_stripes(y)
    found = sorted((wave.down, wave.across) for wave in stripes.waves)
    assert np.allclose(found, sorted(wave[1:] for wave in waves), atol=2e-4)
    assert stripes.level == pytest.approx(sum(a**2 / 2 for a, *_ in waves) ** 0.5, rel=0.1)
    assert psnr(without(y, stripes), photo) > psnr(y, photo) + 8


def test_they_are_proposed_in_words(photo: np.ndarray) -> None:
    proposal = propose(estimate(waved(photo, (10, 0.113, 0.231))), None)
    assert proposal.steps == ("destripe",)
    assert proposal.sentence.startswith("Slanting stripes of 7/255 all over the picture: take off")


def test_scratches_are_looked_for_beneath_them(
    photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []
    monkeypatch.setattr(
        scratches, "scratch_odds", lambda pixels: seen.append(pixels) or np.zeros(pixels.shape[:2])
    )
    y = waved(photo, (18, 0.043, 0.11))
    scratches.search(y)
    scratches.search(photo)
    assert psnr(seen[0], photo) > psnr(y, photo) + 8
    assert seen[1] is photo


def test_what_is_in_one_place_bends_or_is_all_there_is_stays(photo: np.ndarray) -> None:
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]]
    some = photo.copy()
    some[:, 200:] = waved(photo, (20, 0.2, 0.15))[:, 200:]
    assert read_waves(some) == ()
    bent = 20 / 255 * np.sin(2 * np.pi * (0.12 * y + 0.1 * x + 2e-4 * x * y))
    assert read_waves((photo + bent[..., None]).clip(0, 1).astype(np.float32)) == ()
    weave = 0.5 + 0.1 * ((y // 3 + x // 3) % 2) + 0.01 * np.random.default_rng(0).random(y.shape)
    assert read_waves(np.repeat(weave[..., None], 3, 2).astype(np.float32)) == ()
    assert read_waves(photo[:40]) == ()


def test_the_loops_of_a_knitted_thing_are_no_waves() -> None:
    """They stand out as plainly and lie everywhere, but it has more detail at their rims."""
    y, x = np.mgrid[:288, :288] / 9.3
    side = x % 1 - 0.5
    rise = y - np.abs(side) * 1.2
    loops = np.sqrt(np.clip(1 - (2.1 * (rise % 1 - 0.5)) ** 2, 0, 1)) * (1 - side**2)
    lit = 0.45 + 0.2 * np.sin(np.mgrid[:288, :288][0] // 36 * 2.4)
    picture = np.float32([0.5, 0.6, 0.9]) * (lit * (0.4 + loops))[..., None].astype(np.float32)
    assert read_waves(picture) == ()


def test_what_repeats_itself_in_a_drawing_is_no_wave() -> None:
    codes = modules()
    y, x = np.mgrid[: codes.shape[0], : codes.shape[1]]
    hatched = codes - np.float32(0.1) * ((x + 2 * y) % 8 < 4)[..., None]
    page = as_jpeg(hatched.clip(0, 1), 90)
    assert read_waves(page)
    assert estimate(page).waves == 0

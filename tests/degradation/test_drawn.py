"""What is drawn, dithered or of a palette is left alone; noise on it is not."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.degradation.dots import are_dots, is_drawn, of_few_tones
from restorer.degradation.drawn import few_colours, in_few_tones, is_flat
from restorer.degradation.estimate import estimate, with_scratches
from restorer.degradation.flat_areas import most_noise
from restorer.degradation.noise import read_noise
from restorer.degradation.scratches import PLAIN, count_scratches, mask_from_odds, scratch_odds
from restorer.engine.proposal import propose
from tests.degradation.drawings import cartoon, levels, modules, one_bit, palette, print_dots
from tests.degradation.pictures import as_file, as_jpeg, grey, scene, three

FEW = {  # and how many
    "one bit": (one_bit(), 2),
    "256 colours": (palette(256, dither=False), None),
    "64 colours, dithered": (palette(64, dither=True), None),
    "16 colours": (palette(16, dither=False), 16),
    "cartoon": (cartoon(), None),
    "squares": (modules(), 2),
    "levels": (levels(8), None),
    "grey levels": (np.rint(15 * three(grey(scene()))) / np.float32(15), None),
}


@pytest.mark.parametrize("name", FEW)
def test_a_picture_of_few_colours_is_left_alone(name: str) -> None:
    picture, count = FEW[name]
    there = len(np.unique(np.rint(255 * picture).reshape(-1, 3), axis=0))
    assert few_colours(picture) == there and count in (None, there)
    found, marks = with_scratches(estimate(picture), picture)
    assert (found.noise, found.clean, found.colours, found.scratches) == (0, True, there, 0)
    assert not marks.any() and found.blocks is found.blur is found.camera is None


@pytest.mark.parametrize("level", [2.5, 5, 15, 50])
def test_noise_on_a_drawing_is_seen(level: float) -> None:
    for clean in (cartoon(), cartoon(4), modules(9) * 0.6 + 0.2):
        found = estimate(as_file(clean, level))
        assert found.colours is None
        assert found.noise == pytest.approx(level, rel=0.25) and not found.clean


def test_photographs_are_not_of_few_colours() -> None:
    one = grey(scene())
    sepia = as_file(0.9 * one, 0) * np.array([1, 0.9, 0.75], np.float32)
    stretched = 3 * np.rint(80 * three(one)) / 255
    noisy = as_file(np.full((90, 120, 3), 0.5, np.float32), 2.5)
    black = as_file(np.zeros((90, 120, 3), np.float32), 2.5)
    still = np.random.default_rng(0).integers(126, 131, (90, 120, 3)) / np.float32(255)
    assert len(np.unique(still.reshape(-1, 3), axis=0)) == 125  # few, but next to one another
    photographs = (as_file(scene(), 0), as_file(three(one), 0), sepia, stretched, noisy, black)
    for picture in (*photographs, still):
        assert few_colours(np.rint(255 * picture) / np.float32(255)) is None
    assert few_colours(np.float32(scene() / 16)) is None  # more than 8 bits
    assert few_colours(modules(1)[4:7, 4:7]) is None  # too small to tell


def test_edges_of_a_drawing_are_no_noise() -> None:
    ramp = np.linspace(0, 0.2, 320, dtype=np.float32)[:, None]
    drawn = as_file(0.75 * cartoon(4) + ramp, 0)
    assert few_colours(drawn) is None
    assert most_noise(drawn) == 0
    assert estimate(drawn).clean and estimate(drawn).noise == 0


@pytest.mark.parametrize("level", [2.5, 5, 25])
def test_quiet_places_show_all_of_the_noise(level: float) -> None:
    file = as_file(scene(), level)
    assert 0.95 * read_noise(file).std < most_noise(file)
    assert most_noise(as_file(cartoon(4), level)) == pytest.approx(level, rel=0.15, abs=0.2)


def test_noise_is_seen_beside_burnt_out_sky() -> None:
    for sky in (0.0, 0.4, 1.0):
        picture = scene()
        picture[:120] = sky
        file = as_file(picture, 10)
        file[:100] = sky
        assert estimate(file).noise == pytest.approx(10, rel=0.1)


def test_too_small_to_bound() -> None:
    assert most_noise(np.random.default_rng(0).random((2, 2, 3)).astype(np.float32)) == np.inf


DOTS = {"print": print_dots, "dither": one_bit, "squares": modules}


@pytest.mark.parametrize("quality", [85, 95])
@pytest.mark.parametrize("name", DOTS)
def test_dots_that_a_jpeg_has_spread_are_left_alone(name: str, quality: int) -> None:
    file = as_jpeg(DOTS[name](), quality)
    found, marks = with_scratches(estimate(file), file)
    assert found.clean and found.noise < 2.5 and not marks.any()
    assert are_dots(file, 30, camera=False)


def test_dots_with_smooth_edges_are_told() -> None:
    found = estimate(print_dots())
    assert found.drawn and found.dots != (found.colours is not None)


@pytest.mark.parametrize("level", [3, 15, 50])
def test_noise_is_no_dots(level: float) -> None:
    for clean in (scene(), three(grey(scene())), np.full((90, 120, 3), 0.5, np.float32)):
        for camera in (False, True):
            assert not are_dots(as_file(clean, level), level, camera)
    assert not are_dots(as_file(modules(9) * 0.6 + 0.2, level), level, camera=False)
    assert not are_dots(np.zeros((3, 300, 3), np.float32), level, camera=False)


def test_lines_of_a_flat_drawing_are_no_scratches() -> None:
    ramp = np.linspace(0, 0.2, 320, dtype=np.float32)[:, None]
    drawn = as_file(0.75 * cartoon(4) + ramp, 0)
    assert few_colours(drawn) is None and is_flat(drawn)
    found, marks = with_scratches(estimate(drawn), drawn)
    assert found.scratches == 0 and not marks.any()
    proposal = propose(found, None)
    assert (proposal.headline, proposal.steps) == ("Drawn or printed", ())
    assert proposal.sentence == "Made of few tones, as text, drawings and maps are."
    assert not estimate(as_file(scene(), 0)).drawn
    for photo in (scene(), three(grey(scene()))):
        assert not is_flat(as_file(photo, 0))
    assert not is_flat(as_file(cartoon(), 2.5)) and not is_flat(np.zeros((2, 2, 3), np.float32))


@pytest.mark.parametrize("quality", [75, 90])
def test_lines_of_a_drawing_in_a_jpeg_are_no_scratches(quality: int) -> None:
    page = cartoon(4, 8)
    page[100:108, 20:200] = page[40:200, 250:256] = 0.98  # as bars and frames of a screenshot
    file = as_jpeg(as_file(page, 0), quality)
    assert not is_flat(file) and in_few_tones(file, grey=False)
    found, marks = with_scratches(estimate(file), file)
    assert count_scratches(mask_from_odds(scratch_odds(file), PLAIN, file.shape[:2])) > 0
    assert found.scratches == 0 and not marks.any()


def test_photographs_are_in_many_tones_also_grey_and_faded_ones() -> None:
    for clean in (scene(), 0.35 + 0.3 * scene()):
        assert not in_few_tones(as_jpeg(as_file(clean, 0), 85), grey=False)
        assert not in_few_tones(as_jpeg(as_file(three(grey(clean)), 0), 85), grey=True)
    codes = as_jpeg(modules(), 85)
    assert in_few_tones(codes, grey=True)
    assert in_few_tones(0.4 + 0.2 * codes, grey=True)  # faded


def test_the_rim_of_a_print_is_no_drawing() -> None:
    photo = 0.35 + 0.3 * scene()
    rim = [(side // 3, side // 3) for side in photo.shape[:2]]
    print_ = as_jpeg(as_file(np.pad(photo, (*rim, (0, 0)), constant_values=0.96), 0), 90)
    assert of_few_tones(print_, 0, grey=False) and not is_drawn(print_, 0, grey=False)
    page = np.pad(as_jpeg(modules(), 85), (*rim, (0, 0)), constant_values=0.96)
    assert is_drawn(page, 0, grey=True) and is_drawn(page[50:-50], 0, grey=True)

"""Scratches drawn by us are found; pictures without are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy.ndimage import binary_dilation

from restorer.degradation import scratch_network, scratches
from restorer.degradation.scratches import (
    PLAIN,
    SENSITIVITY,
    ScratchDetection,
    count_scratches,
    find_scratches,
    is_plain,
    mask_from_odds,
    scratch_odds,
)
from restorer.errors import BadInput
from restorer.imaging.marks import read_marks
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file, scene


def scratched(clean: Pixels, value: float) -> tuple[Pixels, Pixels]:
    """Three scratches and a speck of this brightness, and where they lie."""
    image = Image.new("L", (clean.shape[1], clean.shape[0]))
    draw = ImageDraw.Draw(image)
    for line in ((20, 30, 290, 70), (60, 10, 75, 160), (120, 140, 260, 50)):
        draw.line(line, 255, 2)
    where = np.asarray(image) > 0
    return np.where(where[..., None], np.float32(value), clean), where


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_scratches_are_found_and_little_else(value: float) -> None:
    calm = 0.4 + 0.15 * scene(0, 180, 320)
    damaged, where = scratched(as_file(calm, 3), value)
    found = find_scratches(damaged)
    assert found.shape == where.shape and found.dtype == bool
    assert (found & where).sum() > 0.8 * where.sum()
    assert (found & binary_dilation(where, iterations=4)).sum() > 0.8 * found.sum()


def test_nothing_is_found_where_nothing_is() -> None:
    assert not find_scratches(np.full((90, 120, 3), 0.5, np.float32)).any()
    assert not find_scratches(as_file(np.full((90, 120, 3), 0.5, np.float32), 10)).any()
    assert not is_plain(scratch_odds(as_file(np.full((90, 120, 3), 0.5, np.float32), 25)))
    assert find_scratches(as_file(scene(), 0)).mean() < 0.002
    assert not find_scratches(np.zeros((3, 500, 3), np.float32)).any()


def test_more_sensitive_marks_more() -> None:
    damaged, _ = scratched(as_file(0.4 + 0.15 * scene(0, 180, 320), 3), 0.85)
    shares = [find_scratches(damaged, s).mean() for s in (0.0, 0.5, 1.0)]
    assert shares == sorted(shares) and shares[0] < shares[-1]
    with pytest.raises(BadInput):
        find_scratches(damaged, 1.5)


def test_a_large_picture_gets_a_mask_of_its_size() -> None:
    with Image.open(resource_path("samples", "church.webp")) as image:
        large = image.convert("RGB").resize((1403, 1301))
    lines = Image.new("L", large.size)
    ImageDraw.Draw(lines).line((200, 560, 1200, 660), 255, 6)
    where = np.asarray(lines) > 0
    pixels = np.where(where[..., None], 0.95, np.asarray(large, np.float32) / 255)
    found = find_scratches(pixels.astype(np.float32))
    assert found.shape == (1301, 1403)
    assert found[where].mean() > 0.9 and found.mean() < 0.02


@pytest.mark.parametrize(("width", "tone"), [(2, 0.95), (4, 0.05), (4, 0.95), (6, 0.05), (6, 0.95)])
def test_lines_on_photographs_and_paintings_are_found(width: int, tone: float) -> None:
    for name in ("church.webp", "panda.webp", "rocket.jpg"):
        clean = read_picture(resource_path("samples", name)).pixels[:320, :384]
        lines = Image.new("L", (clean.shape[1], clean.shape[0]))
        draw = ImageDraw.Draw(lines)
        for line in ((30, 20, 350, 260), (200, 0, 205, 319), (20, 290, 370, 180)):
            draw.line(line, 255, width)
        where = np.asarray(lines) > 0
        odds = scratch_odds(np.where(where[..., None], np.float32(tone), clean))
        assert count_scratches(mask_from_odds(odds, PLAIN, where.shape)) >= 1
        found = mask_from_odds(odds, SENSITIVITY, where.shape)
        assert (found & where).sum() > 0.7 * where.sum()
        near = binary_dilation(where, iterations=4)
        assert (found & near).sum() > 0.85 * found.sum()


@pytest.mark.parametrize("name", ["cat.png", "church.webp", "panda.webp", "portrait.png"])
def test_pictures_without_scratches_are_left_alone(name: str) -> None:
    odds = scratch_odds(clean := read_picture(resource_path("samples", name)).pixels)
    assert not is_plain(odds)
    assert mask_from_odds(odds, SENSITIVITY, clean.shape[:2]).mean() < 0.01


def test_the_same_twice() -> None:
    pixels = read_picture(resource_path("samples", "cat.png")).pixels[:150, :203]
    assert np.array_equal(scratch_odds(pixels), scratch_odds(pixels.copy()))


def test_as_many_are_counted_as_will_be_filled() -> None:
    """Where one is plain, what is less plain of the others is filled too, and so told."""
    odds = np.full((200, 200), -12.0, np.float32)
    odds[20:26, 10:110] = 11.0
    odds[60:66, 10:110] = 5.0
    odds[100:106, 10:110] = 5.0
    odds[150:153, 150:153] = 5.0  # a speck
    nothing = np.zeros((200, 200), bool)
    assert ScratchDetection(nothing, odds).count == 4
    assert (
        len(read_marks(ScratchDetection(nothing, odds).marked(SENSITIVITY))) == 4
    )  # of as many one walks
    dust = nothing.copy()
    dust[66:72, 100:112] = True  # it touches a line, and goes on
    dust[180:182, 20:22] = True
    assert ScratchDetection(nothing, odds, dust).count == 5
    unsure = ScratchDetection(nothing, np.minimum(odds + 2, 7))
    assert (unsure.count, unsure.perhaps) == (0, 4)
    assert ScratchDetection(nothing, np.minimum(odds, 5)).perhaps == 0


def test_several_marks_nearly_beyond_doubt_are_plain_and_three_are_not() -> None:
    """Log odds of 9 for a large one, 8 for four specks: fewer is what clean pictures have."""
    odds = np.full((387, 387), -12.0, np.float32)
    for number in range(4):
        odds[40 * number : 40 * number + 4, 100:104] = 8.2
    assert is_plain(odds)
    assert not is_plain(odds - 0.3)
    odds[:4] = -12
    assert not is_plain(odds)
    odds[300:304, 20:120] = 9.1
    assert is_plain(odds)
    assert not is_plain(np.where(odds > 9, np.float32(8.9), np.float32(-12)))


def test_a_broad_mark_has_to_be_sure_as_a_whole() -> None:
    """Bright sky is taken for a lost corner here and there."""
    odds = np.full((387, 387), -12.0, np.float32)
    odds[:60, :60] = 5.0
    odds[200:206, :300] = 2.2
    odds[200:206, :9] = 4.5
    assert mask_from_odds(odds, SENSITIVITY, odds.shape)[:60, :60].all()
    odds[:60, :60] = 3.0
    odds[:6, :60] = 6.0
    found = mask_from_odds(odds, SENSITIVITY, odds.shape)
    assert not found[10:55, 10:55].any()
    assert found[200:206, :300].all()  # a line may fade


def test_what_is_too_large_to_be_known_is_not_filled_unasked() -> None:
    """A wall in a blurred picture was taken for a lost corner and filled with what is around it."""
    odds = np.full((387, 387), -12.0, np.float32)
    odds[300:306, 20:220] = 12.0
    line = ScratchDetection(np.zeros(odds.shape, bool), odds)
    wall = ScratchDetection(line.hit, odds.copy())
    wall.odds[:60, 100:160] = 4.4
    assert wall.marked(SENSITIVITY)[:60, 100:160].all()
    assert wall.count == line.count == 1
    assert np.array_equal(wall.marked(SENSITIVITY, unasked=True), line.marked(SENSITIVITY))
    wall.odds[:60, 100:160] = 12.0  # torn off for sure, as the picture is damaged anyway
    wall = ScratchDetection(line.hit, wall.odds)
    assert wall.count == 2 and wall.marked(SENSITIVITY, unasked=True)[:60, 100:160].all()
    wall.odds[60:160, 100:360] = 12.0  # too much of the picture
    wall = ScratchDetection(line.hit, wall.odds)
    assert np.array_equal(wall.marked(SENSITIVITY, unasked=True), line.marked(SENSITIVITY))
    wall.odds[60:160, 100:360] = wall.odds[300:306] = -12.0
    alone = ScratchDetection(line.hit, wall.odds)
    assert alone.count == 0 and alone.perhaps == 1


def test_what_is_seen_at_two_scales_is_surer_and_what_is_wide_counts_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upright, enlarged = np.full((2, 100, 100), -12.0, np.float32)
    upright[10], enlarged[10] = 3.0, 1.5  # a hairline, in neither sure for itself
    upright[50:60], enlarged[50:60] = 8.0, -10.0
    upright[80] = 4.5
    monkeypatch.setattr(scratches, "_seen", lambda _: upright)
    monkeypatch.setattr(scratches, "log_odds", lambda *_, enlarged: views[enlarged])
    views = {2: enlarged}
    odds = scratch_odds(np.full((100, 100, 3), 0.5, np.float32))
    found = mask_from_odds(odds, SENSITIVITY, odds.shape)
    assert found[10].all() and found[50:60].all() and not found[80].any()


def alike(said: Pixels, enlarged: int) -> Pixels:
    """Log odds of a look at a picture enlarged so often, by which both say the same."""
    return said if enlarged == 1 else said - np.float32(6.6)


def test_bars_around_a_picture_are_not_torn(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[tuple[int, ...]]()

    def torn(pixels: Pixels, enlarged: int = 1) -> Pixels:
        seen.append(pixels.shape)
        return alike(np.full(pixels.shape[:2], 20, np.float32), enlarged)

    monkeypatch.setattr(scratches, "log_odds", torn)
    pixels = as_file(scene(), 3)
    height, width, _ = pixels.shape
    boxed = np.pad(pixels, ((30, 20), (0, 9), (0, 0)), constant_values=0.02)
    boxed[:, -9:] += 0.01 * np.random.default_rng(0).standard_normal((height + 50, 9, 3))
    odds = scratch_odds(boxed.astype(np.float32))
    assert seen[0] == pixels.shape
    assert (odds[30 : 30 + height, :width] == 20).all()
    assert odds[:30].max() == odds[30 + height :].max() == odds[:, width:].max() < 0
    boxed[10, 50:53] = 0.5  # a scratch on the bar
    assert scratch_odds(boxed)[10, 50] == 20


def test_lines_of_a_film_are_looked_at_askew_too() -> None:
    """Exactly along a side the network takes them for bars; turned a little it does not."""
    pixels = read_picture(resource_path("samples", "church.webp")).pixels[:320, :384].copy()
    lines = [(60, 2), (171, 1), (300, 3)]
    for left, width in lines:
        pixels[:, left : left + width] = 0.95
    upright, odds = scratch_network.log_odds(pixels), scratch_odds(pixels)
    assert (odds >= upright).all()
    gains = [float((odds - upright)[20:-20, left].mean()) for left, _ in lines]
    assert max(gains) > 1, gains


@pytest.mark.parametrize(
    ("colour", "width", "less"),
    [
        ((0.3, 0.5, 0.3), 20, True),
        ((0.5, 0.7, 0.9), 20, True),
        ((0.9, 0.85, 0.8), 20, False),
        ((0.3, 0.5, 0.3), 5, False),
    ],
    ids=["leaf", "sky", "paper", "line on film"],
)
def test_what_has_no_colour_of_paper_must_be_surer(
    colour: tuple[float, ...], width: int, less: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.random.default_rng(0).uniform(0.2, 0.6, (200, 200, 1)).repeat(3, 2)
    place = slice(60, 60 + width), slice(40, 160)
    pixels[place] = colour
    said = np.full((200, 200), -8, np.float32)
    said[place] = 9.5
    monkeypatch.setattr(scratches, "log_odds", lambda _, enlarged=1: alike(said, enlarged))
    monkeypatch.setattr(scratches, "_seen", lambda _: said)
    odds = scratch_odds(pixels.astype(np.float32))
    assert float(odds[70 if width > 10 else 62, 100]) == (4.5 if less else 9.5)
    assert is_plain(odds) != less

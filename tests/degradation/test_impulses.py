"""Hit pixels: found where they are, and only there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from restorer.degradation.drawn import few_colours
from restorer.degradation.impulses import find_impulses, without
from restorer.diffusion.metrics import psnr
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.drawings import modules, one_bit, palette

SAMPLES = sorted(
    path for path in resource_path("samples").iterdir() if path.suffix in {".png", ".jpg", ".webp"}
)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    pixels = read_picture(resource_path("samples", "cat.png")).pixels
    return np.ascontiguousarray(pixels[40:296, 40:296])


def in_8_bits(pixels: np.ndarray) -> np.ndarray:
    return (np.rint(np.clip(pixels, 0, 1) * 255) / 255).astype(np.float32)


def given_palette(pixels: np.ndarray, colours: int) -> np.ndarray:
    image = Image.fromarray(np.uint8(in_8_bits(pixels) * 255 + 0.5)).quantize(colours)
    return np.asarray(image.convert("RGB"), np.float32) / np.float32(255)


def hit(pixels: np.ndarray, kind: str, share: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    y, where = pixels.copy(), rng.random(pixels.shape[:2]) < share
    if kind == "salt and pepper":
        y[where] = rng.integers(0, 2, (where.sum(), 1))
    elif kind == "any value":
        y[where] = rng.random((where.sum(), 3))
    else:  # one channel of a sensor, far too bright
        rows, columns = np.nonzero(where)
        channels = rng.integers(0, 3, len(rows))
        y[rows, columns, channels] += rng.uniform(0.3, 0.9, len(rows))
    return in_8_bits(y), where


@pytest.mark.parametrize(
    ("kind", "share", "recall", "gain"),
    [
        ("salt and pepper", 0.01, 0.95, 10),
        ("salt and pepper", 0.1, 0.95, 14),
        ("salt and pepper", 0.3, 0.95, 14),
        ("any value", 0.03, 0.85, 8),
        ("hot", 0.002, 0.9, 8),
    ],
)
def test_hits_are_found_and_little_else(
    photo: np.ndarray, kind: str, share: float, recall: float, gain: float
) -> None:
    y, where = hit(photo, kind, share)
    found = find_impulses(y)
    assert (found & where).sum() > recall * where.sum()
    assert (found & ~where).sum() < max(30, 0.15 * where.sum())
    assert psnr(without(y, found), photo) > psnr(y, photo) + gain


@pytest.mark.parametrize(("others", "salt", "rest"), [(0.02, 0.98, 0.0), (0.04, 0.75, 0.4)])
def test_only_black_and_white_is_looked_for_where_it_is_most(
    photo: np.ndarray, others: float, salt: float, rest: float
) -> None:
    """More than twice the hits of any other value; else those are found, too."""
    part = np.flipud(hit(np.flipud(photo), "any value", others)[0])  # other places than those of y
    y, where = hit(part, "salt and pepper", 0.04)
    found = find_impulses(y)
    other = (part != photo).any(axis=2) & ~where
    assert (found & where).sum() >= salt * where.sum()
    assert rest * other.sum() <= (found & other).sum() <= (rest + 0.3) * other.sum()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_photographs_have_none(path) -> None:
    assert not find_impulses(read_picture(path).pixels).any()


@pytest.mark.parametrize("colours", [254, 62])
def test_they_are_found_in_a_photograph_that_has_a_palette(photo: np.ndarray, colours: int) -> None:
    few = given_palette(photo, colours)
    assert few_colours(few) == colours and not find_impulses(few).any()
    y, where = hit(few, "salt and pepper", 0.05)
    found = find_impulses(y)
    assert (found & where).sum() > 0.95 * where.sum()
    assert (found & ~where).sum() < 0.05 * where.sum()


def test_what_is_drawn_has_none(photo: np.ndarray) -> None:
    """Though a dither and a night of stars are full of black and white points."""
    night = given_palette(photo * 0.3, 40)
    night[7::9, 5::8] = 1
    for drawn in (night, given_palette(photo, 8), one_bit(), palette(12, True), modules(2)):
        assert few_colours(drawn) is not None
        assert not find_impulses(drawn).any()


@pytest.mark.parametrize("paper", [255, 215])
def test_points_of_letters_under_noise_are_none(paper: int) -> None:
    page = Image.new("L", (240, 120), paper)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for top in range(4, 110, 22):
        pen.text((6, top), "The dust, it settles: in i; the law", 0, font)
    page = np.asarray(page, np.float32)[..., None] / np.float32(255)
    noise = np.random.default_rng(0).normal(0, 10 / 255, (120, 240, 3))
    assert not find_impulses(in_8_bits(page + noise)).any()


def test_the_edge_of_a_tear_is_none_but_as_many_points_anywhere_are() -> None:
    """Along a ragged edge every pixel may stand out; hits of a sensor lie anywhere."""
    rng = np.random.default_rng(6)
    rows, columns = np.mgrid[:200, :240]
    calm = 0.35 + 0.2 * np.sin(rows / 40) * np.cos(columns / 50)
    calm = in_8_bits(np.repeat(calm[..., None], 3, axis=2) * [1, 0.9, 0.8])
    torn, hot = calm.copy(), calm.copy()
    path = np.rint(100 + np.cumsum(rng.uniform(-0.7, 0.7, 240))).astype(int)
    along = np.arange(0, 240, 3)
    torn[path[along], along, 0] += 0.5
    anywhere = rng.choice(200 * 240, len(along), replace=False)
    hot.reshape(-1, 3)[anywhere, 0] += 0.5
    assert find_impulses(hot).sum() > 0.9 * len(along)
    assert not find_impulses(torn).any()


def test_many_hits_on_a_calm_picture_do_not_make_a_print_of_it() -> None:
    rows, columns = np.mgrid[:120, :160].astype(np.float32)
    calm = np.stack([0.4 + rows / 600, 0.5 + columns / 700, 0.6 - rows / 900], axis=2)
    y, where = hit(in_8_bits(calm), "salt and pepper", 0.3)
    assert (find_impulses(y) & where).sum() > 0.95 * where.sum()


@pytest.mark.parametrize("noise", [5, 25, 40, 60, 75])
@pytest.mark.parametrize("side", [64, 96, 256])
def test_noise_is_none_though_a_file_cuts_it_off(
    photo: np.ndarray, side: int, noise: float
) -> None:
    rng = np.random.default_rng(int(noise))
    dark = photo[:side, :side] * np.linspace(0, 1, side, dtype=np.float32)[:, None]
    for clean in (photo[:side, :side], dark):
        fresh = rng.standard_normal(clean.shape)
        assert not find_impulses(in_8_bits(clean + noise / 255 * fresh)).any()


def test_what_a_picture_has_of_white_and_black_stays(photo: np.ndarray) -> None:
    y, where = hit(photo, "salt and pepper", 0.05)
    y[60:100, 60:100], y[150:190, 60:64] = 1, 0
    inside = np.zeros_like(where)
    inside[62:98, 62:98] = inside[152:188, 61:63] = True
    assert find_impulses(y)[inside].mean() < 0.02


def test_bands_change_nothing(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("salt and pepper", "hot"):
        y, _ = hit(photo, kind, 0.01)
        whole = find_impulses(y)
        monkeypatch.setattr("restorer.imaging.bands.PIXELS", 5000)
        np.testing.assert_array_equal(find_impulses(y), whole)
        monkeypatch.undo()


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12), seed=st.integers(0, 99))
def test_filling_keeps_all_else_and_leaves_no_hole(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.random((rows, columns, 3), np.float32)
    where = rng.random((rows, columns)) < 0.5
    filled = without(pixels, where)
    np.testing.assert_array_equal(filled[~where], pixels[~where])
    assert np.isfinite(filled).all()
    find_impulses(pixels)

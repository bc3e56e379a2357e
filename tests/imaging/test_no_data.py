"""Pixels without data are left out of the range, and come back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture

LARGEST = -3.4028234663852886e38
HEIGHTS = np.linspace(210, 870, 40 * 60).reshape(40, 60)
EMPTY = np.zeros((40, 60), bool)
EMPTY[:, :12], EMPTY[20, 30] = True, True


def with_gaps(path: Path, kind: str, value: float, tag: str | None, bands: int = 1) -> np.ndarray:
    values = HEIGHTS / (4 if kind == "uint8" else 1)
    values = np.where(EMPTY, value, values).astype(kind)
    values = values if bands == 1 else np.stack([values] * bands, axis=2)
    more = [] if tag is None else [(42113, "s", 0, tag.encode(), True)]
    grey = "minisblack" if bands == 1 else "rgb"
    tifffile.imwrite(path, values, photometric=grey, metadata=None, extratags=more)
    return values


@pytest.mark.parametrize(
    ("kind", "value", "tag", "bands"),
    [
        ("float32", -9999.0, "-9999", 1),
        ("float32", np.nan, None, 1),
        ("float32", np.nan, "nan", 3),
        ("float32", LARGEST, "-3.40282346638529e+38", 1),
        ("float32", LARGEST, None, 1),
        ("float64", LARGEST, "-3.4e+38", 1),
        ("int16", -32768, "-32768", 1),
        ("uint16", 65535, "65535", 1),
        ("uint16", 0, "0", 3),
        ("uint8", 0, "0", 1),
    ],
)
def test_what_was_measured_decides_and_the_rest_stays(
    kind: str, value: float, tag: str | None, bands: int, tmp_path: Path
) -> None:
    came = with_gaps(tmp_path / "in.tif", kind, value, tag, bands)
    picture = read_picture(tmp_path / "in.tif")
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha, ~EMPTY)
    assert f"Pixels without data ({value:g}) are left as they are." in picture.notes
    if kind == "float32":
        assert picture.levels is not None and picture.levels.white == pytest.approx(870)

    assert write_picture(picture, tmp_path / "out.tif") == ()
    np.testing.assert_allclose(tifffile.imread(tmp_path / "out.tif"), came, rtol=1e-5)
    dark = picture.with_pixels(picture.pixels * 0)
    write_picture(dark, tmp_path / "dark.tif")
    with tifffile.TiffFile(tmp_path / "dark.tif") as tif:
        dark_values, kept = tif.asarray(), tif.pages.first.tags.valueof(42113)
    assert kept == (tag and tag + "\0") or kept == tag
    there = dark_values == value if value == value else np.isnan(dark_values)
    np.testing.assert_array_equal(there.reshape(40, 60, -1).all(axis=2), EMPTY)


def test_other_kinds_have_transparency_there(tmp_path: Path) -> None:
    with_gaps(tmp_path / "in.tif", "float32", -9999, "-9999")
    picture = read_picture(tmp_path / "in.tif")
    notes = write_picture(picture, tmp_path / "out.png")
    assert any("range" in note for note in notes)
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png").alpha, ~EMPTY)
    write_picture(picture, tmp_path / "out.tif", bits=16)
    with tifffile.TiffFile(tmp_path / "out.tif") as tif:
        assert 42113 not in tif.pages.first.tags and tif.pages.first.extrasamples == (2,)
    write_picture(picture, tmp_path / "out.pfm")
    assert (read_picture(tmp_path / "out.pfm").levels or picture.levels).black == -9999


def test_it_follows_a_picture_that_grows(tmp_path: Path) -> None:
    with_gaps(tmp_path / "in.tif", "float32", -9999, "-9999")
    picture = read_picture(tmp_path / "in.tif")
    large = picture.resized_to(picture.pixels.repeat(2, 0).repeat(2, 1))
    write_picture(large, tmp_path / "out.tif")
    values = tifffile.imread(tmp_path / "out.tif")
    wanted = EMPTY.repeat(2, 0).repeat(2, 1)
    assert np.mean((values == -9999) != wanted) < 0.005
    assert values[values != -9999].min() > 205


@pytest.mark.parametrize("tag", ["-9999", "words", "300", "1e999"])
def test_a_number_that_is_nowhere_changes_nothing(tag: str, tmp_path: Path) -> None:
    path = tmp_path / "in.tif"
    more = [(42113, "s", 0, tag.encode(), True)]
    pixels = np.full((8, 8), 7, np.uint8)
    tifffile.imwrite(path, pixels, photometric="minisblack", metadata=None, extratags=more)
    picture = read_picture(path)
    assert (picture.alpha, picture.levels, picture.notes) == (None, None, ())

"""A map stays where it lies: GeoTIFF tags go on, and follow a picture that grows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from restorer.imaging.geo import enlarged
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 20, 3)).astype(np.uint8)
TIES, SCALE = (0.0, 0.0, 0.0, 440720.0, 3751320.0, 0.0), (60.0, 60.0, 0.0)
MATRIX = (*(60.0, 1.0, 0, 440720), *(2.0, -60.0, 0, 3751320), *(0, 0, 0, 0), *(0, 0, 0, 1.0))
NAMES = b"UTM Zone 11 N|"


def keys(raster_type: int) -> tuple[int, ...]:
    return (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, raster_type, 1026, 34737, len(NAMES), 0)


def tags(raster_type: int = 1, matrix: bool = False) -> list[tuple]:
    place = [(34264, "d", 16, MATRIX, True)] if matrix else []
    place = place or [(33550, "d", 3, SCALE, True), (33922, "d", 6, TIES, True)]
    said = [(34735, "H", 16, keys(raster_type), True), (34737, "s", 0, NAMES, True)]
    return [*place, *said, (42113, "s", 0, b"-9999", True)]


def with_tags(path: Path, *args: object, byteorder: str = "<", **more: object) -> Path:
    options = {"extratags": tags(*args), "photometric": "rgb", "metadata": None}
    tifffile.imwrite(path, PIXELS, byteorder=byteorder, **options, **more)
    return path


def said(path: Path) -> dict[int, object]:
    with tifffile.TiffFile(path) as tif:
        found = {tag.code: tag.value for tag in tif.pages.first.tags}
    return {
        code: found[code] for code in (33550, 33922, 34264, 34735, 34737, 42113) if code in found
    }


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_from_tiff_to_tiff_every_tag_is_the_same(tmp_path: Path, byteorder: str) -> None:
    came = with_tags(tmp_path / "in.tif", byteorder=byteorder)
    picture = read_picture(came)
    assert write_picture(picture.with_pixels(picture.pixels / 2), tmp_path / "out.tif") == ()
    assert said(tmp_path / "out.tif") == said(came)
    with Image.open(tmp_path / "out.tif") as image:  # another reader
        assert image.tag_v2[33922] == TIES and image.tag_v2[34735] == keys(1)


def test_what_cannot_keep_it_says_so(tmp_path: Path) -> None:
    picture = read_picture(with_tags(tmp_path / "in.tif"))
    for suffix in ("png", "jpg", "qoi"):
        notes = write_picture(picture, tmp_path / f"out.{suffix}")
        assert any("map position (GeoTIFF)" in note for note in notes)


def place(values: dict[int, object], x: float, y: float) -> tuple[float, float]:
    """Where on the map the middle of a pixel lies."""
    middle = 0.0 if values[34735] == keys(2) else 0.5
    i, j = x + middle, y + middle
    if 34264 in values:
        m = np.reshape(values[34264], (4, 4)) @ (i, j, 0, 1)
        return m[0], m[1]
    (a, b, _, east, north, _), (across, down, _) = values[33922], values[33550]
    return east + (i - a) * across, north - (j - b) * down


@pytest.mark.parametrize("matrix", [False, True])
@pytest.mark.parametrize("raster_type", [1, 2])
def test_a_larger_picture_lies_in_the_same_place(
    tmp_path: Path, raster_type: int, matrix: bool
) -> None:
    came = with_tags(tmp_path / "in.tif", raster_type, matrix)
    picture = read_picture(came)
    larger = picture.resized_to(np.repeat(np.repeat(picture.pixels, 2, 0), 2, 1))
    write_picture(larger, tmp_path / "out.tif")
    before, after = said(came), said(tmp_path / "out.tif")
    for x, y in ((0, 0), (7, 3)):
        four = [place(after, 2 * x + i, 2 * y + j) for i in (0, 1) for j in (0, 1)]
        assert np.mean(four, axis=0) == pytest.approx(place(before, x, y), rel=1e-12)


def test_the_rational_camera_of_a_larger_picture_looks_at_the_same_ground(tmp_path: Path) -> None:
    """Of GDAL's tag: lines and samples from the middle of the first pixel, over their scales."""
    numbers = np.arange(92, dtype=float) + 1
    path = tmp_path / "in.tif"
    tag = [(50844, "d", 92, tuple(numbers), True)]
    tifffile.imwrite(path, PIXELS, photometric="rgb", extratags=tag, metadata=None)
    picture = read_picture(path)
    larger = picture.resized_to(np.repeat(np.repeat(picture.pixels, 2, 0), 3, 1))
    write_picture(larger, tmp_path / "out.tif")
    with tifffile.TiffFile(tmp_path / "out.tif") as tif:
        after = np.array(tif.pages.first.tags[50844].value)
    for offset, times in ((2, 2), (3, 3)):
        middle = 5 * times + (times - 1) / 2  # of the pixels that the sixth one became
        came = (5 - numbers[offset]) / numbers[offset + 5]
        assert (middle - after[offset]) / after[offset + 5] == pytest.approx(came)
    others = np.delete(np.arange(92), [2, 3, 7, 8])
    np.testing.assert_array_equal(after[others], numbers[others])


def test_of_a_turned_picture_it_is_left_out_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "in.tif"
    options = {"extratags": [*tags(), (274, "H", 1, 6, True)], "metadata": None}
    tifffile.imwrite(path, PIXELS, photometric="rgb", **options)
    picture = read_picture(path)
    assert picture.size == (12, 20) and picture.geo is None
    assert any("map position" in note for note in picture.notes)


def test_damaged_tags_cost_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "in.tif"
    odd = [(33550, "d", 1, 1.0, True), (33922, "H", 3, (1, 2, 3), True), (34735, "B", 1, 7, True)]
    tifffile.imwrite(path, PIXELS, photometric="rgb", extratags=odd, metadata=None)
    picture = read_picture(path)
    assert enlarged(picture.geo or b"", 2, 2) is None
    write_picture(picture.resized_to(np.repeat(picture.pixels, 2, 0)), tmp_path / "out.tif")
    assert read_picture(tmp_path / "out.tif").size == (20, 24)
    assert enlarged(b"nonsense", 2, 2) is None

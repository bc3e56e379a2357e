"""TIFF files with several pictures, and files that are copied since nothing was to be done."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_pages, read_picture
from restorer.imaging.write import copy_picture, write_pages
from tests.imaging.pictures import random_pixels


def pages_file(path: Path, *, compression: str | None = None) -> list[np.ndarray]:
    """Three pages of different sizes, with a thumbnail behind the first."""
    made = [np.full((20 + n, 30, 3), 60 * n + 40, np.uint8) for n in range(3)]
    with tifffile.TiffWriter(path) as tif:
        for number, page in enumerate(made):
            tif.write(
                page, photometric="rgb", compression=compression, description=f"page {number}"
            )
            if number == 0:
                tif.write(page[::4, ::4], photometric="rgb", subfiletype=1)
    return made


def test_every_page_is_read_and_no_thumbnail(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    made = pages_file(path)
    found = list(read_pages(path))
    assert [picture.size for picture in found] == [(30, 20), (30, 21), (30, 22)]
    for picture, page in zip(found, made, strict=True):
        assert np.array_equal((picture.pixels * 255).round().astype(np.uint8), page)
        assert picture.notes == ()


def test_pages_go_into_one_file_with_their_metadata(tmp_path: Path, xmp_blob: bytes) -> None:
    pages_file(tmp_path / "x.tif")
    pictures = list(read_pages(tmp_path / "x.tif"))
    assert write_pages(iter(pictures), tmp_path / "y.tif") == ()
    with tifffile.TiffFile(tmp_path / "y.tif") as tif:
        assert [page.description for page in tif.pages] == ["page 0", "page 1", "page 2"]
    back = list(read_pages(tmp_path / "y.tif"))
    for before, after in zip(pictures, back, strict=True):
        assert np.array_equal(before.pixels, after.pixels)
    with Image.open(tmp_path / "y.tif") as image:
        assert image.n_frames == 3


def test_depths_may_differ_from_page_to_page(tmp_path: Path) -> None:
    pictures = [Picture(random_pixels(9, 9, bits), bits=bits) for bits in (8, 16, 32)]
    write_pages(iter(pictures), tmp_path / "x.tif")
    assert [picture.bits for picture in read_pages(tmp_path / "x.tif")] == [8, 16, 32]


def test_pages_of_ycbcr_are_told_apart(tmp_path: Path) -> None:
    frames = [Image.new("YCbCr", (32, 32), (60 * n + 60, 128, 128)) for n in range(2)]
    frames[0].save(tmp_path / "x.tif", save_all=True, append_images=frames[1:])
    first, second = read_pages(tmp_path / "x.tif")
    assert second.pixels.mean() - first.pixels.mean() == pytest.approx(60 / 255, abs=0.02)


def test_a_file_of_one_picture_is_a_page(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "x.png")
    assert len(list(read_pages(tmp_path / "x.png"))) == 1


def test_only_tiff_takes_pages_and_a_failure_leaves_no_file(tmp_path: Path) -> None:
    picture = Picture(random_pixels(4, 4, 8))
    with pytest.raises(BadInput, match="Only TIFF"):
        write_pages([picture], tmp_path / "x.png")

    def failing():
        yield picture
        raise BadInput("no")

    with pytest.raises(BadInput, match="no"):
        write_pages(failing(), tmp_path / "x.tif")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_of_pages_is_a_sentence(tmp_path: Path) -> None:
    pages_file(tmp_path / "x.tif", compression="zlib")
    data = bytearray((tmp_path / "x.tif").read_bytes())
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        offset = tif.pages[2].dataoffsets[0]
    data[offset : offset + 20] = bytes(20)
    (tmp_path / "x.tif").write_bytes(data)
    with pytest.raises(BadInput, match="damaged"):
        list(read_pages(tmp_path / "x.tif"))


def test_a_copy_is_the_same_to_the_byte_and_only_of_the_same_kind(tmp_path: Path) -> None:
    source, same, other = (tmp_path / name for name in ("x.jpg", "y.jpeg", "z.png"))
    Image.fromarray((random_pixels(9, 9, 8) * 255).astype(np.uint8)).save(source, quality=70)
    picture = read_picture(source)
    assert copy_picture(picture, same) == ()
    assert same.read_bytes() == source.read_bytes()
    assert copy_picture(picture, other) is None and not other.exists()
    with pytest.raises(BadInput, match="exists already"):
        copy_picture(picture, same)
    source.unlink()
    with pytest.raises(BadInput, match="could not be read again"):
        copy_picture(picture, tmp_path / "w.jpg")

"""What is written is what is read, and what other programs find in the file."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from restorer.errors import BadInput
from restorer.imaging.exif import PREFIX
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import write_picture
from tests.imaging.pictures import random_pixels

LOSSLESS = [("png", 8), ("png", 16), ("tif", 8), ("tif", 16), ("tif", 32), ("webp", 8)]


def picture_of(height: int, width: int, bits: int, *, alpha: bool, grey: bool) -> Picture:
    pixels = random_pixels(height, width, bits, seed=height + bits)
    if grey:
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    channel = random_pixels(height, width, bits, seed=9)[..., 0] if alpha else None
    return Picture(pixels, alpha=channel, bits=bits, grey=grey)


@given(
    st.sampled_from(LOSSLESS),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.booleans(),
    st.booleans(),
)
def test_a_picture_of_any_size_comes_back_bit_for_bit(
    format: tuple[str, int], size: tuple[int, int], alpha: bool, grey: bool
) -> None:
    suffix, bits = format
    picture = picture_of(*size, bits, alpha=alpha, grey=grey)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{suffix}"
        assert write_picture(picture, path, quality=100) == ()
        back = read_picture(path)
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    assert (back.alpha is None) == (not alpha)
    if alpha:
        np.testing.assert_array_equal(back.alpha, picture.alpha)
    assert (back.bits, back.size) == (bits, picture.size)


@pytest.mark.parametrize(("suffix", "bits"), LOSSLESS)
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (37, 1), (23, 41)])
def test_lossless_formats_give_the_same_picture_back(
    tmp_path: Path, suffix: str, bits: int, alpha: bool, grey: bool, size: tuple[int, int]
) -> None:
    picture = picture_of(*size, bits, alpha=alpha, grey=grey)
    path = tmp_path / f"x.{suffix}"
    assert write_picture(picture, path, quality=100) == ()
    back = read_picture(path)
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    assert back.pixels.dtype == np.float32
    assert back.pixels.flags.c_contiguous
    if alpha:
        np.testing.assert_array_equal(back.alpha, picture.alpha)
    else:
        assert back.alpha is None
    assert back.bits == bits
    assert back.notes == ()
    assert back.path == path
    if suffix != "webp":  # which has no grey
        assert back.grey == grey


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
@pytest.mark.parametrize("bits", [8, 16])
def test_metadata_is_in_the_file_and_comes_back(
    tmp_path: Path, suffix: str, bits: int, srgb_profile: bytes, exif_blob: bytes, xmp_blob: bytes
) -> None:
    picture = replace(
        picture_of(20, 30, bits, alpha=False, grey=False),
        icc=srgb_profile,
        exif=exif_blob,
        xmp=xmp_blob,
    )
    path = tmp_path / f"x.{suffix}"
    write_picture(picture, path)

    with Image.open(path) as image:  # another reader, not ours
        image.load()
        assert image.info["icc_profile"] == srgb_profile
        exif = image.getexif()
        assert exif[271] == "Restorer Optics"
        assert exif[33432] == "(c) A. Person"
        assert exif.get_ifd(0x8769)[37500] == b"maker note\0" * 5
        assert exif.get_ifd(0x8769)[34855] == 6400
        assert [float(x) for x in exif.get_ifd(0x8825)[2]] == [48.0, 12.0, 30.0]
        found = image.tag_v2[700] if suffix == "tif" else image.info["xmp"]
        assert found == xmp_blob

    back = read_picture(path)
    assert back.icc == srgb_profile
    assert back.xmp == xmp_blob
    if suffix == "tif":  # its directories are laid out anew
        assert semantic(back.exif) == semantic(exif_blob)
    else:
        assert back.exif == exif_blob


def semantic(blob: bytes | None) -> dict[int, object]:
    assert blob is not None
    exif = Image.Exif()
    exif.load(blob)
    plain = {tag: value for tag, value in exif.items() if tag not in (0x8769, 0x8825)}
    return {**plain, **exif.get_ifd(0x8769), **{-k: v for k, v in exif.get_ifd(0x8825).items()}}


def test_bits_and_channels_are_in_the_file_itself(tmp_path: Path) -> None:
    for alpha, grey, colour_type in [(0, 0, 2), (1, 0, 6), (0, 1, 0), (1, 1, 4)]:
        for bits in (8, 16):
            path = tmp_path / f"{alpha}{grey}{bits}.png"
            write_picture(picture_of(4, 5, bits, alpha=bool(alpha), grey=bool(grey)), path)
            assert path.read_bytes()[24:26] == bytes([bits, colour_type])
    path = tmp_path / "f.tiff"
    write_picture(picture_of(4, 5, 32, alpha=True, grey=False), path)
    with tifffile.TiffFile(path) as tif:
        assert tif.pages.first.dtype == np.float32
        assert tif.pages.first.extrasamples == (2,)  # not premultiplied
        assert tif.pages.first.photometric == 2


def test_every_16_bit_value_survives(tmp_path: Path) -> None:
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    path = tmp_path / "levels.png"
    path.write_bytes(imagecodecs.png_encode(levels))
    picture = read_picture(path)
    assert (picture.bits, picture.grey) == (16, True)
    write_picture(picture, tmp_path / "again.png")
    np.testing.assert_array_equal(
        imagecodecs.png_decode((tmp_path / "again.png").read_bytes()), levels
    )


def test_rounding_goes_to_the_nearest_level_and_does_not_shift(tmp_path: Path) -> None:
    exact = np.linspace(0, 1, 3 * 100_000, dtype=np.float32).reshape(100, 1000, 3)
    write_picture(Picture(exact), tmp_path / "x.png")
    written = np.asarray(Image.open(tmp_path / "x.png")).astype(np.float64)
    difference = written - exact.astype(np.float64) * 255
    assert np.abs(difference).max() <= 0.5 + 1e-4
    assert abs(difference.mean()) < 1e-4


def test_values_outside_the_range_are_clipped(tmp_path: Path) -> None:
    pixels = np.array([[[-0.5, 0.5, 1.5]]], np.float32)
    write_picture(Picture(pixels), tmp_path / "x.png")
    assert np.asarray(Image.open(tmp_path / "x.png")).tolist() == [[[0, 128, 255]]]


def test_asked_for_bits(tmp_path: Path) -> None:
    picture = picture_of(6, 7, 16, alpha=False, grey=False)
    assert write_picture(picture, tmp_path / "a.png", bits=8) == ()
    assert read_picture(tmp_path / "a.png").bits == 8
    assert write_picture(picture, tmp_path / "a.tif", bits=32) == ()
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels, picture.pixels)
    with pytest.raises(BadInput, match="JPEG holds 8 bits"):
        write_picture(picture, tmp_path / "a.jpg", bits=16)
    assert not (tmp_path / "a.jpg").exists()


def test_jpeg_says_what_it_could_not_keep(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 3), np.float32)
    alpha = np.ones((32, 32), np.float32)
    alpha[:, 16:] = 0
    notes = write_picture(Picture(pixels, alpha=alpha, bits=16), tmp_path / "x.jpg")
    assert len(notes) == 2
    assert any("laid on white" in note for note in notes)
    back = read_picture(tmp_path / "x.jpg").pixels
    assert back[:, :8].max() < 0.02
    assert back[:, 24:].min() > 0.98
    assert write_picture(Picture(pixels, alpha=np.ones_like(alpha)), tmp_path / "y.jpg") == ()


def test_jpeg_is_close_and_colours_are_not_subsampled(tmp_path: Path) -> None:
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, ::2, 0] = 1
    stripes[:, 1::2, 2] = 1
    write_picture(Picture(stripes), tmp_path / "x.jpg", quality=100)
    assert np.abs(read_picture(tmp_path / "x.jpg").pixels - stripes).max() < 0.05


def test_jpeg_leaves_out_metadata_that_is_too_long(tmp_path: Path, xmp_blob: bytes) -> None:
    picture = picture_of(8, 8, 8, alpha=False, grey=False)
    long = replace(picture, exif=PREFIX + b"II*\0" + bytes(70_000), xmp=xmp_blob + bytes(70_000))
    assert len(write_picture(long, tmp_path / "x.jpg")) == 2
    back = read_picture(tmp_path / "x.jpg")
    assert (back.exif, back.xmp) == (None, None)


def test_grey_is_written_as_colour_when_it_is_no_longer_grey(tmp_path: Path) -> None:
    picture = picture_of(8, 8, 8, alpha=False, grey=True)
    tinted = picture.pixels.copy()
    tinted[0, 0] = (1, 0, 0)
    write_picture(picture.with_pixels(tinted), tmp_path / "x.png")
    back = read_picture(tmp_path / "x.png")
    assert not back.grey
    np.testing.assert_array_equal(back.pixels, tinted)


def orientation_blob(value: int, endian: str) -> bytes:
    """IFD0 with an orientation, then a link to a thumbnail directory."""
    mark = b"II*\0" if endian == "<" else b"MM\0*"
    entry = struct.pack(endian + "HHIHH", 274, 3, 1, value, 0)
    ifd0 = struct.pack(endian + "IH", 8, 1) + entry + struct.pack(endian + "I", 26)
    return PREFIX + mark + ifd0 + struct.pack(endian + "HI", 0, 0)


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("endian", "<>")
def test_orientation_is_applied_to_the_pixels(tmp_path: Path, value: int, endian: str) -> None:
    from PIL import ImageOps

    array = np.random.default_rng(value).integers(0, 256, (5, 9, 4)).astype(np.uint8)
    path = tmp_path / "x.png"
    Image.fromarray(array).save(path, exif=orientation_blob(value, endian))
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    picture = read_picture(path)
    np.testing.assert_array_equal(np.rint(picture.pixels * 255), expected[..., :3])
    assert picture.alpha is not None
    np.testing.assert_array_equal(np.rint(picture.alpha * 255), expected[..., 3])
    assert picture.exif == orientation_blob(1, endian)

    write_picture(picture, tmp_path / "again.png")
    with Image.open(tmp_path / "again.png") as image:
        assert image.getexif()[274] == 1


def test_orientation_of_a_tiff(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 65536, (5, 9, 3)).astype(np.uint16)
    tifffile.imwrite(
        tmp_path / "x.tif", array, photometric="rgb", extratags=[(274, "H", 1, 6, True)]
    )
    picture = read_picture(tmp_path / "x.tif")
    np.testing.assert_array_equal(np.rint(picture.pixels * 65535), np.rot90(array, -1))
    write_picture(picture, tmp_path / "y.tif")
    np.testing.assert_array_equal(read_picture(tmp_path / "y.tif").pixels, picture.pixels)


def test_read_bytes_is_read_picture_without_a_path(tmp_path: Path) -> None:
    picture = picture_of(8, 8, 16, alpha=True, grey=False)
    write_picture(picture, tmp_path / "x.png")
    back = read_bytes((tmp_path / "x.png").read_bytes())
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    assert back.path is None

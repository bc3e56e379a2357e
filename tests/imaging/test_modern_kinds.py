"""AVIF, JPEG XL, QOI and the files of Netpbm, as other programs write and read them."""

from __future__ import annotations

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from restorer.errors import BadInput
from restorer.imaging import chromaticities
from restorer.imaging.code_points import TOLD
from restorer.imaging.iso_media import boxes
from restorer.imaging.jxl_header import read_header
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.texts import from_comment
from restorer.imaging.write import write_picture

Y, X = np.mgrid[:48, :64].astype(np.float32) / 64
PIXELS = np.stack([X, Y, (X + Y) / 2], axis=2)
BYTES = (PIXELS * 255).astype(np.uint8)


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("alpha", [None, X])
def test_other_programs_find_the_metadata_of_an_avif(
    tmp_path: Path, bits: int, alpha: np.ndarray | None, srgb_profile: bytes, exif_blob: bytes
) -> None:
    path = tmp_path / "x.avif"
    picture = Picture(PIXELS, alpha=alpha, bits=bits, icc=srgb_profile, exif=exif_blob)
    assert write_picture(picture, path, quality=100) == ()
    with Image.open(path) as image:
        assert image.mode == ("RGB" if alpha is None else "RGBA")
        assert image.info["icc_profile"] == srgb_profile
        assert image.getexif()[271] == "Restorer Optics"
        assert np.abs(np.asarray(image)[..., :3] / 255 - PIXELS).max() < 0.005
    back = read_picture(path)
    assert back.bits == bits
    assert np.abs(back.pixels - PIXELS).max() < 0.6 / (2**bits - 1)


def test_an_avif_of_ten_bits_keeps_them(tmp_path: Path) -> None:
    deep = (PIXELS * 1023).round().astype(np.uint16)
    back = read_bytes(bytes(imagecodecs.avif_encode(deep, level=100, bitspersample=10)))
    assert back.bits == 10
    assert np.abs(back.pixels * 1023 - deep).max() < 0.01
    write_picture(back, tmp_path / "x.png")
    assert read_picture(tmp_path / "x.png").bits == 16
    assert np.abs(read_picture(tmp_path / "x.png").pixels - back.pixels).max() < 1e-5


def test_an_avif_that_its_exif_turns_is_upright() -> None:
    exif = Image.Exif()
    exif[274] = 6
    file = io.BytesIO()
    Image.fromarray(BYTES).save(file, "AVIF", exif=exif.tobytes())
    assert read_bytes(file.getvalue()).size == (48, 64)


def test_hdr_colours_of_an_avif_are_told_and_kept(tmp_path: Path) -> None:
    encoded = imagecodecs.avif_encode(
        (PIXELS * 1023).astype(np.uint16), bitspersample=10, primaries=9, transfer=16
    )
    picture = read_bytes(bytes(encoded))
    assert picture.cicp == bytes((9, 16, 0, 1))
    assert any("BT.2020 with PQ" in note for note in picture.notes)
    write_picture(picture, tmp_path / "x.avif")
    back = read_picture(tmp_path / "x.avif")
    assert back.cicp == picture.cicp and back.icc is not None


def test_an_avif_of_wide_colours_without_a_profile_gets_one() -> None:
    wide = read_bytes(bytes(imagecodecs.avif_encode(BYTES, primaries=12, transfer=13)))
    assert wide.cicp is None and wide.icc is not None and wide.notes == (TOLD,)


def test_the_header_of_a_jpeg_xl_tells_colours_of_its_own() -> None:
    adobe = (0.3127, 0.329), (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
    fields = [(0x0AFF, 16), (1, 1), (1, 5), (1, 3), (0, 1), (0, 1)]  # 16 x 16, not all as usual
    fields += [(0, 1), (0, 2), (1, 1), (0, 2), (1, 1), (0, 1)]  # 8 bits, no further channels, XYB
    fields += [(0, 1), (0, 2), (2, 2), (0, 4)]  # numbers, colour, white of its own
    fields += [*_places(*adobe[0]), (2, 2), (0, 4), *_places(*adobe[1])]
    fields += [(1, 1), (4_545_455, 24)]
    value, at = 0, 0
    for number, width in fields:
        value, at = value | number << at, at + width
    header = read_header(value.to_bytes(at // 8 + 1, "little"))
    assert (header.white, header.corners) == adobe
    assert header.gamma == pytest.approx(2.2)


def _places(*numbers: float) -> list[tuple[int, int]]:
    """As the header packs x and y, all above 0.262 and below 0.786, or below."""
    packed = [2 * round(number * 1e6) for number in numbers]
    forms = [(0, 19, 0), (1, 19, 1 << 19), (2, 20, 1 << 20)]
    found = []
    for one in packed:
        form, bits, offset = next(f for f in forms if f[2] <= one < f[2] + (1 << f[1]))
        found += [(form, 2), (one - offset, bits)]
    return found


def test_a_jpeg_packed_as_jpeg_xl_is_the_jpeg(srgb_profile: bytes, exif_blob: bytes) -> None:
    file = io.BytesIO()
    Image.fromarray(BYTES).save(file, "JPEG", icc_profile=srgb_profile, exif=exif_blob, quality=88)
    packed = imagecodecs.jpegxl_encode_jpeg(file.getvalue(), usecontainer=True)
    picture, original = read_bytes(bytes(packed)), read_bytes(file.getvalue())
    assert np.array_equal(picture.pixels, original.pixels)
    assert (picture.icc, picture.exif, picture.quality) == (srgb_profile, exif_blob, 88)


def test_linear_light_in_jpeg_xl_gets_a_profile() -> None:
    picture = read_bytes(bytes(imagecodecs.jpegxl_encode(PIXELS, lossless=True)))
    assert picture.bits == 32
    assert picture.icc is not None and picture.notes == (TOLD,)
    assert read_bytes(bytes(imagecodecs.jpegxl_encode(BYTES))).icc is None


@pytest.mark.parametrize("quality", [95, 100])
@pytest.mark.parametrize(("channels", "alpha"), [(1, False), (3, False), (3, True)])
def test_a_jpeg_xl_of_sixteen_bits_says_that_its_curve_is_that_of_srgb(
    tmp_path: Path, quality: int, channels: int, alpha: bool
) -> None:
    pixels = PIXELS if channels == 3 else PIXELS[..., :1].repeat(3, 2)
    picture = Picture(pixels, alpha=X if alpha else None, bits=16, grey=channels == 1)
    path = tmp_path / "x.jxl"
    write_picture(picture, path, quality=quality)
    stream = dict(boxes(path.read_bytes()))[b"jxlc"]
    assert read_header(stream).transfer == 13
    back = read_picture(path)
    assert (back.bits, back.icc, back.grey) == (16, None, channels == 1)
    assert np.abs(back.pixels - pixels).mean() < (1e-5 if quality == 100 else 0.004)


def test_a_qoi_with_transparency_is_srgb(tmp_path: Path) -> None:
    write_picture(Picture(PIXELS, alpha=X), tmp_path / "x.qoi")
    assert read_picture(tmp_path / "x.qoi").icc is None


def test_floats_of_a_jpeg_xl_above_one_keep_their_range_as_tiff(tmp_path: Path) -> None:
    picture = read_bytes(bytes(imagecodecs.jpegxl_encode(2 * PIXELS, lossless=True)))
    assert picture.pixels.max() <= 1 and picture.levels is not None
    write_picture(picture, tmp_path / "x.tif")
    np.testing.assert_allclose(tifffile.imread(tmp_path / "x.tif"), 2 * PIXELS, atol=1e-5)


def test_the_comment_of_a_ppm_is_kept(tmp_path: Path) -> None:
    picture = read_bytes(b"P6\n# A boat,\n2 1 # at sea\n255\n" + bytes(6))
    assert from_comment(b"A boat,\nat sea") == picture.texts
    assert write_picture(picture, tmp_path / "x.ppm") == ()
    assert read_picture(tmp_path / "x.ppm").texts == picture.texts


def test_a_profile_is_applied_where_none_can_be_written(tmp_path: Path) -> None:
    linear = chromaticities.profile(1.0)
    qoi = bytearray(imagecodecs.qoi_encode(BYTES))
    qoi[13] = 1  # linear, all channels
    assert read_bytes(bytes(qoi)).icc == linear
    for suffix in ("qoi", "ppm"):
        path = tmp_path / f"x.{suffix}"
        (note,) = write_picture(Picture(PIXELS, icc=linear), path, quality=100)
        assert "converted to sRGB" in note
        middle = read_picture(path).pixels[24, 32, 0]
        assert middle == pytest.approx(0.735, abs=0.01)  # half the light of white


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P1\n# a bitmap\n3 2\n101\n010\n", [[0, 255, 0], [255, 0, 255]]),
        (b"P4 3 2\n\xa0\x40", [[0, 255, 0], [255, 0, 255]]),
        (b"P2 3 1 4\n0 2 4", [[0, 127.5, 255]]),
        (b"P5 3 1 255\n\x00\x80\xff", [[0, 128, 255]]),
        (b"P5\n2 1\n1023\n\x00\x00\x03\xff", [[0, 255]]),
    ],
)
def test_grey_files_of_netpbm(data: bytes, expected: list[list[float]]) -> None:
    picture = read_bytes(data)
    assert picture.grey and picture.format == "PPM"
    assert np.allclose(picture.pixels[..., 0] * 255, expected)


def test_coloured_files_of_netpbm() -> None:
    for data in (b"P3 2 1 255\n255 0 0  0 0 255", b"P6\n2 1\n255\n\xff\x00\x00\x00\x00\xff"):
        assert read_bytes(data).pixels.tolist() == [[[1, 0, 0], [0, 0, 1]]]
    floats = b"PF\n1 2\n-1.0\n" + np.array([[0, 0.5, 1], [0.25, 0, 0]], "<f4").tobytes()
    assert read_bytes(floats).pixels.tolist() == [[[0.25, 0, 0]], [[0, 0.5, 1]]]


def test_a_range_beyond_one_goes_from_pfm_to_pfm(tmp_path: Path) -> None:
    data = b"Pf\n2 1\n1.0\n" + np.array([0, 12.5], ">f4").tobytes()
    picture = read_bytes(data)
    assert picture.levels is not None and picture.levels.white == 12.5
    write_picture(picture, tmp_path / "x.pfm")
    assert np.frombuffer((tmp_path / "x.pfm").read_bytes()[-8:], "<f4").tolist() == [0, 12.5]


def test_a_text_that_begins_with_p_is_a_text() -> None:
    with pytest.raises(BadInput, match="is a text file"):
        read_bytes(b"P1 is what I call it")


@pytest.mark.parametrize(
    "form", [b"P5 99999 99999 255\n", b"P6 100000 1 255\n\0", b"qoif" + b"\xff" * 20]
)
def test_what_claims_too_much_is_refused(form: bytes) -> None:
    with pytest.raises(BadInput):
        read_bytes(form)


@pytest.mark.parametrize(("before", "expected"), [(80, 95), (98, 98), (100, 100)])
def test_a_jpeg_is_saved_no_worse_than_it_came(tmp_path: Path, before: int, expected: int) -> None:
    file = io.BytesIO()
    Image.fromarray(BYTES).save(file, "JPEG", quality=before)
    picture = read_bytes(file.getvalue())
    assert picture.quality == before
    write_picture(picture, tmp_path / "x.jpg")
    assert read_picture(tmp_path / "x.jpg").quality == expected


def test_what_lost_nothing_loses_nothing(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "WEBP", lossless=True)
    picture = read_bytes(file.getvalue())
    for suffix in ("webp", "avif", "jxl", "png"):
        write_picture(picture, tmp_path / f"x.{suffix}")
        assert np.array_equal(read_picture(tmp_path / f"x.{suffix}").pixels, picture.pixels)
    write_picture(picture, tmp_path / "x.jpg")
    assert read_picture(tmp_path / "x.jpg").quality == 95

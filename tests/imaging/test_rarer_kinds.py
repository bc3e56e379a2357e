"""Radiance and JPEG XR, JPEG without loss and of the old style, profiles that are cut short."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from restorer.errors import BadInput
from restorer.imaging import ifd
from restorer.imaging.ifd import Value
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_bytes, read_pages, read_picture
from restorer.imaging.stale_xmp import drop_stale
from restorer.imaging.texts import resource
from restorer.imaging.write import write_picture

BYTES = np.random.default_rng(0).integers(0, 256, (12, 20, 4)).astype(np.uint8)
LIGHT = (BYTES[..., :3] / 8).astype(np.float32)
IPTC = b"\x1c\x02\x19\x00\x04fish"
GREY = np.full((8, 9, 3), 0.2140411, np.float32)  # light of half the brightness


def tiff(**options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, BYTES[..., :3], photometric="rgb", metadata=None, **options)
    return file.getvalue()


def test_radiance_is_opened_and_saved_with_its_range(tmp_path: Path) -> None:
    whole = imagecodecs.rgbe_encode(LIGHT)
    head = b"#?RADIANCE\nSOFTWARE=x\nEXPOSURE=1.0\nVIEW=-vtv\nFORMAT=32-bit_rle_rgbe\n\n"
    picture = read_bytes(head + b"-Y    12 +X    20\n" + whole.split(b"+X 20\n")[1])
    assert (picture.format, picture.bits) == ("HDR", 32)
    light, left_out = picture.notes
    assert light == "Light from 0 to 31.875 is taken as black to white."
    assert left_out == "What the file says beside its picture was left out: VIEW."
    assert write_picture(picture, tmp_path / "x.hdr") == ()
    again = imagecodecs.rgbe_decode((tmp_path / "x.hdr").read_bytes())
    assert np.abs(again - LIGHT).max() <= 0.0625 and abs((again - LIGHT).mean()) < 1e-3
    half = read_bytes(imagecodecs.rgbe_encode(GREY))
    np.testing.assert_allclose(half.pixels, 0.5, atol=2e-3)


def test_radiance_with_other_primaries_or_another_order_of_rows() -> None:
    whole = imagecodecs.rgbe_encode(GREY)
    told = b"PRIMARIES= .708 .292 .17 .797 .131 .046 .3127 .329\n"
    picture = read_bytes(whole.replace(b"FORMAT", told + b"FORMAT"))
    assert picture.notes == ("The colours were converted to the primaries of sRGB.",)
    np.testing.assert_allclose(picture.pixels, 0.5, atol=2e-3)  # white stays, and so grey
    for was, new in ((b"-Y 8 +X", b"+Y 8 +X"), (b"rle_rgbe", b"rle_xyze")):
        with pytest.raises(BadInput, match="is a kind of Radiance that Restorer cannot read"):
            read_bytes(whole.replace(was, new))
    with pytest.raises(BadInput, match="the limit is 250 megapixels"):
        read_bytes(whole.replace(b"-Y 8 +X 9", b"-Y 88888 +X 99999"))
    broken = read_bytes(whole.replace(b"FORMAT", b"PRIMARIES=0 0 0 0 0 0 0 0\nFORMAT"))
    np.testing.assert_allclose(broken.pixels, 0.5, atol=2e-3)
    assert broken.notes == ("The file's primaries are no colours; those of sRGB were taken.",)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_jpeg_xr_is_opened(kind: type, channels: int) -> None:
    samples = np.squeeze(BYTES[..., :channels].astype(kind) * (257 if kind is np.uint16 else 1))
    picture = read_bytes(bytes(imagecodecs.jpegxr_encode(samples)))
    white, shown = np.iinfo(kind).max, samples.reshape(12, 20, channels)
    assert (picture.format, picture.bits, picture.notes) == ("JXR", 8 * samples.itemsize, ())
    np.testing.assert_array_equal(np.rint(picture.pixels * white), shown[..., :3] + np.zeros(3))
    assert (picture.alpha is not None) == (channels == 4)
    if picture.alpha is not None:
        np.testing.assert_array_equal(np.rint(picture.alpha * white), shown[..., 3])


def test_light_and_words_of_jpeg_xr_are_read(xmp_blob: bytes, srgb_profile: bytes) -> None:
    picture = read_bytes(bytes(imagecodecs.jpegxr_encode(LIGHT.astype(np.float16))))
    assert picture.levels is not None and picture.levels.kind == "light float16"
    plain = bytes(imagecodecs.jpegxr_encode(BYTES[..., :3]))
    tree = ifd.tree_in(ifd.Source.of(plain))[0]
    words = {315: Value(2, b"A. Person\0"), 700: Value(1, xmp_blob), 34675: Value(7, srgb_profile)}
    even = plain + b"\0" * (len(plain) % 2)
    told = bytearray(even + ifd.laid_out(dict(sorted((tree | words).items())), len(even)))
    told[4:8] = struct.pack("<I", len(even))
    found = read_bytes(bytes(told))
    assert (found.xmp, found.icc) == (xmp_blob, srgb_profile)
    assert found.exif is not None and b"A. Person" in found.exif
    np.testing.assert_array_equal(np.rint(found.pixels * 255), BYTES[..., :3])


def test_a_jpeg_without_loss_keeps_its_bits() -> None:
    deep = BYTES[..., 0].astype(np.uint16) * 257
    picture = read_bytes(bytes(imagecodecs.ljpeg_encode(deep, bitspersample=16)))
    assert (picture.bits, picture.grey, picture.quality) == (16, True, None)
    np.testing.assert_array_equal(np.rint(picture.pixels[..., 0] * 65535), deep)


def test_a_jpeg_whose_head_is_damaged_opens_without_it() -> None:
    file = io.BytesIO()
    Image.fromarray(BYTES[..., :3]).save(file, "JPEG")
    short = file.getvalue()[:2] + b"\xff\xe0\0\7JFIF\0" + file.getvalue()[2:]
    picture = read_bytes(short)
    assert np.abs(picture.pixels - read_bytes(file.getvalue()).pixels).max() < 0.01
    assert any("beside its picture could not be read" in note for note in picture.notes)


def test_a_tiff_of_the_old_style_with_wrong_tables_gives_its_jpeg() -> None:
    file = io.BytesIO()
    Image.fromarray(BYTES[..., 0]).save(file, "JPEG")
    jpeg = file.getvalue()
    words = {256: 20, 257: 12, 258: 8, 259: 6, 262: 1, 277: 1, 278: 12, 279: len(jpeg), 512: 1}
    places = {273: 8, 513: 8, 514: len(jpeg), 519: 9, 520: 9, 521: 9}
    tags = {code: Value(4, struct.pack("<I", value)) for code, value in (words | places).items()}
    place = 8 + len(jpeg) + len(jpeg) % 2
    head = b"II*\0" + struct.pack("<I", place) + jpeg.ljust(place - 8, b"\0")
    picture = read_bytes(head + ifd.laid_out(dict(sorted(tags.items())), place))
    assert picture.format == "TIFF"
    assert np.abs(picture.pixels - read_bytes(jpeg).pixels).max() < 0.01


def test_what_no_codec_knows_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "planes.tif"
    planes = np.moveaxis(BYTES[..., :3], -1, 0)
    tifffile.imwrite(path, planes, photometric="ycbcr", planarconfig="separate", metadata=None)
    for read in (read_picture, lambda path: list(read_pages(path))):
        with pytest.raises(BadInput, match=r"planes\.tif is a kind of TIFF that Restorer cannot"):
            read(path)


def test_what_photoshop_puts_into_a_tiff_is_kept_or_said() -> None:
    def block(*resources: tuple[int, bytes]) -> tuple[int, int, int, bytes, bool]:
        parts = (struct.pack(">4sHHI", b"8BIM", n, 0, len(b)) + b for n, b in resources)
        body = resource(IPTC) + b"".join(parts)
        return (34377, 7, len(body), body, True)

    plain = read_bytes(tiff(extratags=[block((1034, b"\0\0"), (1005, bytes(16)))]))
    assert (plain.iptc, plain.notes) == (IPTC, ())
    (note,) = read_bytes(tiff(extratags=[block((1034, b"\1\0"), (2001, bytes(26)))])).notes
    assert note.endswith("left out: paths of Photoshop, copyright mark of Photoshop.")


def test_a_profile_that_is_cut_short_is_left_out(srgb_profile: bytes) -> None:
    for size in (130, 140, len(srgb_profile) // 2, len(srgb_profile) - 1):
        picture = read_bytes(tiff(iccprofile=srgb_profile[:size]))
        assert picture.icc is None and "profile" in picture.notes[0]
    assert read_bytes(tiff(iccprofile=srgb_profile + bytes(3))).notes == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be", "utf-32-le"])
def test_xmp_of_any_width_is_read(encoding: str, xmp_blob: bytes) -> None:
    found, notes = drop_stale(xmp_blob.decode().encode(encoding))
    assert found is not None and b"A. Person" in found and notes == ()
    assert Picture(GREY, xmp=found).xmp is not None

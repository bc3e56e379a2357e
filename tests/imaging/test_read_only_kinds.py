"""JPEG 2000, Photoshop's files, PAM and what Pillow reads are opened; nothing writes them."""

from __future__ import annotations

import io
import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from restorer.errors import BadInput
from restorer.imaging.formats import suffix_for_result
from restorer.imaging.iso_media import box, boxes
from restorer.imaging.read import read_bytes
from restorer.imaging.texts import from_comment

BYTES = np.random.default_rng(0).integers(0, 256, (12, 20, 4)).astype(np.uint8)
WORDS = BYTES.astype(np.uint16) * 257
XMP = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'


def psd(
    planes: np.ndarray, mode: int, packed: bool = False, layers: int = 0, **resources: bytes
) -> bytes:
    """As Photoshop writes (channels, H, W), big end first."""
    channels, height, width = planes.shape
    head = struct.pack(
        ">4sH6xHIIHH", b"8BPS", 1, channels, height, width, 8 * planes.itemsize, mode
    )
    palette = bytes(range(256)) * 3 if mode == 2 else b""
    block = b"".join(
        struct.pack(">4sHHI", b"8BIM", int(name[1:]), 0, len(body)) + body + bytes(len(body) % 2)
        for name, body in resources.items()
    )
    inner = struct.pack(">Ih", 2, layers) + bytes(8) if layers else b""
    rows = [row.astype(row.dtype.newbyteorder(">")).tobytes() for row in planes.reshape(-1, width)]
    if packed:
        rows = [bytes(imagecodecs.packbits_encode(row)) for row in rows]
        rows.insert(0, struct.pack(f">{len(rows)}H", *map(len, rows)))
    parts = (struct.pack(">I", len(part)) + part for part in (palette, block, inner))
    return head + b"".join(parts) + struct.pack(">H", packed) + b"".join(rows)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("samples", [BYTES, WORDS])
def test_photoshop_files_are_opened(packed: bool, samples: np.ndarray) -> None:
    white = np.iinfo(samples.dtype).max
    planes = np.moveaxis(samples, -1, 0)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    dpi = struct.pack(">IHHIHH", 300 << 16, 1, 1, 300 << 16, 1, 1)
    picture = read_bytes(psd(planes[:3], 3, packed, r1039=icc, r1060=XMP, r1005=dpi))
    np.testing.assert_array_equal(np.rint(picture.pixels * white), samples[..., :3])
    assert (picture.icc, picture.xmp, picture.dpi) == (icc, XMP, (300, 300))
    assert (picture.bits, picture.notes) == (8 * samples.itemsize, ())
    grey = read_bytes(psd(planes[:2], 1, packed))
    assert grey.grey and grey.alpha is None
    assert grey.notes == ("1 channel beyond the colours left out.",)
    ink = read_bytes(psd(planes, 4, packed))
    assert ink.pixels.shape == (12, 20, 3) and "CMYK" in ink.notes[0]


def test_what_photoshop_lays_on_white_gets_its_colours_back() -> None:
    alpha = np.linspace(0.2, 1, 20, dtype=np.float32)[None, :, None]
    flat = np.broadcast_to(np.float32([0.9, 0.5, 0.1]), (12, 20, 3))
    on_white = np.dstack([flat * alpha + 1 - alpha, np.broadcast_to(alpha, (12, 20, 1))])
    planes = np.moveaxis(np.rint(on_white * 65535).astype(np.uint16), -1, 0)
    picture = read_bytes(psd(planes, 3, layers=-3))
    assert picture.alpha is not None
    np.testing.assert_allclose(picture.pixels, flat, atol=1e-3)
    assert picture.notes == ("Of 3 layers only the picture that they make was opened.",)
    as_it_is = read_bytes(psd(np.moveaxis(BYTES, -1, 0) // 2, 3, layers=-1))
    np.testing.assert_array_equal(np.rint(255 * as_it_is.pixels), BYTES[..., :3] // 2)


def test_photoshop_files_without_a_picture_of_all_layers_say_so() -> None:
    with pytest.raises(BadInput, match="compatibility"):
        read_bytes(psd(BYTES[None, ..., 0], 1, r1057=bytes(5)))
    with pytest.raises(BadInput, match="kind of Photoshop"):
        read_bytes(psd(BYTES[None, ..., 0], 7))
    with pytest.raises(BadInput, match="ends early"):
        read_bytes(psd(BYTES[None, ..., 0], 1)[:-9])


def test_an_indexed_photoshop_file() -> None:
    picture = read_bytes(psd(BYTES[None, ..., 0], 2))
    np.testing.assert_array_equal(np.rint(255 * picture.pixels[..., 1]), BYTES[..., 0])


@pytest.mark.parametrize("codec", ["j2k", "jp2"])
@pytest.mark.parametrize("samples", [BYTES[..., 0], BYTES[..., :3], BYTES, WORDS[..., :3]])
def test_jpeg_2000_is_opened(codec: str, samples: np.ndarray) -> None:
    data = bytes(imagecodecs.jpeg2k_encode(samples, codecformat=codec, reversible=True, level=0))
    picture = read_bytes(data)
    white = np.iinfo(samples.dtype).max
    colours = samples[..., None] if samples.ndim == 2 else samples[..., :3]
    np.testing.assert_array_equal(
        np.rint(picture.pixels * white), np.broadcast_to(colours, (12, 20, 3))
    )
    assert (picture.alpha is not None) == (samples.shape[-1] == 4)
    assert picture.bits == 8 * samples.itemsize and picture.grey == (samples.ndim == 2)


def test_what_boxes_of_jpeg_2000_tell_is_read() -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    whole = bytes(imagecodecs.jpeg2k_encode(BYTES[..., :3], codecformat="jp2", level=0))
    made = b""
    for kind, body in boxes(whole):
        if kind == b"jp2h":
            inner = [part for part in boxes(body) if part[0] != b"colr"]
            inner.append((b"colr", b"\2\0\0" + icc))
            resolution = struct.pack(">4H2b", 11811, 1, 11811, 1, 0, 0)
            inner.append((b"res ", box(b"resc", resolution)))
            body = b"".join(box(*part) for part in inner)
        made += box(kind, body)
    exif = b"II*\0\x08\0\0\0\0\0" + bytes(4)
    made += box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + XMP)
    picture = read_bytes(made + box(b"uuid", b"JpgTiffExif->JP2" + exif))
    assert (picture.icc, picture.xmp, picture.exif) == (icc, XMP, b"Exif\0\0" + exif)
    assert picture.dpi == pytest.approx((300, 300), abs=0.01)
    assert np.array_equal(np.rint(255 * picture.pixels), BYTES[..., :3])


def test_jpeg_2000_of_thinned_out_colours() -> None:
    file = io.BytesIO()
    Image.fromarray(BYTES[..., :3]).save(file, "JPEG2000", mct=0)
    np.testing.assert_array_equal(np.rint(255 * read_bytes(file.getvalue()).pixels), BYTES[..., :3])
    with pytest.raises(BadInput):
        read_bytes(file.getvalue()[:-200])


@pytest.mark.parametrize("most", [255, 1023])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_pam_is_opened_with_its_transparency(depth: int, most: int) -> None:
    values = (BYTES[..., :depth].astype(int) * (most // 255)).astype(">u2" if most > 255 else "u1")
    head = f"P7\nWIDTH 20\n# by hand\nHEIGHT 12\nDEPTH {depth}\nMAXVAL {most}\nENDHDR\n".encode()
    picture = read_bytes(head + values.tobytes())
    colours = values[..., : depth - (depth % 2 == 0)] / most
    expected = np.broadcast_to(colours, (12, 20, 3))
    np.testing.assert_allclose(picture.pixels, expected, atol=1e-6)
    assert (picture.alpha is not None) == (depth in (2, 4))
    assert picture.texts is not None and b"by hand" in picture.texts[0][1]
    with pytest.raises(BadInput):
        read_bytes(head[:-1])


@pytest.mark.parametrize("kind", ["PCX", "SGI", "TGA", "TGA packed", "DDS", "ICO"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_what_pillow_reads_is_opened_as_it_is(kind: str, mode: str) -> None:
    name, *packed = kind.split()
    if (name, mode) in (("PCX", "RGBA"), ("ICO", "L")):
        return  # which cannot hold it
    image, file = Image.fromarray(BYTES).convert(mode), io.BytesIO()
    sizes = {"sizes": [image.size, (8, 5)]} if name == "ICO" else {}
    image.save(file, name, **({"compression": "tga_rle"} if packed else sizes))
    picture = read_bytes(file.getvalue())
    assert (picture.format, picture.bits, picture.grey) == (name, 8, mode == "L")
    np.testing.assert_array_equal(np.rint(255 * picture.pixels), np.asarray(image.convert("RGB")))
    assert (picture.alpha is not None) == (mode == "RGBA")
    assert picture.notes == ("Only the largest of 2 pictures was opened.",) * (name == "ICO")
    with pytest.raises(BadInput):
        read_bytes(file.getvalue()[: len(file.getvalue()) // 6])


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("planes", [1, 3, 4])
def test_sgi_of_16_bits_keeps_them(planes: int, packed: bool) -> None:
    values = WORDS[..., :planes].copy()
    values[3:5] = 777
    stored = np.moveaxis(values[::-1], -1, 0).reshape(-1, 20).astype(">u2")
    body = stored.tobytes()
    if packed:  # a run of ten, and what is left as it is
        rows = [
            struct.pack(">2H", 10, 777) + struct.pack(">H", 0x8A) + row[10:].tobytes() + b"\0\0"
            if (row == 777).all()
            else struct.pack(">H", 0x94) + row.tobytes() + b"\0\0"
            for row in stored
        ]
        ends = np.cumsum([0, *map(len, rows)]) + 512 + 8 * len(rows)
        tables = np.array([ends[:-1], np.diff(ends)], ">u4")
        body = tables.tobytes() + b"".join(rows)
    head = struct.pack(">HBBHHHH", 0x01DA, packed, 2, 3, 20, 12, planes).ljust(512, b"\0")
    picture = read_bytes(head + body)
    colours = values[..., :3] if planes > 1 else values.repeat(3, axis=2)
    np.testing.assert_array_equal(np.rint(65535 * picture.pixels), colours)
    assert (picture.bits, picture.alpha is not None) == (16, planes == 4)
    with pytest.raises(BadInput):
        read_bytes((head + body)[:-60])


def test_a_targa_with_its_words_and_without_a_transparency_that_would_hide_it() -> None:
    head = struct.pack("<BBB9xHHBB", 4, 0, 2, 20, 12, 32, 8) + b"boat"
    hidden = BYTES.copy()
    hidden[..., 3] = 0
    extension = struct.pack("<H41s81s", 495, b"A. Person", b"at sea").ljust(495, b"\0")
    at = len(head) + hidden.nbytes
    footer = struct.pack("<II", at, 0) + b"TRUEVISION-XFILE.\0"
    picture = read_bytes(head + hidden[::-1, :, [2, 1, 0, 3]].tobytes() + extension + footer)
    np.testing.assert_array_equal(np.rint(255 * picture.pixels), BYTES[..., :3])
    assert picture.alpha is None or picture.alpha.all()
    assert picture.texts == from_comment(b"boat\nA. Person\nat sea")
    for other in (b"\0\0\2\0\1\0" + bytes(40), b"\0\1\0\0\0\x12" + bytes(40)):  # cursor, font
        with pytest.raises(BadInput, match="not a picture in a format"):
            read_bytes(other)


def test_results_of_these_are_offered_as_tiff_or_png() -> None:
    from pathlib import PurePath

    names = ("a.psd", "a.jp2", "a.pam", "a.tga", "a.jfif")
    made = [".tif", ".tif", ".pam", ".png", ".jfif"]
    assert [suffix_for_result(PurePath(name)) for name in names] == made

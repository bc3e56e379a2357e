"""Content Credentials are seen in every container, said, and left out of what is changed."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import png
import pytest
import tifffile
from PIL import Image

from restorer.errors import BadInput
from restorer.imaging.credentials import LEFT_OUT, SEEN
from restorer.imaging.iso_media import box
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import copy_picture, write_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 20, 3)).astype(np.uint8)
# A superbox of JUMBF with the description that C2PA gives its store of manifests.
STORE = box(
    b"jumb",
    box(b"jumd", bytes.fromhex("63327061001100108000 00aa00389b71") + b"\x03c2pa\0") + bytes(40),
)


def saved(format: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, format)
    return file.getvalue()


def in_jpeg() -> bytes:
    plain, body = saved("JPEG"), b"JP" + struct.pack(">HI", 1, 1) + STORE
    return plain[:2] + b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def in_png() -> bytes:
    plain = saved("PNG")
    chunk = struct.pack(">I", len(STORE)) + b"caBX" + STORE
    return plain[:33] + chunk + struct.pack(">I", zlib.crc32(b"caBX" + STORE)) + plain[33:]


def in_webp() -> bytes:
    plain = saved("WEBP")
    chunk = b"C2PA" + struct.pack("<I", len(STORE)) + STORE + bytes(len(STORE) % 2)
    return plain[:4] + struct.pack("<I", len(plain) - 8 + len(chunk)) + plain[8:] + chunk


def in_tiff() -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, PIXELS, extratags=[(0xCD41, 7, len(STORE), STORE, True)])
    return file.getvalue()


def in_avif() -> bytes:
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    return saved("AVIF") + box(b"uuid", uuid + bytes(4) + b"manifest\0" + bytes(8) + STORE)


def in_jxl() -> bytes:
    import imagecodecs

    return bytes(imagecodecs.jpegxl_encode(PIXELS, lossless=True, usecontainer=True)) + STORE


@pytest.mark.parametrize("make", [in_jpeg, in_png, in_webp, in_tiff, in_avif, in_jxl])
def test_they_are_said_on_opening_and_left_out_of_what_is_saved(make, tmp_path: Path) -> None:
    path = tmp_path / "signed"
    path.write_bytes(make())
    picture = read_picture(path)
    assert picture.credentials and picture.notes == (SEEN,)
    for suffix in ("png", "jpg", "tif", "webp", "avif", "jxl"):
        out = tmp_path / f"x.{suffix}"
        assert LEFT_OUT in write_picture(picture.with_pixels(picture.pixels / 2), out)
        again = read_picture(out)
        assert not again.credentials and again.notes == ()
        assert b"c2pa" not in out.read_bytes().lower()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF"])
def test_other_files_have_none(format: str) -> None:
    picture = read_bytes(saved(format))
    assert not picture.credentials and picture.notes == ()


def test_a_file_that_is_copied_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(in_jpeg())
    assert copy_picture(read_picture(path), tmp_path / "copy.jpg") == ()
    assert read_picture(tmp_path / "copy.jpg").credentials


def test_a_cut_file_is_looked_through_as_far_as_it_goes() -> None:
    for data in (in_png(), in_jpeg()):
        for end in range(40, len(data) - 20, 97):
            with suppress(BadInput):
                read_bytes(data[:end], allow_truncated=True)


def test_a_link_to_them_is_not_claimed_any_longer() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmp = (
        f'<rdf:RDF xmlns:rdf="{rdf}"><rdf:Description rdf:about="" '
        'xmlns:t="http://purl.org/dc/terms/" t:provenance="https://example.org/x.c2pa" '
        't:created="2024"/></rdf:RDF>'
    ).encode()
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "JPEG", xmp=xmp)
    picture = read_bytes(file.getvalue())
    assert picture.notes == ("The link to Content Credentials (C2PA) was left out.",)
    assert picture.xmp is not None and b"example.org" not in picture.xmp
    assert b'created="2024"' in picture.xmp


def test_a_chunk_of_another_name_is_none() -> None:
    file = io.BytesIO()
    chunks = list(png.Reader(bytes=saved("PNG")).chunks())
    png.write_chunks(file, [chunks[0], (b"tEXt", b"Comment\0c2pa"), *chunks[1:]])
    assert not read_bytes(file.getvalue()).credentials

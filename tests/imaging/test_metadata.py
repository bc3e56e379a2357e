"""Metadata never costs the picture: what cannot be read or written is left out with a note."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import tifffile
from PIL import Image, IptcImagePlugin, PngImagePlugin

from restorer.imaging import exif, metadata, png_file, tiff_file
from restorer.imaging.exif import PREFIX
from restorer.imaging.formats import Encode, Format
from restorer.imaging.picture import Picture
from restorer.imaging.raster import Raster
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import write_picture
from tests.imaging.pictures import random_pixels

PIXELS = random_pixels(12, 20, 8)
ARTIST, DATE, EXPOSURE, LENS, COMMENT = 315, 306, 33434, 42036, 37510


def directory(endian: str, entries: list[tuple[int, int, int, bytes]], offset: int) -> bytes:
    """An IFD at an offset, with the values behind it."""
    start = offset + 2 + 12 * len(entries) + 4
    table, behind = struct.pack(endian + "H", len(entries)), b""
    for tag, kind, count, data in sorted(entries):
        table += struct.pack(endian + "HHI", tag, kind, count)
        if len(data) <= 4:
            table += data.ljust(4, b"\0")
        else:
            table += struct.pack(endian + "I", start + len(behind))
            behind += data
    return table + bytes(4) + behind


def blob(endian: str, author: bytes, maker: bytes = b"") -> bytes:
    """EXIF with an author of any bytes, a date of type BYTE, a comment in UTF-16, an exposure."""
    text = "Näher ж".encode("utf-16-le" if endian == "<" else "utf-16-be")
    inner = [
        (EXPOSURE, 5, 1, struct.pack(endian + "II", 1, 125)),
        (COMMENT, 7, 8 + len(text), b"UNICODE\0" + text),
        (LENS, 2, len(author), author),
        (40962, 3, 1, struct.pack(endian + "H", 20)),
    ]
    if maker:
        inner.append((37500, 7, len(maker), maker))
    date = b"2024:02:29 12:00:00\0"

    def outer(pointer: int) -> bytes:
        return directory(
            endian,
            [
                (ARTIST, 2, len(author), author),
                (DATE, 1, len(date), date),
                (34665, 4, 1, struct.pack(endian + "I", pointer)),
            ],
            8,
        )

    below = 8 + len(outer(0))
    head = (b"II*\0" if endian == "<" else b"MM\0*") + struct.pack(endian + "I", 8)
    return PREFIX + head + outer(below) + directory(endian, inner, below)


def texts(data: bytes) -> dict[int, str]:
    """What Pillow, another reader, finds; it takes bytes for Latin-1."""
    with Image.open(io.BytesIO(data)) as image:
        found = image.getexif()
        inner = found.get_ifd(34665)
    values = {ARTIST: found[ARTIST], DATE: found[DATE], LENS: inner[LENS]}
    return {
        tag: (value if isinstance(value, bytes) else value.encode("latin-1")).decode().rstrip("\0")
        for tag, value in values.items()
    }


@pytest.mark.parametrize("endian", "<>")
@pytest.mark.parametrize("author", ["Jürgen Müller", "© Zoë", "Ольга", "A. Person"])
@pytest.mark.parametrize("suffix", ["tif", "jpg", "png", "webp"])
def test_any_letters_go_whole_into_any_format_and_on_from_a_tiff(
    tmp_path: Path, endian: str, author: str, suffix: str
) -> None:
    data = io.BytesIO()
    image = Image.fromarray((PIXELS * 255).astype(np.uint8))
    image.save(data, "JPEG", exif=blob(endian, author.encode() + b"\0"))
    picture = read_bytes(data.getvalue())
    tiff = tmp_path / "x.tif"
    assert write_picture(picture, tiff) == ()
    path = tmp_path / f"y.{suffix}"
    assert write_picture(read_picture(tiff), path) == ()
    assert texts(path.read_bytes()) == {ARTIST: author, DATE: "2024:02:29 12:00:00", LENS: author}
    with Image.open(path) as image:
        inner = image.getexif().get_ifd(34665)
    assert float(inner[EXPOSURE]) == pytest.approx(1 / 125)
    assert inner[COMMENT][8:].decode("utf-16-le") == "Näher ж"


def test_a_short_or_nonsensical_exif_costs_itself_only() -> None:
    for bad in (b"II*\0\x08\0\0\0", b"II*\0\xff\xff\0\0", b"MM\0*\0\0\0\x08\xff\xff", b"nonsense"):
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "JPEG", exif=PREFIX + bad)
        picture = read_bytes(file.getvalue())
        assert picture.exif is None
        assert picture.notes == ("The EXIF data could not be read and was left out.",)


def test_values_that_lie_over_each_other_take_no_memory() -> None:
    entries = [(tag, 7, 60_000, bytes(8)) for tag in range(1000, 4000)]
    table = directory("<", entries, 8)
    values = PREFIX + b"II*\0\x08\0\0\0" + table + bytes(60_000)
    assert exif.count_damaged(values) >= 2998


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
@pytest.mark.parametrize("field", ["icc", "exif", "xmp"])
def test_an_encoder_that_fails_at_metadata_costs_the_metadata(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    field: str,
    srgb_profile: bytes,
    exif_blob: bytes,
    xmp_blob: bytes,
) -> None:
    real = Format.encode

    def failing(format: Format, quality: int) -> Encode:
        def encode(raster: Raster, file: BinaryIO) -> None:
            if getattr(raster, field) is not None:
                raise OSError("no")
            real(format, quality)(raster, file)

        return encode

    monkeypatch.setattr(Format, "encode", failing)
    blobs = {"icc": srgb_profile, "exif": exif_blob, "xmp": xmp_blob}
    picture = Picture(PIXELS, **blobs)  # type: ignore[arg-type]
    path = tmp_path / f"x.{suffix}"
    (note,) = write_picture(picture, path, quality=100)
    assert note.startswith(f"The {metadata.NAMES[field]} cannot be written to ")
    back = read_picture(path)
    assert getattr(back, field) is None
    for other in {"icc", "exif", "xmp"} - {field}:
        assert getattr(back, other) is not None
    assert np.abs(back.pixels - PIXELS).max() < (0.1 if suffix == "jpg" else 1e-6)


def test_nothing_that_is_called_exif_fails_a_save(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = blob("<", b"A. Person\0")
    for number in range(15):
        cut = whole[: rng.integers(0, len(whole))]
        flipped = bytearray(whole)
        flipped[rng.integers(6, len(whole))] ^= int(rng.integers(1, 256))
        for bad in (cut, bytes(flipped), PREFIX + rng.bytes(50), PREFIX + b"MM\0*" + rng.bytes(50)):
            path = tmp_path / f"{number}.tif"
            write_picture(Picture(PIXELS, exif=bad, xmp=b"\xff", icc=b"x"), path, force=True)
            np.testing.assert_array_equal(read_picture(path).pixels, PIXELS)


@pytest.mark.parametrize("module", [png_file, tiff_file])
def test_a_reader_that_fails_costs_the_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, xmp_blob: bytes
) -> None:
    path = tmp_path / ("x.png" if module is png_file else "x.tif")
    write_picture(Picture(PIXELS, xmp=xmp_blob, exif=blob("<", b"A\0")), path)

    def fail(*_: object) -> None:
        raise RecursionError

    if module is png_file:
        monkeypatch.setattr(png_file, "normalise_strictly", fail)
    else:
        monkeypatch.setattr(tiff_file.tiff_tags, "exif", fail)
    picture = read_picture(path)
    assert (picture.exif, picture.xmp) == (None, xmp_blob)
    assert picture.notes == ("The EXIF data could not be read and was left out.",)
    np.testing.assert_array_equal(picture.pixels, PIXELS)


def test_a_big_endian_bigtiff_opens_with_its_texts() -> None:
    file = io.BytesIO()
    author = (315, "s", 0, "Zoë Ångström".encode(), True)
    tifffile.imwrite(
        file, (PIXELS * 255).astype(np.uint8), photometric="rgb", bigtiff=True, byteorder=">",
        extratags=[author],
    )  # fmt: skip
    picture = read_bytes(file.getvalue())
    np.testing.assert_array_equal(np.rint(picture.pixels * 255), (PIXELS * 255).astype(np.uint8))
    assert picture.exif is not None
    assert "Zoë Ångström".encode() in picture.exif
    assert b'{"shape"' not in picture.exif  # how tifffile keeps its pages together


def test_a_long_maker_note_does_not_take_the_dates_with_it(tmp_path: Path) -> None:
    long = blob("<", b"A. Person\0", maker=bytes(80_000))
    (note,) = write_picture(Picture(PIXELS, exif=long), tmp_path / "x.jpg")
    assert note == "The EXIF data is too long for JPEG; the maker note was left out."
    assert texts((tmp_path / "x.jpg").read_bytes())[DATE] == "2024:02:29 12:00:00"


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg"])
def test_the_print_resolution_is_kept(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    assert write_picture(Picture(PIXELS, dpi=(300.0, 600.0)), path) == ()
    with Image.open(path) as image:
        assert [float(value) for value in image.info["dpi"]] == pytest.approx([300, 600], abs=0.01)
    back = read_picture(path)
    assert back.dpi == pytest.approx((300, 600), abs=0.01)
    again = tmp_path / f"again.{suffix}"
    write_picture(back, again)
    assert read_picture(again).dpi == back.dpi


def test_webp_says_that_it_has_no_resolution(tmp_path: Path) -> None:
    (note,) = write_picture(Picture(PIXELS, dpi=(300.0, 300.0)), tmp_path / "x.webp")
    assert note == "The print resolution cannot be written to WebP and was left out."
    assert write_picture(Picture(PIXELS, dpi=(72.0, 72.0)), tmp_path / "y.webp") == ()


IPTC = b"\x1c\x02\x05\x00\x05Title\x1c\x02\x19\x00\x07Gr\xc3\xbc\xc3\x9fe"


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png"])
def test_iptc_goes_from_format_to_format(tmp_path: Path, suffix: str) -> None:
    path, last = tmp_path / f"x.{suffix}", tmp_path / "y.jpg"
    assert write_picture(Picture(PIXELS, iptc=IPTC), path) == ()
    back = read_picture(path)
    assert (back.iptc, back.texts) == (IPTC, None)
    assert write_picture(back, last) == ()
    with Image.open(last) as image:  # another reader
        assert IptcImagePlugin.getiptcinfo(image) == {(2, 5): b"Title", (2, 25): "Grüße".encode()}
    if suffix == "tif":
        with Image.open(path) as image:
            assert IptcImagePlugin.getiptcinfo(image)[(2, 25)] == "Grüße".encode()


def test_words_go_on_or_are_told(tmp_path: Path) -> None:
    for comment in ("scanned by hand ü", "scanned by hand ü".encode("latin-1")):
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "JPEG", comment=comment)
        picture = read_bytes(file.getvalue())
        assert write_picture(picture, tmp_path / "x.png", force=True) == ()
        with Image.open(tmp_path / "x.png") as image:
            assert image.text == {"Comment": "scanned by hand ü"}
        again = read_picture(tmp_path / "x.png")
        assert write_picture(again, tmp_path / "x.jpg", force=True) == ()
        with Image.open(tmp_path / "x.jpg") as image:
            assert image.info["comment"].decode() == "scanned by hand ü"
        (note,) = write_picture(again, tmp_path / "x.tif", force=True)
        assert note == "The comment text cannot be written to TIFF and was left out."


def test_the_texts_of_a_png_stay_in_a_png(tmp_path: Path) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Title", "Grandmother")
    words.add_text("Description", "long " * 100, zip=True)
    words.add_itxt("Author", "Ольга", lang="ru")
    words.add_text("date:create", "2020-03-13T10:43:59+00:00")
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png", pnginfo=words)
    write_picture(read_picture(tmp_path / "x.png"), tmp_path / "y.png")
    with Image.open(tmp_path / "y.png") as image:
        expected = {"Title": "Grandmother", "Description": "long " * 100, "Author": "Ольга"}
        assert image.text == expected
    (note,) = write_picture(read_picture(tmp_path / "y.png"), tmp_path / "y.jpg")
    assert "comment text cannot be written to JPEG" in note


def test_a_resolution_in_centimetres_or_in_the_exif_counts_too(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(
        path, PIXELS, photometric="rgb", resolution=(100, 100), resolutionunit="CENTIMETER"
    )
    assert read_picture(path).dpi == (254, 254)
    found = Image.Exif()
    found.update({282: 240.0, 283: 240.0, 296: 2})
    image = Image.fromarray((PIXELS * 255).astype(np.uint8))
    image.save(tmp_path / "x.jpg", exif=found)
    assert read_picture(tmp_path / "x.jpg").dpi == (240, 240)
    image.save(tmp_path / "y.jpg")
    assert read_picture(tmp_path / "y.jpg").dpi is None


def test_metadata_of_a_picture_with_transparency_is_tried_with_it(
    tmp_path: Path, exif_blob: bytes
) -> None:
    picture = Picture(PIXELS, alpha=PIXELS[..., 0], exif=exif_blob)
    for suffix in ("png", "tif", "webp"):
        path = tmp_path / f"x.{suffix}"
        assert write_picture(replace(picture), path) == ()
        assert read_picture(path).exif is not None

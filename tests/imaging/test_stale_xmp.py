"""A saved file does not say of itself what is no longer so."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import png
import pytest
import tifffile
from PIL import Image

from restorer.errors import BadInput, TruncatedFile
from restorer.imaging.code_points import TOLD
from restorer.imaging.colour import as_srgb
from restorer.imaging.exif import PREFIX
from restorer.imaging.jpeg_extras import FURTHER, GAIN_MAP, VIDEO
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import with_record
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.stale_xmp import drop_stale, upright
from restorer.imaging.texts import from_comment
from restorer.imaging.write import write_picture

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
CONTAINER = "http://ns.google.com/photos/1.0/container/"
PIXELS = np.random.default_rng(0).integers(0, 256, (12, 20, 3)).astype(np.uint8)


def packet(namespace: str, attribute: str = "", element: str = "") -> bytes:
    return (
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:n="{namespace}" '
        f'xmlns:c="{CONTAINER}" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="x" '
        f"{attribute}>{element}</rdf:Description></rdf:RDF>"
    ).encode()


def saved(format: str, pixels: np.ndarray = PIXELS, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("namespace", "attribute", "note"),
    [
        ("http://ns.adobe.com/hdr-gain-map/1.0/", 'n:Version="1.0"', "gain map"),
        ("http://ns.google.com/photos/1.0/camera/", 'n:MotionPhoto="1"', "video"),
        ("http://ns.adobe.com/xmp/note/", 'n:HasExtendedXMP="8E29"', "second part"),
        ("http://example.org/", "", "beside the picture"),
    ],
)
def test_what_is_left_out_of_a_file_is_not_claimed_any_longer(
    namespace: str, attribute: str, note: str
) -> None:
    listed = "<c:Directory><rdf:Seq><rdf:li>GainMap</rdf:li></rdf:Seq></c:Directory>"
    xmp = packet(namespace, attribute, listed)
    picture = read_bytes(saved("JPEG", xmp=xmp))
    assert len(picture.notes) == 1
    assert note in picture.notes[0]
    assert picture.xmp is not None
    assert b'dc:format="x"' in picture.xmp
    assert (namespace.encode() in picture.xmp) == (not note.startswith("gain"))
    for gone in (b"Directory", b"GainMap", attribute.partition("=")[0].encode() or b"GainMap"):
        assert gone not in picture.xmp


def test_what_is_still_so_stays_to_the_byte() -> None:
    plain = packet("http://ns.google.com/photos/1.0/camera/", 'n:hdrp="a note of the camera"')
    assert drop_stale(plain) == (plain, ())
    assert drop_stale(None) == (None, ())


@pytest.mark.parametrize(
    "form", ['tiff:Orientation="%d"', "<tiff:Orientation>%d</tiff:Orientation>"]
)
def test_a_picture_that_was_turned_says_so_nowhere(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769).update({40962: 20, 40963: 12})
    tiff = "http://ns.adobe.com/tiff/1.0/"
    said = form % 6
    inside = {"attribute": said} if "=" in said else {"element": said}
    xmp = packet(tiff, **inside).replace(b"xmlns:n", b"xmlns:tiff")
    data = saved("JPEG", exif=exif, xmp=xmp)
    picture = read_bytes(data)
    assert picture.size == (12, 20)
    assert picture.xmp == upright(xmp) == xmp.replace(said.encode(), (form % 1).encode())


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("side", [20, 70_000])
def test_the_exif_tells_the_size_that_is_saved(tmp_path: Path, suffix: str, side: int) -> None:
    if side > 65535 and suffix in ("jpg", "webp"):
        return  # which end there
    exif = Image.Exif()
    exif[271] = "Restorer Optics"
    exif.get_ifd(0x8769).update({33434: 0.01, 40962: 6, 40963: 7})
    path = tmp_path / f"x.{suffix}"
    write_picture(Picture(np.zeros((3, side, 3), np.float32), exif=exif.tobytes()), path)
    with Image.open(path) as image:
        inner = image.getexif().get_ifd(0x8769)
    assert (inner[40962], inner[40963], float(inner[33434])) == (side, 3, 0.01)


# ---- PNG -------------------------------------------------------------------------------------


def with_chunks(*chunks: tuple[bytes, bytes], pixels: np.ndarray = PIXELS) -> bytes:
    first, *rest = png.Reader(bytes=saved("PNG", pixels)).chunks()
    file = io.BytesIO()
    png.write_chunks(file, [first, *chunks, *rest])
    return file.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_exif_as_a_text_in_hex_counts(packed: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    raw = exif.tobytes()
    text = b"\nexif\n%8d\n" % len(raw) + raw.hex().encode() + b"\n"
    key = b"Raw profile type exif\0"
    chunk = (b"zTXt", key + b"\0" + zlib.compress(text)) if packed else (b"tEXt", key + text)
    picture = read_bytes(with_chunks(chunk))
    np.testing.assert_array_equal(np.rint(picture.pixels * 255), PIXELS[::-1, ::-1])
    assert picture.exif is not None


def test_hdr_colours_are_kept_by_png_and_toned_down_elsewhere(tmp_path: Path) -> None:
    codes = np.tile(np.array([0, 96, 148, 192], np.uint8)[None, :, None], (1, 1, 3))
    pq = bytes((9, 16, 0, 1))
    picture = read_bytes(with_chunks((b"cICP", pq), pixels=codes))
    (note,) = picture.notes
    assert "HDR (BT.2020 with PQ)" in note
    np.testing.assert_array_equal(np.rint(picture.pixels * 255), codes)
    assert write_picture(picture, tmp_path / "x.png") == ()
    assert read_picture(tmp_path / "x.png").cicp == pq
    (note,) = write_picture(picture, tmp_path / "x.tif")
    assert "HDR" in note
    shown = as_srgb(picture.pixels, picture.icc or b"")
    assert shown is not None
    # 24.9, 203 and 1003 cd/m2: as it is below the knee, the brightest is white (BT.2390).
    dark = 1.055 * (24.9 / 203) ** (1 / 2.4) - 0.055
    assert shown[0, :, 1] == pytest.approx([0, dark, 0.897, 1], abs=0.003)
    codes[:] = 191
    hlg = read_bytes(with_chunks((b"cICP", bytes((9, 18, 0, 1))), pixels=codes))
    bright = as_srgb(hlg.pixels, hlg.icc or b"")
    assert (
        bright is not None and bright.min() > 0.99
    )  # white of paper, of which nothing is brighter


def test_numbers_of_other_colours_become_a_profile() -> None:
    assert read_bytes(with_chunks((b"cICP", bytes((1, 13, 0, 1))))).icc is None
    wide = read_bytes(with_chunks((b"cICP", bytes((12, 13, 0, 1)))))
    assert wide.cicp is None and wide.notes == (TOLD,)
    grey = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8, 1).repeat(3, 2)
    same = as_srgb(grey, wide.icc or b"")
    assert same is not None and np.abs(same - grey).max() < 1e-3
    pure = as_srgb(np.array([[[0, 0.5, 0]]], np.float32), wide.icc or b"")
    assert pure is not None and pure[0, 0].tolist() == pytest.approx([0, 0.507, 0], abs=0.012)
    (note,) = read_bytes(with_chunks((b"cICP", bytes((77, 3, 0, 1))))).notes
    assert (
        note == "The colours are primaries 77 with transfer 3; they are shown as if they were sRGB."
    )


# ---- what others keep in a file ----------------------------------------------------------------


def with_segment(marker: int, body: bytes) -> bytes:
    data = saved("JPEG")
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + data[2:]


@pytest.mark.parametrize(
    ("marker", "body", "name"),
    [
        (0xE1, b"FLIR\0\1\0\0" + bytes(20), "FLIR"),
        (0xE6, b"GoPro\0" + bytes(8), "GoPro"),
        (0xE7, b"\0\1\2", "APP7"),
        (0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4), "HDR gain map"),
        (0xED, b"Photoshop 3.0\x008BIM\x07\xd0\0\0\0\0\0\4abcd", "paths of Photoshop"),
    ],
)
def test_what_other_programs_keep_in_a_jpeg_is_told(marker: int, body: bytes, name: str) -> None:
    (note,) = read_bytes(with_segment(marker, body)).notes
    assert note == f"What other programs keep in the file was left out: {name}."


def test_what_other_programs_keep_in_a_png_or_a_tiff_is_told() -> None:
    said = "What other programs keep in the file was left out: {}."
    usual, own = (b"sBIT", b"\x08\x08\x08"), (b"prVW", b"x")
    assert read_bytes(with_chunks(usual)).notes == ()
    light = (b"cLLI", bytes(8))
    assert read_bytes(with_chunks(usual, own, own, light)).notes == (said.format("prVW, cLLI"),)
    for tags, names in (
        ([(37724, 7, 8, b"Adobe Ph", True)], "layers of Photoshop"),
        (
            [(65000, 7, 4, b"scan", True), (286, "2I", 1, [3, 1], True)],
            "position on the page, tag 65000",
        ),
        ([(285, 2, 5, b"page", True), (34377, 7, 4, b"8BIM", True)], ""),
    ):
        file = io.BytesIO()
        tifffile.imwrite(file, PIXELS, metadata=None, extratags=tags)
        assert read_bytes(file.getvalue()).notes == (said.format(names),) * bool(names)


def test_all_comments_of_a_jpeg_are_read() -> None:
    data = with_segment(0xFE, b"first")
    data = data[:2] + struct.pack(">BBH", 0xFF, 0xFE, 8) + b"before" + data[2:]
    assert read_bytes(data).texts == from_comment(b"before\nfirst")


def test_of_two_eyes_one_is_told() -> None:
    file, one = io.BytesIO(), Image.fromarray(PIXELS)
    one.save(file, "MPO", save_all=True, append_images=[one])
    assert read_bytes(file.getvalue()).notes == (FURTHER,)
    data = bytearray(file.getvalue())
    with Image.open(file) as image:
        size = image.mpinfo[0xB002][0]["Size"]  # type: ignore[attr-defined]
    first = data.index(struct.pack("<LL", 0x030000, size))
    for entry in (first, first + 16):
        data[entry : entry + 4] = struct.pack("<L", 0x020002)  # for two eyes (CIPA DC-007)
    assert read_bytes(bytes(data)).notes == ("Only the first of 2 pictures was opened.",)


@pytest.mark.parametrize(
    ("behind", "notes"),
    [
        (bytes(300), ()),
        (saved("JPEG"), (FURTHER,)),
        (saved("JPEG", xmp=b"<x hdrgm:Version='1.0'/>"), (GAIN_MAP,)),
        (b"MotionPhoto_Data\0\0\0\x18ftypmp42" + bytes(16) + b"SEFT", (VIDEO,)),
        (b"Image_UTC_Data17SEFT", ("20 bytes behind the picture in the file were left out.",)),
    ],
)
@pytest.mark.parametrize("progressive", [False, True])
def test_what_stands_behind_a_jpeg_is_told(
    behind: bytes, notes: tuple[str, ...], progressive: bool
) -> None:
    picture = saved("JPEG", progressive=progressive, restart_marker_rows=1)
    assert read_bytes(picture + behind).notes == notes


def with_thumbnail(jpeg: bytes) -> bytes:
    """EXIF data whose second directory holds a JPEG."""
    first = struct.pack("<HHHIII", 1, 274, 3, 1, 6, 26)
    second = struct.pack("<H", 3) + struct.pack("<HHII", 274, 3, 1, 6)
    second += struct.pack("<HHII", 513, 4, 1, 68) + struct.pack("<HHII", 514, 4, 1, len(jpeg))
    return PREFIX + b"II*\0" + struct.pack("<I", 8) + first + second + bytes(4) + jpeg


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".jxl", ".avif"])
def test_the_thumbnail_shows_the_result(tmp_path: Path, suffix: str) -> None:
    old = saved("JPEG", np.zeros((60, 90, 3), np.uint8), quality=100)
    old += bytes(4000 - len(old))
    came = saved("JPEG", np.zeros((120, 180, 3), np.uint8), exif=with_thumbnail(old))
    picture = read_bytes(came)
    out = tmp_path / f"x{suffix}"
    assert write_picture(picture.with_pixels(picture.pixels + np.float32(0.8)), out) == ()
    blob = read_picture(out).exif
    assert blob is not None
    assert old not in blob
    assert len(blob) == len(with_thumbnail(old))
    assert (blob[24], blob[42]) == (1, 1)  # both upright
    (length,) = struct.unpack_from("<I", blob, 66)
    with Image.open(io.BytesIO(blob[-len(old) :][:length])) as image:
        assert image.size == (60, 90)
        assert np.asarray(image).min() > 190


def test_a_thumbnail_without_room_for_the_result_is_taken_out_and_told(tmp_path: Path) -> None:
    old = saved("JPEG", np.zeros((60, 90, 3), np.uint8), quality=1, optimize=True)
    came = saved("PNG", np.tile(PIXELS, (20, 20, 1)), exif=with_thumbnail(old))
    (note,) = write_picture(read_bytes(came), tmp_path / "x.png")
    assert "thumbnail" in note
    blob = read_picture(tmp_path / "x.png").exif
    assert blob is not None
    assert blob.endswith(bytes(len(old)))
    assert struct.unpack_from("<I", blob, 28) == (0,)


def test_xmp_of_a_gif_and_in_sixteen_bits_is_read() -> None:
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta>'
    gif = saved("GIF")
    at = gif.index(b"\x2c", 13 + 3 * 2 ** ((gif[10] & 7) + 1))
    trailer = bytes((1, *range(255, -1, -1), 0))
    extended = b"\x21\xff\x0bXMP DataXMP" + packet.encode() + trailer
    assert read_bytes(gif[:at] + extended + gif[at:]).xmp == packet.encode()
    wide = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode("utf-16-be")
    picture = read_bytes(with_segment(0xE1, wide))
    assert (picture.xmp, picture.notes) == (packet.encode(), ())


# ---- JPEG of more than eight bits ------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_of_twelve_bits_opens(channels: int) -> None:
    ramp = np.linspace(300, 3900, 64 * 48).reshape(48, 64).astype(np.uint16)
    values = ramp if channels == 1 else np.dstack([ramp, ramp[::-1], ramp])
    data = imagecodecs.jpeg8_encode(values, level=98, bitspersample=12)
    picture = read_bytes(data)
    assert (picture.bits, picture.grey, picture.format) == (16, channels == 1, "JPEG")
    expected = values / 4095 if channels == 3 else values[..., None] / 4095
    assert np.abs(picture.pixels - expected).max() < 0.02
    said = saved("JPEG", exif=with_thumbnail(b""), comment=b"words", dpi=(300, 300))
    picture = read_bytes(said[: said.index(b"\xff\xdb")] + data[data.index(b"\xff\xdb") :])
    assert picture.exif is not None and picture.texts is not None and picture.dpi == (300, 300)
    with pytest.raises(TruncatedFile) as caught:
        read_bytes(data[: len(data) // 2])
    assert caught.value.complete == pytest.approx(0.5, abs=0.25)


def test_a_jpeg_of_other_bits_is_refused_truly() -> None:
    data = bytearray(saved("JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 16
    with pytest.raises(BadInput, match="is a JPEG with 16 bits a channel that could not be read"):
        read_bytes(bytes(data))


@pytest.mark.parametrize("kind", ["deep", "large", "no xml"])
def test_xmp_that_nothing_can_be_added_to_is_left_out_with_a_note(
    tmp_path: Path, kind: str
) -> None:
    inner = {
        "deep": "<rdf:Description>" * 30_000 + "</rdf:Description>" * 30_000,
        "large": "<!--" + "x" * (9 << 20) + "-->",
        "no xml": "<&",
    }[kind]
    xmp = f'<rdf:RDF xmlns:rdf="{RDF}">{inner}</rdf:RDF>'.encode()
    picture = Picture(PIXELS.astype(np.float32) / 255, xmp=xmp)
    with_record(picture.xmp, "{}")  # a result is not lost over it
    assert write_picture(picture, tmp_path / "x.png") == ()
    back = read_picture(tmp_path / "x.png")
    assert back.xmp is None
    assert back.notes == ("The XMP data could not be read and was left out.",)

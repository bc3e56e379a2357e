"""PCX, BMP, DDS and TGA in the kinds that Pillow alone does not read, or reads wrong."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from restorer.errors import BadInput, TruncatedFile
from restorer.imaging.read import read_bytes

BYTES = np.random.default_rng(0).integers(0, 256, (12, 20, 4)).astype(np.uint8)
COLOURS = np.random.default_rng(1).integers(0, 256, (16, 3)).astype(np.uint8)


def shown(data: bytes) -> np.ndarray:
    return np.rint(255 * read_bytes(data).pixels).astype(np.uint8)


def pcx(
    values: np.ndarray, bits: int, planes: int, palette: bytes = b"", version: int = 5
) -> bytes:
    """Numbers of bits x planes (H, W), or bytes (H, W, planes), packed over the ends of rows."""
    height, width = values.shape[:2]
    if bits == 8:
        lines = np.moveaxis(values.reshape(height, width, planes), 2, 1)
    else:
        shifts = np.arange(bits)[::-1] + bits * np.arange(planes)[:, None]
        spread = values[:, None, :, None] >> shifts[:, None] & 1
        lines = np.packbits(spread.reshape(height, planes, -1), axis=2)
    stride = (lines.shape[2] + 1) // 2 * 2
    raw = np.pad(lines, ((0, 0), (0, 0), (0, stride - lines.shape[2]))).tobytes()
    packed = bytearray()
    while raw:
        run = next((n for n in range(1, min(63, len(raw))) if raw[n] != raw[0]), min(63, len(raw)))
        packed += bytes((0xC0 | run, raw[0])) if run > 1 or raw[0] >= 0xC0 else raw[:1]
        raw = raw[run:]
    head = struct.pack("<4B6H", 10, version, 1, bits, 0, 0, width - 1, height - 1, 300, 300)
    head += palette.ljust(48, b"\0") + struct.pack("<xBHH", planes, stride, 1)
    return head.ljust(128, b"\0") + bytes(packed)


@pytest.mark.parametrize(
    ("palette", "wanted"),
    [
        (b"\0\0\0\xff\xff\xff", [[0] * 3, [255] * 3]),
        (b"\xff\xff\xff\0\0\0", [[255] * 3, [0] * 3]),
        (b"\x40\x20\x10\xf0\xe0\xd0", [[64, 32, 16], [240, 224, 208]]),
        (bytes(6), [[0] * 3, [255] * 3]),
    ],
)
def test_a_pcx_of_two_values_has_the_colours_of_its_palette(palette: bytes, wanted: list) -> None:
    values = BYTES[..., 0] & 1
    data = pcx(values, 1, 1, palette)
    np.testing.assert_array_equal(shown(data), np.array(wanted, np.uint8)[values])
    assert read_bytes(data).dpi == (300, 300)


@pytest.mark.parametrize(("bits", "planes"), [(2, 1), (4, 1), (1, 2), (1, 3), (1, 4)])
def test_a_pcx_of_few_colours(bits: int, planes: int) -> None:
    values = BYTES[..., 0] & ((1 << bits * planes) - 1)
    data = pcx(values, bits, planes, COLOURS.tobytes())
    np.testing.assert_array_equal(shown(data), COLOURS[values])


def test_a_pcx_without_a_palette_has_the_colours_of_screens() -> None:
    values = BYTES[..., 0] & 15
    found = shown(pcx(values, 1, 4, version=3))
    bright = found[values == 15], found[values == 8], found[values == 4]
    assert [np.unique(part, axis=0).tolist() for part in bright] == [
        [[255] * 3],
        [[85] * 3],
        [[170, 0, 0]],
    ]


def test_a_pcx_with_transparency_and_one_that_ends_early() -> None:
    data = pcx(BYTES, 8, 4)
    picture = read_bytes(data)
    assert picture.alpha is not None
    np.testing.assert_array_equal(np.rint(255 * picture.alpha), BYTES[..., 3])
    np.testing.assert_array_equal(shown(data), BYTES[..., :3])
    with pytest.raises(TruncatedFile, match="ends early"):
        read_bytes(data[: len(data) // 2])
    part = read_bytes(data[: len(data) // 2], allow_truncated=True)
    np.testing.assert_array_equal(np.rint(255 * part.pixels[:4]), BYTES[:4, :, :3])
    with pytest.raises(BadInput, match="is damaged"):
        read_bytes(data[:66] + b"\1\0" + data[68:])


def bmp(rows: np.ndarray, width: int, depth: int, packing: int = 0, more: bytes = b"") -> bytes:
    lines = rows[::-1].reshape(len(rows), -1).view(np.uint8)
    body = np.pad(lines, ((0, 0), (0, -lines.shape[1] % 4))).tobytes()
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, len(rows), 1, depth, packing, 0, 11811, 11811, 0, 0
    )
    start = 14 + len(info) + len(more)
    return struct.pack("<2sIII", b"BM", start + len(body), 0, start) + info + more + body


def test_a_bmp_names_the_places_of_its_colours() -> None:
    red, green, blue, alpha = (BYTES[..., n].astype(np.uint32) for n in range(4))
    masks = struct.pack("<3I", 0xFF, 0xFF0000, 0xFF000000)
    data = bmp(red | green << 16 | blue << 24, 20, 32, 3, masks)
    np.testing.assert_array_equal(shown(data), BYTES[..., :3])
    assert read_bytes(data).dpi == pytest.approx((300, 300), abs=0.01)
    masks = struct.pack("<4I", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    with_alpha = read_bytes(bmp(red | green << 8 | blue << 16 | alpha << 24, 20, 32, 6, masks))
    assert with_alpha.alpha is not None
    np.testing.assert_array_equal(np.rint(255 * with_alpha.alpha), BYTES[..., 3])
    few = (red >> 4) << 8 | (green >> 4) << 4 | blue >> 4
    data = bmp(few.astype("<u2"), 20, 16, 3, struct.pack("<3I", 0xF00, 0xF0, 0xF))
    np.testing.assert_array_equal(shown(data), (BYTES[..., :3] >> 4) * 17)
    with pytest.raises(BadInput, match="is damaged"):
        read_bytes(bmp(few.astype("<u2"), 20, 16, 3, bytes(12)))
    with pytest.raises(TruncatedFile, match="ends early"):
        read_bytes(data[:-40])


def test_a_bmp_of_four_colours_and_one_that_holds_a_jpeg() -> None:
    values = BYTES[..., 0] & 3
    rows = (values.reshape(12, 5, 4) << np.array([6, 4, 2, 0])).sum(axis=2).astype(np.uint8)
    listed = np.pad(COLOURS[:4, ::-1], ((0, 0), (0, 1))).tobytes()
    np.testing.assert_array_equal(shown(bmp(rows, 20, 2, 0, listed)), COLOURS[values])
    for packing, form in ((4, "JPEG"), (5, "PNG")):
        file = io.BytesIO()
        Image.fromarray(BYTES[..., :3]).save(file, form)
        inside = np.frombuffer(file.getvalue(), np.uint8)[None]
        data = bmp(inside, 20, 0, packing)
        assert read_bytes(data).format == "BMP"
        np.testing.assert_array_equal(shown(data), shown(file.getvalue()))


def test_a_palette_that_is_too_long_is_cut() -> None:
    file = io.BytesIO()
    Image.fromarray(BYTES[..., 0]).save(file, "BMP")
    data = bytearray(file.getvalue())
    data[46:50] = struct.pack("<I", 300)
    np.testing.assert_array_equal(shown(bytes(data))[..., 0], BYTES[..., 0])


def dds(code: int, body: bytes) -> bytes:
    head = struct.pack("<4s7I", b"DDS ", 124, 0x1007, 12, 20, 0, 0, 1).ljust(76, b"\0")
    head += struct.pack("<2I4s", 32, 4, b"DX10").ljust(32, b"\0") + struct.pack("<I", 0x1000)
    return head.ljust(128, b"\0") + struct.pack("<5I", code, 3, 0, 1, 0) + body


@pytest.mark.parametrize(("code", "alpha"), [(87, True), (91, True), (88, False), (93, False)])
def test_a_dds_with_blue_first(code: int, alpha: bool) -> None:
    data = dds(code, np.ascontiguousarray(BYTES[..., [2, 1, 0, 3]]).tobytes())
    np.testing.assert_array_equal(shown(data), BYTES[..., :3])
    assert (read_bytes(data).alpha is not None) == alpha


@pytest.mark.parametrize(("srgb", "plain"), [(72, 71), (75, 74), (78, 77)])
def test_a_dds_of_srgb_is_read_as_one_that_does_not_say(srgb: int, plain: int) -> None:
    blocks = BYTES.tobytes()[: 3 * 5 * 16]
    np.testing.assert_array_equal(shown(dds(srgb, blocks)), shown(dds(plain, blocks)))


def test_a_dds_that_is_multiplied_with_its_transparency_is_divided() -> None:
    file = io.BytesIO()
    half = np.full((12, 20, 4), 128, np.uint8)
    Image.fromarray(half).save(file, "DDS", pixel_format="DXT5")
    picture = read_bytes(file.getvalue().replace(b"DXT5", b"DXT4"))
    assert picture.alpha is not None and picture.pixels.min() > 0.98


def test_runs_of_a_tga_may_go_over_the_ends_of_rows() -> None:
    head = struct.pack("<3B5x4H2B", 0, 0, 10, 0, 0, 20, 12, 24, 0x20)
    data = head + b"\xff\1\2\3" + b"\xee\1\2\3" + b"\0\4\5\6"
    found = shown(data)
    assert found[0, 0].tolist() == [3, 2, 1] and found[11, 19].tolist() == [6, 5, 4]
    with pytest.raises(BadInput, match="is damaged"):
        read_bytes(data[:-4])


@pytest.mark.parametrize("bits", [0, 8])
def test_a_tga_that_would_be_nowhere_to_be_seen_is_opaque(bits: int) -> None:
    head = struct.pack("<3B5x4H2B", 0, 0, 2, 0, 0, 20, 12, 32, 0x20 | bits)
    clear = BYTES[..., [2, 1, 0, 3]].copy()
    clear[..., 3] = 0
    picture = read_bytes(head + clear.tobytes())
    assert picture.alpha is None
    np.testing.assert_array_equal(np.rint(255 * picture.pixels), BYTES[..., :3])

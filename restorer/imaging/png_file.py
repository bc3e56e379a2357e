"""PNG with 1 to 16 bits: libpng (imagecodecs) for the pixels, pypng for the chunks around them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import imagecodecs
import numpy as np
import png

from restorer.imaging import chromaticities
from restorer.imaging.exif import PREFIX, Dpi, normalise_strictly, plausible_dpi
from restorer.imaging.jpeg_extras import left_out
from restorer.imaging.levels import narrow
from restorer.imaging.metadata import with_metadata
from restorer.imaging.picture import Texts
from restorer.imaging.raster import LEAST, Raster, Unreadable, check_held, check_size
from restorer.imaging.texts import iptc_of, resource
from restorer.words import tr

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RAW = b"Raw profile type "
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
# What ImageMagick writes of every file: other metadata again, and when it was there last.
_COLOURS = (b"iCCP", b"sRGB", b"gAMA", b"cICP")  # what says that values are codes of colours
# And what is read, speaks of how the picture is stored, or is told of elsewhere.
_KNOWN = (
    *(*_COLOURS, *_TEXTS, b"cHRM", b"eXIf", b"pHYs", b"tRNS", b"sBIT", b"bKGD", b"hIST", b"sPLT"),
    *(b"IHDR", b"PLTE", b"IEND", b"tIME", b"acTL", b"fcTL", b"fdAT", b"caBX", b"iDOT", b"vpAg"),
)
_NOT_WORDS = (_RAW, b"date:", b"icc:", b"exif:", b"png:")
_XMP = b"XML:com.adobe.xmp"
_DEFLATE = 1032  # the most bytes that one byte can unpack to
_METRE = 0.0254  # in inches
_MAX_METADATA = 64 << 20  # unpacked size of one compressed chunk; real ones are below 10 MB

Chunk = tuple[bytes, bytes]


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read a PNG; with `partial`, the readable part of a damaged one (the rest is black)."""
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise Unreadable("ends within the first bytes")
    width, height, depth, _colour = struct.unpack(">IIBB", data[16:26])
    check_size(width, height)
    complete = 1.0
    check_held(width, height, _share(data) * width * height)
    if partial:
        data, complete = _salvage(data)
    chunks = [chunk for chunk in _walk(data) if chunk[0] != b"IDAT"]
    pixels = imagecodecs.png_decode(data)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    channels = pixels.shape[2]
    has_alpha = channels in (2, 4)
    told = channels == 3 and any(kind in _COLOURS for kind, _ in chunks)
    narrowed = channels in (1, 3) and depth == 16 and not told
    levels, said = narrow(pixels) if narrowed else (None, ())
    deep = levels.white if levels else 65535.0
    frames = _frames_note(chunks)
    raster = Raster(
        samples=pixels[..., : channels - has_alpha],
        kind="grey" if channels < 3 else "rgb",
        white=255.0 if pixels.dtype == np.uint8 else deep,
        bits=16 if depth == 16 else 8,
        format="PNG",
        alpha=pixels[..., -1] if has_alpha else None,
        levels=levels,
        notes=frames + said + left_out(_strangers(chunks)),
        several=bool(frames),
        complete=complete,
    )
    raster = with_metadata(
        raster,
        icc=lambda: _icc(chunks),
        exif=lambda: normalise_strictly(
            _find(chunks, b"eXIf") or _raw_profile(chunks, b"exif", b"APP1")
        ),
        xmp=lambda: _xmp(chunks) or _raw_profile(chunks, b"xmp"),
        dpi=lambda: _dpi(chunks),
        cicp=lambda: _cicp(chunks),
        iptc=lambda: iptc_of(_raw_profile(chunks, b"iptc")),
        texts=lambda: _texts(chunks),
    )
    first = dict(reversed(chunks))
    return chromaticities.add_profile(raster, lambda: chromaticities.of_png(first, channels < 3))


def encode(raster: Raster, file: BinaryIO) -> None:
    """Write 8 or 16 bits with all metadata."""
    samples = np.ascontiguousarray(raster.stacked)
    # imagecodecs allots too little for tall thin pictures: each row has a filter byte, and noise
    # does not pack.
    room = samples.nbytes + len(samples) + (samples.nbytes >> 7) + (1 << 16)
    # Four times as fast as the default, and photographs grow by less than a tenth.
    flags = imagecodecs.PNG
    encoded = imagecodecs.png_encode(
        samples, level=1, strategy=flags.STRATEGY.RLE, filter=flags.FILTER.SUB, out=room
    )
    first, *rest = png.Reader(bytes=encoded).chunks()
    extra: list[Chunk] = []
    if raster.cicp:
        extra.append((b"cICP", raster.cicp))
    if raster.icc:
        extra.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(raster.icc)))
    if raster.exif:
        extra.append((b"eXIf", raster.exif.removeprefix(PREFIX)))
    if raster.xmp:
        extra.append((b"iTXt", _XMP + b"\0\0\0\0\0" + raster.xmp))
    if raster.dpi:
        x, y = (round(value / _METRE) for value in raster.dpi)
        extra.append((b"pHYs", struct.pack(">IIB", x, y, 1)))
    if raster.iptc:
        raw = resource(raster.iptc)
        text = b"\niptc\n%8d\n%s\n" % (len(raw), raw.hex().encode())
        extra.append((b"tEXt", _RAW + b"iptc\0" + text))
    extra += raster.texts or ()
    png.write_chunks(file, [first, *extra, *rest])


def _walk(data: bytes) -> Iterator[Chunk]:
    """All chunks; the last one may be cut short.

    pypng's own reader refuses that, and damage to a comment, which must not hide the picture.
    """
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        yield kind, data[position + 8 : position + 8 + length]
        position += 12 + length


def _find(chunks: list[Chunk], name: bytes) -> bytes | None:
    return next((body for kind, body in chunks if kind == name), None)


def _frames_note(chunks: list[Chunk]) -> tuple[str, ...]:
    control = _find(chunks, b"acTL")
    if control is None:
        return ()
    number = int.from_bytes(control[:4], "big")
    return (tr("Only the first of {number} frames was opened.", number=number),) * (number > 1)


def _strangers(chunks: list[Chunk]) -> Iterator[str]:
    """The names of the chunks that are not kept; other characters than letters mean damage."""
    for kind, _ in chunks:
        if kind not in _KNOWN and kind.isalpha():
            yield kind.decode("ascii")


def _dpi(chunks: list[Chunk]) -> Dpi | None:
    body = _find(chunks, b"pHYs")
    if body is None:
        return None
    x, y, unit = struct.unpack(">IIB", body)
    return plausible_dpi((x * _METRE, y * _METRE)) if unit == 1 else None


def _icc(chunks: list[Chunk]) -> bytes | None:
    body = _find(chunks, b"iCCP")
    if body is None:
        return None
    _name, _, packed = body.partition(b"\0")
    return _unpack(packed[1:])


def _xmp(chunks: list[Chunk]) -> bytes | None:
    for kind, body in chunks:
        if kind == b"iTXt" and body.startswith(_XMP + b"\0"):
            rest = body[len(_XMP) + 1 :]
            compressed, tail = rest[:1] == b"\1", rest[2:]
            _language, _, tail = tail.partition(b"\0")
            _keyword, _, text = tail.partition(b"\0")
            return _unpack(text) if compressed else text
    return None


def _cicp(chunks: list[Chunk]) -> bytes | None:
    chunk = _find(chunks, b"cICP")
    return chunk if chunk and len(chunk) == 4 else None


def _texts(chunks: list[Chunk]) -> Texts | None:
    found = []
    for kind, body in chunks:
        if kind in _TEXTS and not body.startswith((_XMP, *_NOT_WORDS)):
            found.append((kind, body))
    return tuple(found) or None


def _raw_profile(chunks: list[Chunk], *names: bytes) -> bytes | None:
    """Data that ImageMagick and ExifTool write as text: its name, its length, its bytes in hex.

    Raises:
        ValueError: it is damaged.
    """
    for kind, body in chunks:
        keyword, _, text = body.partition(b"\0")
        if kind in (b"tEXt", b"zTXt") and keyword.removeprefix(_RAW) in names:
            plain = text if kind == b"tEXt" else _unpack(text[1:]) or b""
            _name, length, *lines = plain.strip().split(b"\n")  # a name may be two words
            found = bytes.fromhex(b"".join(lines).decode("ascii"))
            if len(found) != int(length):
                raise ValueError("a profile of another length than it says")
            return found
    return None


def _unpack(packed: bytes) -> bytes | None:
    inflate = zlib.decompressobj()
    unpacked = inflate.decompress(packed, _MAX_METADATA)
    if inflate.unconsumed_tail:
        raise ValueError("more than any metadata")
    return unpacked or None


def _salvage(data: bytes) -> tuple[bytes, float]:
    """A whole PNG from the part of a damaged one that can be unpacked, and that part's share."""
    head = [chunk for chunk in _walk(data) if chunk[0] not in (b"IDAT", b"IEND")]
    packed = b"".join(body for kind, body in _walk(data) if kind == b"IDAT")
    expected = _unpacked_size(data)
    scanlines = _inflate(packed, expected)
    complete = len(scanlines) / expected
    width, height = struct.unpack(">II", data[16:24])
    check_held(width, height, width * height * complete / LEAST)
    body = zlib.compress(scanlines + bytes(expected - len(scanlines)), 1)
    whole = io.BytesIO()
    png.write_chunks(whole, [*head, (b"IDAT", body), (b"IEND", b"")])
    return whole.getvalue(), complete


def _share(data: bytes) -> float:
    """The largest share of the picture that the packed bytes can hold."""
    packed = sum(len(body) for kind, body in _walk(data) if kind == b"IDAT")
    return packed * _DEFLATE / _unpacked_size(data)


def _inflate(packed: bytes, limit: int) -> bytes:
    """Unpack up to the end or the first damage; small steps lose little there."""
    inflate = zlib.decompressobj()
    out = bytearray()
    try:
        for start in range(0, len(packed), 512):
            if len(out) >= limit:
                break
            out += inflate.decompress(packed[start : start + 512], limit - len(out))
    except zlib.error:
        pass  # damage in the middle: what came before it counts
    return bytes(out)


def _unpacked_size(data: bytes) -> int:
    """Bytes of all scanlines, each with its filter byte (PNG 1.2, sections 2.3 and 2.6)."""
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour)
    if samples is None:
        raise Unreadable("is damaged and could not be read")
    passes = png.adam7 if interlace else ((0, 0, 1, 1),)
    total = 0
    for x, y, dx, dy in passes:
        columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * samples * depth + 7) // 8)
    return total

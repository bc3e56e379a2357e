"""EXIF blobs: read and reset the orientation without touching another byte.

Rewriting a blob with a library moves maker notes and breaks them, so the few bytes are patched
where they are (EXIF 2.32: a TIFF structure behind the six bytes, "Exif" and two zeros).
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restorer.imaging import ifd

PREFIX = b"Exif\0\0"
Dpi = tuple[float, float]
RESOLUTION = (296, 282, 283)  # unit, x and y
_INCHES = {2: 1.0, 3: 2.54}  # units by number: values times this are per inch
_ORIENTATION, _SHORT, _LONG = 0x0112, 3, 4
_WIDTH, _HEIGHT = 40962, 40963


def normalise(blob: bytes | None) -> bytes | None:
    """The blob with its prefix, or None when there is nothing that looks like EXIF in it."""
    if not blob:
        return None
    body = blob.removeprefix(PREFIX)
    return PREFIX + body if body[:4] in (b"II*\0", b"MM\0*") else None


def normalise_strictly(blob: bytes | None) -> bytes | None:
    """As `normalise`, but unreadable data is an error.

    Raises:
        ValueError, struct.error: for such a blob.
    """
    found = normalise(blob)
    if found is not None:
        count_damaged(found)
    elif blob and blob != PREFIX:
        raise ValueError("no EXIF data")
    return found


def count_damaged(blob: bytes) -> int:
    """How many values of the blob cannot be read.

    Raises:
        ValueError, struct.error: none can.
    """
    return ifd.tree_in(ifd.Source.of(blob.removeprefix(PREFIX)))[1]


def dpi(blob: bytes | None) -> Dpi | None:
    """Pixels per inch along x and y for printing; None when absent.

    Raises:
        ValueError, struct.error: the blob cannot be read.
    """
    if blob is None:
        return None
    source = ifd.Source.of(blob.removeprefix(PREFIX))
    return resolution(ifd.tree_in(source, wanted=RESOLUTION)[0])


def resolution(tree: ifd.Tree) -> Dpi | None:
    """As `dpi`, of a directory."""
    unit, *values = (tree.get(tag) for tag in RESOLUTION)
    inch = _INCHES.get(int.from_bytes(unit.data, "little") if isinstance(unit, ifd.Value) else 2)
    found = []
    for value in values:
        if inch is None or not isinstance(value, ifd.Value) or len(value.data) != 8:
            return None
        numerator, denominator = struct.unpack("<II", value.data)
        found.append(inch * numerator / max(1, denominator))
    return plausible_dpi((found[0], found[1]))


def plausible_dpi(dpi: Dpi | None) -> Dpi | None:
    """Pixels per inch if plausible; None for zeros and ones."""
    return dpi if dpi is not None and all(2 <= value <= 65535 for value in dpi) else None


def without_maker_note(blob: bytes) -> bytes:
    """The blob rewritten without the maker note, which is often its largest part.

    Raises:
        ValueError, struct.error: it cannot be read.
    """
    tree, _ = ifd.tree_in(ifd.Source.of(blob.removeprefix(PREFIX)))
    inner = tree.get(ifd.EXIF)
    if isinstance(inner, dict):
        inner.pop(ifd.MAKER_NOTE, None)
    return PREFIX + b"II*\0\x08\0\0\0" + ifd.laid_out(tree, 8)


def orientation(blob: bytes | None) -> int:
    """1..8 as EXIF counts; 1 when absent or nonsense."""
    if blob is None:
        return 1
    endian, entry, _ = _find(blob)
    if entry is None:
        return 1
    value: int = struct.unpack_from(endian + "H", blob, entry + 8)[0]
    return value if 1 <= value <= 8 else 1


def upright(blob: bytes | None) -> bytes | None:
    """The blob for pixels that are already turned: orientation 1, also for the thumbnail.

    That still shows the picture as it was, see `restorer.imaging.thumbnail`.
    """
    if blob is None:
        return None
    endian, entry, _ = _find(blob)
    out = bytearray(blob)
    if entry is not None:
        struct.pack_into(endian + "H", out, entry + 8, 1)
    with suppress(struct.error):  # a damaged one is nobody's
        second = thumbnail_at(blob)
        turned = second and entry_of(blob, second[1], _ORIENTATION)
        if turned:
            struct.pack_into(endian + "H", out, turned + 8, 1)
    return bytes(out)


def thumbnail_at(blob: bytes) -> tuple[int, int] | None:
    """The offset of the link to the thumbnail's directory, and that directory; None without one.

    Raises:
        struct.error: the link leads nowhere.
    """
    endian, _, link = _find(blob)
    if link is None:
        return None
    (offset,) = struct.unpack_from(endian + "I", blob, link)
    return (link, offset) if offset else None


def with_size(blob: bytes, width: int, height: int) -> bytes:
    """The blob for a picture of this size; changes only entries that give another size."""
    endian = byte_order(blob)
    out = bytearray(blob)
    pointer = entry_of(blob, struct.unpack_from(endian + "I", blob, 10)[0], ifd.EXIF)
    if pointer is None:
        return blob
    inner: int = struct.unpack_from(endian + "I", blob, pointer + 8)[0]
    for tag, side in ((_WIDTH, width), (_HEIGHT, height)):
        entry = entry_of(blob, inner, tag)
        if entry is not None:
            kind, form = (_SHORT, "Hxx") if side < 1 << 16 else (_LONG, "I")
            struct.pack_into(endian + "HI" + form, out, entry + 2, kind, 1, side)
    return bytes(out)


def byte_order(blob: bytes) -> str:
    """As `struct` expects it."""
    return "<" if blob[len(PREFIX) : len(PREFIX) + 2] == b"II" else ">"


def entry_of(blob: bytes, offset: int, tag: int) -> int | None:
    """The offset in the blob of a tag's entry in the directory at an offset; None without one.

    Raises:
        struct.error: the directory is cut short.
    """
    endian, start = byte_order(blob), len(PREFIX) + offset
    (count,) = struct.unpack_from(endian + "H", blob, start)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        if struct.unpack_from(endian + "H", blob, entry)[0] == tag:
            return entry
    return None


def turn(pixels: NDArray[Any], value: int) -> NDArray[Any]:
    """A view of (H, W, ...) turned upright for EXIF orientation `value`."""
    match value:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return np.rot90(pixels)
    return pixels


def _find(blob: bytes) -> tuple[str, int | None, int | None]:
    """Byte order, position of the orientation entry, position of the link to the thumbnail."""
    start, endian = len(PREFIX), byte_order(blob)
    try:
        ifd = start + struct.unpack_from(endian + "I", blob, start + 4)[0]
        count = struct.unpack_from(endian + "H", blob, ifd)[0]
        link = ifd + 2 + 12 * count
        struct.unpack_from(endian + "I", blob, link)
    except struct.error:  # cut short: carried along as it is
        return endian, None, None
    for entry in range(ifd + 2, link, 12):
        if struct.unpack_from(endian + "HH", blob, entry) == (_ORIENTATION, _SHORT):
            return endian, entry, link
    return endian, None, link

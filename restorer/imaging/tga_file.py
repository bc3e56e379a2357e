"""TGA: the pixels by Pillow, the texts read here.

Truevision TGA, version 2.0.
"""

from __future__ import annotations

import struct
from dataclasses import replace

from restorer.imaging import pillow_files
from restorer.imaging.metadata import with_metadata
from restorer.imaging.picture import Texts
from restorer.imaging.raster import Raster
from restorer.imaging.texts import from_comment

_PACKED = (9, 10, 11)  # kinds of pictures
_FOOTER = b"TRUEVISION-XFILE.\0"
_AUTHOR, _COMMENTS, _LINES = slice(2, 43), 43, 4  # of the extension, with lines of 81 bytes


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture."""
    try:
        raster = pillow_files.decode(data, partial)
    except OSError:  # Pillow wants each run to end with its row
        if len(data) < 18 or data[2] not in _PACKED:
            raise
        raster = pillow_files.decode(_unpacked(data), partial)
    if raster.alpha is not None and not raster.alpha.any():  # a byte that nobody filled
        raster = replace(raster, alpha=None)
    return with_metadata(raster, texts=lambda: _texts(data))


def _unpacked(data: bytes) -> bytes:
    """The file without runs.

    Raises:
        EOFError: it ends early.
    """
    named, mapped, kind, colours, entry, width, height, depth = struct.unpack_from(
        "<3B2xHB4xHHB", data
    )
    step, at = (depth + 7) // 8, 18 + named + mapped * colours * ((entry + 7) // 8)
    head, out, size = data[:at], bytearray(), width * height * ((depth + 7) // 8)
    while len(out) < size and at < len(data):
        count, run = (data[at] & 127) + 1, data[at] >> 7
        stored = step * (1 if run else count)
        out += data[at + 1 : at + 1 + stored] * (count if run else 1)
        at += 1 + stored
    if len(out) < size:
        raise EOFError("runs are missing")
    return head[:2] + bytes((kind - 8,)) + head[3:] + out[:size]


def _texts(data: bytes) -> Texts | None:
    """The name before the picture, and the author and comments after it."""
    said = [data[18 : 18 + data[0]]]
    if data.endswith(_FOOTER):
        (at,) = struct.unpack_from("<I", data, len(data) - 26)
        extension = data[at : at + 495] if at else b""
        lines = (extension[_COMMENTS + 81 * n :][:81] for n in range(_LINES))
        said += [extension[_AUTHOR], *lines]
    words = (text.split(b"\0")[0].strip() for text in said)
    return from_comment(b"\n".join(filter(None, words)) or None)

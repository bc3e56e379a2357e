"""TGA: the pixels by Pillow, the texts read here.

Truevision TGA, version 2.0.
"""

from __future__ import annotations

import struct

from restorer.imaging import pillow_files
from restorer.imaging.metadata import with_metadata
from restorer.imaging.picture import Texts
from restorer.imaging.raster import Raster
from restorer.imaging.texts import from_comment

_FOOTER = b"TRUEVISION-XFILE.\0"
_AUTHOR, _COMMENTS, _LINES = slice(2, 43), 43, 4  # of the extension, with lines of 81 bytes


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture."""
    return with_metadata(pillow_files.decode(data, partial), texts=lambda: _texts(data))


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

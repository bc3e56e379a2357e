"""Removes statements from XMP that no longer hold once the pixels stand alone.

A packet tells of other pictures in its file, of a second part of itself, and which side is up.
"""

from __future__ import annotations

import re

from restorer.imaging.jpeg_extras import GAIN_MAP, VIDEO
from restorer.imaging.provenance import is_readable, without
from restorer.words import marked as _
from restorer.words import tr

_LEFT_OUT = (
    ("http://ns.adobe.com/hdr-gain-map/1.0/", "", GAIN_MAP),
    ("http://ns.apple.com/HDRGainMap/1.0/", "", GAIN_MAP),
    (
        *("http://ns.google.com/photos/1.0/camera/", "MotionPhoto|MicroVideo"),
        VIDEO,
    ),
    (
        *("http://purl.org/dc/terms/", "provenance"),
        _("The link to Content Credentials (C2PA) was left out."),
    ),
    (
        *("http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
        _("The second part of the XMP data was left out."),
    ),
)
# By how a packet begins, with a byte order mark or without one.
_WIDE = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"<\0\0\0": "utf-32-le"}
_WIDE |= {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_CONTAINER = "http://ns.google.com/photos/1.0/container/"  # a list of what stands in the file
_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|\s*>)\s*)[2-8]")


def drop_stale(xmp: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    """The packet without its statements about left-out parts of the file, and notes on those."""
    if xmp is None:
        return None, ()
    encoding = next((name for start, name in _WIDE.items() if xmp.startswith(start)), None)
    xmp = xmp.decode(encoding, "replace").encode("utf-8") if encoding else xmp
    if not is_readable(xmp):
        return None, (tr("The XMP data could not be read and was left out."),)
    notes = []
    for namespace, names, note in _LEFT_OUT:
        if namespace.encode() in xmp:
            xmp, removed = without(xmp, namespace, names)
            notes += [tr(note)] * removed
    if _CONTAINER.encode() in xmp:
        xmp, removed = without(xmp, _CONTAINER)
        if removed and not notes:
            notes.append(tr("What stands beside the picture in its file was left out."))
    return xmp, tuple(notes)


def upright(xmp: bytes | None) -> bytes | None:
    """The packet for pixels that are already turned."""
    return xmp and _ORIENTATION.sub(rb"\g<1>1", xmp)

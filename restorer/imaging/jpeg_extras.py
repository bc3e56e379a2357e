"""Names the data of cameras and other programs in a JPEG, which nothing here reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from restorer.words import marked as _
from restorer.words import tr

GAIN_MAP = _("The HDR gain map was left out; this is the standard picture.")
FURTHER = _("Further pictures in the file were left out.")
VIDEO = _("The video beside the picture was left out.")

_SCAN, _END, _FIRST, _LAST = 0xDA, 0xD9, 0xE0, 0xEF
#: In the data of a scan: a marker, which is neither a byte that is 255 nor a restart (B.1.1.5).
_IN_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_JPEG, _VIDEO = b"\xff\xd8\xff", b"ftyp"
_OF_GAIN_MAP = (b"hdrgm:", b"HDRGainMap", b"hdr-gain-map", b"urn:iso:std:iso:ts:21496")
# Those that are read, say something of the coding alone, or are told of elsewhere.
_KNOWN = (
    *(b"JFIF", b"JFXX", b"Exif", b"http://ns.adobe.com/", b"ICC_PROFILE", b"MPF", b"JP"),
    *(b"Photoshop 3.0", b"Adobe", b"Ducky"),
)
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,15}")
_PATHS = range(2000, 2999)  # resources of Photoshop
_SAYING = {1034: _("copyright mark of Photoshop"), 1035: _("web address of Photoshop")}


def notes_of(data: bytes, resources: Mapping[int, Any]) -> tuple[str, ...]:
    """Sentences about the data of other programs in a JPEG, and about the data after its end.

    Args:
        data: the file.
        resources: those of Photoshop that it has, by number.
    """
    names, scan = _names(data)
    notes = _behind(data[_end(data, scan) :])
    return (*left_out([*names, *known_names(resources)]), *notes)


def known_names(resources: Mapping[int, Any]) -> list[str]:
    """Names for people of those Photoshop resources that matter and are not kept."""
    found = [tr("paths of Photoshop")] * any(number in _PATHS for number in resources)
    for number, name in _SAYING.items():
        found += [tr(name)] * any(resources.get(number) or b"")
    return found


def left_out(names: Iterable[str]) -> tuple[str, ...]:
    """The sentence that lists these names; none without names."""
    listed = ", ".join(dict.fromkeys(names))
    said = _("What other programs keep in the file was left out: {names}.")
    return (tr(said, names=listed),) * bool(listed)


def _behind(data: bytes) -> tuple[str, ...]:
    """Sentences about the data after the picture in its file."""
    notes = list[str]()
    if _JPEG in data:
        gain_map = any(name in data for name in _OF_GAIN_MAP)
        notes.append(tr(GAIN_MAP if gain_map else FURTHER))
    if data.find(_VIDEO) >= 4:
        notes.append(tr(VIDEO))
    if not notes and data.strip(b"\0\r\n "):
        said = _("{n} bytes behind the picture in the file were left out.")
        notes.append(tr(said, n=len(data)))
    return tuple(notes)


def _end(data: bytes, scan: int) -> int:
    """Where the picture ends whose scan begins at `scan`."""
    while found := _IN_SCAN.search(data, scan):
        scan = found.end()
        if found[0][-1] == _END:
            return scan
        scan += int.from_bytes(data[scan : scan + 2])  # tables, or the head of another scan
    return len(data)


def _names(data: bytes) -> tuple[list[str], int]:
    """The names of the segments before the picture, and where the picture begins."""
    found, position = [], 2
    while data[position : position + 1] == b"\xff" and position + 4 <= len(data):
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if marker == _SCAN or length < 2:
            break
        body = data[position + 4 : position + 2 + length]
        if _FIRST <= marker <= _LAST and not body.startswith(_KNOWN):
            name = _NAME.match(body)
            if body.startswith(_OF_GAIN_MAP):
                found.append(tr("HDR gain map"))
            else:
                found.append(name[0].decode("ascii") if name else f"APP{marker - _FIRST}")
        position += 2 + length
    return found, position

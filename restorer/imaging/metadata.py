"""Where metadata that cannot be read or written becomes a note: pixels never wait for it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any, BinaryIO

from restorer.imaging.raster import Raster

NAMES = {
    "icc": "colour profile",
    "exif": "EXIF data",
    "xmp": "XMP data",
    "dpi": "print resolution",
    "cicp": "HDR colour description",
    "iptc": "IPTC data",
    "texts": "comment text",
}
"""The fields of a `Raster` that are metadata, and what a person calls them."""

Encoder = Callable[[Raster, BinaryIO], None]


def with_metadata(raster: Raster, **readers: Callable[[], Any]) -> Raster:
    """The raster with what the readers give for its fields; of one that fails a note is left."""
    found: dict[str, Any] = {}
    notes = []
    for field, read in readers.items():
        try:
            found[field] = read()
        except Exception:  # parsers meet damage with every kind of exception
            notes.append(f"The {NAMES[field]} could not be read and was left out.")
    return replace(raster, **found, notes=(*raster.notes, *notes))


def refuse(raster: Raster, *fields: str) -> None:
    """For an encoder whose format has no place for some fields.

    Raises:
        ValueError: the raster has one of them.
    """
    for field in fields:
        if getattr(raster, field) is not None:
            raise ValueError(f"no place for {field}")


def writable(raster: Raster, encode: Encoder) -> Raster:
    """The raster with as much of its metadata as `encode` can write; notes say what it cannot.

    Each is tried on a single pixel, so that a failure can be neither the disk's nor the picture's.
    """
    every: dict[str, Any] = {field: getattr(raster, field) for field in NAMES}
    there = {field: value for field, value in every.items() if value is not None}
    nothing: dict[str, Any] = dict.fromkeys(there)
    alpha = None if raster.alpha is None else raster.alpha[:1, :1]
    one = replace(raster, samples=raster.samples[:1, :1], alpha=alpha, **nothing)
    if not there or _can_write(replace(one, **there), encode):
        return raster
    kept: dict[str, Any] = {}
    for field, value in there.items():
        if _can_write(replace(one, **kept, **{field: value}), encode):
            kept[field] = value
    left_out = [field for field in there if field not in kept]
    gone: dict[str, Any] = dict.fromkeys(left_out)
    notes = (
        f"The {NAMES[field]} cannot be written to {raster.format} and was left out."
        for field in left_out
    )
    return replace(raster, **gone, notes=(*raster.notes, *notes))


def _can_write(raster: Raster, encode: Encoder) -> bool:
    try:
        encode(raster, io.BytesIO())
    except Exception:  # as above
        return False
    return True

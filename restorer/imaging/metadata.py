"""Metadata that cannot be read or written becomes a note; it never keeps pixels from being read."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from restorer.imaging.formats import Encode, Format
from restorer.imaging.raster import Raster
from restorer.words import marked as _
from restorer.words import tr

NAMES = {
    "icc": _("colour profile"),
    "exif": _("EXIF data"),
    "xmp": _("XMP data"),
    "dpi": _("print resolution"),
    "cicp": _("HDR colour description"),
    "geo": _("map position (GeoTIFF)"),
    "iptc": _("IPTC data"),
    "texts": _("comment text"),
}
"""The fields of a `Raster` that are metadata, and what a person calls them."""

_NAMED = 6  # things that a note names
_SCREENS = {72, 96}  # pixels per inch that nobody chose


def with_metadata(raster: Raster, **readers: Callable[[], Any]) -> Raster:
    """The raster with the fields that the readers give; a reader that fails leaves a note."""
    found: dict[str, Any] = {}
    notes = []
    for field, read in readers.items():
        try:
            found[field] = read()
        except Exception:  # parsers meet damage with every kind of exception
            notes.append(
                tr("The {what} could not be read and was left out.", what=tr(NAMES[field]))
            )
    return replace(raster, **found, notes=(*raster.notes, *notes))


def not_kept(lost: Sequence[str]) -> tuple[str, ...]:
    """The sentence about metadata that was left out; none if there is none."""
    if not lost:
        return ()
    named = ", ".join(lost[:_NAMED])
    more = tr(" and {n} more", n=len(lost) - _NAMED) if len(lost) > _NAMED else ""
    said = _("What the file says beside its picture was left out: {named}{more}.")
    return (tr(said, named=named, more=more),)


def writable(raster: Raster, encode: Encode, format: Format) -> Raster:
    """The raster with the metadata that can be written; notes name the rest.

    What the format keeps is tried on a single pixel with `encode`, so that a failure can be neither
    the disk's nor the picture's.
    """
    every: dict[str, Any] = {name: getattr(raster, name) for name in NAMES}
    there = {name: value for name, value in every.items() if value is not None}
    nothing: dict[str, Any] = dict.fromkeys(there)
    alpha = None if raster.alpha is None else raster.alpha[:1, :1]
    one = replace(raster, samples=raster.samples[:1, :1], alpha=alpha, **nothing)
    kept = {name: value for name, value in there.items() if name in format.keeps}
    if kept and not _can_write(replace(one, **kept), encode):
        tried, kept = kept, {}
        for name, value in tried.items():
            if _can_write(replace(one, **kept, **{name: value}), encode):
                kept[name] = value
    left_out = [name for name in there if name not in kept]
    gone: dict[str, Any] = dict.fromkeys(left_out)
    notes = (
        tr(
            "The {what} cannot be written to {title} and was left out.",
            what=tr(NAMES[name]),
            title=format.title,
        )
        for name in left_out
        if not (name == "dpi" and _SCREENS.issuperset(map(round, there["dpi"])))
    )
    return replace(raster, **gone, notes=(*raster.notes, *notes))


def _can_write(raster: Raster, encode: Encode) -> bool:
    try:
        encode(raster, io.BytesIO())
    except Exception:  # as above
        return False
    return True

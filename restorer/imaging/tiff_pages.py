"""Finds the page of a TIFF that is the picture, not a thumbnail, a mask or a smaller version."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import cast

from tifffile import TiffFile, TiffPage

from restorer.imaging import raw_files
from restorer.imaging.raw_files import SensorData
from restorer.words import tr

_NUMBERS = (
    *("imagewidth", "imagelength", "imagedepth", "tilewidth", "tilelength", "rowsperstrip"),
    *("bitspersample", "samplesperpixel", "photometric", "compression"),
)
_MOST = 200  # pages looked at


def picture_page(tif: TiffFile) -> tuple[TiffPage, tuple[str, ...]]:
    """The page of the first picture in the file, and a note when there are more. As `pages`."""
    pictures = pages(tif)
    number = tr("more than {n}", n=_MOST) if len(pictures) > _MOST else str(len(pictures))
    notes = (
        (tr("Only the first of {number} pages was opened.", number=number),)
        if len(pictures) > 1
        else ()
    )
    return pictures[0], notes


def pages(tif: TiffFile) -> list[TiffPage]:
    """The full-size page of each picture in the file, at least one.

    A picture is a page of the chain with its sub-pages, of which the largest that no tag calls
    reduced counts. Where all are called so, the largest of all is taken.

    Raises:
        SensorData: a camera raw file.
    """
    chain = _read(tif.pages)
    families = [[page, *_below(page)] for page in chain]
    everything = [page for family in families for page in family]
    kind = raw_files.by_pages(everything)
    if kind is not None:
        raise SensorData(kind)
    pictures = [full for family in families if (full := _full(family)) is not None]
    return pictures or [max(everything, key=_area)]


def _read(pages: Iterable[object]) -> list[TiffPage]:
    """The pages up to the first damaged one; once only where they form a cycle.

    What lies behind damage does not cost what lies before.
    """
    found: list[TiffPage] = []
    try:
        for item in islice(pages, _MOST + 1):
            page = cast(TiffPage, item)
            if any(page.offset == other.offset for other in found):
                break
            if not all(isinstance(getattr(page, name), int) for name in _NUMBERS):
                raise ValueError("a number of the page is none")  # and * would repeat it
            found.append(page)
    except Exception:  # tifffile meets damage with every kind of exception
        if not found:
            raise
    return found


def _below(page: TiffPage) -> list[TiffPage]:
    try:
        return _read(page.pages or ())
    except Exception:  # as above
        return []


def _full(family: list[TiffPage]) -> TiffPage | None:
    candidates = [page for page in family if not (page.is_reduced or page.is_mask)]
    return max(candidates, key=_area, default=None)


def _area(page: TiffPage) -> int:
    return page.imagewidth * page.imagelength

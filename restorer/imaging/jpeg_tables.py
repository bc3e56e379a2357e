"""The quantisation tables of JPEG files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, JpegImagePlugin

from restorer.errors import BadInput
from restorer.imaging.exif import normalise, orientation

Subsampling = Literal["4:4:4", "4:2:2", "4:2:0"]

#: Side of a chroma sample in pixels (rows, columns).
CELLS: dict[Subsampling, tuple[int, int]] = {"4:4:4": (1, 1), "4:2:2": (1, 2), "4:2:0": (2, 2)}

_SUBSAMPLING: dict[int, Subsampling] = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}


@dataclass(frozen=True)
class JpegTables:
    """How a picture was compressed.

    Attributes:
        luma, chroma: 64 numbers each, row by row.
        subsampling: of chroma.
        turned: EXIF orientation, 1 to 8; the blocks lie as the file stores them.
        cut: rows and columns that the first blocks lack, 0 to 15, if the picture was cut out of
            the one that was compressed, or may have been; None for a file as it was written.
    """

    luma: tuple[int, ...]
    chroma: tuple[int, ...]
    subsampling: Subsampling
    turned: int = 1
    cut: tuple[int, int] | None = None

    @cached_property
    def quality(self) -> int:
        """The quality of libjpeg, 1 to 100, with the nearest luma table."""
        return _nearest(self.luma)


def tables_of_file(path: Path) -> JpegTables | None:
    """What a JPEG file was compressed with.

    None if it is no JPEG, or its blocks are of another kind than those of its pixels, as in CMYK.
    """
    image = _opened(path)
    if image is None:
        return None
    with image:
        return _tables(image)


def quality_of_file(path: Path) -> int | None:
    """As `JpegTables.quality`, for every kind of JPEG; None for other files."""
    image = _opened(path)
    if image is None:
        return None
    with image:
        return _nearest(image.quantization[min(image.quantization)])


def quality_no_worse(tables: Sequence[Sequence[int]]) -> int | None:
    """The lowest quality of libjpeg with no step coarser than the file's.

    Args:
        tables: 64 numbers each, that of luma first; none for what is no JPEG.
    """
    if not tables:
        return None
    luma, chroma = np.array(tables[0]), np.array(tables[min(1, len(tables) - 1)])
    for quality in range(1, 100):
        ours = tables_of_quality(quality)
        if (ours.luma <= luma).all() and (len(tables) < 2 or (ours.chroma <= chroma).all()):
            return quality
    return 100


@cache
def tables_of_quality(quality: int) -> JpegTables:
    """The tables that libjpeg uses for a quality from 1 to 100, with colours at half size (4:2:0).

    Raises:
        BadInput: for another quality.
    """
    if not 1 <= quality <= 100:
        raise BadInput("JPEG quality must lie between 1 and 100, not {quality}.", quality=quality)
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(file) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        tables = _tables(image)
    assert tables is not None
    return tables


def _opened(path: Path) -> JpegImagePlugin.JpegImageFile | None:
    """The file with only its headers read; None if it is no JPEG."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=("JPEG",))
    except (OSError, Image.DecompressionBombError):
        return None
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return image
    image.close()
    return None


def _nearest(luma: Sequence[int]) -> int:
    table = np.array(luma)
    off = [np.abs(table - tables_of_quality(q).luma).sum() for q in range(1, 101)]
    return 1 + int(np.argmin(off))


def _tables(image: JpegImagePlugin.JpegImageFile) -> JpegTables | None:
    tables = [tuple(int(value) for value in table) for table in image.quantization.values()]
    turned = orientation(normalise(image.info.get("exif")))
    if image.mode == "L":
        return JpegTables(tables[0], tables[0], "4:4:4", turned)
    subsampling = _SUBSAMPLING.get(JpegImagePlugin.get_sampling(image))
    if image.mode != "RGB" or subsampling is None:
        return None
    return JpegTables(tables[0], tables[min(1, len(tables) - 1)], subsampling, turned)

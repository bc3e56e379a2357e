"""Recognises camera raw files, which hold sensor data and a small preview, by their content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from restorer.imaging.raster import Unreadable
from restorer.words import tr

if TYPE_CHECKING:
    from tifffile import TiffPage

_STARTS = {
    b"IIRO": "ORF",
    b"IIRS": "ORF",
    b"MMOR": "ORF",
    b"IIU\0": "RW2",
    b"FUJIFILMCCD-RAW": "RAF",
    b"FOVb": "X3F",
    b"\0MRM": "MRW",
    b"II\x1a\0\0\0HEAPCCDR": "CRW",
}
_MAKERS = {
    "NIKON": "NEF",
    "SONY": "ARW",
    "PENTAX": "PEF",
    "RICOH": "PEF",
    "CANON": "CR2",
    "SAMSUNG": "SRW",
    "OLYMPUS": "ORF",
    "HASSELBLAD": "3FR",
    "EASTMAN KODAK": "DCR",
    "KODAK": "DCR",
    "EPSON": "ERF",
    "SEIKO EPSON": "ERF",
    "MAMIYA": "MEF",
    "LEAF": "MOS",
    "PHASE ONE": "IIQ",
}
_DNG_VERSION, _MAKE, _COMPRESSION, _PHOTOMETRIC = 50706, 271, 259, 262
_ONLY_RAW = (33422, 50740)  # the pattern of a sensor's filters; Sony's own directory
_SENSOR = (32803, 34892)  # photometric: the filters side by side, and the same without filters
# Compressions of Kodak, Sony, Epson, Samsung, Nikon and Pentax, for nothing but raw.
_OF_MAKERS = (262, 32767, 32769, 32770, 34713, 65000, 65535)


class SensorData(Unreadable):
    """The TIFF is a camera raw file of this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(refusal(kind))
        self.kind = kind


def title(kind: str) -> str:
    """Such a file; continues the sentence "holiday.nef is ..."."""
    return tr("a camera raw file ({kind})", kind=kind) if kind else tr("a camera raw file")


def refusal(kind: str) -> str:
    """What to do about such a file if rawpy is missing; continues "holiday.nef ..."."""
    return tr(
        "is {kind}; install the package rawpy to open these (pip install "
        "'restorer[raw]'), or develop it first and open the TIFF or JPEG that "
        "gives",
        kind=title(kind),
    )


def is_raw(data: bytes) -> bool:
    """Whether a file's first bytes show that it is raw; for other kinds the pages do."""
    return by_start(data) is not None


def by_start(data: bytes) -> str | None:
    """The kind of raw that a file's first bytes show: "CR2", "RAF", ...; None for others."""
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    if data[4:12] == b"ftypcrx ":
        return "CR3"
    if data[:4] in (b"II*\0", b"MM\0*"):
        if data[8:10] == b"CR":
            return "CR2"
        if data[8:12] in (b"IIII", b"MMMM"):
            return "IIQ"
    return None


def by_pages(pages: Iterable[TiffPage]) -> str | None:
    """The kind of raw that the pages of a TIFF show, "" for one without a name; None for others."""
    pages = list(pages)
    if any(_DNG_VERSION in page.tags for page in pages):
        return "DNG"
    if not any(_is_sensor(page) for page in pages):
        return None
    makers = (str(page.tags.valueof(_MAKE, "")).upper() for page in pages)
    return next((k for maker in makers for m, k in _MAKERS.items() if maker.startswith(m)), "")


def _is_sensor(page: TiffPage) -> bool:
    return (
        page.tags.valueof(_PHOTOMETRIC) in _SENSOR
        or page.tags.valueof(_COMPRESSION) in _OF_MAKERS
        or any(tag in page.tags for tag in _ONLY_RAW)
    )

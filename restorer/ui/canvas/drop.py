"""What a person drops or pastes: files on this computer, or picture data from a browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage, QPixmap

from restorer.imaging.picture import Picture
from restorer.ui.widgets.drop import local_paths
from restorer.ui.widgets.qimage import from_qimage


@dataclass(frozen=True, eq=False)
class Dropped:
    """Either `paths` (one or more files or folders) or `image` (data without a file)."""

    paths: tuple[Path, ...] = ()
    image: QImage | None = None


def can_read(mime: QMimeData) -> bool:
    """Whether `read_mime` is likely to find something; cheap enough for every drag move."""
    return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())


def read_mime(mime: QMimeData | None) -> Dropped | None:
    """Files first, then picture data; None when there is neither. Nothing is downloaded."""
    if mime is None:  # on some systems, while nothing was ever copied
        return None
    paths = local_paths(mime)
    if paths:
        return Dropped(paths=paths)
    data = mime.imageData()
    image = data.toImage() if isinstance(data, QPixmap) else data
    if not isinstance(image, QImage) or image.isNull():
        return None
    return Dropped(image=image)


def picture_from(image: QImage) -> Picture:
    """A picture without a file; 16-bit data keeps its precision. Too slow for the main thread."""
    pixels, alpha, icc = from_qimage(image)
    bits = 16 if image.depth() > 32 else 8
    if alpha is not None:
        from restorer.imaging.under_alpha import extend_pixels

        pixels = extend_pixels(pixels, alpha)
    return Picture(pixels, alpha, bits=bits, grey=image.isGrayscale(), icc=icc)

"""The small pictures of the recorded steps, scaled once for the screen they are on."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPixmap


class Thumbnails:
    """Images by frame index; square pixmaps of them, cached."""

    def __init__(self) -> None:
        self._images: dict[int, QImage] = {}
        self._pixmaps: dict[tuple[int, int, float], QPixmap] = {}

    def clear(self) -> None:
        self._images.clear()
        self._pixmaps.clear()

    def put(self, index: int, image: QImage) -> None:
        self._images[index] = image
        self._pixmaps = {key: value for key, value in self._pixmaps.items() if key[0] != index}

    def keep_first(self, count: int) -> None:
        """Forget the images from index `count` on."""
        self._images = {i: image for i, image in self._images.items() if i < count}
        self._pixmaps = {key: value for key, value in self._pixmaps.items() if key[0] < count}

    def image(self, index: int) -> QImage | None:
        """The image as it was given."""
        return self._images.get(index)

    def square(self, index: int, side: int, ratio: float) -> QPixmap | None:
        """Its middle as a square of `side` logical pixels, or None if there is no image."""
        image = self._images.get(index)
        if image is None or image.isNull():
            return None
        key = (index, side, ratio)
        if key not in self._pixmaps:
            edge = min(image.width(), image.height())
            middle = QRect(0, 0, edge, edge)
            middle.moveCenter(image.rect().center())
            pixels = round(side * ratio)
            scaled = image.copy(middle).scaled(
                pixels,
                pixels,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            pixmap = QPixmap.fromImage(scaled)
            pixmap.setDevicePixelRatio(ratio)
            self._pixmaps[key] = pixmap
        return self._pixmaps[key]

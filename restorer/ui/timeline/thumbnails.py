"""The thumbnails under the axis, scaled once for their screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QElapsedTimer, QRect, Qt
from PySide6.QtGui import QImage, QPixmap

#: Renders a thumbnail of the picture with the noise of t; None if there is nothing to show.
ForwardPreview = Callable[[float], QImage | None]


SMOOTH = Qt.TransformationMode.SmoothTransformation
FAST = Qt.TransformationMode.FastTransformation


class Thumbnails:
    """Images of recorded steps and of the forward process, and square pixmaps of them."""

    def __init__(self) -> None:
        self.render: ForwardPreview | None = None
        self._images: dict[int, QImage] = {}
        self._pixmaps: dict[tuple[int | float, bool, int, float], QPixmap] = {}

    def put(self, index: int, image: QImage) -> None:
        self._images[index] = image
        self._forget(lambda key, forward: not forward and key == index)

    def keep_first(self, count: int) -> None:
        self._images = {i: image for i, image in self._images.items() if i < count}
        self._forget(lambda key, forward: not forward and key >= count)

    def set_render(self, render: ForwardPreview | None) -> None:
        """Set another renderer for the forward process."""
        self.render = render
        self._forget(lambda _, forward: forward)

    def image(self, index: int) -> QImage | None:
        return self._images.get(index)

    def of_frame(self, index: int, side: int, ratio: float) -> QPixmap | None:
        """The middle of a step's image as a square of `side` logical pixels, if there is one."""
        key = (index, False, side, ratio)
        if key not in self._pixmaps:
            image = self._images.get(index)
            if image is None or image.isNull():
                return None
            self._pixmaps[key] = _square(image, side, ratio, SMOOTH)
        return self._pixmaps[key]

    def of_forward(self, t: float, side: int, ratio: float) -> QPixmap | None:
        """The same for the picture with the noise of t, if it has been made."""
        return self._pixmaps.get((t, True, side, ratio))

    def make_forward(self, times: Iterable[float], side: int, ratio: float, ms: int) -> bool:
        """Make missing thumbnails for about `ms` milliseconds; true if any was made."""
        missing = [t for t in times if (t, True, side, ratio) not in self._pixmaps]
        clock = QElapsedTimer()
        clock.start()
        made = False
        for t in missing:
            image = self.render(t) if self.render is not None else None
            if image is None or image.isNull():
                return made
            # picking pixels keeps their noise; averaging would remove it
            self._pixmaps[t, True, side, ratio] = _square(image, side, ratio, FAST)
            made = True
            if clock.hasExpired(ms):
                break
        return made

    def _forget(self, goes: Callable[[int | float, bool], bool]) -> None:
        self._pixmaps = {k: v for k, v in self._pixmaps.items() if not goes(k[0], k[1])}


def _square(image: QImage, side: int, ratio: float, mode: Qt.TransformationMode) -> QPixmap:
    edge = min(image.width(), image.height())
    middle = QRect(0, 0, edge, edge)
    middle.moveCenter(image.rect().center())
    pixels = round(side * ratio)
    scaled = image.copy(middle).scaled(
        pixels,
        pixels,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        mode,
    )
    pixmap = QPixmap.fromImage(scaled)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap

"""Draws before, after, their comparison, the forward process and the labels over them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cached_property

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

from restorer.engine.views import Legend
from restorer.ui.canvas.draw import (
    DIFFERENCE_GAIN,
    Placement,
    checkerboard,
    difference,
    draw_divider,
    draw_label,
    draw_layer,
    draw_legend,
    label_size,
    shortened,
)
from restorer.ui.canvas.forward import ForwardNoise
from restorer.ui.canvas.geometry import Geometry
from restorer.ui.canvas.layers import Layers
from restorer.ui.widgets.qimage import to_bytes
from restorer.words import tr

RGB = tuple[int, int, int]

_EDGE = 12  # logical pixels between a label and its neighbour
_SMALL, _BELOW = 84, 22  # below a picture smaller than the first, the grip sits so far
_LEAST_LABEL = 56  # logical pixels: less shows only "…"
_HANDLE = 0.5  # where the divider's grip sits, as a share of the visible height


class CompareMode(StrEnum):
    """How before and after are compared."""

    SINGLE = "single"
    WIPE = "wipe"
    SIDE_BY_SIDE = "side by side"
    DIFFERENCE = "difference"


class Compositor:
    """Puts the layers together and draws them.

    Attributes:
        compare, divider: how to compare; where the divider is, 0..1 of the visible width.
        held: only the original is shown.
        painting: a tool paints on the picture.
        alpha_bar: of the live forward process; None while it is off.
        labels: for the shown picture and the original.
        badge: a label on the shown picture when it stands alone.
        legend: explains the colours of the shown picture.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self.compare = CompareMode.SINGLE
        self.divider = 0.5
        self.held = self.painting = False
        self.alpha_bar: float | None = None
        self.labels = ("", "")
        self.badge = ""
        self.legend: Legend | None = None
        self._forward: tuple[object, ForwardNoise, QRect] | None = None
        self._forward_image: tuple[object, QImage] | None = None
        self._difference: tuple[object, QImage] | None = None

    @property
    def comparing(self) -> CompareMode:
        """The comparison that can be seen: none under the forward process or a brush."""
        plain = self.painting or self.alpha_bar is not None
        return CompareMode.SINGLE if plain else self.compare

    @property
    def mode(self) -> CompareMode:
        """How it is drawn now; without two pictures nothing is compared."""
        plain = self.held or not self._layers.shown
        return CompareMode.SINGLE if plain else self.comparing

    @property
    def split(self) -> bool:
        """There are two panes; holding the original or showing noise does not change that."""
        return self.compare == CompareMode.SIDE_BY_SIDE and bool(self._layers.shown)

    def divider_x(self, geometry: Geometry) -> int | None:
        """The divider in device pixels, None when there is none."""
        if self.mode != CompareMode.WIPE:
            return None
        seen = QRect(*geometry.covered)
        return seen.left() + round(self.divider * seen.width())

    def value_at(
        self, x: float, y: float, device_x: float, second: bool, geometry: Geometry
    ) -> RGB | None:
        """The value drawn at picture point (x, y), of whichever picture is visible there."""
        width, height = geometry.picture
        if not (0 <= x < width and 0 <= y < height):
            return None
        divider = self.divider_x(geometry)
        before = second or (divider is not None and device_x >= divider)
        if self.held or before or not self._layers.shown:
            layer = self._layers.original if self.held else self._layers.before
            return layer.value_at(x, y)
        return self._layers.shown.value_at(x, y) or self._layers.original.value_at(x, y)

    # Pictures, in device pixels

    def paint(self, painter: QPainter, geometry: Geometry, size: tuple[int, int]) -> None:
        """Draw the pictures; the painter counts device pixels, `size` is all of the canvas."""
        place = Placement(geometry.picture, QRect(*geometry.target), geometry.smooth)
        pane = QRect(0, 0, *geometry.viewport)
        if self.split:
            self._paint_side_by_side(painter, geometry, place, pane, size)
        elif self.mode == CompareMode.WIPE:
            middle = self.divider_x(geometry) or 0
            self._paint_after(painter, place, pane & QRect(0, 0, middle, size[1]))
            self._paint_before(painter, place, pane & QRect(middle, 0, *size))
        elif self.mode == CompareMode.DIFFERENCE:
            self._paint_difference(painter, place, pane)
        else:
            self._paint_single(painter, geometry, place, pane)

    def _paint_single(
        self, painter: QPainter, geometry: Geometry, place: Placement, clip: QRect
    ) -> None:
        if self.held or not self._layers.original.pyramid:
            self._paint_original(painter, place, clip)
        elif self.alpha_bar is not None:
            self._paint_forward(painter, geometry, place, clip)
        else:
            self._paint_after(painter, place, clip)

    def _paint_side_by_side(
        self,
        painter: QPainter,
        geometry: Geometry,
        place: Placement,
        pane: QRect,
        size: tuple[int, int],
    ) -> None:
        painter.save()
        painter.setClipRect(pane)
        self._paint_single(painter, geometry, place, pane)
        painter.restore()
        painter.save()
        painter.translate(size[0] - pane.width(), 0)
        painter.setClipRect(pane)
        self._paint_before(painter, place, pane)
        painter.restore()

    def _paint_original(self, painter: QPainter, place: Placement, clip: QRect) -> None:
        self._paint_checks(painter, place.target & clip)
        draw_layer(painter, self._layers.original, place, clip)

    def _paint_before(self, painter: QPainter, place: Placement, clip: QRect) -> None:
        self._paint_checks(painter, place.target & clip)
        draw_layer(painter, self._layers.before, place, clip)

    def _paint_after(self, painter: QPainter, place: Placement, clip: QRect) -> None:
        self._paint_checks(painter, place.target & clip)
        layers = self._layers
        if layers.leaving:
            draw_layer(painter, layers.leaving, place, clip)
            painter.setOpacity(layers.opacity)
        elif not layers.shown.pyramid:
            draw_layer(painter, layers.original, place, clip)
        draw_layer(painter, layers.shown, place, clip)
        painter.setOpacity(1.0)

    def _paint_checks(self, painter: QPainter, seen: QRect) -> None:
        if self._layers.original.has_alpha:
            painter.drawTiledPixmap(seen, self._checks)

    def _paint_difference(self, painter: QPainter, place: Placement, pane: QRect) -> None:
        seen = place.target & pane
        if seen.isEmpty():
            return
        key = self._content_key(place, pane)
        if self._difference is None or self._difference[0] != key:
            draws = self._paint_after, self._paint_before
            after, before = (_rendered(draw, place, seen) for draw in draws)
            self._difference = key, difference(after, before)
        painter.drawImage(seen.topLeft(), self._difference[1])

    def _content_key(self, place: Placement, pane: QRect) -> object:
        """A key that changes whenever the drawing would."""
        layers = self._layers
        fading = (layers.leaving.key, layers.opacity) if layers.leaving else None
        return layers.before.key, layers.shown.key, fading, place, pane.size().toTuple()

    # The forward process

    def _paint_forward(
        self, painter: QPainter, geometry: Geometry, place: Placement, pane: QRect
    ) -> None:
        """Compute x_t at the resolution of the screen, or of the picture where that is coarser."""
        seen = place.target & pane
        if seen.isEmpty() or self.alpha_bar is None:
            return
        key = self._layers.original.key, place, pane.size().toTuple()
        if self._forward is None or self._forward[0] != key:
            if geometry.zoom >= 1:
                # Interpolation at the edge of the pane needs the pixels just outside it.
                whole = QRect(0, 0, *geometry.picture)
                region = QRect(*geometry.visible).adjusted(-1, -1, 1, 1) & whole
                at = Placement(geometry.picture, whole, smooth=False)
            else:
                region = seen.translated(-place.target.topLeft())
                at = Placement(geometry.picture, QRect(QPoint(), place.target.size()), place.smooth)
            crop = _rendered(self._paint_original, at, region)
            noise = ForwardNoise(to_bytes(crop), region.left(), region.top(), geometry.zoom)
            self._forward, self._forward_image = (key, noise, region), None
        _, noise, region = self._forward
        if self._forward_image is None or self._forward_image[0] != self.alpha_bar:
            self._forward_image = self.alpha_bar, noise.render(self.alpha_bar)
        box = (region.left(), region.top(), region.right() + 1, region.bottom() + 1)
        to = place.of_box(box) if geometry.zoom >= 1 else seen
        smooth = geometry.smooth and to.size() != region.size()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(to, self._forward_image[1])

    # Words and handles, in logical pixels

    def paint_marks(
        self, painter: QPainter, geometry: Geometry, size: tuple[int, int], ratio: float
    ) -> None:
        """Draw divider and labels; `size` in device pixels, `ratio` of them to a logical one."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = QRect(*geometry.covered)
        area = QRectF(
            seen.left() / ratio, seen.top() / ratio, seen.width() / ratio, seen.height() / ratio
        )
        plain = self.held or self.alpha_bar is not None
        if self.legend is not None and self._layers.shown and not plain:
            draw_legend(painter, self.legend, QPointF(_EDGE, _EDGE))
        after, before = self.labels
        bottom = area.bottom() - _EDGE
        # labels may be wider than a small picture
        room = QRectF(0, area.top(), geometry.viewport[0] / ratio, area.height())
        if self.mode == CompareMode.SIDE_BY_SIDE:
            shift = (size[0] - geometry.viewport[0]) / ratio
            _place_label(painter, after, room, area.center().x(), bottom)
            _place_label(
                painter, before, room.translated(shift, 0), area.center().x() + shift, bottom
            )
        elif self.mode == CompareMode.WIPE:
            x = (self.divider_x(geometry) or 0) / ratio
            _place_label(painter, after, room, x, bottom, side=-1)
            _place_label(painter, before, room, x, bottom, side=1)
            small = min(area.width(), area.height()) < _SMALL  # the grip would cover it
            handle = area.bottom() + _BELOW if small else area.top() + _HANDLE * area.height()
            draw_divider(painter, x, area.top(), max(area.bottom(), handle), handle)
        elif self.mode == CompareMode.DIFFERENCE:
            words = tr("difference × {1} from “{0}”, grey is no change")
            words = words.format(before, DIFFERENCE_GAIN)
            _place_label(painter, words, room, area.center().x(), bottom)
        elif self.held and self._layers.shown:
            _place_label(painter, tr("original"), room, area.center().x(), bottom)
        elif self.badge and not self.held and self.alpha_bar is None:
            _place_label(painter, self.badge, room, area.center().x(), bottom)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    @cached_property
    def _checks(self) -> QPixmap:
        return checkerboard()


def _place_label(
    painter: QPainter, text: str, area: QRectF, x: float, bottom: float, side: int = 0
) -> None:
    """Centre a label on x, or put it beside (-1 left, 1 right); shorten or drop it if need be."""
    room = {-1: x - area.left(), 0: area.width(), 1: area.right() - x}[side] - 2 * _EDGE
    text = shortened(painter, text, room) if room >= _LEAST_LABEL else text
    width, height = label_size(painter, text)
    left = x - width / 2 + side * (width / 2 + _EDGE)
    place = QRectF(left, bottom - height, width, height)
    if area.contains(place):
        draw_label(painter, text, place)


def _rendered(
    draw: Callable[[QPainter, Placement, QRect], None], place: Placement, region: QRect
) -> QImage:
    """The part of a picture in this region, drawn on black."""
    image = QImage(region.size(), QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.translate(-region.topLeft())
    draw(painter, place, region)
    painter.end()
    return image

"""The state of a picture as a small badge on its thumbnail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from restorer.document import OpenPicture, Status
from restorer.ui.widgets.icons import icon_pixmap
from restorer.ui.widgets.theme import SMALL, Theme

HEIGHT = 20
_ICON = 16
_MARGIN = 2
_RING = 2.5


class Sign(StrEnum):
    """A state; the value is its icon, except for `RUNNING`, which is a closing ring."""

    WAITING = "clock"
    RUNNING = ""
    DONE = "check"
    SAVED = "save"
    STOPPED = "stopped"
    FAILED = "warning"


@dataclass(frozen=True)
class Badge:
    """A sign, the place of a waiting run in the queue, and the progress of a running one.

    While `paused`, its ring contains two bars.
    """

    sign: Sign
    place: int = 0
    share: float = 0.0
    paused: bool = False


def badge_of(opened: OpenPicture, ahead: int, paused: bool = False) -> Badge | None:
    """The badge of a picture; None before it has been restored.

    Args:
        opened: the picture.
        ahead: number of runs before its own.
        paused: all runs are paused.
    """
    now = opened.results.progress
    match opened.status:
        case Status.WAITING:
            return Badge(Sign.WAITING, place=ahead)
        case Status.RESTORING | Status.STOPPING:
            share = (now.step + now.tile / now.tiles) / now.steps if now else 0.0
            return Badge(Sign.RUNNING, share=round(share, 2), paused=paused)
        case _ if opened.results.failure is not None:
            return Badge(Sign.FAILED)
        case Status.RESTORED:
            return Badge(Sign.SAVED if opened.results.saved else Sign.DONE)
        case Status.STOPPED:
            return Badge(Sign.SAVED if opened.results.saved else Sign.STOPPED)
    return None


def draw(painter: QPainter, corner: QPoint, badge: Badge, theme: Theme) -> None:
    """Draw a badge with its lower right corner at `corner`."""
    text = str(badge.place) if badge.place else ""
    font = painter.font()
    font.setPixelSize(SMALL)
    painter.setFont(font)
    wider = painter.fontMetrics().horizontalAdvance(text) + 5 if text else 0
    box = QRect(0, 0, HEIGHT + wider, HEIGHT)
    box.moveBottomRight(corner - QPoint(_MARGIN, _MARGIN))
    failed = badge.sign is Sign.FAILED
    ink = theme["on_error" if failed else "text"]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme["line"], 1))
    painter.setBrush(theme["error" if failed else "popup"])
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), HEIGHT / 2, HEIGHT / 2)
    if badge.sign is Sign.RUNNING:
        _draw_ring(painter, QRectF(box), badge.share, theme)
        if badge.paused:
            _draw_bars(painter, QRectF(box), theme)
        return
    scale = painter.device().devicePixelRatioF()
    inset = (HEIGHT - _ICON) // 2
    picture = icon_pixmap(badge.sign.value, ink, _ICON, scale)
    painter.drawPixmap(box.topLeft() + QPoint(inset, inset), picture)
    if text:
        painter.setPen(ink)
        right = box.adjusted(HEIGHT - inset, 0, 0, 0)
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(right, middle, text)


def _draw_ring(painter: QPainter, box: QRectF, share: float, theme: Theme) -> None:
    """A ring that closes clockwise from the top."""
    ring = box.adjusted(4.5, 4.5, -4.5, -4.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme["line"], _RING))
    painter.drawEllipse(ring)
    painter.setPen(QPen(theme["text"], _RING))
    painter.drawArc(ring, 90 * 16, -round(share * 360 * 16))


def _draw_bars(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """Two upright bars in the middle."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme["text"])
    for left in (-2.5, 1.0):
        painter.drawRect(QRectF(box.center().x() + left, box.center().y() - 2.5, 1.5, 5))

"""Motion: playing at a steady pace, and the playhead's glide."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QElapsedTimer, QObject, QTimer, QVariantAnimation, Signal

#: Milliseconds per frame when there are few, for all frames when there are many, and the least.
FRAME_MS, WHOLE_MS, FASTEST_MS = 400, 4800, 60
#: Milliseconds from the picture to pure noise, and per tick.
FORWARD_MS, FORWARD_TICK_MS = 6000, 16
GLIDE_MS = 120


def frame_interval(frames: int) -> int:
    """Milliseconds per frame: 400 for up to twelve, then 4.8 s for all, at least 60 each."""
    return max(FASTEST_MS, min(FRAME_MS, WHOLE_MS // max(frames, 1)))


class Player(QObject):
    """Emits `beat` while it plays, with the milliseconds since the last one."""

    beat = Signal(float)
    changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._clock = QElapsedTimer()

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def start(self, interval_ms: int) -> None:
        was = self.playing
        self._clock.start()
        self._timer.start(interval_ms)
        if not was:
            self.changed.emit(True)

    def stop(self) -> None:
        if self.playing:
            self._timer.stop()
            self.changed.emit(False)

    def _beat(self) -> None:
        self.beat.emit(float(self._clock.restart()))


class Glide(QObject):
    """A value that glides to its target."""

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.value = 0.0
        self._animation = QVariantAnimation(self)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.valueChanged.connect(self._moved)

    def jump(self, value: float) -> None:
        self._animation.stop()
        self.value = value
        self.moved.emit()

    def glide_to(self, value: float, duration_ms: int = GLIDE_MS) -> None:
        self._animation.stop()
        self._animation.setDuration(duration_ms)
        self._animation.setStartValue(self.value)
        self._animation.setEndValue(value)
        self._animation.start()

    def _moved(self, value: float) -> None:
        self.value = value
        self.moved.emit()

"""The noise timeline: one axis over diffusion time for the current picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QAccessibleValueChangeEvent,
    QImage,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from restorer.diffusion.schedule import Schedule
from restorer.engine.trajectory import FrameInfo
from restorer.ui.timeline.accessible import TimelineAccessible
from restorer.ui.timeline.axis import TimeAxis
from restorer.ui.timeline.gestures import Gestures
from restorer.ui.timeline.layout import Layout
from restorer.ui.timeline.model import Handle, TimelineModel
from restorer.ui.timeline.playback import Playback
from restorer.ui.timeline.readout import spoken_text
from restorer.ui.timeline.start_edit import StartEdit
from restorer.ui.timeline.view import TimelineView
from restorer.ui.widgets.accessible import install_accessible


class NoiseTimeline(QWidget):
    """Pure noise on the left, clean on the right, with start handle, playhead and recorded steps.

    Left of the recorded steps the playhead moves freely and stands for the forward process on the
    original; among the steps it snaps to them. The setters here are for the program and
    emit nothing; a person's moves go through `playback` and `start`, which emit signals.

    Signals:
        go_on_wanted: a person wants to branch from the recorded step under the playhead.

    Attributes:
        model: the state of the timeline.
        view: shows it.
        playback: moves the playhead.
        start: moves the start handle.
    """

    go_on_wanted = Signal()

    def __init__(self, schedule: Schedule, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # noise is on the left everywhere
        self._gestures: Gestures | None = None  # Qt sends events before it exists
        install_accessible("NoiseTimeline", TimelineAccessible)
        self.accessible: QAccessibleInterface | None = None
        self.model = TimelineModel(schedule)
        self.view = TimelineView(self, self.model)
        self.playback = Playback(self.model, self.view, self)
        self.start = StartEdit(self.model, self.view, self)
        self._gestures = Gestures(self, self.model, self.view, self.playback, self.start)
        self._gestures.go_on_wanted.connect(self.go_on_wanted)
        for changed in (self.playback.moved, self.start.moved, self._gestures.activated):
            changed.connect(self._announce)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.view.show(self.model.rest, glide=False)
        self.view.changed()

    # The picture and the axis

    def set_schedule(self, schedule: Schedule, latent: bool = False) -> None:
        """Show the schedule of another model; `latent`: of a latent model."""
        if schedule is not self.model.schedule or latent != self.model.latent:
            self.model.latent = latent
            self.model.axis = TimeAxis(schedule, self.view.spacing)
            self.view.show(self.model.playhead, glide=False)
            self.view.restyled()

    def set_place(self, t: float | None, noise: float) -> None:
        """Set the place of the picture, t* and noise (0-255); the start handle goes there too.

        None means that there is no picture. A playhead on a frame stays; on the original or
        in the forward process it goes to the new place.
        """
        model, thumbnails = self.model, self.view.thumbnails
        model.place = None if t is None else model.clamped(t)
        model.proposed = None
        model.noise = noise
        model.start = model.default_start
        thumbnails.set_render(thumbnails.render)  # drops thumbnails for the former place
        if model.playhead.frame is None:
            self.view.show(model.rest)
        self.view.changed()

    def set_doubt(self, doubt: tuple[float, float] | None) -> None:
        """Set the range of t where the picture may be; None to show no range."""
        self.model.doubt = doubt
        self.view.changed()

    def set_clean(self, clean: bool) -> None:
        """Set whether the picture is clean: the start handle goes to the clean end, else to t*."""
        self.model.clean = clean
        self.model.start = self.model.default_start
        self.view.changed()

    def set_start(self, t: float) -> None:
        self.model.start = self.model.clamped(t)
        self.view.changed()

    def set_proposed_start(self, t: float | None) -> None:
        """Set the default of the start handle; None for the picture's place.

        The handle itself stays.
        """
        self.model.proposed = None if t is None else self.model.clamped(t)
        self.view.changed()

    # The recorded steps

    def set_frames(self, infos: Sequence[FrameInfo]) -> None:
        """Replace the recorded steps; thumbnails of the remaining ones are kept."""
        self.model.set_frames(infos)
        self.view.thumbnails.keep_first(len(infos))
        self.view.show(self.model.playhead)
        self.view.changed()

    def add_frame(self, info: FrameInfo, thumbnail: QImage | None = None) -> None:
        """Add a step. A thumbnail of about 350 pixels also serves the popup."""
        self.model.set_frames([*self.model.frames, info])
        if thumbnail is not None:
            self.view.thumbnails.put(len(self.model.frames) - 1, thumbnail)
        self.view.show(self.model.playhead)
        self.view.changed()

    def set_latent_frames(self, latent: bool) -> None:
        """Set whether the recorded steps come from a latent model."""
        self.model.latent_frames = latent
        self.view.changed()

    def clear_frames(self) -> None:
        """Remove all recorded steps; a playhead among them goes back to the original."""
        self.playback.pause()
        self.set_frames([])

    def set_running(self, running: bool, steps: int = 0) -> None:
        """Set whether a run is under way; its `steps` pending steps are drawn faintly."""
        self.model.running = running
        self.model.expected_steps = steps if running else 0
        self.view.changed()

    # The playhead

    def set_playhead_frame(self, index: int) -> None:
        """Raises IndexError if there is no such frame."""
        self.view.show(self.model.at_frame(index))

    def set_value(self, t: float) -> None:
        """Move the focused handle to t, as if a person had done it."""
        if self.model.active is Handle.START:
            self.start.set(t)
        else:
            self.playback.move_to(self.model.snapped(t))

    @Slot()
    def _announce(self) -> None:
        """Tell screen readers the new value."""
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, spoken_text(self.model)))

    # Events

    def event(self, event: QEvent) -> bool:
        if self._gestures is not None and self._gestures.handle(event):
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        assert self._gestures is not None
        return self._gestures.next_handle(forward) or super().focusNextPrevChild(forward)

    def sizeHint(self) -> QSize:
        return QSize(900, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        layout = Layout.of(self.model.axis, 480, 0, self.view.text_height)
        return QSize(480, int(layout.strip.start) + 37)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.view.paint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.view.resized()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self.view.restyled()
        super().changeEvent(event)

"""The noise timeline: one axis over diffusion time for a person's own picture."""

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
from restorer.ui.timeline.readout import spoken
from restorer.ui.timeline.start_edit import StartEdit
from restorer.ui.timeline.view import TimelineView
from restorer.ui.widgets.accessible import install_accessible


class NoiseTimeline(QWidget):
    """Pure noise on the left, clean on the right; a start handle, a playhead, the recorded steps.

    Left of the recorded steps the playhead is free and stands for the forward process on the
    person's own picture; among the steps it snaps to them. The setters here are the program's and
    emit nothing; what a person does goes through `playback` and `start`, and these tell of it.

    Signals:
        go_on_wanted: from the recorded step under the playhead, otherwise than the run did.

    Attributes:
        model: what the timeline knows.
        view: how it is shown.
        playback: moves the playhead.
        start: moves the start handle.
    """

    go_on_wanted = Signal()

    def __init__(self, schedule: Schedule, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # noise is on the left everywhere
        self._gestures: Gestures | None = None  # events come before there are any
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
        """Another model's axis; `latent`: of latents, where noise is none of the picture's."""
        if schedule is not self.model.schedule or latent != self.model.latent:
            self.model.latent = latent
            self.model.axis = TimeAxis(schedule, self.view.spacing)
            self.view.show(self.model.playhead, glide=False)
            self.view.restyled()

    def set_place(self, t: float | None, noise: float) -> None:
        """Your picture is here: t* and noise (0-255); the start handle goes there too.

        None means that there is no picture. A playhead on a frame stays; one on the picture or
        in the forward world goes to the picture.
        """
        model, thumbnails = self.model, self.view.thumbnails
        model.place = None if t is None else model.clamped(t)
        model.proposed = None
        model.noise = noise
        model.start = model.default_start
        thumbnails.set_render(thumbnails.render)  # it renders another place now
        if model.playhead.frame is None:
            self.view.show(model.rest)
        self.view.changed()

    def set_doubt(self, doubt: tuple[float, float] | None) -> None:
        """Between which t the picture may be; None where there is no doubt worth showing."""
        self.model.doubt = doubt
        self.view.changed()

    def set_clean(self, clean: bool) -> None:
        """The picture is clean: the start handle goes to the clean end, or else to t*."""
        self.model.clean = clean
        self.model.start = self.model.default_start
        self.view.changed()

    def set_start(self, t: float) -> None:
        self.model.start = self.model.clamped(t)
        self.view.changed()

    def set_proposed_start(self, t: float | None) -> None:
        """Where the start handle belongs unless a person moves it; None for where the picture is.

        The handle itself stays.
        """
        self.model.proposed = None if t is None else self.model.clamped(t)
        self.view.changed()

    # The recorded steps

    def set_frames(self, infos: Sequence[FrameInfo]) -> None:
        """These are the recorded steps; thumbnails of those that remain are kept."""
        self.model.set_frames(infos)
        self.view.thumbnails.keep_first(len(infos))
        self.view.show(self.model.playhead)
        self.view.changed()

    def add_frame(self, info: FrameInfo, thumbnail: QImage | None = None) -> None:
        """One more step. A thumbnail of about 350 pixels also serves the hover popup."""
        self.model.set_frames([*self.model.frames, info])
        if thumbnail is not None:
            self.view.thumbnails.put(len(self.model.frames) - 1, thumbnail)
        self.view.show(self.model.playhead)
        self.view.changed()

    def set_latent_frames(self, latent: bool) -> None:
        """The recorded steps are a latent model's, whatever the axis."""
        self.model.latent_frames = latent
        self.view.changed()

    def clear_frames(self) -> None:
        """No recorded steps; a playhead among them goes back to the picture."""
        self.playback.pause()
        self.set_frames([])

    def set_running(self, running: bool, steps: int = 0) -> None:
        """A run of so many steps from the start has begun, or is over; they are drawn faintly."""
        self.model.running = running
        self.model.expected_steps = steps if running else 0
        self.view.changed()

    # The playhead

    def set_playhead_frame(self, index: int) -> None:
        """Raises IndexError if there is no such frame."""
        self.view.show(self.model.at_frame(index))

    def set_value(self, t: float) -> None:
        """The handle that has the focus to t, as if a person had done it."""
        if self.model.active is Handle.START:
            self.start.set(t)
        else:
            self.playback.move_to(self.model.snapped(t))

    @Slot()
    def _announce(self) -> None:
        """A screen reader is told the new value."""
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, spoken(self.model)))

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

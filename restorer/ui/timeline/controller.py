"""Connects document and timeline: place, start, recorded steps, playhead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from restorer.document import Changes, Document, OpenPicture
from restorer.document.forward import forward_alpha_bar, place_of
from restorer.engine.plan import start_for
from restorer.engine.trajectory import FrameInfo
from restorer.ui.timeline.model import PlayheadPosition
from restorer.ui.timeline.widget import NoiseTimeline
from restorer.ui.widgets.qimage import to_qimage
from restorer.words import tr


class ForwardPreview:
    """A thumbnail of the picture with the noise of any t; the noise is always the same."""

    def __init__(self, current: OpenPicture, place: float) -> None:
        assert current.content.thumbnail is not None
        assert current.content.picture is not None
        self._x0 = current.content.thumbnail.astype(np.float32) * np.float32(1 / 127.5) - 1
        self._icc = current.content.picture.icc
        self._eps = np.random.default_rng(0).standard_normal(self._x0.shape, np.float32)
        self._place = place
        self._schedule = current.plan.schedule

    def __call__(self, t: float) -> QImage:
        abar = forward_alpha_bar(t, self._place, self._schedule)
        x_t = np.float32(abar**0.5) * self._x0 + np.float32((1 - abar) ** 0.5) * self._eps
        return to_qimage(x_t * np.float32(0.5) + np.float32(0.5), self._icc)


class TimelineController(QObject):
    """Keeps the timeline in step with the document, and passes on what a person does there."""

    forward_moved = Signal(float)  # t: the playhead moved in the forward process
    frame_reached = Signal()

    def __init__(self, document: Document, timeline: NoiseTimeline) -> None:
        super().__init__(timeline)
        self._document = document
        self._timeline = timeline
        document.changed.connect(self._on_changed)
        timeline.start.moved.connect(self._on_start_moved)
        timeline.start.edited.connect(self._on_start_edited)
        timeline.playback.moved.connect(self._on_playhead)
        self._on_current()

    # From the document.

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if self._document.is_by(self):  # the timeline made this change and shows it
            return
        if changes & Changes.CURRENT:
            self._on_current()
        elif changes & Changes.ESTIMATE:
            self._on_estimate()
        elif changes & Changes.PARAMETERS:
            self._on_parameters()
        if changes & Changes.RUN:
            self._on_frames()
        elif changes & Changes.FRAMES:
            self._add_frames()
        if changes & Changes.VIEW:
            self._on_view()
        if changes & Changes.STATUS:
            self._on_status()

    def _on_current(self) -> None:
        self._timeline.clear_frames()
        self._on_estimate()
        self._on_frames()
        self._on_status()

    def _on_estimate(self) -> None:
        current = self._document.pictures.current
        place = place_of(current)
        if current is not None:
            latent = current.plan.parameters.latent is not None
            self._timeline.set_schedule(current.plan.schedule, latent)
        if current is None or current.content.estimate is None or place is None:
            self._timeline.view.set_forward_preview(None)
            self._timeline.set_place(None, 0.0)
            self._timeline.set_clean(False)
            self._timeline.set_doubt(None)
            return
        self._timeline.set_place(place, current.content.estimate.noise)
        camera = None if current.plan.parameters.latent else current.content.estimate.camera
        doubt = (
            None if camera is None else (start_for(max(camera.low, 1.0)), start_for(camera.high))
        )
        self._timeline.set_doubt(doubt)
        self._timeline.set_clean(self._clean(current))
        self._timeline.view.set_forward_preview(ForwardPreview(current, place))
        self._on_parameters()

    def _on_parameters(self) -> None:
        current = self._document.pictures.current
        if current is None or current.content.estimate is None:
            return
        if current.plan.schedule is not self._timeline.model.schedule:  # another kind of model
            self._on_estimate()
            self._on_frames()
            return
        if not current.plan.complete:  # the handle stays until its default is known
            self._timeline.set_proposed_start(self._timeline.model.start)
            return
        self._timeline.set_proposed_start(current.plan.default_start)
        start = self._document.planner.start
        if start is None:
            self._timeline.set_clean(self._clean(current))  # the handle goes to its default
        else:
            self._timeline.set_start(start)

    def _on_frames(self) -> None:
        current = self._document.pictures.current
        self._timeline.clear_frames()
        if current is None or current.results.shown is None:
            return
        self._timeline.set_latent_frames(current.results.shown.latent is not None)
        self._add_frames()
        self._on_view()

    def _add_frames(self) -> None:
        """Add the frames that the timeline does not have yet."""
        current = self._document.pictures.current
        if current is None or current.results.shown is None:
            return
        for info in current.results.shown.trajectory.infos[len(self._timeline.model.frames) :]:
            self._timeline.add_frame(_placed(current, info), self._thumbnail(current, info.index))

    def _on_view(self) -> None:
        current = self._document.pictures.current
        if current is None or current.results.playhead is None:
            return
        if self._timeline.model.playhead.frame != current.results.playhead:
            self._timeline.set_playhead_frame(current.results.playhead)

    def _on_status(self) -> None:
        current = self._document.pictures.current
        running = current is not None and current.under_way
        steps = 0  # the times of a repair's steps are not known in advance
        run = current.results.shown if current is not None else None
        if running and run is not None and not run.decoding:
            task, latent = run.task, run.latent is not None
            if latent or task.damage.is_noise:
                steps = task.steps
            if latent and task.start is not None:  # latent models take whole t
                steps = min(steps, round(task.start) + 1)
        self._timeline.set_running(running, steps)

    # From the timeline.

    @Slot(float)
    def _on_start_moved(self, t: float) -> None:
        start = None if t == self._timeline.model.default_start else t
        with self._document.by(self):
            self._document.planner.change(tr("Start"), dragging=True, start=start)

    @Slot(float)
    def _on_start_edited(self, _t: float) -> None:
        self._document.planner.end_gesture()

    @Slot(object)
    def _on_playhead(self, position: PlayheadPosition) -> None:
        if position.frame is None:
            self._document.display.show_original()
            self.forward_moved.emit(position.t)
        else:
            self.frame_reached.emit()
            with self._document.by(self):
                self._document.display.set_playhead(position.frame)

    @staticmethod
    def _clean(current: OpenPicture) -> bool:
        """The picture is clean, and its model works on noise in pixels."""
        clean = current.content.estimate is not None and current.content.estimate.clean
        return clean and current.plan.parameters.latent is None

    def _thumbnail(self, current: OpenPicture, index: int) -> QImage | None:
        if current.results.shown is None or current.content.picture is None:
            return None
        return to_qimage(current.results.shown.thumbnails[index], current.content.picture.icc)


def _placed(current: OpenPicture, info: FrameInfo) -> FrameInfo:
    """A frame on the axis of the selected model: at the t with the same noise."""
    if current.results.shown is None or current.results.shown.schedule is current.plan.schedule:
        return info
    return replace(info, t=float(current.plan.schedule.t_from_sigma(info.sigma)))

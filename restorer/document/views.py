"""What the canvas shows of the picture on view: a frame of its run, or a check of its result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from restorer.document.doubts import Doubts
from restorer.document.open_picture import OpenPicture
from restorer.document.plans import Plans
from restorer.document.settings import Settings
from restorer.engine.views import CLEAN, Rendered, View
from restorer.jobs import Jobs
from restorer.jobs.background import go_on

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread


class Views(Plans):
    """The open pictures with their plans, and what there is to see of the one on view."""

    view_changed = Signal()  # playhead or view
    shown_changed = Signal()

    def __init__(self, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(jobs, settings, parent)
        self.view = CLEAN
        self.verdict = ""  # what a check on view says
        self.doubts = Doubts(jobs, self)
        self.doubts.ended.connect(self._doubt_ended)
        self.shown: NDArray[np.float32] | None = None
        self._views: list[int] = []  # requests for pixels of what is on view, oldest first

    def show(self, entry: OpenPicture | None) -> None:
        """Put another open picture on view, with the frame that was looked at last."""
        self.end_gesture()
        self._views.clear()
        self.shown = None
        super().show(entry)
        self._leave_check()
        self._request_view()

    def set_playhead(self, index: int) -> None:
        """Show a frame; the newest one of a run goes on being followed."""
        entry = self.current
        if entry is None or not 0 <= index < entry.frames:
            return
        entry.following = index == entry.frames - 1
        if index != entry.playhead:
            entry.playhead = index
            self.view_changed.emit()
            self._request_view()

    def set_view(self, view: View) -> None:
        """Show this of the run, unless it needs a result that is not there yet.

        Doubt is measured when it is first looked at.
        """
        entry = self.current
        if view.of_result and (entry is None or not entry.judged):
            self.view_changed.emit()  # whoever asked shows what is on view still
            return
        if view is not self.view:
            self.view = view
            self.view_changed.emit()
            self._request_view()
            run = entry.run if entry is not None and view.of_spread else None
            if run is not None and run.latent is None:  # of others no spread is known
                self.doubts.begin(run)

    @property
    def spread(self) -> Spread | None:
        """Of the result, while its doubt is on view."""
        doubting = self.view.of_spread and self.current and self.current.run
        return doubting.spread if doubting else None

    def _leave_check(self) -> None:
        """Back to the picture: what is to come has not been judged."""
        if self.view.of_result:
            self.view = CLEAN
            self.view_changed.emit()

    @Slot()
    def _doubt_ended(self) -> None:
        """Show it, or what there was if it was stopped."""
        entry = self.current
        if not self.view.of_spread or entry is None or entry.run is None:
            return
        if entry.run.spread is None and self.doubts.ahead(entry.run) is None:
            self._leave_check()
        self.view_changed.emit()
        self._request_view()

    def _request_view(self) -> None:
        """Ask for the pixels of the frame on view."""
        entry = self.current
        if entry is None or entry.trajectory is None or entry.playhead is None:
            self._views.clear()
            self._set_shown(None)
            return
        assert entry.run is not None
        rendering = partial(self.view.render, entry.run, entry.playhead, go_on)
        self._views.append(self.jobs.for_view(rendering))

    def _set_shown(self, rendered: Rendered | None) -> None:
        self.shown = rendered.pixels if rendered else None
        self.verdict = rendered.sentence if rendered else ""
        self.shown_changed.emit()

    def _seen(self, number: int, value: Any) -> bool:
        """Show an answer to a request for pixels; false if it was none."""
        if number not in self._views:  # older requests have been dropped or overtaken
            return False
        self._views = [other for other in self._views if other > number]
        self._set_shown(value)
        return True

"""What the canvas shows of the current picture: a frame of its run, or a check of its result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.doubt_measuring import Doubts
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.runs import Runs
from restorer.engine.progress import Progress
from restorer.engine.run import Run
from restorer.engine.views import CLEAN, Legend, Rendered, View
from restorer.jobs import Jobs
from restorer.jobs.background import go_on

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread


class Display(QObject):
    """The shown frame and view of the current picture.

    Attributes:
        view: what of the run is shown.
        shown: (H, W, 3) in 0..1; None for the picture as it came.
        verdict: what the view says besides.
        legend: of its colours, if they are not the picture's own.
        compared: (H, W, 3) in 0..1, another result that it is compared with; None for the picture
            as it came.
    """

    tiles_made = Signal(object)  # list[Progress] of what is on view

    def __init__(
        self,
        jobs: Jobs,
        pictures: Pictures,
        runs: Runs,
        doubts: Doubts,
        notices: Notices,
        notifier: Notifier,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._pictures, self._doubts = jobs, pictures, doubts
        self._notices, self._notifier = notices, notifier
        self.view = CLEAN
        self.shown: NDArray[np.float32] | None = None
        self.verdict = ""
        self.legend: Legend | None = None
        self.compared: NDArray[np.float32] | None = None
        self._compared_run: Run | None = None  # that `compared` is of
        self._aside = False  # a person looks at the picture as it came, not at the run
        pictures.switched.connect(self._on_switched)
        runs.shown.connect(self._on_run)
        runs.frame_made.connect(self._on_frame)
        runs.tiles_made.connect(self._on_tiles)
        doubts.ended.connect(self._doubt_ended)

    def set_playhead(self, index: int) -> None:
        """Show a frame; at the newest one, it follows the run."""
        opened = self._pictures.current
        if opened is None or not 0 <= index < opened.results.frames:
            return
        opened.results.following = index == opened.results.frames - 1
        if index != opened.results.playhead or self._aside:
            self._aside = False
            opened.results.playhead = index
            if self.view.of_spread:  # that is the result's alone
                self.view = CLEAN
            self._notifier.tell(Changes.VIEW)
            self._request()

    def show_original(self) -> None:
        """Show the original, perhaps with noise, even while a run makes new steps."""
        self._aside = True

    def set_view(self, view: View) -> None:
        """Show this view of the run, unless it needs a result that does not exist yet.

        Doubt is measured when it is first looked at.
        """
        opened = self._pictures.current
        changes = view is not self.view and (not view.of_result or bool(opened and opened.judged))
        if changes:
            self.view = view
        if opened is not None and self.view.of_spread:
            opened.results.playhead, opened.results.following = opened.results.frames - 1, True
        back, self._aside = self._aside, False
        self._notifier.tell(Changes.VIEW)  # whoever asked shows what is on view
        if changes or back:
            self._request()
        if changes:
            run = opened.results.shown if opened is not None and view.of_spread else None
            if run is not None and run.latent is None:  # of others no spread is known
                self._doubts.begin(run)

    def compare_with(self, run: Run | None) -> None:
        """Compare the shown picture with another result, None for the original."""
        opened = self._pictures.current
        if opened is not None:
            opened.results.compared = run
            self._notifier.tell(Changes.VIEW)
            self._request_compared(opened)

    def toggle_compared(self) -> None:
        """Compare with the result before the shown one, or with the original again."""
        opened = self._pictures.current
        if opened is None or opened.compared is not None:
            self.compare_with(None)
            return
        others = [run for run in opened.runs if run is not opened.results.shown]
        place = opened.version - 1  # of the one on view among the results
        if others:
            self.compare_with(others[max(0, place - 1)])

    def _request_compared(self, opened: OpenPicture | None) -> None:
        """Load the pixels of the compared result, which may be on disk."""
        other = opened.compared if opened is not None else None
        if other is self._compared_run:
            return
        self._compared_run, self.compared = other, None
        if opened is None or other is None:
            self._set_compared(None, None)
        else:
            looking = partial(work.result_pixels, other)
            self._pictures.ask(opened, looking, partial(self._set_compared, other))

    def _set_compared(self, run: Run | None, pixels: NDArray[np.float32] | None) -> None:
        if run is self._compared_run:
            self.compared = pixels
            self._notifier.tell(Changes.SHOWN)

    @property
    def spread(self) -> Spread | None:
        """The spread of the result while the view of doubt is shown."""
        opened = self._pictures.current
        run = opened.results.shown if opened is not None and self.view.of_spread else None
        return run.spread if run is not None else None

    def _leave_check(self) -> None:
        """Leave a view of checks, since a new result is not judged yet."""
        if self.view.of_result:
            self.view = CLEAN
            self._notifier.tell(Changes.VIEW)

    @Slot()
    def _doubt_ended(self) -> None:
        """Show the measured doubt, or what there is of a stopped measurement."""
        opened = self._pictures.current
        if not self.view.of_spread or opened is None or opened.results.shown is None:
            return
        if opened.results.shown.spread is None and self._doubts.ahead(opened.results.shown) is None:
            self._leave_check()
        self._notifier.tell(Changes.VIEW)
        self._request()

    @Slot()
    def _on_switched(self) -> None:
        """Show the frame that was shown last, or the tiles of a first step."""
        self._jobs.views.cancel()
        self.shown, self.verdict, self.legend = None, "", None
        self._aside = False
        self._leave_check()
        self._request()
        opened = self._pictures.current
        self._request_compared(opened)
        making = opened.results.making if opened is not None else None
        if opened is not None and making is not None and making.first is not None:
            self._on_tiles(opened, list(making.first.shown))

    @Slot(object)
    def _on_run(self, opened: OpenPicture) -> None:
        if opened is self._pictures.current:
            self._aside = False
            self._leave_check()
            self._notifier.tell(Changes.RUN | Changes.VIEW)
            self._request()
            self._request_compared(opened)

    @Slot(object)
    def _on_frame(self, opened: OpenPicture) -> None:
        if opened is self._pictures.current and opened.under_way:
            self._notifier.tell(Changes.FRAMES)
            if opened.results.following and not self._aside:
                self._notifier.tell(Changes.VIEW)
                self._request()

    @Slot(object, object)
    def _on_tiles(self, opened: OpenPicture, tiles: list[Progress]) -> None:
        looking = opened is self._pictures.current and opened.under_way and opened.results.following
        if tiles and looking and self.view is CLEAN:
            self.tiles_made.emit(tiles)

    def _request(self) -> None:
        """Compute the pixels of the shown frame."""
        opened = self._pictures.current
        if opened is None or opened.results.trajectory is None or opened.results.playhead is None:
            self._jobs.views.cancel()
            self._set_shown(_begun_with(opened))
            return
        assert opened.results.shown is not None
        rendering = partial(self.view.render, opened.results.shown, opened.results.playhead, go_on)
        self._jobs.views.run(rendering, self._set_shown, self._notices.report, newest_only=True)

    def _set_shown(self, rendered: Rendered | None) -> None:
        self.shown = rendered.pixels if rendered else None
        self.verdict = rendered.sentence if rendered else ""
        self.legend = rendered.legend if rendered else None
        self._notifier.tell(Changes.SHOWN)


def _begun_with(opened: OpenPicture | None) -> Rendered | None:
    """What a step among several begins with, until it has a frame; None for the picture itself."""
    run = opened.results.making if opened is not None else None
    if opened is None or run is None or run.job is None or run is not opened.results.shown:
        return None
    came, begins = opened.content.picture, run.inputs.picture
    if came is None or begins is came or begins.size != came.size or run.task.damage.growth != 1:
        return None
    return Rendered(begins.pixels)

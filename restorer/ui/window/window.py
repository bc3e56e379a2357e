"""The main window: puts the rooms together and connects them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QUndoGroup
from PySide6.QtWidgets import QFrame, QMainWindow, QStackedWidget, QWidget

from restorer.diffusion.schedule import LINEAR
from restorer.document import Changes, Document, OpenPicture, Settings
from restorer.engine.samples import Sample
from restorer.jobs import Jobs
from restorer.jobs.background import shutdown_all
from restorer.jobs.libraries import load_soon
from restorer.ui.canvas import Canvas, can_read, read_mime
from restorer.ui.canvas.controller import CanvasController
from restorer.ui.course.controller import CourseController
from restorer.ui.crop.controller import CropController
from restorer.ui.inspector.controller import InspectorController
from restorer.ui.lab.controller import LabController
from restorer.ui.mask.controller import MaskController
from restorer.ui.mask.tools import MaskTools
from restorer.ui.mask.widget import MaskWidget
from restorer.ui.models.controller import ModelsController
from restorer.ui.noise.dialog import NoiseDialog
from restorer.ui.noise.histogram import HistogramDialog
from restorer.ui.noise.live_dialog import OnDemand
from restorer.ui.schedule.controller import ScheduleController
from restorer.ui.settings import Panel
from restorer.ui.side_by_side.controller import SideBySideController
from restorer.ui.text import status, tasks
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.timeline.controller import TimelineController
from restorer.ui.training.controller import TrainingController
from restorer.ui.widgets.drop import DropTarget
from restorer.ui.widgets.keys import press_focused
from restorer.ui.widgets.layouts import in_column, in_row, wide
from restorer.ui.widgets.screen import fit_on_screen
from restorer.ui.window.actions import Actions
from restorer.ui.window.appearance import Appearance
from restorer.ui.window.canvas_menu import CanvasMenu
from restorer.ui.window.closing import Closing
from restorer.ui.window.errorbar import ErrorBar
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.ui.window.help import Help
from restorer.ui.window.neutral import Eyedropper
from restorer.ui.window.picture_strip import PictureStrip
from restorer.ui.window.recipes import RecipeDialogs
from restorer.ui.window.recovery import Recovery
from restorer.ui.window.run_controls import RunControls
from restorer.ui.window.share import Share
from restorer.ui.window.statusbar import StatusBar
from restorer.ui.window.toolbar import ToolBar
from restorer.ui.window.viewbar import ViewBar
from restorer.ui.window.welcome import Welcome

#: After the first paint; importing torch in the worker holds the window up now and then.
MODEL_LOADS_AFTER_MS = 250

#: After these, other actions can be used.
_ACTIONS = ~(Changes.PROGRESS | Changes.SHOWN | Changes.ERRORS)


class MainWindow(QMainWindow):
    """The canvas in the middle, the timeline below, the panel on the right."""

    settings: Settings  # declared here so that the table of actions can be checked
    document: Document
    files: FileDialogs
    canvas: Canvas
    canvas_controller: CanvasController
    timeline: NoiseTimeline
    inspector: InspectorController
    course: CourseController
    schedule: ScheduleController
    share: Share
    lab: LabController
    noise: OnDemand[NoiseDialog]
    histogram: OnDemand[HistogramDialog]
    variations: SideBySideController
    mask_widget: MaskWidget
    appearance: Appearance
    runs: RunControls
    models: ModelsController
    training: TrainingController
    help: Help
    recovery: Recovery
    recipes: RecipeDialogs
    strip: PictureStrip
    crop: CropController

    def __init__(self, jobs: Jobs, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle("Restorer")
        self.settings, self.jobs = settings, jobs
        self.document = Document(jobs, settings, self)
        self.actions_ = Actions(self)
        self.files = FileDialogs(self.document, self)
        self._build()
        self.canvas_controller = CanvasController(self.document, self.canvas)
        self.timeline_controller = TimelineController(self.document, self.timeline)
        self.inspector = InspectorController(
            self.document, self.canvas, self.timeline, self.inspector_place
        )
        self.course = CourseController(
            self.document, settings, self.canvas, self.timeline, self.course_place
        )
        self.share = Share(self.document, self, self.toolbar.save_button)
        self.lab = LabController(self.document, self)
        self.noise = OnDemand(partial(NoiseDialog, self.document, self))
        self.histogram = OnDemand(partial(HistogramDialog, self.document, self))
        self.variations = SideBySideController(self.document, self)
        self.schedule = ScheduleController(self.document, self.timeline, self)
        self.runs = RunControls(
            self.document, self.panel, self.strip, self.timeline, self.crop, self.pages
        )
        self.recipes = RecipeDialogs(self.document, self.strip, self.toolbar.presets, self)
        self.training = TrainingController(self)
        self.models = ModelsController(self.document, self)
        others = (self.training.running, self.models.running)
        self.closing = Closing(self, self.document, self.files, others)
        CanvasMenu(self.canvas, self.actions_, self.tools)
        self.help = Help(self)
        self.eyedropper = Eyedropper(self.document, self.canvas, self.tools, self.panel)
        self.recovery = Recovery(self.document, self.welcome, self.actions_.refresh)
        self._connect()
        self._apply_settings()
        self.actions_.follow_undo(self.undo)
        self.refresh()
        self.actions_.refresh()

    @property
    def tools(self) -> MaskTools:
        """The mask tools."""
        return self.mask_widget.tools

    @property
    def masks(self) -> MaskController:
        """The commands for whole masks."""
        return self.mask_widget.controller

    @property
    def undo(self) -> QUndoGroup:
        return self.document.pictures.undo_group

    def begin(self) -> None:
        """Start slower work; call it once the window is shown."""
        self.recovery.begin()
        self.welcome.load_cards()
        if self.document.pictures.current is None:
            self.welcome.take_focus()
        QTimer.singleShot(MODEL_LOADS_AFTER_MS, self._preload)

    # Building.

    def _build(self) -> None:
        self.toolbar = ToolBar(self.actions_, self.settings)
        self.strip = PictureStrip(self.document)
        self.welcome = Welcome(self.settings)
        self.canvas = Canvas()
        self.canvas.empty_text = ""
        self.view_bar = ViewBar()
        self.panel = Panel(self.document)
        self.timeline = NoiseTimeline(LINEAR)
        self.status = StatusBar(self.document)

        self.mask_widget = MaskWidget(self.document, self.canvas, self.actions_, self.files)
        self.crop = self.mask_widget.crop
        looking = QWidget()
        in_column(wide(self.mask_widget), self.view_bar, on=looking)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(looking)
        self.error_bar = ErrorBar()
        self.inspector_place, self.course_place = QWidget(), QWidget()
        seen = wide(in_column(self.error_bar, wide(self.pages)))
        middle = in_row(self.strip, seen, self.inspector_place, self.panel, self.course_place)
        self.timeline_frame = QFrame()
        self.timeline_frame.setObjectName("timelineFrame")
        in_column(self.timeline, on=self.timeline_frame)

        centre = QWidget()
        in_column(self.toolbar, wide(middle), self.timeline_frame, self.status, on=centre)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        document = self.document
        document.changed.connect(self._on_changed)
        self.error_bar.dismissed.connect(document.notices.dismiss)
        self.error_bar.part_wanted.connect(document.pictures.open_cut_short)
        self.strip.itemSelectionChanged.connect(self.actions_.refresh)
        self.strip.close_wanted.connect(lambda opened: self.closing.close([opened]))
        self.strip.close_others_wanted.connect(self._close_others)
        self.panel.result_wanted.connect(self.use_result)
        self.panel.save_wanted.connect(self.files.save)
        self.panel.mask_wanted.connect(self.files.load_mask)
        self.panel.painting_wanted.connect(self.mask_widget.tools.begin)
        self.panel.kernel_wanted.connect(self.files.load_kernel)
        self.runs.old_photos.marks_wanted.connect(self.tools.look_through)
        self.panel.control_wanted.connect(self.files.load_control)
        self.panel.help_wanted.connect(self.help.show_limitations)
        self.files.opening.connect(document.notices.dismiss)
        self.files.opening.connect(self.runs.notice.hide)
        self.welcome.open_requested.connect(self.files.open)
        self.welcome.sample_chosen.connect(self._open_sample)
        self.welcome.course_wanted.connect(self.course.toggle)
        for read_again in (self.refresh, self.actions_.refresh):
            self.course.toggled.connect(read_again)
        for recent in (self.welcome.recent_chosen, self.toolbar.recent.chosen):
            recent.connect(lambda path: self.files.open_paths([path]))
        for models in (self.models, self.training):
            models.models_changed.connect(self.panel.renew_models)
        self.training.use_wanted.connect(self.models.use)
        self.training.progressed.connect(self.status.show_training)
        drops = DropTarget(self, read_mime, can_read)
        drops.hovered.connect(self.welcome.zone.set_over)
        drops.dropped.connect(self.files.open_dropped)
        self.canvas.open_requested.connect(self.files.open)
        self.canvas.dropped.connect(self.files.open_dropped)
        self.canvas.layers.failed.connect(document.notices.report)
        self.canvas.viewport.zoom_changed.connect(self.view_bar.zoom.show_zoom)
        self.view_bar.zoom.entered.connect(self.canvas.viewport.zoom_to)
        self.canvas.cursor_moved.connect(self.view_bar.show_cursor)
        self.view_bar.view.chosen.connect(document.display.set_view)
        self.view_bar.compare.chosen.connect(self.canvas_controller.set_compare)
        for seen in (
            self.canvas_controller.compare_changed,
            self.canvas_controller.view_changed,
            self.tools.changed,
        ):
            seen.connect(self._show_view)
            seen.connect(self.actions_.refresh)
        self.timeline_controller.forward_moved.connect(self.canvas_controller.show_forward)
        self.timeline_controller.frame_reached.connect(self.canvas_controller.end_forward)

    def _apply_settings(self) -> None:
        self.appearance = Appearance(self.settings, self.canvas, self.timeline, self.strip, self)
        self._show_view()
        fit_on_screen(self, QSize(1280, 800), QSize(880, 600))
        self.restoreGeometry(self.settings.geometry)

    # Updates from the document.

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & (Changes.CURRENT | Changes.PICTURES):
            self.refresh()
        elif changes & (Changes.STATUS | Changes.RUN | Changes.FRAMES):
            self._enable_results()
        if changes & (Changes.CURRENT | Changes.VIEW):
            self._show_view()
        if changes & Changes.ERRORS:
            notices = self.document.notices
            self.error_bar.set_errors(notices.errors, bool(notices.cut_short))
        if changes & _ACTIONS:
            self.actions_.refresh()
        if changes & Changes.MODEL and self.document.models.loaded is not None:
            load_soon("restorer.ui.widgets.curves", self.jobs.masks)  # pyqtgraph comes with it

    def refresh(self) -> None:
        """Show the rooms that the state of the document calls for."""
        opened = self.document.pictures.current
        first = opened is not None and self.pages.currentIndex() == 0
        self.pages.setCurrentIndex(0 if opened is None else 1)
        # the course replaces the panel: both would leave the picture too little room
        self.panel.setVisible(opened is not None and not self.course.wanted)
        self.timeline_frame.setVisible(opened is not None)
        if first:  # so that arrows step and Space plays
            self.timeline.setFocus(Qt.FocusReason.OtherFocusReason)
        if opened is None:
            self.welcome.refresh_recent()
        title = opened.source.title if opened else ""
        if opened and opened.content.picture:
            title = f"{title}     {status.facts(opened.content.picture)}"
        self.toolbar.title.setText(title)
        self.setWindowTitle(f"{opened.source.title} – Restorer" if opened else "Restorer")
        self._enable_results()

    def _enable_results(self) -> None:
        """Enable the buttons under the canvas while there are results."""
        opened = self.document.pictures.current
        has_frames = opened is not None and opened.results.frames > 0
        self.view_bar.set_choosable(has_frames)

    @Slot()
    def _show_view(self) -> None:
        self.view_bar.show_view(self.canvas_controller.view)
        self.view_bar.show_compare(self.canvas.comparing)
        self.view_bar.set_spread(self.document.display.spread)

    # What actions run.

    def escape(self) -> None:
        """Stop the work on the current picture, or close whatever is in the way."""
        if self.runs.stop() or self.mask_widget.put_away():
            return
        if self.isFullScreen():
            self.showNormal()
        elif self.document.notices.errors:
            self.document.notices.dismiss()
        else:
            self.runs.say_what_runs()

    def close_picture(self) -> None:
        """Close the current picture, after asking about losses."""
        if self.document.pictures.current is not None:
            self.closing.close([self.document.pictures.current])

    def use_result(self) -> None:
        """Open the current result as a picture of its own."""
        opened = self.document.pictures.current
        if opened is not None:
            self.document.use_result(tasks.result_title(opened))

    def toggle_full_screen(self) -> None:
        (self.showNormal if self.isFullScreen() else self.showFullScreen)()

    # From other parts of the window.

    @Slot(object)
    def _close_others(self, opened: OpenPicture) -> None:
        self.closing.close([other for other in self.document.pictures.all if other is not opened])

    @Slot(object)
    def _open_sample(self, sample: Sample) -> None:
        credit = f"{sample.credit} ({sample.licence})"
        pictures = self.document.pictures
        pictures.open_sample(sample.path, sample.title, sample.static, credit, **sample.asks)

    @Slot()
    def _preload(self) -> None:
        if self.isVisible():
            self.document.models.load(self.settings.model)

    # Events.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle keys that no focused widget has taken.

        Holding backslash shows the original, Space plays, Enter presses a button.
        """
        if event.key() == Qt.Key.Key_Backslash:
            self.canvas.hold_original(True)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.timeline.playback.toggle()
        elif not press_focused(self, event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backslash and not event.isAutoRepeat():
            self.canvas.hold_original(False)
        else:
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.canvas.hold_original(False)
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about losses; then end the threads, even during a run."""
        if not self.closing.may_close():
            event.ignore()
            return
        self.settings.geometry = self.saveGeometry()
        self.timeline.playback.pause()
        self.hide()
        self.training.shutdown()
        shutdown_all(within=self)
        self.document.session.end()
        self.jobs.shutdown()
        event.accept()

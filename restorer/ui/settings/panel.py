"""The panel: what was measured above, what is to be done in the middle, Restore at the foot."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from restorer.document import Document, Parameters, Readiness, Status
from restorer.engine.damage import Kind
from restorer.engine.models import ModelInfo
from restorer.ui.settings.caution import CautionPart
from restorer.ui.settings.clean import CleanPart
from restorer.ui.settings.form import Part
from restorer.ui.settings.harm import HarmPart
from restorer.ui.settings.kept import Kept
from restorer.ui.settings.more import CleanMore, RepairMore
from restorer.ui.settings.numbers import NumbersPart
from restorer.ui.settings.prompt import PromptPart
from restorer.ui.settings.repairs import BlocksPart, EnlargePart, FillPart, SharpenPart
from restorer.ui.settings.results import ResultsRow
from restorer.ui.settings.towards import TowardsPart
from restorer.ui.text import status, tasks
from restorer.ui.widgets.fold import Fold
from restorer.ui.widgets.labels import label, restyle
from restorer.ui.widgets.slider import CalmComboBox
from restorer.ui.widgets.theme import Theme

WIDTH = 288
#: In this order they are offered. Colour is not: the prior knows no objects.
KINDS: tuple[Kind, ...] = ("denoise", "inpaint", "upscale", "deblur", "dejpeg")


class Panel(QFrame):
    """Shows the document's picture on view and edits its parameters."""

    restore_clicked = Signal()
    result_wanted = Signal()
    mask_wanted = Signal()
    painting_wanted = Signal()
    kernel_wanted = Signal()
    control_wanted = Signal(str)
    help_wanted = Signal()

    def __init__(self, document: Document, models: list[ModelInfo]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self._document = document
        document.set_models(models)
        self._make_parts(models)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._make_body())
        column.addWidget(area, 1)
        column.addWidget(self._make_foot())
        document.current_changed.connect(self.refresh)
        document.estimate_changed.connect(self.refresh)
        document.proposal_changed.connect(self.refresh)
        document.parameters_changed.connect(self.refresh)
        document.status_changed.connect(self.refresh)
        document.model_changed.connect(self.refresh)
        document.frames_changed.connect(self.refresh)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self.more.set_theme(theme)
        self.numbers.set_theme(theme)
        self.results.set_theme(theme)

    def set_models(self, models: list[ModelInfo]) -> None:
        """There are other models now."""
        self._document.set_models(models)
        self.numbers.set_models(models)
        self.prompt.set_models()
        self.towards.set_models()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read everything again; nothing is emitted."""
        entry = self._document.current
        headline, sentence = status.measured(entry) if entry else (self.tr("No picture"), "")
        self.headline.setText(headline)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        picture = entry.picture if entry else None
        self.headline.setToolTip(status.about_noise(entry) if entry else "")
        credit = [entry.credit] if entry and entry.credit else []
        notes = "\n".join((*picture.notes, *credit)) if picture else ""
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        parameters = entry.parameters if entry else Parameters()
        self.task.setCurrentIndex(self.task.findData(parameters.kind))
        cleaning = self.task.findData("denoise")
        prompted = parameters.latent is not None
        self.task.setItemText(cleaning, tasks.cleaning_title(prompted))
        for kind, part in self._parts.items():
            part.setVisible(kind == parameters.kind)
        stepping = parameters.kind == "denoise" or parameters.latent is not None
        self.clean_more.setVisible(stepping)
        self.repair_more.setVisible(not stepping)
        more = self.clean_more if stepping else self.repair_more
        always = (self.harm, self.caution, self.prompt, self.numbers, more, self.towards, self.kept)
        for shown in (self._parts[parameters.kind], *always):
            shown.refresh(entry, parameters)
        proposal = entry.proposal if entry else None
        self.proposal.setVisible(proposal is not None)
        if entry is not None and proposal is not None:
            first = tasks.task(proposal.steps[0])
            self.found.setText(proposal.sentence)
            self.take.setText(first.button)
            self.take.setToolTip(first.hint)
        self.onward.setVisible(entry is not None and entry.begins_anew)
        readiness = self._document.readiness
        running = readiness is Readiness.RUNNING
        waiting = entry is not None and entry.status is Status.WAITING
        self.settings.setEnabled(picture is not None)
        self.restore.setText(tasks.restore_button(self._document))
        self.restore.setEnabled(readiness.startable or running or waiting)
        if self.restore.property("running") != (running or waiting):
            self.restore.setProperty("running", running or waiting)
            restyle(self.restore)
        self.hint.setText(tasks.restore_hint(self._document))

    # Building.

    def _make_parts(self, models: list[ModelInfo]) -> None:
        document = self._document
        self.clean = CleanPart(document)
        self.fill = FillPart(document)
        self.enlarge = EnlargePart(document)
        self.sharpen = SharpenPart(document)
        self.blocks = BlocksPart(document)
        self.numbers = NumbersPart(document, models)
        self.clean_more = CleanMore(document)
        self.repair_more = RepairMore(document)
        self.towards = TowardsPart(document)
        self.kept = Kept(document)
        self.prompt = PromptPart(document)
        self.caution = CautionPart(document)
        self.harm = HarmPart(document)
        self.prompt.picture_wanted.connect(self.control_wanted)
        self.caution.help_wanted.connect(self.help_wanted)
        self.fill.mask_wanted.connect(self.mask_wanted)
        self.fill.painting_wanted.connect(self.painting_wanted)
        self.sharpen.kernel_wanted.connect(self.kernel_wanted)
        parts: tuple[Part, ...]
        parts = (self.clean, self.fill, self.enlarge, self.sharpen, self.blocks)
        self._parts = dict(zip(KINDS, parts, strict=True))

    def _make_body(self) -> QWidget:
        body = QWidget()
        body.setObjectName("panelBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(4)
        self.headline = label(kind="title")
        self.sentence = label(kind="caption")
        self.notes = label(kind="quiet")
        self.notes.setContentsMargins(0, 4, 0, 0)
        for text in (self.headline, self.sentence, self.notes):
            text.setWordWrap(True)
        column.addWidget(label(self.tr("YOUR PICTURE"), "section"))
        column.addSpacing(4)
        column.addWidget(self.headline)
        column.addWidget(self.sentence)
        column.addWidget(self.notes)
        self.proposal = self._make_proposal()
        column.addWidget(self.proposal)
        column.addWidget(self.harm)
        column.addWidget(self.caution)
        column.addSpacing(24)
        column.addWidget(label(self.tr("RESTORE"), "section"))
        column.addSpacing(8)
        self.settings = self._make_settings()
        column.addWidget(self.settings)
        column.addStretch(1)
        return body

    def _make_settings(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        self.task = CalmComboBox()
        self.task.setAccessibleName(self.tr("What to do"))
        for kind in KINDS:
            self.task.addItem(tasks.task(kind).title, kind)
            hint = tasks.task(kind).hint
            self.task.setItemData(self.task.count() - 1, hint, Qt.ItemDataRole.ToolTipRole)
        self.task.setToolTip(self.tr("What to do with the picture."))
        self.task.activated.connect(self._on_task)
        self.more = Fold(self.tr("More"))
        self.more.opened.connect(self._show_more)
        inside = QVBoxLayout(self.more.body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(16)
        for part in (self.clean_more, self.repair_more, self.towards, self.kept):
            inside.addWidget(part)
        self.onward = self._make_onward()
        parts = (*self._parts.values(), self.prompt, self.numbers)
        for shown in (self.task, self.onward, *parts, self.more):
            column.addWidget(shown)
        return box

    def _make_proposal(self) -> QWidget:
        """What the file asks for, and a button that does it."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        self.found = label()
        self.found.setWordWrap(True)
        self.take = QPushButton()
        self.take.clicked.connect(self._on_take)
        column.addWidget(self.found)
        column.addWidget(self.take)
        return box

    def _make_onward(self) -> QWidget:
        """Beside a result of another task: what this one would begin with."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        about = label(self.tr("This begins with the picture as it came."), "caption")
        about.setWordWrap(True)
        self.use_result = QPushButton(self.tr("Go on with the result"))
        self.use_result.setToolTip(self.tr("Opens the result as a picture of its own (Ctrl+R)."))
        self.use_result.clicked.connect(self.result_wanted)
        column.addWidget(about)
        column.addWidget(self.use_result)
        return box

    def _make_foot(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("panelFoot")
        self.restore = QPushButton()
        self.restore.setObjectName("restore")
        self.restore.setToolTip(self.tr("Ctrl+Enter restores, Esc stops"))
        self.restore.clicked.connect(self.restore_clicked)
        self.results = ResultsRow(self._document)
        self.hint = label(kind="quiet")
        self.hint.setWordWrap(True)
        self.hint.setMinimumHeight(28)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(foot)
        column.setContentsMargins(16, 16, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.results)
        column.addWidget(self.restore)
        column.addWidget(self.hint)
        return foot

    @Slot()
    def _show_more(self) -> None:
        """Scroll to what has been unfolded, once it has its place."""
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(self.more, 0, 16))

    # From the widgets to the document.

    @Slot()
    def _on_take(self) -> None:
        self._document.take_proposal(self.take.text())

    @Slot(int)
    def _on_task(self, index: int) -> None:
        """Another task begins elsewhere and takes another number of steps."""
        kind, entry = self.task.itemData(index), self._document.current
        if entry is not None and kind != entry.parameters.kind:
            what = self.tr("What to do")
            self._document.change(what, kind=kind, start=None, steps=None, method="auto")

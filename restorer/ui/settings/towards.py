"""What samples of a pixel model are pushed towards: a label, or any words where there is CLIP."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Slot

from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.models import judges
from restorer.engine.task import CLASSIFIER
from restorer.ui.settings.form import Part, form, name
from restorer.ui.settings.prompt import WordsField
from restorer.ui.widgets.slider import CalmComboBox, ValueSlider

_MOST_PUSH = 100


class TowardsPart(Part):
    """For cleaning with a look that is not fully faithful: posterior means cannot be pushed."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._column.setSpacing(8)
        self.toward = CalmComboBox()
        self.toward.activated.connect(self._on_toward)
        self.words = WordsField(2, self.tr("Such as: a painting in oil"))
        self.words.setAccessibleName(self.tr("Words"))
        self.words.textChanged.connect(self._on_words)
        self.words.installEventFilter(self)
        self.push = ValueSlider(self.tr("How hard"), _MOST_PUSH)
        self.push.setToolTip(self.tr("0 does not push; double-click for the usual."))
        self.push.moved.connect(self._on_push)
        self.push.released.connect(document.end_gesture)
        self.push.reset.connect(self._on_push_reset)
        fields = form()
        fields.addRow(name(self.tr("Towards"), self.toward), self.toward)
        self._column.addLayout(fields)
        self._column.addWidget(self.words)
        self._column.addWidget(self.push)
        self.set_models()

    def set_models(self) -> None:
        """Look again what there is to push with."""
        self.toward.clear()
        self.toward.addItem(self.tr("Nothing"), (CLASSIFIER, ""))
        self._clips = set()
        for model in judges():
            for label in model.labels:
                self.toward.addItem(label.capitalize(), (model.name, label))
            if model.kind == "clip":
                self._clips.add(model.name)
                self.toward.addItem(self.tr("Words ({0})").format(model.title), (model.name, ""))

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        self.setVisible(parameters.kind == "denoise" and parameters.latent is None)
        worded = parameters.classifier in self._clips
        chosen = parameters.classifier, "" if worded else parameters.toward
        places = [self.toward.itemData(row) for row in range(self.toward.count())]
        self.toward.setCurrentIndex(places.index(chosen) if chosen in places else 0)
        vivid = parameters.faithfulness < 1
        self.toward.setToolTip(
            self.tr(
                "A vivid result is pushed towards what a classifier takes for this,\n"
                "or what CLIP thinks fits your words."
            )
            if vivid
            else self.tr("Only guesses can be pushed: move the look towards Vivid.")
        )
        for part in (self.toward, self.words, self.push):
            part.setEnabled(vivid)
        self.words.setVisible(worded)
        self.words.set_words(parameters.toward if worded else "")
        self.push.setVisible(worded or bool(parameters.toward))
        self.push.set_value(round(parameters.push), f"{parameters.push:.0f}")

    # From the widgets to the document.

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        """What is typed in one go is one step back."""
        if event.type() == QEvent.Type.FocusOut:
            self._document.end_gesture()
        return super().eventFilter(field, event)

    @Slot(int)
    def _on_toward(self, index: int) -> None:
        classifier, label = self.toward.itemData(index)
        self._document.change(self.tr("Towards"), classifier=classifier, toward=label)

    @Slot()
    def _on_words(self) -> None:
        self._document.change(self.tr("Towards"), True, toward=self.words.toPlainText())

    @Slot(int)
    def _on_push(self, push: int) -> None:
        dragging = self.push.slider.isSliderDown()
        self._document.change(self.tr("How hard"), dragging, push=float(push))

    @Slot()
    def _on_push_reset(self) -> None:
        self._document.change(self.tr("How hard"), push=Parameters.push)

"""Settings of the repairs: only those that the chosen one needs."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.damage import parse_blur
from restorer.ui.settings.form import Part, form, name
from restorer.ui.text import tasks
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.widgets.slider import CalmComboBox, ValueSlider

#: The narrowest and the widest blur of each kind that the slider offers, in pixels.
WIDTHS = {"gaussian": (0.3, 12.0), "disc": (0.6, 24.0), "motion": (1.0, 40.0)}
WIDTH_STEPS = 200
KERNEL = "kernel"
MIDDLING_QUALITY = 50
#: A disc of this radius, or a line of this length, spreads as far as a Gaussian of deviation 1.
SPREADS = {"gaussian": 1.0, "disc": 2.0, "motion": math.sqrt(12)}


class FillPart(Part):
    """Where to fill."""

    mask_wanted = Signal()
    painting_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.about = label(kind="caption")
        self.about.setWordWrap(True)
        self.paint = QPushButton(self.tr("Paint"))
        self.paint.setToolTip(self.tr("Take a brush and mark what is to be filled (M)."))
        self.paint.clicked.connect(self.painting_wanted)
        self.load = QPushButton(self.tr("Load mask…"))
        self.load.setToolTip(
            self.tr("A picture of the same size, white where this one is to be filled.")
        )
        self.load.clicked.connect(self.mask_wanted)
        self._column.setSpacing(8)
        self._column.addWidget(self.about)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.paint)
        row.addWidget(self.load)
        self._column.addLayout(row)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        self.about.setText(tasks.about_hole(entry))


class EnlargePart(Part):
    """How many times larger."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        hint = self.tr("{n} times as wide and as high")
        self.scale = Segmented([(n, f"× {n}", "", hint.format(n=n)) for n in (2, 3, 4)])
        self.scale.chosen.connect(self._on_scale)
        self.about = label(kind="caption")
        self._column.setSpacing(8)
        self._column.addWidget(self.scale)
        self._column.addWidget(self.about)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        self.scale.choose(parameters.scale)
        self.about.setText(tasks.enlarged_size(entry, parameters.scale))

    @Slot(object)
    def _on_scale(self, scale: int) -> None:
        self._document.change(self.tr("Size"), scale=scale)


class SharpenPart(Part):
    """What blurred the picture, and how far."""

    kernel_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.kind = CalmComboBox()
        for kind, title in (
            ("gaussian", self.tr("Soft all over")),
            ("disc", self.tr("Out of focus")),
            ("motion", self.tr("Shaken or moved")),
            (KERNEL, self.tr("From a file…")),
        ):
            self.kind.addItem(title, kind)
        self.kind.setToolTip(
            self.tr(
                "What a point of light became: a soft spot (Gaussian), a disc, a line,\n"
                "or what a small picture shows (a kernel with odd sides)."
            )
        )
        self.kind.activated.connect(self._on_kind)
        self.width_ = ValueSlider(self.tr("Width"), WIDTH_STEPS)
        self.width_.setToolTip(
            self.tr("Too narrow leaves it soft, too wide draws rims around edges.")
        )
        self.width_.moved.connect(self._on_width)
        self.angle = ValueSlider(self.tr("Direction"), 179)
        self.angle.moved.connect(self._on_angle)
        for slider in (self.width_, self.angle):
            slider.released.connect(document.end_gesture)
            slider.reset.connect(self._on_reset)
        fields = form()
        fields.addRow(name(self.tr("Blur"), self.kind), self.kind)
        self._column.addLayout(fields)
        self._column.addWidget(self.width_)
        self._column.addWidget(self.angle)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        blur, (width, *angle) = parse_blur(parameters.blur)
        from_file = bool(parameters.kernel)
        self.kind.setCurrentIndex(self.kind.findData(KERNEL if from_file else blur))
        title = parameters.kernel_name if from_file else self.tr("From a file…")
        self.kind.setItemText(self.kind.count() - 1, title)
        self.width_.setVisible(not from_file)
        self.angle.setVisible(not from_file and blur == "motion")
        low, high = WIDTHS[blur]
        fraction = math.log(width / low) / math.log(high / low)
        place = round(WIDTH_STEPS * min(max(fraction, 0.0), 1.0))
        self.width_.set_value(place, self.tr("{n:.1f} pixels").format(n=width))
        if angle:
            self.angle.set_value(round(angle[0]) % 180, f"{angle[0]:.0f}°")

    @Slot(int)
    def _on_kind(self, index: int) -> None:
        kind = self.kind.itemData(index)
        if kind == KERNEL:
            self.kernel_wanted.emit()
            self.refresh(self._document.current, self._parameters)  # until a file has been read
            return
        before, (width, *_) = parse_blur(self._parameters.blur)
        blur = blur_text(kind, width / SPREADS[before] * SPREADS[kind])
        self._document.change(self.tr("Blur"), blur=blur, kernel=(), kernel_name="")

    @Slot(int)
    def _on_width(self, place: int) -> None:
        kind, (_, *angle) = parse_blur(self._parameters.blur)
        low, high = WIDTHS[kind]
        width = low * (high / low) ** (place / WIDTH_STEPS)
        self._change(self.tr("Width"), self.width_, blur_text(kind, width, *angle))

    @Slot(int)
    def _on_angle(self, degrees: int) -> None:
        kind, (width, *_) = parse_blur(self._parameters.blur)
        self._change(self.tr("Direction"), self.angle, blur_text(kind, width, degrees))

    @Slot()
    def _on_reset(self) -> None:
        self._document.change(self.tr("Blur"), blur=Parameters.blur)

    def _change(self, text: str, slider: ValueSlider, blur: str) -> None:
        self._document.change(text, slider.slider.isSliderDown(), blur=blur)

    @property
    def _parameters(self) -> Parameters:
        entry = self._document.current
        return entry.parameters if entry else Parameters()


def blur_text(kind: str, width: float, degrees: float = 0.0) -> str:
    """A blur as `Damage` has it, within what the slider offers."""
    low, high = WIDTHS[kind]
    width = min(max(width, low), high)
    return f"{kind}:{width:.2g},{degrees:g}" if kind == "motion" else f"{kind}:{width:.2g}"


class BlocksPart(Part):
    """How far the file was compressed."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.quality = ValueSlider(self.tr("Quality of the file"), 100)
        self.quality.slider.setMinimum(1)
        self.quality.setToolTip(
            self.tr(
                "How far it was compressed: 90 is hardly, 10 is very far.\n"
                "Double-click for what the file or its blocks say."
            )
        )
        self.quality.moved.connect(self._on_quality)
        self.quality.released.connect(document.end_gesture)
        self.quality.reset.connect(self._on_reset)
        self._column.addWidget(self.quality)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        tables = entry.tables if entry else None
        blocks = entry.estimate.blocks if entry and entry.estimate else None
        if parameters.quality is not None:
            self.quality.set_value(parameters.quality, str(parameters.quality))
        elif tables is not None:
            said = self.tr("{n}, says the file").format(n=tables.quality)
            self.quality.set_value(tables.quality, said)
        elif blocks is not None:
            seen = self.tr("{n}, by its blocks").format(n=blocks.quality)
            self.quality.set_value(blocks.quality, seen)
        else:
            self.quality.set_value(MIDDLING_QUALITY, self.tr("not known"))

    @Slot(int)
    def _on_quality(self, quality: int) -> None:
        dragging = self.quality.slider.isSliderDown()
        self._document.change(self.tr("Quality"), dragging, quality=quality)

    @Slot()
    def _on_reset(self) -> None:
        self._document.change(self.tr("Quality"), quality=None)

"""The timeline in words: what the readout shows and what a screen reader says."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from restorer import words
from restorer.diffusion.schedule import noise_from_sigma, noise_words
from restorer.ui.timeline.model import Handle, PlayheadPosition, TimelineModel
from restorer.ui.timeline.terms import meaning
from restorer.ui.widgets.theme import Theme
from restorer.words import tr

#: Below this abar, so little of the picture is left that a number for its noise says nothing.
_NO_SIGNAL = 0.01


@dataclass(frozen=True)
class Item:
    """One entry: a dim label, its value, and how soon it goes when room is short (0 = never).

    Both are English, as keys for their meanings; `words` translates them.
    """

    label: str
    value: str
    expendable: int = 0

    @property
    def words(self) -> tuple[str, str]:
        return tr(self.label), tr(self.value)

    @property
    def text(self) -> str:
        return " ".join(self.words).strip()


def number(value: float) -> str:
    """Whole from 10 up, one decimal below: 31, 4.2, 0."""
    return words.number(value, ".0f" if abs(value) >= 9.95 or value == 0 else ".1f")


def small(value: float) -> str:
    """Two decimals, or as many as two digits take: 157, 0.24, 0.011."""
    return words.number(value, ".0f" if value >= 99.5 else ".2f" if value >= 0.1 else ".2g")


def place_items(model: TimelineModel, t: float, frame: int | None = None) -> list[Item]:
    """A place on the schedule: t, noise (for latents the share redrawn), sigma, abar, SNR.

    Where the network saw a guess, how far that is thought to be off.
    """
    if frame is not None and model.is_result(frame):
        return [Item("", "clean")]
    schedule = model.schedule
    label, value = noise_words(float(schedule.sigma(t)))
    noise = [Item(label, value)]
    if label == "noise":
        noise = [Item(label, f"{number(float(schedule.noise(t)))}/255")]
    if model.latent:
        noise = [Item("strength", f"{100 * (t + 1) / len(schedule):.0f} %")]
    elif float(schedule.alpha_bar(t)) < _NO_SIGNAL:
        noise = [Item("", "pure noise")]
    if frame is not None and model.frames[frame].guess:  # the rest is about noise, of which is none
        off = f"{number(float(noise_from_sigma(model.frames[frame].sigma)))}/255"
        return [Item("t", number(t)), Item("off by", off)]
    if frame is not None and model.latent is not model.latent_frames:  # of another kind of model
        noise = []
    return [
        Item("t", number(t)),
        *noise,
        Item("sigma", small(float(schedule.sigma(t))), 4),
        Item("abar", small(float(schedule.alpha_bar(t))), 3),
        Item(
            "SNR",
            f"{words.number(float(schedule.snr_db(t)), '.1f')} dB".replace("-", "\N{MINUS SIGN}"),
            1,
        ),
    ]


def where(model: TimelineModel) -> Item:
    """What is under the playhead."""
    playhead = model.playhead
    if playhead.frame is not None:
        return Item(
            "step",
            tr(
                "{step} of {steps}",
                step=playhead.frame + 1,
                steps=step_count(model, playhead.frame),
            ),
        )
    return Item("", "your picture" if playhead == model.rest else "forward: noise added")


def step_count(model: TimelineModel, index: int) -> int:
    """Number of steps of the run that this frame belongs to."""
    return max(model.frames[index].steps, len(model.frames))


def readout(model: TimelineModel) -> list[Item]:
    """The line over the axis, about the playhead, or about the start while it is moving."""
    if not model.has_picture:
        return [Item("", "not measured yet")]
    if model.start_is_moving:
        return [Item("", "start"), *place_items(model, model.start)]
    playhead = model.playhead
    items = [where(model), *place_items(model, playhead.t, playhead.frame)]
    if playhead.frame is not None:
        frame = model.frames[playhead.frame]
        if frame.preview:
            items.insert(1, Item("", "preview"))
        items.append(Item("", f"{words.number(frame.seconds, '.1f')} s", 2))
    return items


def hover_lines(model: TimelineModel, position: PlayheadPosition) -> list[str]:
    """The lines of the popup: the step, if it is one, and its place on the schedule."""
    first, *others = place_items(model, position.t, position.frame)
    place = "   ".join(item.text for item in (first, *others[:1]))
    snr = "".join(item.text for item in others[1:][-1:])
    if position.frame is None:
        return [place, snr]
    step = tr(
        "step {step} of {steps}",
        step=position.frame + 1,
        steps=step_count(model, position.frame),
    )
    if model.frames[position.frame].preview:
        step += f", {tr('preview')}"
    return [step, f"{place}   {snr}".rstrip()]


def spoken_text(model: TimelineModel) -> str:
    """The value for screen readers: "t 30, noise 14 of 255, step 5 of 8"."""
    if not model.has_picture:
        return tr("not measured yet")
    of_start = model.active is Handle.START
    t = model.start if of_start else model.playhead.t
    frame = None if of_start else model.playhead.frame
    words = [item.text.replace("/", tr(" of ")) for item in place_items(model, t, frame)[:2]]
    if not of_start:
        words.append(where(model).text)
        if frame is not None and model.frames[frame].preview:
            words.append(tr("preview"))
    return ", ".join(words)


class Readout(QWidget):
    """Paints the items on one line, and drops the least important ones when it is narrow."""

    GAP = 16.0

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[Item] = []
        self.theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    @property
    def text(self) -> str:
        """All items as plain text, three spaces apart."""
        return "   ".join(item.text for item in self._items)

    def show_items(self, items: list[Item]) -> None:
        if items != self._items:
            self._items = items
            self.update()

    def event(self, event: QEvent) -> bool:
        """Show the meaning of the item under the pointer as a tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            item = self.item_at(event.pos().x())
            words = meaning(item.label, item.value) if item is not None else ""
            QToolTip.showText(event.globalPos(), f"<qt>{words}</qt>" if words else "", self)
            return True
        return super().event(event)

    def item_at(self, x: float) -> Item | None:
        """The item painted at x."""
        metrics = QFontMetricsF(tabular(self.font()))
        end = 0.0
        for item in fit_items(self._items, metrics, self.GAP, self.width()):
            begin, end = end, end + metrics.horizontalAdvance(item.text) + self.GAP
            if begin <= x < end:
                return item
        return None

    def sizeHint(self) -> QSize:
        return QSize(160, 28)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = tabular(self.font())
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        baseline = round((self.height() + metrics.ascent() - metrics.descent()) / 2)
        x = 0.0
        for item in fit_items(self._items, metrics, self.GAP, self.width()):
            label, value = item.words
            if label:
                painter.setPen(self.theme["dim"])
                painter.drawText(round(x), baseline, label)
                x += metrics.horizontalAdvance(label + " ")
            painter.setPen(self.theme["text"])
            painter.drawText(round(x), baseline, value)
            x += metrics.horizontalAdvance(value) + self.GAP
        painter.end()


def fit_items(items: list[Item], metrics: QFontMetricsF, gap: float, width: float) -> list[Item]:
    """The items that fit into this width; the most expendable are dropped first."""
    shown = list(items)
    while sum(metrics.horizontalAdvance(item.text) + gap for item in shown) - gap > width:
        victim = max(shown, key=lambda item: item.expendable)
        if not victim.expendable:
            break
        shown.remove(victim)
    return shown


def tabular(font: QFont) -> QFont:
    """The same font with figures of one width, so that numbers don't dance."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font

"""What to do with grain: remove it, keep it, or add it again evenly."""

from __future__ import annotations

from typing import Any

from restorer.document.parameters import Parameters
from restorer.engine.tasks.kind import TaskKind
from restorer.ui.settings.fields import in_pixels
from restorer.ui.text import percent
from restorer.ui.widgets.binding import Option, Segments, Slider
from restorer.ui.widgets.rows import Note, Row, State
from restorer.words import tr

#: The parameters of each choice: half of the original grain, all of newly drawn grain.
USUAL: dict[str, dict[str, Any]] = {
    "off": {"grain": 0.0, "even_grain": False},
    "keep": {"grain": 0.5, "even_grain": False},
    "even": {"grain": 1.0, "even_grain": True},
}


def grain_rows() -> list[Row]:
    """The rows for tasks that remove noise."""

    def given_back(state: State) -> bool:
        return suits(state) and state.parameters.grain > 0

    suits = in_pixels(_keeps_grain)
    return [
        Note("grain_title", lambda _: tr("Grain"), "caption").where(suits),
        Segments("grain_way", tr("Grain"), grain_ways())
        .of("grain", lambda s: grain_way(s.parameters), lambda _, way: USUAL[way])
        .where(suits),
        Slider("grain", tr("Grain given back"), words=_words).where(
            given_back, tr("How much of the grain, in brightness, is in the result.")
        ),
        Note("grain_read", _measured, "quiet").where(suits),
    ]


def _keeps_grain(kind: TaskKind) -> bool:
    return kind.keeps_grain


def grain_ways() -> list[Option]:
    """The choices; each value is a name in `USUAL`."""
    return [
        Option("off", tr("Take off"), tr("Noise and grain are both taken off")),
        Option(
            "keep",
            tr("Keep"),
            tr("Some of what would be taken off stays, without its coloured specks"),
        ),
        Option(
            "even",
            tr("Even"),
            tr("New grain of the size and strength that was measured, the same all over"),
        ),
    ]


def grain_way(parameters: Parameters) -> str:
    """The choice that these parameters express."""
    if not parameters.grain:
        return "off"
    return "even" if parameters.even_grain else "keep"


def _words(state: State) -> str:
    return percent(state.parameters.grain) if state.parameters.grain else tr("none")


def _measured(state: State) -> str:
    """The measured grain; "" where there is none."""
    estimate = state.opened.content.estimate if state.opened else None
    if estimate is None or estimate.grain is None:
        return ""
    strength, size = estimate.grain
    if not estimate.grainy:
        return tr("Measured: noise of {0:.0f} of 255, and no grain.").format(strength)
    text = tr("Measured: {strength:.0f} of 255, {size:.1f} pixels wide.")
    return text.format(strength=strength, size=size)

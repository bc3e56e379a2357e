"""Grain as a choice: taken off, kept as it was, or put back evenly."""

from __future__ import annotations

from typing import Any

from restorer.engine.tasks.kind import TaskKind
from restorer.ui.settings.fields import in_pixels
from restorer.ui.text import percent
from restorer.ui.widgets.binding import Option, Segments, Slider
from restorer.ui.widgets.rows import Note, Row, State
from restorer.words import tr

#: As much as is given back at first: some of what was there, all of what is drawn anew.
_USUAL: dict[str, dict[str, Any]] = {
    "off": {"grain": 0.0, "even_grain": False},
    "keep": {"grain": 0.5, "even_grain": False},
    "even": {"grain": 1.0, "even_grain": True},
}


def grain_rows() -> list[Row]:
    """For tasks that take noise off."""

    def given_back(state: State) -> bool:
        return suits(state) and state.parameters.grain > 0

    suits = in_pixels(_keeps_grain)
    ways = [
        Option("off", tr("Take off"), tr("Grain is taken off with the noise")),
        Option("keep", tr("Keep"), tr("Some of the grain stays, without its coloured specks")),
        Option("even", tr("Even"), tr("New grain of that size and strength, the same all over")),
    ]
    return [
        Note("grain_title", lambda _: tr("Grain"), "caption").where(suits),
        Segments("grain_way", tr("Grain"), ways)
        .of("grain", _way, lambda _, way: _USUAL[way])
        .where(suits),
        Slider("grain", tr("Grain given back"), words=_words).where(
            given_back, tr("How much of the grain, in brightness, is in the result.")
        ),
        Note("grain_read", _measured, "quiet").where(suits),
    ]


def _keeps_grain(kind: TaskKind) -> bool:
    return kind.keeps_grain


def _way(state: State) -> str:
    if not state.parameters.grain:
        return "off"
    return "even" if state.parameters.even_grain else "keep"


def _words(state: State) -> str:
    return percent(state.parameters.grain) if state.parameters.grain else tr("none")


def _measured(state: State) -> str:
    """What was read of the grain; nothing where there is none."""
    estimate = state.opened.content.estimate if state.opened else None
    if estimate is None or estimate.grain is None:
        return ""
    strength, size = estimate.grain
    text = tr("Measured: {strength:.0f} of 255, {size:.1f} pixels wide.")
    return text.format(strength=strength, size=size)

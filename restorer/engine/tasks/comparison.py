"""How to compare a result, damaged again, with an input that has no noise of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from restorer.words import tr, tr_as

if TYPE_CHECKING:
    from restorer.engine.verdict import ResidualStatistics

#: Share of the picture that the result need not explain.
_MOST_UNEXPLAINED = 0.1


@dataclass(frozen=True)
class Comparison:
    """The criteria of a check where the damage is exact.

    Attributes:
        again: what is done to the result, "Blurred".
        alarm: whether more was changed than the damage.
        sentence: what a person reads.
    """

    again: str
    alarm: Callable[[ResidualStatistics], bool]
    sentence: Callable[[ResidualStatistics], str]


def usual_comparison(again: str = "Damaged") -> Comparison:
    """The usual criteria: the result explains all but a small part of the input, up to rounding."""
    return Comparison(again, leaves_too_much, partial(_explained, again))


def leaves_too_much(found: ResidualStatistics) -> bool:
    """The result fails to explain more of the input than usual."""
    return found.structure > _MOST_UNEXPLAINED


def percent(share: float) -> str:
    """A share of 1: "12%"."""
    return tr("less than 1%") if share < 0.01 else tr("{n:.0f}%", n=100 * share)


def _explained(again: str, found: ResidualStatistics) -> str:
    if found.structure == 0:
        return tr(
            "{again} again, the result is the input (within {largest:.1f} of 255).",
            again=tr_as("again", again),
            largest=found.largest,
        )
    return tr(
        "{again} again, {structure} of the result is not the input, but up to "
        "{largest:.0f} of 255 away.",
        again=tr_as("again", again),
        structure=percent(found.structure),
        largest=found.largest,
    )

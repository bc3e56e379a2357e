"""The words on the screen; here what several modules share."""

from __future__ import annotations

from restorer.words import tr


def duration(seconds: float) -> str:
    """A duration for people: "8 s", "2 min 10 s", "1 h 5 min"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return tr("{s} s").format(s=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return tr("{m} min {s} s").format(m=minutes, s=rest) if rest else _minutes(minutes)
    if minutes < 60:
        return _minutes(round(whole / 60))
    hours, minutes = divmod(minutes, 60)
    return tr("{h} h {m} min").format(h=hours, m=minutes)


def _minutes(minutes: int) -> str:
    return tr("{m} min").format(m=minutes)


def percent(share: float) -> str:
    """A share of 1 as a percentage: "30 %"."""
    return tr("{n:.0f} %").format(n=100 * share)

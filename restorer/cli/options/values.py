"""Parsers of typed values: numbers, seeds, files."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from restorer.words import tr


def mask_file(text: str) -> Path | str:
    """A file; the bare word auto is no file, ./auto is."""
    return text if text == "auto" else Path(text)


def auto_or_number(text: str) -> float | None:
    """A number; None for auto."""
    return None if text == "auto" else finite(text)


def finite(text: str) -> float:
    """A finite number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(tr("{words!r} is not a number", words=text))
    return number


def seed_number(text: str) -> int:
    """An integer from 0 that fits into 63 bits."""
    if not (text.isdecimal() and int(text) < 2**63):
        raise argparse.ArgumentTypeError(tr("a seed is a whole number from 0 up"))
    return int(text)


def numbers(text: str) -> list[float]:
    """Numbers between commas."""
    return [finite(part) for part in text.split(",")]


def grain(text: str) -> tuple[float, bool]:
    """How much grain to give back, and whether evenly: "0.5", "even", "even:0.5"."""
    word, _, share = text.partition(":")
    if word == "even":
        return (finite(share) if share else 1.0), True
    return finite(text), False


class GrainAction(argparse.Action):
    """What `grain` reads, as two values."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        namespace.grain, namespace.even_grain = values


def exactly(count: int) -> Callable[[str], tuple[float, ...]]:
    """This many numbers between commas."""

    def several(text: str) -> tuple[float, ...]:
        found = tuple(numbers(text))
        if len(found) != count:
            raise argparse.ArgumentTypeError(
                tr("{words!r} is not {count} numbers between commas", words=text, count=count)
            )
        return found

    return several


def integers(text: str) -> tuple[int, ...]:
    """Whole numbers between commas."""
    return tuple(int(part) for part in text.split(","))


def as_dict(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Some of the arguments by name."""
    return {name: getattr(arguments, name) for name in names}

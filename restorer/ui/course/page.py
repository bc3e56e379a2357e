"""What a page of the course consists of: plain values that the window and docs/learn both read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.picture import Pixels

if TYPE_CHECKING:
    from restorer.ui.course.page_context import PageContext

Numbers = NDArray[np.float64]


class Question(Enum):
    """The six questions that the course answers; each page answers some of them."""

    WHAT = "what"
    WHY = "why"
    WHEN = "when"
    WHERE = "where"
    WHO = "who"
    HOW = "how"


@dataclass(frozen=True)
class MultipleChoice:
    """Predict by choosing; `right` is the index of the correct option."""

    text: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Number:
    """Predict a number between `low` and `high`; within `near` of the truth is well guessed."""

    text: str
    low: int
    high: int
    unit: str
    near: float


@dataclass(frozen=True)
class Drag:
    """Predict a place on the timeline by dragging the playhead to it."""

    text: str


@dataclass(frozen=True)
class Point:
    """Predict a place in the picture by clicking on it."""

    text: str


Ask = MultipleChoice | Number | Drag | Point

#: The index of an option, a number, a t, or a pixel (x, y).
Guess = int | float | tuple[int, int]


@dataclass(frozen=True, eq=False)
class Figure:
    """A small picture, (H, W, 3) in 0..1, with a caption."""

    pixels: Pixels
    caption: str


@dataclass(frozen=True, eq=False)
class Lines:
    """Curves over one axis: (name, x, y) for each; `across` names the axis."""

    title: str
    across: str
    lines: tuple[tuple[str, Numbers, Numbers], ...]


@dataclass(frozen=True, eq=False)
class Finding:
    """The result of a page.

    Attributes:
        told: plain words with the measured numbers.
        truth: the correct number or place; None where there is no single one.
        equation: the same as an equation with its numbers.
        figures, lines: small pictures and curves.
        piece: title over the figures when they are shown large; "" for figures that are not.
        pixel: (x, y) of the pixel in the equation, if the equation is about one.
    """

    told: str
    truth: float | None = None
    equation: str = ""
    figures: tuple[Figure, ...] = ()
    lines: Lines | None = None
    piece: str = ""
    pixel: tuple[int, int] | None = None


#: Takes the result as soon as it is known.
Tell = Callable[[Finding], None]


class Act(Protocol):
    """What a page does with the canvas and the timeline."""

    def begin(self, context: PageContext) -> None:
        """Prepare canvas and timeline when the page is opened."""

    def reveal(self, context: PageContext, guess: Guess, tell: Tell) -> None:
        """Do what the page is about after the guess, and tell the result, at once or later."""


@dataclass(frozen=True)
class Tool:
    """A button that does something to the canvas or the timeline, as often as it is pressed."""

    text: str
    run: Callable[[PageContext], None]


@dataclass(frozen=True)
class Myth:
    """A common misconception, and the truth."""

    said: str
    truth: str


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        name: used in links, settings and docs/learn.
        title: the heading.
        answers: which of the six questions it answers.
        told: plain words before the question, one string per paragraph.
        ask: what a person predicts.
        act: what happens on canvas and timeline.
        equation: as the papers write it.
        tool: something to play with.
        myth: a misconception that belongs here.
    """

    name: str
    title: str
    answers: tuple[Question, ...]
    told: tuple[str, ...]
    ask: Ask
    act: Act
    equation: str = ""
    tool: Tool | None = None
    myth: Myth | None = None

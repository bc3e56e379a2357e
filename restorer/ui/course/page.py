"""What a page of the course is made of: plain values, which the window and docs/learn both read."""

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
    """The six questions of an engineer; a page answers some of them."""

    WHAT = "what"
    WHY = "why"
    WHEN = "when"
    WHERE = "where"
    WHO = "who"
    HOW = "how"


@dataclass(frozen=True)
class MultipleChoice:
    """Predict by choosing; `right` is the index of the answer."""

    text: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Number:
    """Predict a number between `low` and `high`; near enough is within `near` of the truth."""

    text: str
    low: int
    high: int
    unit: str
    near: float


@dataclass(frozen=True)
class Drag:
    """Predict a place on the timeline by dragging the playhead there."""

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
    """A small picture, (H, W, 3) in 0..1, and what it shows."""

    pixels: Pixels
    caption: str


@dataclass(frozen=True, eq=False)
class Lines:
    """Curves over one axis: (name, x, y) of each; `across` names the axis."""

    title: str
    across: str
    lines: tuple[tuple[str, Numbers, Numbers], ...]


@dataclass(frozen=True, eq=False)
class Finding:
    """What came of a page, in words first.

    Attributes:
        told: plain words, with what was measured.
        truth: what a number or a place was to be; None where the page knows no single one.
        equation: the same as an equation with numbers.
        figures, lines: to look at.
        piece: what the figures are pieces of, if they are to be seen large.
        pixel: (x, y) of the one whose numbers the equation has, if it has those of one.
    """

    told: str
    truth: float | None = None
    equation: str = ""
    figures: tuple[Figure, ...] = ()
    lines: Lines | None = None
    piece: str = ""
    pixel: tuple[int, int] | None = None


#: Is given what was found, as soon as that is known.
Tell = Callable[[Finding], None]


class Act(Protocol):
    """What a page does with the canvas and the timeline."""

    def begin(self, context: PageContext) -> None:
        """The page is opened: put the picture where it is told of."""

    def reveal(self, context: PageContext, guess: Guess, tell: Tell) -> None:
        """A person has predicted: do it, and tell what came of it, at once or later."""


@dataclass(frozen=True)
class Tool:
    """A button that does something to the canvas or the timeline, as often as one likes."""

    text: str
    run: Callable[[PageContext], None]


@dataclass(frozen=True)
class Myth:
    """What is often said, and what is true."""

    said: str
    truth: str


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        name: in links, settings and docs/learn.
        title: over it.
        answers: which of the six questions.
        told: plain words before the question; a string a paragraph.
        ask: what is to be predicted.
        act: what happens on canvas and timeline.
        equation: as the papers write it.
        tool: to play with.
        myth: a misconception that comes up here.
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

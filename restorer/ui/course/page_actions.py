"""Acts: what pages do with the canvas, the timeline and the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from restorer.document.trials import Case
from restorer.engine.truth import Patch, score
from restorer.engine.views import DOUBT
from restorer.ui.course.page import Figure, Finding, Guess, Tell
from restorer.ui.course.page_context import PageContext, TrialResult
from restorer.words import tr

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread


def show_original(context: PageContext) -> None:
    """Show the original, even while it is being restored."""
    context.document.display.show_original()
    context.timeline.playback.move_to(context.timeline.model.rest)


def move_playhead(by: float) -> Callable[[PageContext], None]:
    """Move the playhead so many t towards noise, on the original."""

    def go(context: PageContext) -> None:
        context.goto(context.playhead.t + by)

    return go


def next_frame(context: PageContext) -> None:
    """Go to the next recorded step; after the last, to the first again."""
    frames, here = len(context.timeline.model.frames), context.playhead.frame
    if frames:
        context.goto_frame(0 if here is None else (here + 1) % frames)


#: Title of each way to restore, and the fields of its task that differ from the default.
Ways = tuple[tuple[str, dict[str, Any]], ...]


def always(*ways: tuple[str, dict[str, Any]]) -> Callable[[Patch], Ways]:
    """The same ways for every patch."""
    return lambda _: ways


@dataclass(frozen=True)
class Explain:
    """Answer at once, without the engine.

    Attributes:
        words: gives the result for the context and the guess.
        first: sets canvas and timeline while the page asks.
        then: changes them when the page shows the result.
    """

    words: Callable[[PageContext, Guess], Finding]
    first: Callable[[PageContext], object] = show_original
    then: Callable[[PageContext], object] = lambda _: None

    def begin(self, context: PageContext) -> None:
        self.first(context)

    def reveal(self, context: PageContext, guess: Guess, tell: Tell) -> None:
        self.then(context)
        self.again(context, guess, tell)

    def again(self, context: PageContext, guess: Guess, tell: Tell) -> None:
        """Tell the same about the current pixel."""
        tell(self.words(context, guess))


@dataclass(frozen=True)
class ExplainRun:
    """Restore the picture on view, and look at what was recorded.

    Attributes:
        find: is called off the main thread once the run is there, with what `ask` has returned.
        ask: what is taken from the window for that.
        then: what canvas and timeline do when it is shown.
    """

    find: Callable[[Any], Finding]
    ask: Callable[[PageContext], Any]
    then: Callable[[PageContext], object] = lambda _: None

    def begin(self, context: PageContext) -> None:
        if context.run is not None:
            context.goto_frame(0)
        else:
            show_original(context)

    def reveal(self, context: PageContext, guess: Guess, tell: Tell) -> None:

        def found() -> None:
            self.then(context)
            self.again(context, guess, tell)

        context.restore(found)

    def again(self, context: PageContext, guess: Guess, tell: Tell) -> None:
        """Tell the same about the current pixel."""
        if context.run is not None:
            asked = self.ask(context)
            context.work(lambda: self.find(asked), tell)


@dataclass(frozen=True)
class CompareWays:
    """Restore a piece with a known truth in several ways, and compare.

    Attributes:
        ways: given the piece, what each is called, and what of its task is another.
        words: what is found, of all that came of it.
        figures: show them, with the noisy piece before and the truth after.
    """

    ways: Callable[[Patch], Ways]
    words: Callable[[Patch, list[TrialResult]], Finding]
    figures: bool = True
    more: Callable[[Patch, list[TrialResult]], tuple[Figure, ...]] = field(default=lambda *_: ())

    def begin(self, context: PageContext) -> None:
        show_original(context)

    def reveal(self, context: PageContext, guess: Guess, tell: Tell) -> None:

        def compare(patch: Patch, tried: list[TrialResult]) -> None:
            context.work(lambda: self._found(patch, tried), tell)

        def begin(patch: Patch) -> None:
            changes = [change for _, change in self.ways(patch)]
            context.try_out(patch, changes, lambda tried: compare(patch, tried))

        context.patch(begin)

    def _found(self, patch: Patch, tried: list[TrialResult]) -> Finding:
        found = self.words(patch, tried)
        if not self.figures:
            return found
        figures = [Figure(patch.noisy, tr("under static"))]
        for (title, _), one in zip(self.ways(patch), tried, strict=True):
            error = score(one.pixels, patch.truth).psnr
            figures.append(Figure(one.pixels, tr("{0}\n{1:.1f} dB").format(tr(title), error)))
        figures += [Figure(patch.truth, tr("the truth")), *self.more(patch, tried)]
        piece = tr("A piece whose true picture is known, under static of {0:.0f}")
        return replace(found, figures=tuple(figures), piece=piece.format(patch.noise))


@dataclass(frozen=True)
class RunCases:
    """Carry out cases that differ in more than their tasks, and say what came of them."""

    cases: Callable[[Patch], list[Case]]
    words: Callable[[Patch, list[TrialResult]], Finding]

    def begin(self, context: PageContext) -> None:
        show_original(context)

    def reveal(self, context: PageContext, guess: Guess, tell: Tell) -> None:

        def compare(patch: Patch, tried: list[TrialResult]) -> None:
            context.work(lambda: self.words(patch, tried), tell)

        context.patch(
            lambda patch: context.try_cases(self.cases(patch), lambda tried: compare(patch, tried))
        )


@dataclass(frozen=True)
class MeasureDoubt:
    """Measure how far the truth may lie from the result, and compare it with where one pointed."""

    words: Callable[[Spread, tuple[int, int]], Finding]

    def begin(self, context: PageContext) -> None:
        context.timeline.playback.to_last()

    def reveal(self, context: PageContext, guess: Guess, tell: Tell) -> None:
        assert isinstance(guess, tuple)

        def measured() -> None:
            run = context.run
            assert run is not None and run.spread is not None
            tell(self.words(run.spread, guess))

        def measure() -> None:
            context.document.display.set_view(DOUBT)
            context.call_when(
                lambda: context.run is not None and context.run.spread is not None, measured
            )

        context.restore(measure)

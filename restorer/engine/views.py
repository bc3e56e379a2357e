"""The views of a run, one row each; docs/adding-a-view.md adds one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from restorer.engine.damage import Hole
from restorer.engine.place_names import Box, place_words
from restorer.engine.run import Run
from restorer.engine.trajectory import HALF_ROUNDING, Array, Quantity
from restorer.imaging.bands import bands
from restorer.imaging.geometry import repeated
from restorer.words import tr

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread

RGB = tuple[int, int, int]
#: Called between parts of long work; what it raises, such as `Cancelled`, ends the work.
GoOn = Callable[[], None]
#: A view of one frame of a run, given by its index.
Render = Callable[[Run, int, GoOn], "Rendered"]

#: Spread (0-255 scale) that is shown in full colour, and the colour.
_FULL_DOUBT = 32.0
_DOUBT_COLOUR = np.array([1.0, 0.3, 0.2], np.float32)
#: A larger share of the picture, or more areas, is no face that somebody protects.
_MOST_PROTECTED, _MANY_PROTECTED = 0.6, 8
_DIMMED = 0.7  # the grey under it
_STRIPE = 6  # pixels from one stripe over a guess to the next, at least


@dataclass(frozen=True)
class Legend:
    """The colours of a view: (r, g, b) in 0..255, with words for the two ends."""

    low: str
    high: str
    colours: tuple[RGB, RGB]


@dataclass(frozen=True, eq=False)
class Rendered:
    """A rendered view.

    Attributes:
        pixels: (H, W, 3) float32 in 0..1.
        sentence: what there is to say about it, or "".
        legend: of its colours, if they are not the picture's own.
    """

    pixels: Array
    sentence: str = ""
    legend: Legend | None = None


@dataclass(frozen=True, eq=False)
class View:
    """A view of a run.

    Attributes:
        name: what it is called in the code.
        title: on its button and in the menu.
        hint: what it shows, for its tooltip and for a screen reader.
        key: its shortcut.
        render: makes its pixels; called in the thread for views.
        caption: what the canvas calls it beside the picture as it came; "" for a view that goes
            by what the task does with a picture ("restored").
        caption_latent: the same of a run of a model with prompts, where that is another.
        caption_guess: the same where the network was shown a guess, without noise.
        of_result: shows nothing before the run is over and its result can be judged.
        of_spread: shows the spread of the result, which is measured when somebody first looks.
    """

    name: str
    title: str
    hint: str
    key: str
    render: Render
    caption: str = ""
    caption_latent: str = ""
    caption_guess: str = ""
    of_result: bool = False
    of_spread: bool = False


def frame_pixels(run: Run, index: int, quantity: Quantity) -> Array:
    """(H, W, 3) in 0..1 for display; for the newest x0 these are the pixels to save."""
    newest = index == len(run.trajectory) - 1 and quantity is Quantity.X0
    result = run.trajectory.result if newest else None
    return run.trajectory.view(index, quantity) if result is None else result


def _render_frame(quantity: Quantity, run: Run, index: int, _: GoOn) -> Rendered:
    return Rendered(frame_pixels(run, index, quantity))


def _render_residual(run: Run, index: int, go_on: GoOn) -> Rendered:
    """The residual of a frame, and the verdict on it."""
    from restorer.engine.consistency import check  # scipy, not at start-up

    pixels = frame_pixels(run, index, Quantity.X0)
    if run.latent is not None:
        return _render_change(run, pixels)
    if index < len(run.trajectory) - 1:
        _undo_rounding(pixels, run.inputs.picture.pixels)
    found = check(run.task, run.inputs, pixels, go_on)
    growth = pixels.shape[0] // found.remains.size[0]
    return Rendered(repeated(found.picture(), growth), found.sentence)


def _undo_rounding(pixels: Array, came: Array) -> None:
    """Give a step that was kept as float16 the very pixels of the picture that it left alone."""
    for rows in bands(pixels.shape) if pixels.shape == came.shape else ():
        kept = np.abs(pixels[rows] - came[rows]) < HALF_ROUNDING
        pixels[rows][kept] = came[rows][kept]


def _render_change(run: Run, pixels: Array) -> Rendered:
    """The change that a model with prompts made, which need not be noise."""
    change = repeated(run.inputs.picture.pixels, run.task.damage.growth) - pixels
    reach = max(6 * float(change.std()), 6 / 255)
    sentence = tr("All that changed. Such a model redraws the picture, so it need not be noise.")
    return Rendered(np.clip(change / np.float32(reach) + 0.5, 0, 1), sentence)


def _render_doubt(run: Run, _index: int, _: GoOn) -> Rendered:
    """The result in grey, red where the truth may be far, with frames where it may be farthest."""
    if run.latent is not None:
        return _render_own_detail(run)
    assert run.trajectory.result is not None
    spread = run.spread
    if spread is None:
        pixels = _in_grey(run.trajectory.result)
        guesses = _draw_guesses(pixels, run.inputs.hole)
        high = tr("striped: a guess") if guesses else ""
        return Rendered(pixels, guesses, _doubt_legend(tr("doubt not measured yet"), high))
    pixels = _marked(run.trajectory.result, spread.std)
    first = _draw_guesses(pixels, run.inputs.hole) + _of_protected(pixels, run, spread)
    regions = spread.regions()
    for region in regions:
        _frame(pixels, region.box)
    legend = _doubt_legend(tr("sure"), tr("off by {most:.0f} of 255 or more", most=2 * _FULL_DOUBT))
    off = 2 * spread.mean
    if not regions:
        sentence = tr("The truth lies within {off:.0f} of 255 nearly everywhere.", off=off)
        return Rendered(pixels, first + sentence, legend)
    # short, for a status bar
    places = place_words([region.box for region in regions], pixels.shape[:2])
    sentence = tr(
        "The truth lies within {off:.0f} of 255, in the frames ({places}) within {most:.0f}. "
        "Fine text, hands and faces are where a model is least reliable.",
        off=off,
        places=places,
        most=2 * regions[0].spread,
    )
    return Rendered(pixels, first + sentence, legend)


def _of_protected(pixels: Array, run: Run, spread: Spread) -> str:
    """The first sentence and frames: how sure the protected areas are."""
    from scipy.ndimage import find_objects, label  # not at start-up

    strength, times = run.inputs.strength, run.task.damage.growth
    if strength is None:
        return ""
    labels, count = label(strength < 1)
    said = []
    for number, (rows, columns) in enumerate(find_objects(labels), 1):
        inside = labels[rows, columns] == number
        if inside.size > _MOST_PROTECTED * strength.size or count > _MANY_PROTECTED:
            continue  # that is strength painted all over, no face
        box = columns.start, rows.start, columns.stop, rows.stop
        large = (times * box[0], times * box[1], times * box[2], times * box[3])
        off = 2 * spread.mean_in(large)
        where = place_words([box], strength.shape)
        sure = tr("within {off:.0f} of 255", off=off) if off > 0 else tr("every bit as it came")
        said.append(tr("Protected, {where}: {sure}. ", where=where, sure=sure))
        _frame(pixels, large)
    return "".join(dict.fromkeys(said))


def _doubt_legend(low: str, high: str) -> Legend:
    """From the grey of a middle tone to the colour of doubt, if anything has it."""
    red, green, blue = (round(255 * float(part)) for part in _DOUBT_COLOUR)
    grey = round(255 * 0.5 * _DIMMED)
    none = grey, grey, grey
    return Legend(low, high, (none, (red, green, blue) if high else none))


def _render_own_detail(run: Run) -> Rendered:
    """The result in grey, red where detail is not the picture's, with frames where it is most."""
    from restorer.engine.altered_detail import compare_detail  # scipy, not at start-up

    assert run.trajectory.result is not None
    inputs = run.inputs
    looked = compare_detail(inputs.picture.pixels, run.trajectory.result, inputs.hole)
    pixels = _marked(run.trajectory.result, looked.excess)
    guesses = _draw_guesses(pixels, inputs.hole)
    for place in looked.places:
        _frame(pixels, place)
    legend = _doubt_legend(tr("as in your picture"), tr("detail of its own"))
    return Rendered(pixels, guesses + looked.sentence, legend)


def _draw_guesses(pixels: Array, hole: Hole | None) -> str:
    """Draw stripes over the guessed part of a filling, which the spread cannot show; says so."""
    from restorer.engine.guessed_fill import guessed  # scipy, not at start-up

    if hole is None or hole.shape != pixels.shape[:2] or not (guess := guessed(hole)).any():
        return ""
    apart = max(_STRIPE, min(hole.shape) // 60)
    y, x = np.nonzero(guess)
    light = (x + y) % (2 * apart) < apart
    pixels[y[light], x[light]] = 1
    pixels[y[~light], x[~light]] = _DOUBT_COLOUR
    return tr("Striped ({share:.0%} of the filling) is a guess. ", share=guess.sum() / hole.sum())


def _in_grey(result: Array) -> Array:
    grey: Array = np.clip(result, 0, 1).mean(axis=2, keepdims=True)
    return np.repeat(grey, 3, axis=2)


def _marked(result: Array, doubt: Array) -> Array:
    """A result in grey, the redder the larger (H, W) `doubt` (0..1) is."""
    pixels = _in_grey(result) * np.float32(_DIMMED)
    share = np.clip(doubt * np.float32(255 / _FULL_DOUBT), 0, 1)[..., None]
    pixels += share * (_DOUBT_COLOUR - pixels)
    return pixels


def _frame(pixels: Array, box: Box) -> None:
    """Draw the border of a box, inside of it."""
    left, top, right, bottom = box
    thick = max(1, min(pixels.shape[:2]) // 300)
    inside = pixels[top + thick : bottom - thick, left + thick : right - thick].copy()
    pixels[top:bottom, left:right] = 1
    pixels[top + thick : bottom - thick, left + thick : right - thick] = inside


CLEAN = View(
    "x0",
    "Clean",
    "The clean picture, predicted",
    "1",
    partial(_render_frame, Quantity.X0),
)
NOISY = View(
    "x_t",
    "Noisy state",
    "The noisy state x_t",
    "2",
    partial(_render_frame, Quantity.X_T),
    caption="noisy state",
    caption_guess="shown to the network",
)
NOISE = View(
    "eps",
    "Noise",
    "The noise, predicted",
    "3",
    partial(_render_frame, Quantity.EPS),
    caption="noise",
    caption_guess="what it changed",
)
RESIDUAL = View(
    "residual",
    "Taken away",
    "What the result leaves of the input: noise, or structure too",
    "4",
    _render_residual,
    caption="taken away",
    caption_latent="what changed",
    of_result=True,
)
DOUBT = View(
    "doubt",
    "Doubt",
    "How far the truth may lie from the result; measured when asked",
    "5",
    _render_doubt,
    caption="doubt",
    caption_latent="look closely here",
    of_result=True,
    of_spread=True,
)

#: In the order of the bar and the menu.
VIEWS = (CLEAN, NOISY, NOISE, RESIDUAL, DOUBT)

"""Describes a residual: noise, structure, or more change than asked for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from restorer.engine.strength import Box
from restorer.engine.task import CAMERA_MODEL, DAMAGE_MODEL, RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.tasks.comparison import percent
from restorer.words import tr, tr_as

#: Beyond this the noise as a whole is not white.
SMOOTHER = 1.5
#: Noise that repeats itself more than this is none, if it is more than so much (0-255 scale).
_MOST_PATTERN, _VISIBLE = 4.0, 1.5
#: The same, and the share of the picture below, where the noise is a camera's: it differs from
#: place to place, and has gone through a mosaic and often through JPEG.
_MOST_PATTERN_CAMERA, _MOST_STRUCTURE_CAMERA = 5.5, 0.2
#: The same share where what JPEG did, which lies in blocks, goes with the noise.
_MOST_STRUCTURE_CODED = 0.12
#: More noise than this share of what was told is none either; less than this is less.
_MOST_NOISE, _LESS = 1.2, 0.7
#: The same in a JPEG, which has taken some of the noise itself: 0.57 to 0.65 remain at quality 85
#: to 92, and 0.45 to 0.48 of what was told two or three times too high.
_LESS_CODED = 0.5
#: Shares of the picture in which something else than the damage may have been changed: where the
#: noise was taken off, where a blur was (some hundredths are left at edges).
_MOST_STRUCTURE, _MOST_SHARPENED = 0.05, 0.12


@dataclass(frozen=True)
class ResidualStatistics:
    """Statistics of the residual.

    Attributes:
        size: (height, width) of the picture.
        std: standard deviation of what remains where there was noise at all, 0-255 scale.
        largest: its largest absolute value, 0-255 scale.
        assumed: the noise that the task spoke of, as it stands in the file, 0-255 scale; 0 for a
            damage that is exact.
        structure: share of the picture where something other than noise remains, 0..1.
        places: (left, top, right, bottom) of the largest such parts, the worst first.
        pattern: how far one frequency of the noise stands out; about 1 for noise, more for what
            repeats itself.
        smoothness: of the noise all over the picture: 1 as white, more where neighbours share it,
            less where they avoid each other, as the dots of a print do.
        part: all this is of a neighbourhood, not of the picture.
        coded: JPEG has smoothed the noise; `std`, `structure` and `smoothness` are of brightness.
    """

    size: tuple[int, int]
    std: float
    largest: float
    assumed: float
    structure: float
    places: tuple[Box, ...]
    smoothness: float
    pattern: float
    part: bool = False
    coded: bool = False


@dataclass
class Judgement:
    """The judgement of a result.

    Attributes:
        sentence: that.
        alarm: it should not be kept just so.
        accepted: a person keeps it all the same.
    """

    sentence: str
    alarm: bool
    accepted: bool = False


def alarm(task: RestorationTask, found: ResidualStatistics) -> bool:
    """Whether a visible change goes beyond the damage.

    Measured on pictures that were not restored well, and on others.
    """
    if found.assumed == 0:
        return TASKS[task.damage.kind].comparison.alarm(found)
    if found.std == 0 and task.damage.is_noise:
        return found.largest > found.assumed
    most = _most_structure(task, found) if task.damage.is_noise else _MOST_SHARPENED
    return found.structure > most or _repeats(task, found) or _too_much(found)


def _repeats(task: RestorationTask, found: ResidualStatistics) -> bool:
    noise = task.damage.is_noise and found.std > _VISIBLE
    blocks = task.model == DAMAGE_MODEL or _is_camera(task, found)
    most = _MOST_PATTERN_CAMERA if blocks else _MOST_PATTERN
    return noise and found.pattern > most


def _most_structure(task: RestorationTask, found: ResidualStatistics) -> float:
    if _is_camera(task, found):
        return _MOST_STRUCTURE_CAMERA
    return _MOST_STRUCTURE_CODED if task.model == DAMAGE_MODEL else _MOST_STRUCTURE


def _is_camera(task: RestorationTask, found: ResidualStatistics) -> bool:
    """Whether the noise is a camera's, by the task or by its looks; raw mosaic noise is not."""
    return task.model == CAMERA_MODEL or found.smoothness > SMOOTHER


def _too_much(found: ResidualStatistics) -> bool:
    return found.std > _MOST_NOISE * found.assumed + 0.05  # and rounding


def sentence(task: RestorationTask, found: ResidualStatistics) -> str:
    """The sentence for a person; it claims no more than was checked."""
    if task.start is None or found.largest == 0 != found.assumed:
        return tr("Nothing was taken away: the picture is as it came.")
    if found.assumed == 0:
        return TASKS[task.damage.kind].comparison.sentence(found)
    return _of_noise(task, found) if task.damage.is_noise else _of_repair(task, found)


def _of_noise(task: RestorationTask, found: ResidualStatistics) -> str:
    assumed, std = found.assumed, found.std
    if std == 0:
        return tr(
            "There is hardly any noise in this picture, but noise of {assumed:.0f} "
            "of 255 was assumed: what was taken away, at most {largest:.0f}, may be "
            "part of the picture.",
            assumed=assumed,
            largest=found.largest,
        )
    if _repeats(task, found) and found.structure <= _most_structure(task, found):  # else where
        return tr(
            "Not only noise was taken away: a pattern repeats in it, as in print "
            "dots, hatching or fabric."
        )
    if found.structure > _most_structure(task, found):
        return tr(
            "Not only noise was taken away: structure remains in {found}.", found=_where(found)
        )
    if found.places:
        return tr(
            "What was taken away looks like noise almost everywhere; some structure may have gone "
            "with it in {found}.",
            found=_where(found),
        )
    if _too_much(found):
        return tr(
            "Not only noise was taken away: it is {std:.0f} of 255, more than the "
            "{assumed:.0f} that was assumed.",
            std=std,
            assumed=assumed,
        )
    if found.smoothness > SMOOTHER:
        return tr(
            "What was taken away is smoother than white noise all over: a camera's "
            "noise, or fine structure of the picture."
        )
    less = _LESS_CODED if found.coded else _LESS
    if not task.partial and not task.grain and std < less * assumed:
        return tr(
            "What was taken away is noise of {std:.0f} of 255, less than the "
            "{assumed:.0f} that was assumed: the picture was smoothed more than "
            "necessary.",
            std=std,
            assumed=assumed,
        )
    return tr("What was taken away looks like noise: no structure of the picture was found in it.")


def _of_repair(task: RestorationTask, found: ResidualStatistics) -> str:
    again = TASKS[task.damage.kind].comparison.again
    if _too_much(found):
        return tr(
            "{again} again, the result is not the input: {std:.1f} of 255 remains, "
            "more than noise of {assumed:.1f} would leave.",
            again=tr_as("again", again),
            std=found.std,
            assumed=found.assumed,
        )
    if found.places:
        return tr(
            "{again} again, the result is not the input: structure remains in {found}.",
            again=tr_as("again", again),
            found=_where(found),
        )
    return tr(
        "{again} again, the result is the input but for what looks like noise.",
        again=tr_as("again", again),
    )


def _where(found: ResidualStatistics) -> str:
    around = tr(" and ").join(_places(found.places, found.size))
    share = percent(found.structure)
    if found.part:
        return tr("{share} of the neighbourhood, most of it {around}", share=share, around=around)
    return tr("{share} of the picture, most of it {around}", share=share, around=around)


def _places(boxes: tuple[Box, ...], size: tuple[int, int]) -> list[str]:
    """Names of places without repetition, in order: "at the top left", "in the middle"."""
    names = {
        (row, column): name
        for (row, column), name in zip(
            product(range(3), range(3)),
            (
                tr("at the top left"), tr("at the top"), tr("at the top right"),
                tr("on the left"), tr("in the middle"), tr("on the right"),
                tr("at the bottom left"), tr("at the bottom"), tr("at the bottom right"),
            ),
            strict=True,
        )
    }  # fmt: skip
    height, width = size
    found = [
        names[min(2, 3 * (top + bottom) // (2 * height)), min(2, 3 * (left + right) // (2 * width))]
        for left, top, right, bottom in boxes
    ]
    return list(dict.fromkeys(found))

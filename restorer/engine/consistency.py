"""Consistency: damage the result again, and look at what remains against the input.

Where the damage is noise, what remains is the noise that was taken off. It should be white: if its
neighbours agree with one another, or it is stronger in some places than the noise there was, it was
something of the picture. Where the damage is exact (holes, a smaller picture, JPEG), nothing should
remain but rounding.

The noise is judged block by block. White noise has 4 % of its power in what a Gaussian of 1.5
pixels leaves of it; structure, which is smooth for longer, has more. The noise of a camera has more
too, but everywhere, so each block is held against the median of all. No torch but in operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, gaussian_filter, label

from restorer.degradation.tone import is_toned
from restorer.engine.inputs import Inputs
from restorer.engine.pattern import SIDE, Spectrum
from restorer.engine.residual import Rows, rows_of, still
from restorer.engine.strength import Box
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.verdict import SMOOTHER, ResidualStatistics, alarm, sentence
from restorer.imaging import scratch
from restorer.imaging.bands import GoOn, always, bands
from restorer.imaging.grey import is_grey
from restorer.imaging.picture import Picture

Array = NDArray[np.float32]

_BLOCK = 8
#: Reach of a look, in blocks: enough values for the thresholds below.
_AROUND = 1.25
_BLUR = 1.5
#: Share of white noise's power that the blur lets through, against the rest (simulated).
_WHITE = 0.0398
#: Limits that white noise in one channel passes once in many thousands of blocks (it was simulated
#: to reach 1.9 and 1.19 in four megapixels).
_MOST_SMOOTH, _MOST_POWER = 2.4, 1.4
#: Power below this is rounding, 0-255 scale squared.
_LEAST = 0.4**2
#: Where there was no noise, a change smoother than this is none to speak of, the same.
_LEAST_STILL = 1.5**2
#: Of a JPEG with colours the brightness is looked at: of noise in colours that has left the smooth
#: part only. White noise keeps its deviation.
_LIGHT = np.array([[0.299], [0.587], [0.114]], np.float32) / np.float32(0.669)
#: Pixels looked at in one go, and how far the blur looks beyond them.
_BAND, _REACH = 1 << 19, 6
#: A block is noisy if more of it than this is.
_MOSTLY = 0.5
#: So many squares tell how often something repeats itself.
_SQUARES = 4096
#: More than this, and an exact damage does not explain the input, 0..1.
_EXACT = 1.01 / 255


@dataclass(frozen=True, eq=False)
class Consistency:
    """The residual: the input minus the result damaged again.

    Attributes:
        rows: (top, bottom) to the input minus the damaged result there, (bottom - top, w, 3)
            float32, on the scale of pictures (0..1).
        remains: all that in numbers.
        alarm: the result has lost, or holds, what it should not: think before it is kept.
        sentence: all this in words.
    """

    rows: Rows
    remains: ResidualStatistics
    alarm: bool
    sentence: str

    @property
    def residual(self) -> Array:
        """All that remains, (h, w, 3) float32, made anew."""
        whole: Array = scratch.empty((*self.remains.size, 3))
        for top, bottom in _bands(self.remains.size):
            whole[top:bottom] = self.rows(top, bottom)
        return whole

    def picture(self) -> Array:
        """To look at, (h, w, 3) in 0..1: grey is nothing, the range three deviations."""
        whole = self.residual
        for rows in bands(whole.shape):
            whole[rows] /= np.float32(max(6 * self.remains.std, 6) / 255)
            whole[rows] += np.float32(0.5)
            np.clip(whole[rows], 0, 1, out=whole[rows])
        return whole


def check(
    task: RestorationTask,
    inputs: Inputs,
    result: Array,
    go_on: GoOn = always,
) -> Consistency:
    """Compare a result (H, W, 3) in 0..1 with its input, band by band.

    Args:
        inputs: as for `Engine.run`.
        go_on: called before every band; what it raises, such as `Cancelled`, ends the look.
    """
    picture = inputs.picture
    rows, assumed = rows_of(task, inputs, result)
    size = picture.pixels.shape[0], picture.pixels.shape[1]
    coded = is_coded(picture)
    coloured = coded and not (is_grey(picture.pixels) or is_toned(picture.pixels))
    seen = _Seen(size, assumed, coloured)
    for top, bottom in _bands(size, go_on):
        seen.look(picture, rows, top, bottom)
    places: tuple[Box, ...] = ()
    smoothness = pattern = 1.0
    share = seen.wrong / (size[0] * size[1])
    if assumed > 0:
        share, places, smoothness = seen.structure()
        blocks = coded or smoothness > SMOOTHER  # as cameras leave them
        pattern = seen.spectrum.peak(blocks)
    found = ResidualStatistics(
        size, seen.std, seen.largest, assumed, share, places, smoothness, pattern, coded=coded
    )
    says = sentence(task, found)
    if task.start is not None:
        warning = TASKS[task.damage.kind].warns(task.damage, inputs)
        says = " ".join(filter(None, (says, warning)))
    return Consistency(rows, found, alarm(task, found), says)


def is_coded(picture: Picture) -> bool:
    """Whether JPEG has smoothed the noise."""
    return picture.format == "JPEG"


def _bands(size: tuple[int, int], go_on: GoOn = always) -> Iterator[tuple[int, int]]:
    """(top, bottom) of bands of whole blocks that together cover the picture."""
    for rows in bands(size, go_on, pixels=_BAND, of=SIDE):
        yield rows.start, rows.stop


class _Seen:
    """Statistics of the residual, collected band by band.

    Args:
        size: (height, width) of the picture.
        assumed: noise that may remain, 0-255 scale.
        coloured: JPEG has smoothed the noise, that of colours most.
    """

    def __init__(self, size: tuple[int, int], assumed: float, coloured: bool) -> None:
        self._size, self._assumed, self._coloured = size, assumed, coloured
        self._grid = size[0] // _BLOCK, size[1] // _BLOCK
        self._smooth, self._rough = np.zeros((2, *self._grid))
        self._noisy, self._visible = np.ones((2, *self._grid), bool)
        self._power, self._count = 0.0, 0
        self.largest, self.wrong = 0.0, 0
        self.spectrum = Spectrum()

    def look(self, picture: Picture, rows: Rows, top: int, bottom: int) -> None:
        """Add the residual from row `top`, where a block begins, to `bottom`."""
        if self._assumed > 0:
            self._look_at_noise(picture, rows, top, bottom)
            return
        rest = np.abs(rows(top, bottom))
        self.largest = max(self.largest, 255 * float(rest.max()))
        self.wrong += int((rest > _EXACT).any(axis=2).sum())
        self._add(rest)

    def _look_at_noise(self, picture: Picture, rows: Rows, top: int, bottom: int) -> None:
        first, last = max(0, top - _REACH), min(self._size[0], bottom + _REACH)
        around = rows(first, last)
        rest = around[top - first : bottom - first]
        self.largest = max(self.largest, 255 * float(max(rest.max(), -rest.min())))
        here = slice(top // _BLOCK, bottom // _BLOCK)
        seen = around @ _LIGHT if self._coloured else around
        for noise in np.moveaxis(255 * seen, -1, 0):
            low = gaussian_filter(noise, _BLUR, mode="mirror")
            for kept, part in ((self._smooth, low), (self._rough, noise - low)):
                power = _means(part[top - first : bottom - first].astype(np.float64) ** 2)
                kept[here] += power / seen.shape[2]
        noisy = ~still(picture, self._assumed, top, bottom)
        if picture.alpha is not None:
            visible = picture.alpha[top:bottom] > 0
            noisy &= visible
            self._visible[here] = _means(visible) > 0
        self._noisy[here] = _means(noisy) > _MOSTLY
        self._add(seen[top - first : bottom - first][noisy])
        self._look_for_pattern(rest, noisy)

    def _add(self, values: Array) -> None:
        self._power += float(np.square(values, dtype=np.float64).sum())
        self._count += values.size

    def _look_for_pattern(self, rest: Array, noisy: NDArray[np.bool_]) -> None:
        squares = np.argwhere(_means(noisy, SIDE) > _MOSTLY) * SIDE
        thinned = squares[:: max(1, self._size[0] * self._size[1] // (_SQUARES * SIDE**2))]
        if len(thinned):
            self.spectrum.add(np.stack([rest[y : y + SIDE, x : x + SIDE] for y, x in thinned]))

    @property
    def std(self) -> float:
        """Of what remains where there was noise, 0-255 scale."""
        return 255 * (self._power / max(1, self._count)) ** 0.5

    def structure(self) -> tuple[float, tuple[Box, ...], float]:
        """(share of the blocks with structure, boxes of the largest parts, usual smoothness)."""
        if not all(self._grid):
            return 0.0, (), 1.0
        noisy = self._noisy if self._noisy.any() else np.ones(self._grid, bool)
        smooth, rough = (
            gaussian_filter(power, _AROUND, mode="mirror") for power in (self._smooth, self._rough)
        )
        share = smooth / np.maximum(_WHITE * rough, 1e-9)
        median = float(np.median(share[noisy]))
        usual = max(1.0, median)
        beyond = smooth - usual * _WHITE * rough
        least = np.where(self._noisy, _LEAST / 4, _LEAST_STILL)
        found = (share > _MOST_SMOOTH * usual) & (beyond > least)
        power = smooth + rough
        found |= power > _MOST_POWER * max(self._assumed**2, float(np.median(power[noisy])))
        found &= self._visible
        parts, _ = label(found)
        boxes = find_objects(parts)
        weights = [float(power[box][parts[box] == i + 1].sum()) for i, box in enumerate(boxes)]
        worst = sorted(range(len(boxes)), key=lambda i: -weights[i])[:3]
        return float(found.mean()), tuple(_pixels(boxes[i]) for i in worst), median


def _means(values: NDArray[Any], side: int = _BLOCK) -> NDArray[np.float64]:
    """Of whole squares; what is left over at the right and at the bottom does not count."""
    rows, columns = (n // side for n in values.shape)
    cut = values[: rows * side, : columns * side]
    means: NDArray[np.float64] = cut.reshape(rows, side, columns, side).mean(axis=(1, 3))
    return means


def _pixels(box: tuple[slice, slice]) -> Box:
    rows, columns = box
    left, top, right, bottom = columns.start, rows.start, columns.stop, rows.stop
    return left * _BLOCK, top * _BLOCK, right * _BLOCK, bottom * _BLOCK

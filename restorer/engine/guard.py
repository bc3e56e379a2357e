"""Ends runs whose output is no result: not finite, or not this picture at all.

Damaged weights, or a process that runs away, leave such things: NaN turns into a black picture as
soon as it is written. So every tile and every frame is looked at before anybody sees it, and the
run ends with a sentence instead. The limits are wide: a bad restoration is for
`restorer.engine.consistency` to find; this finds what nobody could mistake for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from restorer.diffusion.schedule import noise_from_sigma
from restorer.engine.inputs import Inputs
from restorer.engine.plan import noise_of
from restorer.engine.progress import Progress
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Array, Frame
from restorer.errors import BadInput, NoPicture
from restorer.imaging.bands import bands
from restorer.words import tr

#: Side of the blocks whose mean brightness is compared, in pixels of the picture as it came.
_BLOCK = 16
#: No answer is larger than its kind of task allows and so many sigmas.
_MOST_SIGMAS = 12.0
#: How far the brightness of blocks may move, 0..1, and by how much more with the noise.
_FAR, _FAR_WITH_NOISE = 32 / 255, 0.5
#: Share of the contrast of blocks that must be left, if it was more than this, 0..1.
_LEAST_CONTRAST, _CONTRAST = 0.2, 6 / 255
#: A result with less contrast is flat, 0..1.
_FLAT = 0.5 / 255
#: Share of values at or beyond black and white that no picture has that had few.
_CUT_OFF, _FEW_CUT_OFF = 0.9, 0.5


@dataclass(frozen=True, eq=False)
class _Seen:
    """A picture from far away.

    Attributes:
        light: (h, w) float32, mean brightness of blocks, 0..1.
        cut_off: share of values at or beyond black and white.
    """

    light: NDArray[np.float32]
    cut_off: float


class Guard:
    """Checks everything that a run makes.

    Args:
        task, inputs: those of the run.
        who: the model that is to blame, by its title.
        draws: it draws anew, so that its picture may be another one.

    Raises:
        BadInput: if the picture itself holds values that are not numbers.
    """

    def __init__(self, task: RestorationTask, inputs: Inputs, who: str, draws: bool) -> None:
        if not _finite(inputs.picture.pixels):
            raise BadInput("The picture holds values that are not numbers.")
        self._task, self._inputs, self._who, self._draws = task, inputs, who, draws

    @cached_property
    def _original(self) -> _Seen:
        """The picture made small, computed when there is something to compare with it."""
        return _from_afar(self._inputs.picture.pixels, 1)

    @cached_property
    def _known(self) -> NDArray[np.bool_]:
        """The blocks in which nothing will be filled."""
        if self._inputs.hole is None:
            return np.ones(self._original.light.shape, bool)
        holes = np.repeat(self._inputs.hole[..., None], 3, axis=2).astype(np.float32)
        return _from_afar(holes, 1).light == 0

    def on_progress(self, tell: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """The same callback, called for sound tiles only."""

        def sound(progress: Progress) -> Array:
            self._check_numbers(progress.x0)
            return progress.x0

        return lambda progress: tell(replace(progress, show=partial(sound, progress)))

    def frames(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames, as long as they are sound.

        Raises:
            NoPicture: at the first that is not.
        """
        for frame in frames:
            self._check_numbers(frame.x0, frame.x_t)
            if not frame.info.preview:
                self.check(frame.x0, frame.picture, frame.info.sigma)
            yield frame
            del frame  # room for the next

    def check(self, x0: Array, picture: Array | None, sigma: float) -> None:
        """Check a finished picture; x0 and picture as in `Frame`.

        Args:
            sigma: of the state that it was made of.

        Raises:
            NoPicture: if it is none.
        """
        self._check_numbers(x0, *(() if picture is None else (picture,)))
        result = _from_afar(
            x0 if picture is None else picture, self._task.damage.growth, picture is None
        )
        if self._draws:
            self._check_drawn(result)
            return
        most = TASKS[self._task.damage.kind].largest
        if any(np.abs(x0[rows]).max() > most + _MOST_SIGMAS * sigma for rows in bands(x0.shape)):
            raise self._none(tr("its values run away"))
        noise = noise_of(self._task)
        if not self._task.damage.is_noise:
            noise = float(noise_from_sigma(sigma))
        self._check_likeness(result, noise / 255)

    def _check_numbers(self, *values: Array) -> None:
        if not all(map(_finite, values)):
            raise self._none(tr("its values are not numbers"))

    def _check_drawn(self, result: _Seen) -> None:
        original = self._original
        if result.light.std() < _FLAT and original.light.std() > _CONTRAST:
            raise self._none(tr("it is of one tone"))
        if result.cut_off > _CUT_OFF and original.cut_off < _FEW_CUT_OFF:
            raise self._none(tr("it is black and white dots"))

    def _check_likeness(self, result: _Seen, noise: float) -> None:
        if not (self._known.any() and TASKS[self._task.damage.kind].keeps_light):
            return
        before, after = self._original.light[self._known], result.light[self._known]
        far = float(np.sqrt(((after - before) ** 2).mean()))
        if far > _FAR + _FAR_WITH_NOISE * noise:
            raise self._none(
                tr("its brightness is {far:.0f} of 255 away from the picture's", far=255 * far)
            )
        contrast = float(before.std())
        if contrast > _CONTRAST + noise / 2 and after.std() < _LEAST_CONTRAST * contrast:
            raise self._none(tr("the contrast of the picture is gone"))

    def _none(self, why: str) -> NoPicture:
        return NoPicture(
            "“{who}” did not produce a picture: {why}. The result was discarded.",
            who=self._who,
            why=why,
        )


def _finite(values: Array) -> bool:
    """All values are finite; makes no copy."""
    return all(
        np.isfinite(part.min()) and np.isfinite(part.max())
        for part in (values[rows] for rows in bands(values.shape))
        if part.size
    )


def _from_afar(pixels: Array, growth: int, signed: bool = False) -> _Seen:
    """(H, W, 3) in 0..1, or [-1, 1] if `signed`, seen strip by strip: memory is spared."""
    height, width = pixels.shape[:2]
    tall, wide = (max(1, min(_BLOCK * growth, side)) for side in (height, width))
    rows, columns = height // tall, width // wide
    light, cut_off = np.empty((rows, columns), np.float32), 0
    inside = bands((rows * tall, columns * wide), of=tall)
    for row in (row for band in inside for row in range(band.start // tall, band.stop // tall)):
        strip = pixels[row * tall : (row + 1) * tall, : columns * wide]
        if signed:
            strip = 0.5 * strip + np.float32(0.5)
        cut_off += int(((strip <= 0) | (strip >= 1)).sum())
        strip = np.clip(strip, 0, 1).reshape(tall, columns, wide, 3)
        light[row] = strip.mean(axis=(0, 2, 3))
    return _Seen(light, cut_off / (rows * tall * columns * wide * 3))

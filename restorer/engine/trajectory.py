"""All frames of one run: in memory up to a byte budget, then on disk."""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from restorer.engine.task import RestorationTask
from restorer.errors import RestorerError
from restorer.imaging import scratch
from restorer.imaging.bands import bands
from restorer.imaging.geometry import repeated

log = logging.getLogger(__name__)

Array = NDArray[np.float32]
Values = TypeVar("Values", np.float16, np.float32)


class Quantity(StrEnum):
    """A quantity of a frame."""

    X0 = "x0"
    X_T = "x_t"
    EPS = "eps"


#: More than keeping a frame as float16 changes its pixels, on the scale of 0 to 1.
HALF_ROUNDING = 2.0**-12


@dataclass(frozen=True)
class FrameInfo:
    """A frame without its pixels: its place on the schedule and its cost.

    Attributes:
        preview: the pixels are only near what they stand for (latents that were not decoded).
        guess: the network was shown a guess at the clean picture, without noise, in place of a
            noisy x_t; sigma is about how far that errs, as the network was told.
    """

    index: int
    steps: int
    t: float
    sigma: float
    seconds: float
    preview: bool = False
    guess: bool = False


@dataclass(frozen=True, eq=False)
class Frame:
    """One recorded step.

    Attributes:
        info: place and cost.
        x_t: (H, W, 3) float32, the noisy state on the VP scale; it may be a view, to be read only.
        x0: (H, W, 3) float32, the predicted clean picture in [-1, 1].
        picture: (H, W, 3) float32 in 0..1, the picture to keep, where it is not simply x0 on that
            scale: what is known of it to the last bit comes back so.
        eps: (H, W, 3) float32, the predicted noise, where it cannot be told from x_t and x0.
        latents: (C, h, w) float32, what x0 is a preview of.
    """

    info: FrameInfo
    x_t: Array
    x0: Array
    picture: Array | None = None
    eps: Array | None = None
    latents: Array | None = None


def _signal(sigma: float) -> float:
    """sqrt(abar) at sigma."""
    return (1.0 + sigma**2) ** -0.5


@dataclass(frozen=True, eq=False)
class _Scaled:
    """A view of a picture in memory as the network's input, converted part by part.

    Attributes:
        of: (h, w, 3) in 0..1.
        signal: times it, on the scale of -1 to 1.
        growth: every pixel stands for a square of so many by so many.
    """

    of: Array
    signal: float
    growth: int

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width, channels = self.of.shape
        return height * self.growth, width * self.growth, channels

    def __getitem__(self, where: slice | tuple[int, int]) -> Array:
        """Rows, or a pixel (y, x)."""
        times = self.growth
        if isinstance(where, tuple):
            part = self.of[where[0] // times, where[1] // times]
        else:
            first, last = where.start // times, -(-where.stop // times)
            part = repeated(self.of[first:last], times)
            part = part[where.start - first * times : where.stop - first * times]
        return (2 * part - 1) * np.float32(self.signal)


Stored = dict[Quantity, NDArray[np.float16] | _Scaled]


class Trajectory:
    """The frames of one run and its task.

    One thread appends, any thread reads by index. Frames are kept as float16 (0.06/255 of
    rounding); only the newest x0, which is the result, stays float32.
    """

    def __init__(self, task: RestorationTask, byte_budget: int = 1 << 27) -> None:
        self.task = task
        self._byte_budget = byte_budget
        self._infos: list[FrameInfo] = []
        self._stored: list[Stored] = []
        self._result: Array | None = None
        self._latents: Array | None = None
        self._in_memory = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._infos)

    @property
    def infos(self) -> tuple[FrameInfo, ...]:
        """Every frame so far, in order."""
        return tuple(self._infos)

    @property
    def result(self) -> Array | None:
        """(H, W, 3) float32 in 0..1: the x0 of the newest frame, or None before the first."""
        return self._result

    @property
    def latents(self) -> Array | None:
        """(C, h, w) float32: the latents behind the newest preview; None if x0 is no preview."""
        return self._latents

    @property
    def preview(self) -> bool:
        """The newest frame is a preview, which must be decoded before it can be kept."""
        return bool(self._infos) and self._infos[-1].preview

    @property
    def whole(self) -> bool:
        """All steps have been made."""
        return bool(self._infos) and self._infos[-1].index == self._infos[-1].steps - 1

    def append(self, frame: Frame) -> None:
        """Add the next frame.

        Raises:
            RestorerError: if there is no room for it; those before it stay.
        """
        values = {Quantity.X_T: frame.x_t, Quantity.X0: frame.x0, Quantity.EPS: frame.eps}
        stored: Stored = {
            quantity: self._keep(array) for quantity, array in values.items() if array is not None
        }
        self._add(frame.info, stored, _saved(frame.x0, frame.picture), frame.latents)

    def append_part(self, info: FrameInfo, original: Array, picture: Array, growth: int) -> None:
        """Add the only frame of a run that was stopped in its first step; costs next to nothing.

        Args:
            info: place and cost.
            original: (h, w, 3) in 0..1, what the run began with; held.
            picture: (H, W, 3) in 0..1, what there is of the result; held.
            growth: so many times the picture is larger than the original.
        """
        stored: Stored = {
            Quantity.X_T: _Scaled(original, _signal(info.sigma), growth),
            Quantity.X0: _Scaled(picture, 1.0, 1),
        }
        self._add(info, stored, picture, None)

    def _add(
        self,
        info: FrameInfo,
        stored: Stored,
        result: Array,
        latents: Array | None,
    ) -> None:
        with self._lock:
            self._stored.append(stored)
            self._infos.append(info)
            self._result, self._latents = result, latents

    def decode(self, x0: Array, picture: Array | None) -> None:
        """Replace the newest preview by its decoded frame; x0 and picture as in `Frame`.

        Raises:
            RestorerError: if there is no room for it; the preview stays.
        """
        info = replace(self._infos[-1], preview=False)
        stored = self._keep(x0)
        with self._lock:
            self._stored[-1] = self._stored[-1] | {Quantity.X0: stored}
            self._infos[-1] = info
            self._result, self._latents = _saved(x0, picture), None

    @property
    def in_memory(self) -> int:
        """Bytes that are not on disk."""
        with self._lock:
            kept = [a for s in self._stored for a in s.values()]
            arrays: list[NDArray[np.floating]] = [a for a in kept if not isinstance(a, _Scaled)]
            if self._result is not None:
                arrays.append(self._result)
        return sum(array.nbytes for array in arrays if not scratch.is_in_file(array))

    def put_away(self) -> None:
        """Move all frames of a finished run to disk; frames without room there stay in memory.

        Called from any thread; what is read meanwhile is the same.
        """
        try:
            before, result = self._result, None if self._result is None else _in_file(self._result)
            with self._lock:
                self._result = result
            for index, stored in enumerate(self._stored):
                away = {q: _away(a, before, result) for q, a in stored.items()}
                with self._lock:
                    self._stored[index] = away
        except OSError:
            log.info("no room for frames on disk", exc_info=True)

    def read(self, index: int, quantity: Quantity) -> Array:
        """(H, W, 3) float32: x0 in [-1, 1], x_t on the VP scale, eps about N(0, 1).

        Raises:
            IndexError: if there is no such frame.
        """
        stored = self._stored[index]
        if quantity in stored:
            values: Array = scratch.empty(stored[quantity].shape)
            for rows in bands(values.shape):
                values[rows] = stored[quantity][rows]
            return values
        sigma = self._infos[index].sigma
        a = np.float32(_signal(sigma))
        x_t, x0 = stored[Quantity.X_T], stored[Quantity.X0]
        eps: Array = scratch.empty(x_t.shape)
        for rows in bands(eps.shape):
            eps[rows] = (x_t[rows] - a * x0[rows]) / (sigma * a)
        return eps

    def pixel_at(self, index: int, quantity: Quantity, x: int, y: int) -> NDArray[np.float64]:
        """(3,): one pixel of `read`, without reading the others."""
        stored = self._stored[index]
        if quantity in stored:
            return stored[quantity][y, x].astype(np.float64)
        sigma = self._infos[index].sigma
        x_t, x0 = (stored[q][y, x].astype(np.float64) for q in (Quantity.X_T, Quantity.X0))
        return (x_t / _signal(sigma) - x0) / sigma

    def view(self, index: int, quantity: Quantity) -> Array:
        """The same for display: (H, W, 3) float32 in 0..1."""
        values = self.read(index, quantity)
        # three standard deviations span the range
        return _in_range(values, 6 if quantity is Quantity.EPS else 2, out=values)

    def _keep(self, values: Array) -> NDArray[np.float16]:
        kept = self._room(values.shape)
        for rows in bands(kept.shape):
            kept[rows] = np.ascontiguousarray(values[rows])  # a view may be of any order
        return kept

    def _room(self, shape: tuple[int, ...]) -> NDArray[np.float16]:
        half: NDArray[np.float16]
        size = 2 * math.prod(shape)
        if self._in_memory + size <= self._byte_budget:
            half = np.empty(shape, np.float16)
            self._in_memory += size
            return half
        try:
            half = scratch.in_file(shape, np.float16)
        except OSError as error:
            raise RestorerError(
                "There is no room in {folder} for more steps of this picture; those so "
                "far are kept. Fewer steps need less.",
                str(error),
                folder=scratch.folder(),
            ) from error
        return half


def _away(
    kept: NDArray[np.float16] | _Scaled, before: Array | None, result: Array | None
) -> NDArray[np.float16] | _Scaled:
    """The same in a file; what is made of the result, of the one that lies there now."""
    if not isinstance(kept, _Scaled):
        return _in_file(kept)
    return replace(kept, of=result) if kept.of is before and result is not None else kept


def _in_file(values: NDArray[Values]) -> NDArray[Values]:
    """The same values, in memory only where they are looked at; OSError if there is no room."""
    if scratch.is_in_file(values):
        return values
    away: NDArray[Values] = scratch.in_file(values.shape, values.dtype)
    for rows in bands(values.shape):
        away[rows] = values[rows]
    return away


def _saved(x0: Array, picture: Array | None) -> Array:
    return _in_range(x0, 2) if picture is None else picture


def _in_range(values: Array, spread: float, out: Array | None = None) -> Array:
    """Values around 0 as 0..1, which `spread` fills, a few rows at a time."""
    out = scratch.empty(values.shape) if out is None else out
    for rows in bands(out.shape):
        part = np.divide(values[rows], np.float32(spread), out=out[rows])
        part += np.float32(0.5)
        np.clip(part, 0, 1, out=part)
    return out

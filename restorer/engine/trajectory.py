"""All frames of one run: in memory up to a byte budget, then on disk."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from restorer.engine.task import RestorationTask
from restorer.errors import RestorerError
from restorer.imaging.bands import bands

log = logging.getLogger(__name__)

Array = NDArray[np.float32]
Values = TypeVar("Values", np.float16, np.float32)


class Quantity(StrEnum):
    """What of a frame is looked at."""

    X0 = "x0"
    X_T = "x_t"
    EPS = "eps"


@dataclass(frozen=True)
class FrameInfo:
    """What is known of a frame without its pixels: place on the schedule and cost.

    `preview`: the pixels are only near what they stand for (latents that were not decoded).
    """

    index: int
    steps: int
    t: float
    sigma: float
    seconds: float
    preview: bool = False


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


def _as_it_is(values: Array) -> Array:
    return values


class Trajectory:
    """The frames of one run and its task.

    One thread appends, any thread reads by index. Frames are kept as float16 (0.06/255 of
    rounding); only the newest x0, which is the result, stays float32.
    """

    def __init__(self, task: RestorationTask, byte_budget: int = 1 << 30) -> None:
        self.task = task
        self._byte_budget = byte_budget
        self._infos: list[FrameInfo] = []
        self._stored: list[dict[Quantity, NDArray[np.float16]]] = []
        self._result: Array | None = None
        self._latents: Array | None = None
        self._in_memory = 0
        self._spill: tempfile.TemporaryDirectory[str] | None = None
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
        """(C, h, w) float32: what the newest x0 is a preview of; None if it is no preview."""
        return self._latents

    @property
    def preview(self) -> bool:
        """The newest frame is only near what it stands for: it must be decoded to be kept."""
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
        stored = {
            quantity: self._keep(array, frame.info.index, quantity)
            for quantity, array in values.items()
            if array is not None
        }
        self._add(frame.info, stored, _saved(frame.x0, frame.picture), frame.latents)

    def append_part(self, info: FrameInfo, original: Array, picture: Array) -> None:
        """Add the only frame of a run that was stopped in its first step, in little more memory.

        Args:
            info: place and cost.
            original: (H, W, 3) in 0..1, what the run began with.
            picture: (H, W, 3) in 0..1, what there is of the result.

        Raises:
            RestorerError: as `append`.
        """
        a = np.float32(_signal(info.sigma))
        stored = {
            Quantity.X_T: self._keep(original, info.index, Quantity.X_T, lambda v: (2 * v - 1) * a),
            Quantity.X0: self._keep(picture, info.index, Quantity.X0, lambda v: 2 * v - 1),
        }
        self._add(info, stored, picture, None)

    def _add(
        self,
        info: FrameInfo,
        stored: dict[Quantity, NDArray[np.float16]],
        result: Array,
        latents: Array | None,
    ) -> None:
        with self._lock:
            self._stored.append(stored)
            self._infos.append(info)
            self._result, self._latents = result, latents

    def decode(self, x0: Array, picture: Array | None) -> None:
        """Put what the newest frame was a preview of in its place; x0 and picture as in `Frame`.

        Raises:
            RestorerError: if there is no room for it; the preview stays.
        """
        info = replace(self._infos[-1], preview=False)
        stored = self._keep(x0, info.index, "decoded")
        with self._lock:
            self._stored[-1] = self._stored[-1] | {Quantity.X0: stored}
            self._infos[-1] = info
            self._result, self._latents = _saved(x0, picture), None

    @property
    def in_memory(self) -> int:
        """Bytes that are not on disk."""
        with self._lock:
            arrays: list[NDArray[np.floating]] = [a for s in self._stored for a in s.values()]
            if self._result is not None:
                arrays.append(self._result)
        return sum(array.nbytes for array in arrays if not isinstance(array, np.memmap))

    def put_away(self) -> None:
        """Move everything to disk, of a run that is over; what finds no room there stays.

        Called from any thread; what is read meanwhile is the same.
        """
        try:
            for index, stored in enumerate(self._stored):
                away = {q: self._on_disk(a, index, q) for q, a in stored.items()}
                with self._lock:
                    self._stored[index] = away
            if self._result is not None:
                result = self._on_disk(self._result, len(self._stored), "result")
                with self._lock:
                    self._result = result
        except OSError:
            log.info("no room for frames on disk", exc_info=True)

    def read(self, index: int, quantity: Quantity) -> Array:
        """(H, W, 3) float32: x0 in [-1, 1], x_t on the VP scale, eps about N(0, 1).

        Raises:
            IndexError: if there is no such frame.
        """
        stored = self._stored[index]
        if quantity in stored:
            return np.asarray(stored[quantity], np.float32)
        sigma = self._infos[index].sigma
        a = np.float32(_signal(sigma))
        x_t, x0 = stored[Quantity.X_T], stored[Quantity.X0]
        eps = np.empty(x_t.shape, np.float32)
        for rows in bands(eps.shape):
            eps[rows] = (x_t[rows] - a * x0[rows]) / (sigma * a)
        return eps

    def at(self, index: int, quantity: Quantity, x: int, y: int) -> NDArray[np.float64]:
        """(3,): one pixel of what `read` gives, without reading the others."""
        stored = self._stored[index]
        if quantity in stored:
            return stored[quantity][y, x].astype(np.float64)
        sigma = self._infos[index].sigma
        x_t, x0 = (stored[q][y, x].astype(np.float64) for q in (Quantity.X_T, Quantity.X0))
        return (x_t / _signal(sigma) - x0) / sigma

    def view(self, index: int, quantity: Quantity) -> Array:
        """The same as something to look at: (H, W, 3) float32 in 0..1."""
        values = self.read(index, quantity)
        # three standard deviations span the range
        return _in_range(values, 6 if quantity is Quantity.EPS else 2, out=values)

    def _keep(
        self, values: Array, index: int, name: str, turned: Callable[[Array], Array] = _as_it_is
    ) -> NDArray[np.float16]:
        """The values as they are kept, a few rows of them `turned` at a time."""
        half = np.empty(values.shape, np.float16)
        for rows in bands(half.shape):
            half[rows] = np.ascontiguousarray(turned(values[rows]))  # a view may be of any order
        if self._in_memory + half.nbytes <= self._byte_budget:
            self._in_memory += half.nbytes
            return half
        try:
            return self._on_disk(half, index, name)
        except OSError as error:
            folder = tempfile.gettempdir()
            raise RestorerError(
                f"There is no room in {folder} for more steps of this picture; those so far are "
                "kept. Fewer steps need less.",
                str(error),
            ) from error

    def _on_disk(self, values: NDArray[Values], index: int, name: str) -> NDArray[Values]:
        """The same values read from a file when they are looked at; OSError if there is no room."""
        if isinstance(values, np.memmap):
            return values
        if self._spill is None:
            self._spill = tempfile.TemporaryDirectory(prefix="restorer-frames-")
        path = Path(self._spill.name) / f"{index:04d}-{name}.npy"
        np.save(path, values)
        on_disk: NDArray[Values] = np.load(path, mmap_mode="r")
        return on_disk


def _saved(x0: Array, picture: Array | None) -> Array:
    return _in_range(x0, 2) if picture is None else picture


def _in_range(values: Array, spread: float, out: Array | None = None) -> Array:
    """Values around 0 as 0..1, which `spread` fills, a few rows at a time."""
    out = np.empty(values.shape, np.float32) if out is None else out
    for rows in bands(out.shape):
        part = np.divide(values[rows], np.float32(spread), out=out[rows])
        part += np.float32(0.5)
        np.clip(part, 0, 1, out=part)
    return out

"""The damage of a picture, as a plain value in a task; no torch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.errors import BadInput
from restorer.words import marked as _

if TYPE_CHECKING:
    from restorer.engine.inputs import Inputs

Method = Literal["auto", "conditional", "ddnm", "diffpir", "dps", "repaint"]

#: What is darker in a mask (0 to 255) does not count: JPEG leaves as much beside what is white.
FAINTEST = 8

#: What is said where a mask is missing.
NO_MASK = _("Filling needs a mask that says where.")

#: (H, W), true where the picture is to be filled.
Hole = NDArray[np.bool_]


@dataclass(frozen=True)
class Damage:
    """The operator of a task, with all its parameters.

    Attributes:
        kind: what is to be undone, a name in `TASKS`; what it does not name below does not
            concern it.
        noise: standard deviation of the noise besides, 0-255 scale; for "denoise" the start of
            the task says it.
        scale: how many times each side is to grow (upscale), 2, 3 or 4.
        filter: how the picture was made smaller (upscale), "bicubic" or "box".
        blur: "gaussian:DEVIATION", "motion:LENGTH,DEGREES" or "disc:RADIUS", in pixels (deblur).
        kernel: rows of a kernel instead of `blur`, odd sides (deblur).
        luma, chroma: the 64 numbers of the quantisation tables, row by row (dejpeg).
        subsampling: of chroma: "4:4:4", "4:2:2" or "4:2:0" (dejpeg).
        turned, cut: how its blocks lie, see `imaging.jpeg_tables.JpegTables` (dejpeg).
        mask: SHA-256 of the hole, which is passed beside the picture (inpaint).
        numbers: (name, value) of those that its kind asks for; the others are as usual.
    """

    kind: str = DEFAULT_TASK
    noise: float = 0.0
    scale: int = 2
    filter: Literal["bicubic", "box"] = "bicubic"
    blur: str = ""
    kernel: tuple[tuple[float, ...], ...] = ()
    luma: tuple[int, ...] = ()
    chroma: tuple[int, ...] = ()
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] = "4:2:0"
    turned: int = 1
    cut: tuple[int, int] | None = None
    mask: str = ""
    numbers: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in TASKS:
            raise BadInput("There is no task called {kind!r}.", kind=self.kind)
        if not 0 <= self.noise <= 255:
            raise BadInput("Noise must lie between 0 and 255, not {noise:g}.", noise=self.noise)
        if self.scale not in (2, 3, 4):
            raise BadInput("The scale must be 2, 3 or 4, not {scale}.", scale=self.scale)
        if self.filter not in ("bicubic", "box"):
            raise BadInput("There is no filter called {filter!r}.", filter=self.filter)
        if TASKS[self.kind].needs_hole and not self.mask:
            raise BadInput(NO_MASK)
        self._check_numbers()
        TASKS[self.kind].check(self)

    def _check_numbers(self) -> None:
        known = {number.name: number for number in TASKS[self.kind].numbers}
        for name, value in self.numbers:
            if name not in known:
                raise BadInput("The task {kind} knows no {name}.", kind=self.kind, name=name)
            low, high = known[name].least, known[name].most
            if not low <= value <= high:
                raise BadInput(
                    "{name} must lie between {low:g} and {high:g}, not {value:g}.",
                    name=name,
                    low=low,
                    high=high,
                    value=value,
                )

    def number(self, name: str) -> float:
        usual = {number.name: number.usual for number in TASKS[self.kind].numbers}
        return (usual | dict(self.numbers))[name]

    @property
    def is_noise(self) -> bool:
        """Only noise, which the prior itself removes."""
        return TASKS[self.kind].is_noise

    @property
    def is_excess(self) -> bool:
        """The task reads the damage from the picture and removes it without a network."""
        return TASKS[self.kind].excess is not None

    @property
    def growth(self) -> int:
        """How many times longer each side of the result is."""
        return self.scale if TASKS[self.kind].grows else 1

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Damage:
        """Read it from parsed JSON. Raises `BadInput`, `TypeError` or `ValueError`."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown fields {sorted(unknown)}")
        plain: dict[str, Any] = {
            name: tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value
            for name, value in values.items()
        }
        return cls(**plain)


def mask_digest(hole: Hole) -> str:
    """The digest of a mask for a task: SHA-256 of its size and its bits."""
    height, width = hole.shape
    return hashlib.sha256(f"{width}x{height}:".encode() + np.packbits(hole).tobytes()).hexdigest()


def checked_hole(damage: Damage, inputs: Inputs) -> Hole | None:
    """The hole of a task that fills, None for any other; `BadInput` if the digest differs."""
    if not TASKS[damage.kind].needs_hole:
        return None
    hole = inputs.hole
    if hole is None:
        raise BadInput(NO_MASK)
    if hole.shape != inputs.picture.pixels.shape[:2]:
        (height, width), (w, h) = hole.shape, inputs.picture.size
        raise BadInput(
            "The mask is {width} by {height} pixels, but the picture is {w} by {h}.",
            width=width,
            height=height,
            w=w,
            h=h,
        )
    if mask_digest(hole) != damage.mask:
        raise BadInput("This is not the mask that the task was made for.")
    return hole


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

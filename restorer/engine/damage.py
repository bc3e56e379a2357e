"""What happened to a picture, as a plain value that a task can hold; no torch."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from restorer.errors import BadInput

Kind = Literal["denoise", "inpaint", "upscale", "deblur", "dejpeg", "colorize"]
Method = Literal["auto", "conditional", "ddnm", "diffpir", "dps", "repaint"]

#: What not to believe of a grey picture that was given colours.
COLOURS_ARE_GUESSES = (
    "The colours are guesses: this network sees no objects and may well paint a face green."
)

#: What is darker in a mask (0 to 255) does not count: JPEG leaves as much beside what is white.
FAINTEST = 8

#: (H, W), true where the picture is to be filled.
Hole = NDArray[np.bool_]


@dataclass(frozen=True)
class Damage:
    """The operator of a task, with all its parameters.

    Attributes:
        kind: what is to be undone; what it does not name below does not concern it.
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
    """

    kind: Kind = "denoise"
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

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise BadInput(f"There is no task called {self.kind!r}.")
        if not 0 <= self.noise <= 255:
            raise BadInput(f"Noise must lie between 0 and 255, not {self.noise:g}.")
        if self.scale not in (2, 3, 4):
            raise BadInput(f"The scale must be 2, 3 or 4, not {self.scale}.")
        if self.filter not in ("bicubic", "box"):
            raise BadInput(f"There is no filter called {self.filter!r}.")
        if self.kind == "inpaint" and not self.mask:
            raise BadInput("Filling needs a mask that says where.")
        if self.kind == "deblur":
            self._check_blur()
        if self.kind == "dejpeg":
            self._check_tables()

    def _check_blur(self) -> None:
        if bool(self.blur) == bool(self.kernel):
            raise BadInput("Deblurring needs either a blur or a kernel.")
        if self.blur:
            parse_blur(self.blur)
            return
        lengths = {len(row) for row in self.kernel}
        values = [value for row in self.kernel for value in row]
        if len(lengths) != 1 or not lengths.pop() % 2 or not len(self.kernel) % 2:
            raise BadInput("A kernel must be a rectangle with odd sides.")
        if not all(math.isfinite(v) and v >= 0 for v in values) or not sum(values) > 0:
            raise BadInput("A kernel must have no negative values and not only zeros.")

    def _check_tables(self) -> None:
        for table in (self.luma, self.chroma):
            if len(table) != 64 or not all(1 <= value <= 65535 for value in table):
                raise BadInput("A JPEG quantisation table has 64 numbers from 1 up.")
        if self.subsampling not in ("4:4:4", "4:2:2", "4:2:0"):
            raise BadInput(f"Chroma subsampling {self.subsampling!r} is not supported.")
        if self.turned not in range(1, 9):
            raise BadInput(f"An EXIF orientation goes from 1 to 8; {self.turned!r} is none.")
        cut = self.cut or (0, 0)
        if len(cut) != 2 or not all(side in range(16) for side in cut):
            raise BadInput("What the first blocks lack is two numbers from 0 to 15.")

    @property
    def growth(self) -> int:
        """How many times longer each side of the result is."""
        return self.scale if self.kind == "upscale" else 1

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Damage:
        """From what JSON made of it. Raises `BadInput`, `TypeError` or `ValueError`."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown fields {sorted(unknown)}")
        plain: dict[str, Any] = {
            name: tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value
            for name, value in values.items()
        }
        return cls(**plain)


def parse_blur(text: str) -> tuple[str, tuple[float, ...]]:
    """("gaussian", (2.0,)) from "gaussian:2.0".

    Raises:
        BadInput: for anything that is no blur, or too wide a one.
    """
    name, _, rest = text.partition(":")
    counts = {"gaussian": 1, "motion": 2, "disc": 1}
    try:
        numbers = tuple(float(part) for part in rest.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != counts.get(name) or not all(map(math.isfinite, numbers)):
        raise BadInput(
            f"“{text}” is no blur; write gaussian:DEVIATION, motion:LENGTH,DEGREES or disc:RADIUS."
        )
    if not 0.2 <= numbers[0] <= 100:
        raise BadInput(f"A blur must be between 0.2 and 100 pixels wide, not {numbers[0]:g}.")
    return name, numbers


def mask_digest(hole: Hole) -> str:
    """What a task keeps of a mask: SHA-256 of its size and its bits."""
    height, width = hole.shape
    return hashlib.sha256(f"{width}x{height}:".encode() + np.packbits(hole).tobytes()).hexdigest()


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

"""What a task needs besides numbers, read from pictures: where to fill, and what a blur was."""

from __future__ import annotations

from pathlib import Path

from restorer.engine.damage import Hole
from restorer.errors import BadInput
from restorer.imaging.picture import Pixels

_LARGEST_KERNEL = 255


def read_map(path: Path, size: tuple[int, int], name: str) -> Pixels:
    """(H, W), the brightness of a picture that lies over one of this (width, height).

    Args:
        name: what it is, for errors: "mask".

    Raises:
        BadInput: if it is no picture, or one of another size.
    """
    from restorer.imaging.read import read_picture  # not needed by a window that starts

    over = read_picture(path)
    if over.size != size:
        (width, height), (w, h) = over.size, size
        raise BadInput(f"The {name} is {width} by {height} pixels, but the picture is {w} by {h}.")
    mean: Pixels = over.pixels.mean(axis=2)
    return mean


def read_hole(path: Path, size: tuple[int, int]) -> Hole:
    """(H, W), true where the picture in the file is white.

    Raises:
        BadInput: as `read_map`.
    """
    hole: Hole = read_map(path, size, "mask") > 0.5
    return hole


def read_kernel(path: Path) -> tuple[tuple[float, ...], ...]:
    """The rows of a kernel from a small grey picture of it: what one point of light became.

    Raises:
        BadInput: if it is no picture, or too large for a kernel.
    """
    from restorer.imaging.read import read_picture

    picture = read_picture(path)
    if max(picture.size) > _LARGEST_KERNEL:
        raise BadInput(f"A kernel has at most {_LARGEST_KERNEL} pixels a side.")
    return tuple(map(tuple, picture.pixels.mean(axis=2).tolist()))

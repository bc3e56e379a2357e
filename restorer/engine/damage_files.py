"""Reading masks, maps and blur kernels from picture files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from restorer.engine.damage import FAINTEST, Hole
from restorer.engine.strength import Strength
from restorer.errors import BadInput
from restorer.imaging.crop import crop_like
from restorer.imaging.picture import Picture, Pixels
from restorer.words import marked as _
from restorer.words import tr

_LARGEST_KERNEL = 255


def read_map(path: Path, picture: Picture, name: str) -> Pixels:
    """(H, W), the brightness of a map for the whole file, cut to the part that is kept.

    Args:
        name: what it is, for errors: "mask".

    Raises:
        BadInput: if it is no picture, or one of another size.
    """
    return crop_like(_over(path, picture, name).brightness, picture)


def read_hole(path: Path, picture: Picture) -> tuple[Hole, Strength | None]:
    """Where a mask file is not black, and how much of the filling counts there.

    The latter is None where all of it does: if nothing in the mask is grey.

    Raises:
        BadInput: as `read_map`.
    """
    mask = np.clip(read_map(path, picture, _("mask")), 0, 1)
    hole = mask >= FAINTEST / 255
    soft = (hole & (mask < 1)).any()
    return hole, np.where(hole, mask, np.float32(1)) if soft else None


def read_control(path: Path, picture: Picture) -> Pixels:
    """(H, W, 3) in 0..1, the ControlNet input for a picture; as `read_map`."""
    return crop_like(_over(path, picture, _("control picture")).pixels, picture)


def _over(path: Path, picture: Picture, name: str) -> Picture:
    from restorer.imaging.read import read_picture  # not needed by a window that starts

    over = read_picture(path)
    if over.size != picture.whole_size:
        (width, height), (w, h) = over.size, picture.whole_size
        raise BadInput(
            "The {name} is {width} by {height} pixels, but the picture is {w} by {h}.",
            name=tr(name),
            width=width,
            height=height,
            w=w,
            h=h,
        )
    return over


def read_kernel(path: Path) -> tuple[tuple[float, ...], ...]:
    """The rows of a kernel from a small grey picture: the image of one point of light.

    Raises:
        BadInput: if it is no picture, or too large for a kernel.
    """
    from restorer.imaging.read import read_picture

    picture = read_picture(path)
    if max(picture.size) > _LARGEST_KERNEL:
        raise BadInput(
            "A kernel has at most {largest_kernel} pixels a side.", largest_kernel=_LARGEST_KERNEL
        )
    return tuple(map(tuple, picture.pixels.mean(axis=2).tolist()))

"""Mask files: grey pictures, white where something is to be repaired."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from restorer.errors import BadInput
from restorer.imaging import png_file
from restorer.imaging.atomic import atomic_file
from restorer.imaging.names import printable
from restorer.imaging.raster import Raster
from restorer.imaging.read import read_picture


def read_mask(path: Path | str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W) 0..255: the brightness of the mask file, which must have this (width, height).

    Raises:
        BadInput: if it cannot be read or has another size.
    """
    picture = read_picture(path)
    if picture.size != size:
        (width, height), (w, h) = picture.size, size
        raise BadInput(
            "The mask {name} is {width} by {height} pixels, but the picture is {w} by {h}.",
            name=printable(Path(path).name),
            width=width,
            height=height,
            w=w,
            h=h,
        )
    values: NDArray[np.uint8] = np.rint(picture.brightness * np.float32(255)).astype(np.uint8)
    return values


def write_mask(values: NDArray[np.uint8], path: Path, *, force: bool = False) -> None:
    """Write (H, W) 0..255 as a grey PNG, atomically.

    Raises:
        BadInput: if the file is there already and not `force`, or cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise BadInput(
            "Masks are saved as PNG; call it {name}.", name=printable(path.with_suffix(".png").name)
        )
    grey = Raster(values[..., None], kind="grey", white=255.0, bits=8, format="PNG")
    with atomic_file(path, force=force) as file:
        png_file.encode(grey, file)

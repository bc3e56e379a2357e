"""Finds JPEG blocks in a picture that is no longer a JPEG file."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from restorer.imaging.geometry import middle
from restorer.imaging.grey import LUMA

if TYPE_CHECKING:  # Pillow comes with it
    from restorer.imaging.jpeg_tables import JpegTables, Subsampling

_SIDE = 8
_MIDDLE = 1024
#: Photographs without blocks reach 1.09.
_BLOCKS = 1.12
_SURE = 0.4
_MOST_BLOCKS = 4000
#: Coefficients nearer to zero may be rounding.
_ASKED = 2.5
_LUMA = np.array(LUMA, np.float32)
_CHROMA = np.array([[-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]], np.float32)
_LOW = np.array([1, 8, 9, 2, 16, 10, 17, 3, 24])  # the lowest frequencies, not the mean


def blockiness(pixels: NDArray[np.float32]) -> tuple[float, tuple[int, int]]:
    """How much stronger steps on an 8 x 8 grid are than others, and the grid's position.

    About 1 without blocks, whatever the picture, and with light compression; noise hides blocks.
    Looks at the middle megapixel.

    Args:
        pixels: (H, W, 3) in 0..1.

    Returns:
        The weaker of the ratios of rows and columns, and (row, column) of the grid's first line.
    """
    grey = pixels[middle(pixels.shape, _MIDDLE, _SIDE)].mean(axis=2)
    if min(grey.shape) < 4 * _SIDE:
        return 1.0, (0, 0)
    down, row = _grid(grey)
    across, column = _grid(grey.T)
    return min(down, across), (row, column)


def _grid(grey: NDArray[np.float32]) -> tuple[float, int]:
    """The ratio for lines between rows, and the line, 0 to 7, where it is largest.

    The second difference of a step's two sides, |b - c| less the mean of |a - b| and |c - d|
    (Wang, Bovik & Evans, "Blind measurement of blocking artifacts", ICIP 2000), leaves smooth
    slopes and strong edges out.
    """
    steps = np.abs(np.diff(grey, axis=0))
    jump = np.clip(steps[1:-1] - (steps[:-2] + steps[2:]) / 2, 0, 0.1).mean(axis=1)
    lines = (np.arange(len(jump)) + 2) % _SIDE
    means = np.array([jump[lines == line].mean() for line in range(_SIDE)])
    best = int(np.argmax(means))
    others = float(np.median(np.delete(means, best)))
    if others <= 0:
        return (1.0 if means[best] <= 0 else np.inf), best
    return float(means[best]) / others, best


def compression(
    pixels: NDArray[np.float32], known: JpegTables | None, quality: int | None
) -> JpegTables | None:
    """The JPEG compression of a picture: from its file, or else from its blocks.

    Args:
        pixels: (H, W, 3) in 0..1.
        known: what is known of it already.
        quality: of those who know better; what is known of where the blocks lie still counts.

    Returns:
        None where nothing tells.

    Raises:
        BadInput: for a quality outside of 1 to 100.
    """
    if quality is None:
        return known or read_blocks(pixels)
    from restorer.imaging.jpeg_tables import tables_of_quality

    asked = tables_of_quality(quality)
    known = known or read_blocks(pixels, quality)
    return replace(known, luma=asked.luma, chroma=asked.chroma) if known else asked


def read_blocks(pixels: NDArray[np.float32], quality: int | None = None) -> JpegTables | None:
    """The JPEG compression of a picture and the position of its blocks, from its pixels.

    The coefficients of its blocks are multiples of the quantisation steps (Fan & de Queiroz,
    "Identification of bitmap compression history", TIP 2003): of libjpeg's tables, those on
    whose multiples they lie best. Where the blocks of colour lie, and how large they are, is what
    puts theirs on multiples best.

    Args:
        pixels: (H, W, 3) in 0..1, neither resized nor made noisy since; cut out anywhere.
        quality: 1 to 100, if it is known.

    Returns:
        None where no blocks are seen, as at a quality of 90 and more, or where nothing is sure.
    """
    from restorer.imaging.jpeg_tables import CELLS, tables_of_quality  # Pillow, once it is needed

    strength, (row, column) = blockiness(pixels)
    if strength < _BLOCKS:
        return None
    part = 255 * pixels[: _MIDDLE + 2 * _SIDE, : _MIDDLE + 2 * _SIDE]
    if quality is None:
        found = _coefficients(part @ _LUMA - 128, row, column)
        near = [_nearness(found, luma) for luma in _tables()]
        quality = int(np.argmax(near)) + 1
        slope = (np.abs(found[:, _LOW]) > _ASKED).any(axis=0).sum() <= 2  # a drawn one, no picture
        if slope or near[quality - 1] < _SURE:
            return None
    tables = tables_of_quality(quality)
    planes = part @ _CHROMA.T
    places = {
        (subsampling, row + _SIDE * down, column + _SIDE * across): cell
        for subsampling, cell in CELLS.items()
        for down, across in product(*map(range, cell))
    }

    def fits(place: tuple[Subsampling, int, int]) -> float:
        _, top, left = place
        found = [_coefficients(planes[..., k], top, left, places[place]) for k in (0, 1)]
        return _nearness(np.concatenate(found), tables.chroma)

    subsampling, top, left = max(places, key=fits)
    rows, columns = places[subsampling, top, left]
    cut = -top % (_SIDE * rows), -left % (_SIDE * columns)
    return replace(tables, subsampling=subsampling, cut=cut)


def _coefficients(
    plane: NDArray[np.float32], top: int, left: int, cell: tuple[int, int] = (1, 1)
) -> NDArray[np.float64]:
    """(N, 64), of some of the blocks of means over cells; the first begins at (top, left)."""
    tall, wide = (_SIDE * side for side in cell)
    plane = plane[top:, left:]
    rows, columns = plane.shape[0] // tall, plane.shape[1] // wide
    whole = plane[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide)
    blocks = whole.swapaxes(1, 2).reshape(-1, tall, wide)
    blocks = blocks[:: 1 + len(blocks) // _MOST_BLOCKS]
    means = blocks.reshape(-1, _SIDE, cell[0], _SIDE, cell[1]).mean(axis=(2, 4))
    found: NDArray[np.float64] = dctn(means, axes=(1, 2), norm="ortho").reshape(-1, 64)
    return found


@cache
def _tables() -> tuple[tuple[int, ...], ...]:
    from restorer.imaging.jpeg_tables import tables_of_quality  # Pillow, once it is needed

    return tuple(tables_of_quality(quality).luma for quality in range(1, 96))


def _nearness(found: NDArray[np.float64], luma: tuple[int, ...]) -> float:
    """How well (N, 64) coefficients match multiples of these steps: 1 exactly, 0 at random.

    Coefficients that are zero lie on every multiple, and are not asked.
    """
    steps = np.array(luma)[_LOW]
    low = found[:, _LOW]
    asked = np.abs(low) > _ASKED
    if not asked.any():
        return 0.0
    off = np.abs(low) < steps / 2  # rounding would have made it zero
    return float(np.where(off, -1, np.cos(2 * np.pi * low / steps))[asked].mean())

"""What the spectra of small blocks have in common, as numbers that a small network reads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.bands import raise_if_stopped

#: Side of the squares it looks at, in pixels.
SQUARE = 64

_MOST_SQUARES = 96
_BLOCK, _APART = 8, 4
_QUANTILES = 0.05, 0.15, 0.3, 0.5, 0.8
_ROUNDING = np.float32(0.05)  # keeps the logarithm of a flat block finite

Floats = NDArray[np.float32]


def _cosines() -> Floats:
    """(64, 64): the discrete cosine transform of a block, orthonormal."""
    n = np.arange(_BLOCK)
    basis = np.cos(np.pi * (n[:, None] + 0.5) * n / _BLOCK) * np.sqrt(2 / _BLOCK)
    basis[:, 0] /= np.sqrt(2)
    return np.kron(basis, basis).astype(np.float32)


def _bands() -> Floats:
    """(64, 8): the mean over the frequencies of a band, without the mean brightness."""
    n = np.arange(_BLOCK)
    distance = np.hypot(n[:, None], n).ravel()
    edges = [0.5, 1.2, 2.3, 3.3, 4.3, 5.3, 6.5, 8.0, 10.0]
    member = np.stack([(low < distance) & (distance <= high) for low, high in pairwise(edges)], 1)
    shares: Floats = (member / member.sum(axis=0)).astype(np.float32)
    return shares


_COSINES, _BANDS = _cosines(), _bands()
_OPPONENTS = np.array([[1 / 3, 0.5, -0.25], [1 / 3, 0.0, 0.5], [1 / 3, -0.5, -0.25]], np.float32)


def cut_squares(pixels: Floats) -> Floats:
    """(rows, columns, SQUARE, SQUARE, 3): all of a small picture, an even sample of a large one."""
    height, width = pixels.shape[:2]
    side = max(SQUARE, np.sqrt(height * width / _MOST_SQUARES))
    tops, lefts = (
        np.linspace(0, length - SQUARE, max(1, int(length / side))).astype(int)
        for length in (height, width)
    )
    return np.stack(
        [np.stack([pixels[y : y + SQUARE, x : x + SQUARE, :3] for x in lefts]) for y in tops]
    )


def features(squares: Floats) -> Floats:
    """(N, F): what the blocks of (N, SQUARE, SQUARE, 3) squares in 0..1 have in common.

    Noise is in every block, detail in some. So the energies of brightness and two colours in a
    few bands of frequency are given by their quantiles over the blocks, and by their means over
    the blocks with least detail; the same again at half the size, where noise that neighbours
    share is as plain as white noise. In logarithms twice the noise is one step further, at any
    level.
    """
    colours = squares @ _OPPONENTS * np.float32(255)
    half = colours.reshape(len(squares), SQUARE // 2, 2, SQUARE // 2, 2, 3).mean(axis=(2, 4))
    bright = squares.mean(axis=(1, 2))
    return np.concatenate([_spectra(colours), _spectra(half), bright], axis=1)


def _spectra(colours: Floats) -> Floats:
    """The features of (N, S, S, 3) brightness and two colours at one size, 0-255 scale."""
    windows = np.lib.stride_tricks.sliding_window_view(colours, (_BLOCK, _BLOCK), axis=(1, 2))
    blocks = windows[:, ::_APART, ::_APART].reshape(len(colours), -1, 3, _BLOCK**2)
    raise_if_stopped()
    energies = np.square(blocks @ _COSINES) @ _BANDS + _ROUNDING
    raise_if_stopped()
    flat = np.argsort(energies[:, :, 0].sum(axis=2), axis=1, kind="stable")
    flattest = [
        np.take_along_axis(energies, flat[:, : flat.shape[1] // n, None, None], axis=1)
        for n in (10, 3)
    ]
    seen = [
        *np.quantile(np.log(energies), _QUANTILES, axis=1),
        *(np.log(some.mean(axis=1)) for some in flattest),
    ]
    parts = [np.reshape(one, (len(colours), -1)) for one in seen]
    return np.concatenate(parts, axis=1).astype(np.float32)

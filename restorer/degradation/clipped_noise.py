"""Noise on white paper, and on anything else at the ends of a file's range.

Half of it is cut off there, and what is left, with the text upon it, looks like much less. But how
many pixels lie at the end, and how far the others lie from it on average, tell both where the paper
would be and how strong the noise was (the moments of a clipped normal, see `clipping`). A JPEG
spreads what lies at the end, yet keeps the mean of every block.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import ndtri

from restorer.degradation.clipping import WHITE, normal_density

_SIDE, _SAMPLES, _FEWEST = 6, 5000, 100
#: A pixel at the end is nearer to it than this; windows count where some are. Of all windows at
#: least so many must have nothing but the noise, none of it further off than so many deviations.
_AT_END, _SOME, _PLAIN, _FAR = 0.5, 0.02, 0.1, 4.3
#: Half a normal distribution has a mean of 0.80 of its root of the mean square, and more where
#: little lies at the end.
_SHAPES = 0.77, 0.9
#: Noise is white: neighbours agree by no more than this, and the means of windows no more than
#: independent pixels make them.
_SHARED, _SHARED_MEANS = 0.1, 1.25
#: Paper is read where it is at most so far beyond the end, in deviations of the noise.
_MOST_AT_END = 0.8
#: The same of what a JPEG has left; it makes neighbours agree, but in no window little is left, and
#: hardly any window near the end has no pixel there. What its rounding leaves of paper that is not
#: quite white, and around letters, varies less or far more than its distance from the end.
_SHARED_IN_JPEG, _MEANS_IN_JPEG, _LEAST_LEFT, _NEAR = 0.6, 2.1, 0.58, 0.75
_VARIES = 0.76, 1.3
_LEAST_IN_JPEG = 3.0
#: Black dots on white are as far from it as noise of 100 and more.
_MOST = 60.0
#: What of half a normal distribution the mean is.
_HALF_MEAN = float(normal_density(np.zeros(1))[0])

Floats = NDArray[np.float32]


def read_clipped_noise(pixels: Floats) -> float | None:
    """Noise of (H, W, 3) pixels in 0..1 before it was clipped, 0-255 scale.

    Returns:
        None where nothing that is all white or all black has noise for sure.
    """
    if min(pixels.shape[:2]) < _SIDE:
        return None
    windows = sliding_window_view(pixels[..., :3], (_SIDE, _SIDE), axis=(0, 1))
    step = max(1, int(np.sqrt(windows.shape[0] * windows.shape[1] / _SAMPLES))) // 2 * 2 + 1
    sampled = np.float32(WHITE) * windows[::step, ::step].reshape(-1, 3, _SIDE**2)
    best: tuple[int, float] | None = None
    for end in (WHITE, 0.0):
        for channel in range(3):
            read = _read(np.abs(np.float32(end) - sampled[:, channel]), paper=end == WHITE)
            best = read if best is None or (read is not None and read[0] > best[0]) else best
    return None if best is None or best[1] > _MOST else best[1]


def _read(away: Floats, paper: bool) -> tuple[int, float] | None:
    """How many of (N, n) distances from the end show noise, and how much.

    Args:
        paper: the end is white; what is dark in clean photographs looks like noise after a JPEG.
    """
    at_end = away < _AT_END
    plain = _plain(away, at_end.mean(axis=1))
    if plain is None:
        return None
    kept, near = plain
    if kept.sum() < max(_FEWEST, _PLAIN * len(away)):
        return None
    noise = away[kept].astype(np.float64)
    share, mean = float(at_end[kept].mean()), float(noise.mean())
    rest = noise[~at_end[kept]]
    shape = float(rest.mean() / np.sqrt(np.square(rest).mean()))
    if not (_SHAPES[0] <= shape <= _SHAPES[1] and share <= _MOST_AT_END):
        return None
    shared, of_means = _alike(noise)
    count = int(kept.sum())
    if abs(shared) <= _SHARED and of_means <= _SHARED_MEANS:
        return count, _before(share, mean)
    levels = np.sqrt(np.square(noise).mean(axis=1))
    in_jpeg = (
        paper
        and abs(shared) <= _SHARED_IN_JPEG
        and of_means <= _MEANS_IN_JPEG
        and np.quantile(levels, 0.05) >= _LEAST_LEFT * np.median(levels)
        and count >= _NEAR * near
        and _VARIES[0] <= noise.std() / mean <= _VARIES[1]
        and mean >= _LEAST_IN_JPEG * _HALF_MEAN
    )
    return (count, mean / _HALF_MEAN) if in_jpeg else None


def _plain(away: Floats, at_end: NDArray[np.float64]) -> tuple[NDArray[np.bool_], int] | None:
    """Which windows show an end with only noise, and how many are as near without it.

    Starts from those with least and takes in what is no further off, until no more come.
    """
    squares, count = np.square(away).sum(axis=1), (away >= _AT_END).sum(axis=1)
    some = (at_end > _SOME) & (count > 0)
    if some.sum() < _FEWEST:
        return None
    furthest = away.max(axis=1)
    level = float(np.sqrt(np.quantile(squares[some] / count[some], 0.2)))
    for _ in range(15):
        kept = (at_end > _SOME) & (furthest < _FAR * level)
        last, level = level, float(np.sqrt(squares[kept].sum() / max(1, count[kept].sum())))
        if abs(level - last) < 0.01 * level:
            break
    return kept, int((furthest < _FAR * level).sum())


def _alike(noise: NDArray[np.float64]) -> tuple[float, float]:
    """Correlation of neighbours in (N, n), and variation between windows: 0 and 1 if white."""
    rest = (noise - noise.mean()).reshape(-1, _SIDE, _SIDE)
    variance = float(np.square(rest).mean())
    across, down = (
        (rest[:, :, 1:] * rest[:, :, :-1]).mean(),
        (rest[:, 1:] * rest[:, :-1]).mean(),
    )
    of_means = float(rest.mean(axis=(1, 2)).std()) * _SIDE / np.sqrt(variance)
    return float(across + down) / 2 / variance, float(of_means)


def _before(share: float, mean: float) -> float:
    """The deviation of a normal distribution with this clipped share and this mean distance.

    What is rounded to the end was as far off as `_AT_END`.
    """
    place = -float(ndtri(share))
    density = float(normal_density(np.array([place]))[0])
    return (mean - _AT_END * (1 - share)) / (place * (1 - share) + density)

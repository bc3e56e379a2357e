"""Measures waves over a whole picture, from electrical interference or halftone screens.

A wave of one frequency is a point of the spectrum. So are fabrics and railings, but those lie
somewhere in a picture, bend, and are seen from an angle; what was put over the picture has the same
strength and goes on in the same step in every part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Pixels a side of the middle of the picture, which tells what waves there are.
_SIDE, _LEAST = 768, 96
#: Slower waves (cycles a pixel, along a side) are not told from what is in pictures.
_SLOWEST = 0.03
#: A point of the spectrum stands so many times above what lies around it, as amplitudes.
_ABOVE = 8.0
#: Parts along each side that must agree: all have this share of the mean strength, and their mean
#: with their steps this share of the mean without.
_PARTS, _EVERYWHERE, _IN_STEP = 4, 0.5, 0.93
#: Weaker waves (amplitude, 0..1) are left, and more of them than this are a texture.
_WEAKEST, _MOST = 2.0 / 255, 6
#: What is left of the picture varies so many times as much; where it does not, it may be a fabric.
_REST = 2.0
#: How much of the detail that is left rises and falls with a wave: of fabrics and knitted things
#: that were made 0.03 to 0.12, of photographs that were given a wave up to 0.01. How much of what
#: is left goes twice as fast, over the wave: of the former up to 0.32, of the latter 0.06.
_WITH_IT, _TWICE = 0.02, 0.12


@dataclass(frozen=True, eq=False)
class Wave:
    """One wave.

    Attributes:
        down, across: cycles a pixel.
        strength: (3,) complex amplitudes of the channels, 0..1, with the phase at the first pixel.
    """

    down: float
    across: float
    strength: Complex

    @property
    def level(self) -> float:
        """Standard deviation of its brightness, 0-255 scale."""
        return 255 * float(np.abs(self.strength.mean())) / 2**0.5


def read_waves(pixels: Floats) -> tuple[Wave, ...]:
    """The certain waves over (H, W, 3) pixels in 0..1."""
    height, width = pixels.shape[:2]
    rows, columns = min(height, _SIDE), min(width, _SIDE)
    if min(rows, columns) < _LEAST:
        return ()
    top, left = (height - rows) // 2, (width - columns) // 2
    part = pixels[top : top + rows, left : left + columns].astype(np.float64)
    found: list[Wave] = []
    for _ in range(_MOST + 1):
        wave = _strongest(part)
        if wave is None:
            break
        part = part - wave_rows(wave, np.arange(rows), columns)
        found.append(_begun_at(wave, -top, -left))
    waves, rest = tuple(found), part.mean(axis=2)
    if len(found) > _MOST or 255 * float(rest.std()) < _REST * level_of(waves):
        return ()
    return () if _of_threads(rest, waves) else waves


def _of_threads(rest: Doubles, waves: tuple[Wave, ...]) -> bool:
    """Whether the rest (H, W) of a picture follows its waves, as in a fabric.

    What was put over a picture knows nothing of it.
    """
    down, across = np.abs(np.diff(rest, 2, 0))[:, 1:-1], np.abs(np.diff(rest, 2, 1))[1:-1]
    detail = np.minimum(down + across, np.quantile(down + across, 0.95))
    inner = rest[1:-1, 1:-1] - rest[1:-1, 1:-1].mean()
    y, x = (np.arange(1, side - 1) for side in rest.shape)

    def along(values: Doubles, wave: Wave, times: int) -> float:
        rows, columns = (
            np.exp(-2j * np.pi * times * cycles * places)
            for cycles, places in ((wave.down, y), (wave.across, x))
        )
        return float(np.abs(rows @ values @ columns)) / values.size

    return any(
        along(detail, wave, 1) > _WITH_IT * detail.mean()
        or 2 * along(inner, wave, 2) > _TWICE * np.abs(wave.strength.mean())
        for wave in waves
    )


def level_of(waves: tuple[Wave, ...]) -> float:
    """Standard deviation of the brightness of all waves, 0-255 scale."""
    return float(sum(wave.level**2 for wave in waves) ** 0.5)


def wave_rows(wave: Wave, rows: NDArray[np.intp], width: int) -> Doubles:
    """(len(rows), width, 3), in 0..1: a wave in these rows of a picture."""
    down = np.exp(2j * np.pi * wave.down * rows)[:, None, None]
    across = np.exp(2j * np.pi * wave.across * np.arange(width))[None, :, None]
    return np.asarray((down * across * wave.strength).real)


def _begun_at(wave: Wave, down: int, across: int) -> Wave:
    """The same with its phase at another pixel."""
    step = np.exp(2j * np.pi * (wave.down * down + wave.across * across))
    return Wave(wave.down, wave.across, wave.strength * step)


def _strongest(part: Floats | Doubles) -> Wave | None:
    """The strongest wave in (H, W, 3), if all parts show it alike."""
    grey = np.asarray(part.mean(axis=2))
    place = _peak(grey)
    if place is None:
        return None
    down, across, parts = _refined(grey, *place)
    sizes = np.abs(parts)
    if 2 * np.abs(parts.mean()) < _WEAKEST or sizes.min() < _EVERYWHERE * sizes.mean():
        return None
    if np.abs(parts.mean()) < _IN_STEP * sizes.mean():
        return None
    window = _window(grey.shape)
    step = np.exp(-2j * np.pi * down * np.arange(len(grey)))[:, None]
    step = step * np.exp(-2j * np.pi * across * np.arange(grey.shape[1]))[None]
    flat = part - part.mean(axis=(0, 1))
    strength = 2 * np.einsum("yx,yxc->c", window * step, flat) / window.sum()
    return Wave(down, across, np.asarray(strength))


def _peak(grey: Doubles) -> tuple[float, float] | None:
    """Cycles per pixel, down and across, of the peak of the spectrum; None without one."""
    window = _window(grey.shape)
    spectrum = np.abs(np.fft.rfft2((grey - grey.mean()) * window))
    downs, acrosses = np.fft.fftfreq(grey.shape[0]), np.fft.rfftfreq(grey.shape[1])
    around = _around(spectrum)
    ratio = spectrum / np.maximum(around, 1e-9)
    ratio[np.abs(downs) < _SLOWEST] = 0  # along a side: railings, blinds, and stripes
    ratio[:, acrosses < _SLOWEST] = 0
    row, column = np.unravel_index(np.argmax(ratio), ratio.shape)
    if ratio[row, column] < _ABOVE:
        return None
    return float(downs[row]), float(acrosses[column])


def _around(spectrum: Doubles) -> Doubles:
    """The local level of the spectrum."""
    from scipy import ndimage

    near: Doubles = ndimage.uniform_filter(spectrum, 17, mode="wrap")
    inner: Doubles = ndimage.uniform_filter(spectrum, 5, mode="wrap")
    return np.maximum((17**2 * near - 5**2 * inner) / (17**2 - 5**2), 1e-9)


def _refined(grey: Doubles, down: float, across: float) -> tuple[float, float, Complex]:
    """The frequency where the parts agree best, and the complex amplitude in each part."""
    height, width = (side // _PARTS for side in grey.shape)
    y, x = np.arange(height), np.arange(width)
    window = _window((height, width))
    window = window / window.sum()

    def parts_at(down: float, across: float) -> Complex:
        found = []
        for i in range(_PARTS):
            for j in range(_PARTS):
                here = grey[i * height : (i + 1) * height, j * width : (j + 1) * width]
                waves = np.exp(-2j * np.pi * down * (y + i * height))
                wave = waves[:, None] * np.exp(-2j * np.pi * across * (x + j * width))[None]
                found.append(((here - here.mean()) * window * wave).sum())
        return np.array(found)

    parts = parts_at(down, across)
    # By the steps from part to part, as far as half a turn.
    at = np.array([(i, j) for i in range(_PARTS) for j in range(_PARTS)], np.float64)
    for steps in (np.linspace(-0.5, 0.5, 33), np.linspace(-0.03, 0.03, 33)):
        turn = np.exp(-2j * np.pi * steps[:, None] * np.arange(_PARTS)[None])
        grid = np.einsum("ai,ij,bj->ab", turn, parts.reshape(_PARTS, _PARTS), turn)
        a, b = np.unravel_index(np.argmax(np.abs(grid)), grid.shape)
        down, across = down + steps[a] / height, across + steps[b] / width
        parts = parts * np.exp(-2j * np.pi * (at @ np.array([steps[a], steps[b]])))
    return float(down), float(across), parts_at(down, across)


def _window(shape: tuple[int, ...]) -> Doubles:
    return np.asarray(np.hanning(shape[0])[:, None] * np.hanning(shape[1])[None])

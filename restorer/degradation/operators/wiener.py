"""What a blurred picture was, as far as a linear filter can say: Wiener's, for natural pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from scipy.fft import next_fast_len
from torch import Tensor

from restorer.degradation.operators.blocks import by_blocks
from restorer.degradation.operators.blur import Blur

#: Power of clean pictures at f cycles a pixel, in [-1, 1] units: so much over f^3, and no more
#: below the lowest f. The mean over 120 training pictures is 0.8 to 1.4 times that from 0.1 to 0.5.
_POWER, _LOWEST = 5e-4, 0.02
#: What an answer of a network errs, as a part of what the guess that it was shown does.
AGAIN = 0.5
#: The same of an answer that is shown. Of two large pictures that were left unexplained in 5 and 12
#: of 100 places, 0 and 1 are then (with half of this 1 and 6), at no cost in PSNR.
SURE = 0.25
#: Noise is never taken for less, [-1, 1] units.
_LEAST_NOISE = 1e-3
#: Beyond the border, so many pixels at least lie between one side of a picture and the other.
_FADES = 32
#: Larger pictures are filtered in blocks of this side, with so much around them.
_CORE, _MARGIN = 1024, 192
#: Side of the grid of frequencies over which the error is taken.
_GRID = 160


def error_left(blur: Blur) -> float:
    """What the filter's guess errs where clean pictures have the usual power, [-1, 1] units."""
    gain = Blur(blur.kernel, boundary="circular").spectrum((_GRID, _GRID))
    return _error(gain, _power((_GRID, _GRID)), max(blur.noise, _LEAST_NOISE))


class WienerFilter:
    """Undoes a blur with the least error that a linear filter can have.

    What lies beyond the border nobody knows; there a picture fades into its other side, since from
    a jump it would ring far inwards.

    Args:
        blur: the kernel, and the noise that came after it.
    """

    def __init__(self, blur: Blur) -> None:
        self._blur = Blur(blur.kernel, boundary="circular")
        self._noise = max(blur.noise, _LEAST_NOISE)
        self._latest: tuple[tuple[tuple[int, int], float | None], Tensor] | None = None

    def deblur(self, y: Tensor) -> Tensor:
        """A first guess at the sharp picture, from y, (B, 3, H, W) in [-1, 1]."""
        return by_blocks(lambda y: self._corrected(y, None), (y,), _CORE, _MARGIN)

    def correct(self, x: Tensor, y: Tensor, sigma: float) -> Tensor:
        """x, which errs by about sigma, moved as far towards explaining y as that says."""

        def moved(x: Tensor, y: Tensor) -> Tensor:
            canvas = self._canvas(x.shape)
            explained = self._blur.forward(_around(x, canvas))[..., : x.shape[-2], : x.shape[-1]]
            return x + self._corrected(y - explained, sigma**2)

        return by_blocks(moved, (x, y), _CORE, _MARGIN)

    def _corrected(self, y: Tensor, power: float | None) -> Tensor:
        """What the filter makes of y, where the picture has this power, or that of clean ones."""
        canvas = self._canvas(y.shape)
        spectrum = torch.fft.rfft2(_around(y, canvas)).mul_(self._inverse(canvas, power))
        filtered: Tensor = torch.fft.irfft2(spectrum, s=canvas)
        return filtered[..., : y.shape[-2], : y.shape[-1]].contiguous()

    def _inverse(self, canvas: tuple[int, int], power: float | None) -> Tensor:
        """The filter on a canvas; the last one is kept, for blocks are alike."""
        if self._latest is None or self._latest[0] != (canvas, power):
            gain = self._blur.spectrum(canvas)
            expected = _power(canvas) if power is None else power
            inverse = gain.conj() / (gain.abs().square() + self._noise**2 / expected)
            self._latest = (canvas, power), inverse
        return self._latest[1]

    def _canvas(self, shape: Sequence[int]) -> tuple[int, int]:
        """(height, width) on which a part of this shape is filtered."""
        sides = zip(shape[-2:], self._blur.kernel.shape, strict=True)
        wide = [next_fast_len(n + max(_FADES, 2 * reach), real=True) for n, reach in sides]
        return wide[0], wide[1]


def _around(y: Tensor, canvas: tuple[int, int]) -> Tensor:
    """y, and after its last row and column what fades from their mirror image to the first."""
    for axis, side in zip((-2, -1), canvas, strict=True):
        y = torch.cat([y, _fading(y, axis, side - y.shape[axis])], axis)
    return y


def _fading(y: Tensor, axis: int, count: int) -> Tensor:
    after = torch.arange(count, device=y.device)
    last, first = y.shape[axis] - 1 - after, count - 1 - after
    share = (0.5 - 0.5 * torch.cos(math.pi * (after + 0.5) / count)).to(y)
    mirrored, other = (y.index_select(axis, at.clamp(0, y.shape[axis] - 1)) for at in (last, first))
    return torch.lerp(mirrored, other, share[:, None] if axis == -2 else share)


def _power(size: tuple[int, int]) -> Tensor:
    """Of a clean picture, (height, width // 2 + 1), as `torch.fft.rfft2` orders frequencies."""
    rows, columns = torch.fft.fftfreq(size[0])[:, None], torch.fft.rfftfreq(size[1])
    return _POWER / torch.hypot(rows, columns).clamp(min=_LOWEST) ** 3


def _error(gain: Tensor, power: Tensor, noise: float) -> float:
    error = noise**2 / (gain.abs().square() + noise**2 / power)
    listed = torch.full_like(power, 2.0)  # of a real picture, half of the frequencies
    listed[:, 0] = 1.0
    return math.sqrt(float((listed * error).sum() / listed.sum()))

"""Blur by any kernel."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from scipy.fft import next_fast_len
from torch import Tensor

from restorer.degradation.operators.blocks import blocks, mirrored
from restorer.degradation.operators.linear import LinearOperator
from restorer.diffusion.rows import by_planes, by_rows, empty_like
from restorer.imaging import scratch
from restorer.imaging.bands import raise_if_stopped

Boundary = Literal["reflect", "circular"]

#: Larger pictures are blurred in blocks of about this side.
_CORE = 1536
#: Transfer functions that are kept, of one size each.
_KEPT = 4


class Blur(LinearOperator):
    """Convolution with a kernel, by FFT.

    Args:
        kernel: (h, w), odd sides; is scaled to sum 1.
        boundary: what is beyond the border. "reflect" is the mirror image (the border pixel
            twice), as photographs want it; "circular" is the other side.
    """

    #: Singular values below this are noise, not picture, and are not inverted without a prior.
    threshold = 1e-2

    def __init__(self, kernel: Tensor, noise: float = 0.0, boundary: Boundary = "reflect") -> None:
        super().__init__(noise)
        if kernel.ndim != 2 or not all(side % 2 for side in kernel.shape):
            raise ValueError(f"a kernel has two odd sides, got {tuple(kernel.shape)}")
        self.kernel = kernel.double() / kernel.double().sum()
        self.boundary = boundary
        mirrored = all(torch.allclose(self.kernel, self.kernel.flip(axis)) for axis in (0, 1))
        #: Whether the FFT diagonalises A: mirrored pictures stay so under a mirrored kernel.
        self._diagonal = boundary == "circular" or mirrored
        self._spectra: dict[tuple[int, int], Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[-2], x.shape[-1]
        parts = list(blocks(size, _CORE, 0))
        if len(parts) == 1 or self.boundary == "circular" or min(size) < max(self.kernel.shape):
            return self._filtered(x, self._spectrum(x))
        out, alone = empty_like(x), Blur(self.kernel, boundary="circular")
        for rows, columns in parts:
            raise_if_stopped()
            down, across = (
                range(part.first - side // 2, _wide(part.last - part.first, side) + part.first)
                for part, side in zip((rows, columns), self.kernel.shape, strict=True)
            )
            block = alone.forward(mirrored(x, down, across))
            block = block[..., rows.first - down.start :, columns.first - across.start :]
            block = block[..., : rows.last - rows.first, : columns.last - columns.first]
            out[..., rows.first : rows.last, columns.first : columns.last] = block
            scratch.release()
        return out

    def adjoint(self, y: Tensor) -> Tensor:
        spectrum = self._spectrum(y).conj()
        if self._diagonal:
            return self._filtered(y, spectrum)
        height, width = y.shape[-2:]
        whole = _ifft(_fft(F.pad(y, (0, width, 0, height))) * spectrum, (2 * height, 2 * width))
        whole = whole[..., :height, :] + whole[..., height:, :].flip(-2)  # E^T: fold back
        return whole[..., :width] + whole[..., width:].flip(-1)

    def pinv(self, y: Tensor) -> Tensor:
        """Invert the singular values above the threshold, and drop the others."""
        spectrum = self._spectrum(y)
        power = spectrum.abs().square()
        passed = power > self.threshold**2
        return self._filtered(y, torch.where(passed, spectrum.conj() / power.clamp(min=1e-12), 0))

    def prox(self, x0: Tensor, y: Tensor, rho: float) -> Tensor:
        if not self._diagonal:
            return super().prox(x0, y, max(rho, self.threshold**2))
        spectrum = self._spectrum(y)
        rho = max(rho, self.least)
        inverse = spectrum.conj() / (spectrum.abs().square() + rho)
        misfit = by_rows(torch.sub, y, self.forward(x0))
        return by_rows(torch.add, x0, self._filtered(misfit, inverse))

    def inverse(self, x: Tensor, rho: float) -> Tensor:
        """(A^T A + rho)^-1 x, where the FFT diagonalises A."""
        return self._filtered(x, 1 / (self._spectrum(x).abs().square() + rho))

    @property
    def passband_share(self) -> float:
        """The share of all frequencies, 0..1, that stay above the noise."""
        sides = [max(64, 2 * side) for side in self.kernel.shape]
        gains = torch.fft.fft2(self.kernel, sides).abs()
        return float((gains > self.noise).double().mean())

    @property
    def width(self) -> float:
        """Standard deviation of the kernel along an axis, in pixels, the mean of both."""
        total = 0.0
        for axis in (0, 1):
            line = self.kernel.sum(1 - axis)
            at = torch.arange(len(line), dtype=line.dtype)
            total += float(line @ at.square() - (line @ at) ** 2)
        return math.sqrt(max(0.0, total / 2))

    def _spectrum(self, like: Tensor) -> Tensor:
        return self.spectrum((like.shape[-2], like.shape[-1])).to(like.device)

    def spectrum(self, size: tuple[int, int]) -> Tensor:
        """The kernel's transfer function on the canvas that the FFT sees of a picture."""
        if size not in self._spectra:
            height, width = self._canvas(size)
            rows, columns = self.kernel.shape
            canvas = torch.zeros(height, width, dtype=torch.float64)
            y = (torch.arange(rows) - rows // 2) % height
            x = (torch.arange(columns) - columns // 2) % width
            canvas.index_put_((y[:, None], x[None]), self.kernel, accumulate=True)
            while len(self._spectra) >= _KEPT:
                del self._spectra[next(iter(self._spectra))]
            self._spectra[size] = torch.fft.rfft2(canvas).to(torch.complex64)
        return self._spectra[size]

    def _canvas(self, size: tuple[int, int]) -> tuple[int, int]:
        height, width = size
        return (height, width) if self.boundary == "circular" else (2 * height, 2 * width)

    def _filtered(self, x: Tensor, spectrum: Tensor) -> Tensor:
        height, width = x.shape[-2:]

        def filtered(x: Tensor) -> Tensor:
            if self.boundary == "reflect":
                x = torch.cat([x, x.flip(-1)], dim=-1)
                x = torch.cat([x, x.flip(-2)], dim=-2)
            whole = _ifft(_fft(x).mul_(spectrum), (x.shape[-2], x.shape[-1]))
            return whole[..., :height, :width].contiguous()

        return by_planes(filtered, x)


def _wide(side: int, kernel: int) -> int:
    """How far to look from where a side begins, so that an FFT is fast and goes around in vain."""
    wide: int = next_fast_len(side + 2 * (kernel // 2), real=True)
    return wide - kernel // 2


def gaussian(deviation: float) -> Tensor:
    """A Gaussian of this standard deviation in pixels."""
    reach = max(1, math.ceil(4 * deviation))
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1).double() / deviation) ** 2)
    return torch.outer(line, line) / line.sum() ** 2


def motion(length: float, degrees: float) -> Tensor:
    """A line of this length in pixels; 0 degrees is level, growing anticlockwise."""
    reach = math.ceil(length / 2) + 1
    along = torch.linspace(-length / 2, length / 2, 64 * reach).double()
    angle = math.radians(degrees)
    return _splatted(-along * math.sin(angle), along * math.cos(angle), reach)


def disc(radius: float) -> Tensor:
    """A uniform disc, the image of a point out of focus."""
    reach, fine = math.ceil(radius), 16
    fraction = (torch.arange(fine).double() + 0.5) / fine - 0.5
    line = (torch.arange(-reach, reach + 1)[:, None] + fraction).reshape(-1)
    inside = (line[:, None] ** 2 + line**2 <= radius**2).double()
    kernel = F.avg_pool2d(inside[None, None], fine)[0, 0]
    return kernel / kernel.sum()


def _splatted(y: Tensor, x: Tensor, reach: int) -> Tensor:
    """Points (y, x) from the centre, each distributed to the four pixels around it."""
    grid = torch.arange(-reach, reach + 1).double()
    in_rows, in_columns = ((1 - (at[:, None] - grid).abs()).clamp(min=0) for at in (y, x))
    kernel = in_rows.T @ in_columns
    return kernel / kernel.sum()


def _fft(x: Tensor) -> Tensor:
    spectrum: Tensor = torch.fft.rfft2(x)
    return spectrum


def _ifft(x: Tensor, size: tuple[int, int]) -> Tensor:
    picture: Tensor = torch.fft.irfft2(x, s=size)
    return picture

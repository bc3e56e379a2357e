"""JPEG: its quantisation, and the set of pictures that it maps to the same file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.diffusion.rows import empty_like, flipped
from restorer.imaging.bands import PIXELS, raise_if_stopped
from restorer.imaging.grey import LUMA
from restorer.imaging.jpeg_tables import CELLS, Subsampling
from restorer.imaging.scratch import release

#: Axes along which a picture is mirrored, by its EXIF orientation; from 5 on rows and columns are
#: exchanged before that.
_MIRRORED: dict[int, tuple[int, ...]] = {
    **dict.fromkeys((2, 6), (-1,)),
    **dict.fromkeys((3, 7), (-2, -1)),
    **dict.fromkeys((4, 8), (-2,)),
}

_BT601 = torch.tensor([LUMA, [-0.168735892, -0.331264108, 0.5], [0.5, -0.418687589, -0.081312411]])


class Jpeg:
    """Compression with given tables: not linear, but its data step is a projection.

    Every DCT coefficient of the file says in which cell [q - 1/2, q + 1/2] Q the true one lies.
    Pictures are continued to whole blocks by repeating their border.

    Args:
        luma, chroma: (8, 8) quantisation tables, row by row as in the DCT.
        subsampling: of the chroma planes.
        noise: kept for the protocol; quantisation is the noise here.
        turned: EXIF orientation of the file, 1 to 8: pictures are upright, blocks lie as stored.
        cut: rows and columns of the first blocks, 0 to 15, that were cut off since; blocks that are
            not whole then say nothing. None: the file itself.
    """

    gain: None = None

    def __init__(
        self,
        luma: Tensor,
        chroma: Tensor,
        subsampling: Subsampling = "4:2:0",
        noise: float = 0.0,
        turned: int = 1,
        cut: tuple[int, int] | None = None,
    ) -> None:
        self.luma, self.chroma = luma.reshape(8, 8).float(), chroma.reshape(8, 8).float()
        self.subsampling = subsampling
        self.noise = noise
        self.turned, self.cut = turned, cut

    def forward(self, x: Tensor) -> Tensor:
        """Compressed and opened again, (B, 3, H, W), not rounded to 8 bits.

        Of blocks that are not whole only the mean of black and white is left.
        """

        def quantised(jpeg: Jpeg, x: Tensor) -> Tensor:
            planes = zip(jpeg._coefficients(x), jpeg._tables, jpeg._whole(x), strict=True)
            return jpeg._picture([torch.round(c / q) * q * whole for c, q, whole in planes], x)

        return self._by_bands(quantised, x)

    def pinv(self, y: Tensor) -> Tensor:
        """The opened file explains itself."""
        return y

    def prox(self, x0: Tensor, y: Tensor, rho: float) -> Tensor:
        """The picture nearest to x0 whose coefficients lie in the cells of y.

        A cell is a hard bound, so rho does not matter; what is inside already stays.
        """

        def nearest(jpeg: Jpeg, x0: Tensor, y: Tensor) -> Tensor:
            change = []
            for mine, file, q, whole in zip(
                jpeg._coefficients(x0),
                jpeg._coefficients(y),
                jpeg._tables,
                jpeg._whole(y),
                strict=True,
            ):
                centre = torch.round(file / q) * q
                change.append(whole * (torch.clamp(mine, centre - q / 2, centre + q / 2) - mine))
            return x0 + jpeg._picture(change, x0)

        return self._by_bands(nearest, x0, y)

    def error_std(self, y: Tensor) -> tuple[float, float]:
        """The error of light and colour in y, in [-1, 1] units.

        Read from the cells that hold the truth: a coefficient errs as one spread evenly over its
        cell, but by no more than its own spread, which is all that most fine ones can lose: that
        of the Laplace distribution with as many values beyond the cell of zero as the file has.
        Colour, mean square of Cb and Cr, counts by the side of a chroma sample in pixels: what
        averaging them lost no cell tells. So it was measured best (docs/repairs.md).
        """
        beyond, blocks = [torch.zeros(8, 8) for _ in self._tables], [0, 0, 0]
        for jpeg, _, (here,) in self._parts(y):
            planes = zip(jpeg._coefficients(here), self._tables, jpeg._whole(here), strict=True)
            for plane, (c, q, whole) in enumerate(planes):
                found = (torch.round(c / q) != 0)[:, :, whole[0, 0, ..., 0, 0]].flatten(0, -3)
                beyond[plane] += found.float().sum(0).to(beyond[plane])
                blocks[plane] += len(found)
        light, *colour = map(_spread, beyond, blocks, self._tables)
        side = math.sqrt(math.prod(CELLS[self.subsampling]))
        return light / 127.5, side * math.hypot(*colour) / math.sqrt(2) / 127.5

    @property
    def _tables(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.luma, self.chroma, self.chroma

    def _parts(self, *pictures: Tensor) -> Iterator[tuple[Jpeg, slice, list[Tensor]]]:
        """Bands of (B, 3, H, W) as they are stored, whole blocks high, and the JPEG of each."""
        stored = [self._stored(x) for x in pictures]
        height, width = stored[0].shape[-2:]
        (top, left), tall = self.cut or (0, 0), 8 * CELLS[self.subsampling][0]
        many = max(1, PIXELS // (tall * width)) * tall
        for start in range(-top, height, many):
            raise_if_stopped()
            cut = self.cut and (-min(start, 0), left)
            jpeg = Jpeg(self.luma, self.chroma, self.subsampling, cut=cut)
            rows = slice(max(start, 0), start + many)
            yield jpeg, rows, [x[..., rows, :] for x in stored]
            release()

    def _by_bands(self, made: Callable[..., Tensor], *pictures: Tensor) -> Tensor:
        """A function of a JPEG and the same rows of several pictures."""
        bands = self._parts(*pictures)
        out = empty_like(self._stored(pictures[0]))
        for jpeg, rows, parts in bands:
            out[..., rows, :] = made(jpeg, *parts)
        return self._upright(out)

    def _coefficients(self, x: Tensor) -> list[Tensor]:
        """Y, Cb, Cr as (B, 1, rows, columns, 8, 8) on JPEG's own scale, centred."""
        rows, columns = CELLS[self.subsampling]
        x = F.pad(x, self._margins(x), "replicate")
        raise_if_stopped()
        ycc = torch.einsum("cd,bdhw->bchw", _BT601.to(x), x * 127.5)
        ycc = ycc - torch.tensor([0.5, 0, 0]).to(x)[:, None, None]  # centred on 128, not 127.5
        chroma = F.avg_pool2d(ycc[:, 1:], (rows, columns))
        raise_if_stopped()
        return [_dct(plane) for plane in (ycc[:, :1], chroma[:, :1], chroma[:, 1:])]

    def _picture(self, planes: list[Tensor], like: Tensor) -> Tensor:
        """Convert coefficients, or their changes, to a picture of this size."""
        rows, columns = CELLS[self.subsampling]
        raise_if_stopped()
        luma, *chroma = (_inverse_dct(plane) for plane in planes)
        raise_if_stopped()
        chroma = [p.repeat_interleave(rows, -2).repeat_interleave(columns, -1) for p in chroma]
        rgb = torch.einsum(
            "cd,bdhw->bchw", torch.linalg.inv(_BT601).to(luma), torch.cat([luma, *chroma], 1)
        )
        raise_if_stopped()
        left, right, top, bottom = self._margins(like)
        tall, wide = rgb.shape[-2:]
        return rgb[..., top : tall - bottom, left : wide - right] / 127.5

    def _margins(self, stored: Tensor) -> tuple[int, int, int, int]:
        """The padding to whole blocks: left, right, top, bottom."""
        height, width = stored.shape[-2:]
        rows, columns = CELLS[self.subsampling]
        top, left = self.cut or (0, 0)
        return left, -(left + width) % (8 * columns), top, -(top + height) % (8 * rows)

    def _whole(self, x: Tensor) -> list[Tensor]:
        """For each plane, (1, 1, rows, columns, 1, 1): true for blocks that y covers."""
        rows, columns = CELLS[self.subsampling]
        stored = x[:1, :1]
        outside = 1.0 if self.cut is None else 0.0
        known = F.pad(torch.ones_like(stored), self._margins(stored), value=outside)
        luma, chroma = (
            (F.avg_pool2d(known, block) == 1)[..., None, None]
            for block in ((8, 8), (8 * rows, 8 * columns))
        )
        return [luma, chroma, chroma]

    def _stored(self, x: Tensor) -> Tensor:
        if self.turned in _MIRRORED:
            x = flipped(x, _MIRRORED[self.turned])
        return x.mT if self.turned >= 5 else x

    def _upright(self, x: Tensor) -> Tensor:
        x = x.mT if self.turned >= 5 else x
        if self.turned in _MIRRORED:
            x = flipped(x, _MIRRORED[self.turned])
        return x.contiguous()


def _spread(beyond: Tensor, blocks: int, table: Tensor) -> float:
    """Error of coefficients (8, 8), given how many of them lie outside the zero cell."""
    share = (beyond + 0.5) / (blocks + 1)
    scale = table / (2 * -share.log())  # P(|c| > q / 2) = exp(-q / (2 scale))
    return math.sqrt(float(torch.minimum(table**2 / 12, 2 * scale**2).mean()))


@lru_cache(maxsize=1)
def _basis() -> Tensor:
    """The orthonormal DCT-II of 8 values, (8, 8), one frequency a row."""
    n = torch.arange(8, dtype=torch.float64)
    basis = torch.cos(math.pi / 8 * (n + 0.5) * n[:, None]) / 2
    basis[0] /= math.sqrt(2)
    return basis.float()


def _dct(plane: Tensor) -> Tensor:
    blocks = plane.unfold(-2, 8, 8).unfold(-2, 8, 8)
    basis = _basis().to(plane)
    half = basis @ blocks
    raise_if_stopped()
    return half @ basis.T


def _inverse_dct(coefficients: Tensor) -> Tensor:
    half = (basis := _basis().to(coefficients)).T @ coefficients
    raise_if_stopped()
    blocks = half @ basis
    batch, channels, rows, columns = blocks.shape[:4]
    return blocks.transpose(3, 4).reshape(batch, channels, 8 * rows, 8 * columns)

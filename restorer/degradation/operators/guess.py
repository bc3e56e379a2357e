"""A first guess at the picture, where a reverse process starts in place of pure noise."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.degradation.operators.blur import Blur
from restorer.degradation.operators.extended_blur import ExtendedBlur
from restorer.degradation.operators.pointwise import Mask
from restorer.diffusion.operator import Operator
from restorer.diffusion.rows import by_planes, empty_like
from restorer.imaging.bands import bands


def first_guess(operator: Operator, y: Tensor) -> Tensor:
    """A simple picture that explains y about as well as interpolation can, (B, 3, H, W)."""
    match operator:
        case Mask():
            keep = operator.keep
            return by_planes(
                lambda plane: fill_holes(plane, keep.expand(len(plane), -1, -1, -1)), y
            )
        case Blur():
            return y
        case ExtendedBlur():
            return operator.extend(y)
        case _:
            return operator.pinv(y)


def fill_holes(y: Tensor, keep: Tensor) -> Tensor:
    """Fill holes from their surroundings, from coarse means to fine ones (push-pull).

    Args:
        y: (B, C, H, W).
        keep: (B, 1, H, W), true where y is known.
    """
    if keep.all() or not keep.any() or max(y.shape[-2:]) == 1:  # of a batch, one may be all hole
        return y
    height, width = y.shape[-2:]
    coarse, known = empty_like(y[..., ::2, ::2]), torch.empty_like(keep[..., ::2, ::2])
    half = coarse.shape[-2], 2 * width
    for rows in bands(half):
        here = slice(2 * rows.start, min(2 * rows.stop, height))
        coarse[..., rows, :], known[..., rows, :] = _coarser(y[..., here, :], keep[..., here, :])
    coarse, out = fill_holes(coarse, known), empty_like(y)
    for rows in bands(half):
        here = slice(2 * rows.start, min(2 * rows.stop, height))
        first = max(0, rows.start - 1)
        smooth = F.interpolate(
            coarse[..., first : rows.stop + 1, :],
            scale_factor=2,
            mode="bilinear",
            align_corners=False,
        )[..., here.start - 2 * first : here.stop - 2 * first, :width]
        out[..., here, :] = torch.where(keep[..., here, :], y[..., here, :], smooth)
    return out


def _coarser(y: Tensor, keep: Tensor) -> tuple[Tensor, Tensor]:
    """Means of what is known of 2 x 2 pixels, and whether anything is."""
    even = (0, y.shape[-1] % 2, 0, y.shape[-2] % 2)
    weight = keep.to(y)
    known, weight = F.pad(y * weight, even), F.pad(weight, even)
    total = F.avg_pool2d(weight, 2)
    return F.avg_pool2d(known, 2) / total.clamp(min=1e-6) * (total > 0), total > 0

"""A first guess at the picture, where a reverse process starts in place of pure noise."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.degradation.operators.blur import Blur
from restorer.degradation.operators.extended_blur import ExtendedBlur
from restorer.degradation.operators.pointwise import Mask
from restorer.diffusion.operator import Operator
from restorer.diffusion.rows import by_planes


def first_guess(operator: Operator, y: Tensor) -> Tensor:
    """A simple picture that explains y about as well as interpolation can, (B, 3, H, W)."""
    match operator:
        case Mask():
            keep = operator.keep
            return by_planes(lambda plane: filled(plane, keep.expand(len(plane), -1, -1, -1)), y)
        case Blur():
            return y
        case ExtendedBlur():
            return operator.around(y)
        case _:
            return operator.pinv(y)


def filled(y: Tensor, keep: Tensor) -> Tensor:
    """Fill holes from their surroundings, from coarse means to fine ones (push-pull).

    Args:
        y: (B, C, H, W).
        keep: (B, 1, H, W), true where y is known.
    """
    weight = keep.to(y)
    if keep.all() or not keep.any() or max(y.shape[-2:]) == 1:  # of a batch, one may be all hole
        return y
    height, width = y.shape[-2:]
    even = (0, width % 2, 0, height % 2)
    known, weight_ = F.pad(y * weight, even), F.pad(weight, even)
    total = F.avg_pool2d(weight_, 2)
    means = F.avg_pool2d(known, 2) / total.clamp(min=1e-6)
    coarse = filled(means * (total > 0), total > 0)
    smooth = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
    return torch.where(keep, y, smooth[..., :height, :width])

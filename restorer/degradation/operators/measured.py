"""Pictures as what an operator would have made of them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from restorer.degradation.operators.pointwise import Grayscale, Mask
from restorer.diffusion.operator import Operator
from restorer.imaging.picture import Picture


def measured(operator: Operator, picture: Picture) -> Tensor:
    """The picture as the operator's y."""
    x = torch.from_numpy(np.ascontiguousarray(2 * picture.pixels - 1)).permute(2, 0, 1)[None]
    return operator.forward(x) if isinstance(operator, (Mask, Grayscale)) else x.contiguous()

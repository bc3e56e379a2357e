"""Pictures as measurements of an operator."""

from __future__ import annotations

from torch import Tensor

from restorer.degradation.operators.pointwise import Grayscale, Mask
from restorer.diffusion.operator import Operator
from restorer.diffusion.rows import by_rows
from restorer.diffusion.tensors import to_tensor
from restorer.imaging.picture import Picture


def measurement(operator: Operator, picture: Picture) -> Tensor:
    """The picture as the operator's y."""
    x = to_tensor(picture.pixels)
    if isinstance(operator, (Mask, Grayscale)):
        return operator.forward(x)
    return by_rows(Tensor.contiguous, x)

"""Checks that weights are finite: with one that is not, a network answers only black."""

from __future__ import annotations

import torch
from torch import nn


def not_finite(network: nn.Module) -> str:
    """The name of a weight that is not finite, "" if all are; half precision cannot hold 65520."""
    for name, values in network.state_dict().items():
        if not values.is_floating_point() or values.numel() == 0:
            continue
        low, high = torch.aminmax(values)  # no copy, and NaN is passed on
        if not (low.isfinite() and high.isfinite()):
            return name
    return ""

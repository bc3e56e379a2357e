"""`restorer forward`: the forward process three times, for a pixel, a picture and a batch."""

from __future__ import annotations

from argparse import Namespace
from math import sqrt

import numpy as np

from restorer.diffusion.forward import picture, pixel
from restorer.diffusion.schedule import LINEAR
from restorer.errors import BadInput

_SIDE = 4  # of the picture, and two of them are a batch


def run(arguments: Namespace) -> int:
    """Print x_t of the worked example at each of the three levels; they agree."""
    x_0, eps, t = arguments.x0, arguments.eps, arguments.t
    if not 0 <= t <= len(LINEAR) - 1:
        raise BadInput("t must lie between 0 and {n}, not {t}.", n=len(LINEAR) - 1, t=t)
    abar = float(LINEAR.alphas_cumprod[t])
    betas = [float(beta) for beta in LINEAR.betas[: t + 1]]
    of_pixel = pixel.add_noise(x_0, eps, abar)
    of_picture, of_batch = _picture(x_0, eps, abar), _batch(x_0, eps, t)
    print(f"x_0 = {x_0:g}, eps = {eps:g}, t = {t} of the linear schedule (T = {len(LINEAR)})")
    print(f"abar_t = product of (1 - beta) over {t + 1} steps = {pixel.alpha_bar(betas):.6f}")
    print("x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps")
    print(f"    = {sqrt(abar):.6f} * {x_0:g} + {sqrt(1 - abar):.6f} * {eps:g}")
    print(f"pixel    plain Python   {of_pixel:.6f}")
    print(f"picture  NumPy          {of_picture:.6f}  ({_SIDE} x {_SIDE} x 3, all the same)")
    print(f"batch    PyTorch        {of_batch:.6f}  (2 x 3 x {_SIDE} x {_SIDE})")
    return 0


def _picture(x_0: float, eps: float, abar: float) -> float:
    shape = _SIDE, _SIDE, 3
    return float(picture.add_noise(np.full(shape, x_0), np.full(shape, eps), abar).mean())


def _batch(x_0: float, eps: float, t: int) -> float:
    import torch

    from restorer.diffusion.forward import batch

    shape = 2, 3, _SIDE, _SIDE
    x = torch.full(shape, x_0, dtype=torch.float64)
    noise = torch.full(shape, eps, dtype=torch.float64)
    return float(batch.add_noise(x, noise, torch.tensor([t, t]), LINEAR).mean())

"""Engines whose network is known in closed form, and pictures and tasks for them."""

from __future__ import annotations

import numpy as np
import torch

from restorer.degradation.estimate import DegradationEstimate
from restorer.diffusion.schedule import LINEAR, sigma_from_noise
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine, ModelStatus
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan_repair
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture

MEAN, SPREAD = 0.1, 0.3  # of the prior, on the scale of -1..1
CLEAN = DegradationEstimate(noise=0.5, noise_in_file=0.5, clean=True)


def gaussian_posterior_mean(x_t, sigma):
    """E[x_0 | x_t] when every value is N(MEAN, SPREAD^2) by itself."""
    y = x_t * (1 + sigma**2) ** 0.5
    return MEAN + SPREAD**2 / (SPREAD**2 + sigma**2) * (y - MEAN)


class AnalyticEngine(Engine):
    """Has the known posterior in place of a network."""

    evaluations = 0

    def load(self, model="builtin", device="auto"):
        def denoiser(x_t, sigma):
            self.evaluations += 1
            return gaussian_posterior_mean(x_t, sigma)

        self._denoiser = denoiser
        return ModelStatus("Gaussian", 0, "CPU", "fp32")


def picture_with(noise: float, size=(40, 48), seed=0) -> Picture:
    rng = np.random.default_rng(seed)
    x0 = MEAN + SPREAD * rng.standard_normal((*size, 3))
    y = x0 + sigma_from_noise(noise) * rng.standard_normal(x0.shape)
    return Picture(((y + 1) / 2).astype(np.float32))  # not clipped: the mathematics is exact


def task_for(noise: float, **values) -> RestorationTask:
    return RestorationTask(
        **({"start": float(LINEAR.t_from_noise(noise)), "undo_clipping": False} | values)
    )


class SmoothEngine(Engine):
    """A prior that likes pictures a little smoother, without a network."""

    def load(self, model="builtin", device="auto"):
        def denoiser(x_t, sigma):
            x = x_t * (1 + sigma**2) ** 0.5
            near = torch.nn.functional.pad(x, (1, 1, 1, 1), "replicate")
            mean = torch.nn.functional.avg_pool2d(near, 3, 1)
            return torch.lerp(x, mean, sigma**2 / (0.05 + sigma**2)).clamp(-1, 1)

        self._denoiser = denoiser
        return ModelStatus("Smooth", 0, "CPU", "fp32")


def waves(height=48, width=56) -> Picture:
    """Eight bits, with black, white and everything between."""
    y, x = np.mgrid[:height, :width] / 8
    pixels = 0.5 + 0.6 * np.stack([np.sin(x + y), np.cos(x - y), np.sin(x) * np.cos(y)], axis=2)
    return Picture((np.rint(pixels.clip(0, 1) * 255) / 255).astype(np.float32))


def holes(picture: Picture) -> np.ndarray:
    hole = np.zeros(picture.pixels.shape[:2], bool)
    hole[10:14, 5:40] = hole[20:40, 30] = True
    return hole


def filling(picture: Picture, **values) -> tuple[RestorationTask, np.ndarray]:
    hole = holes(picture)
    damage = Damage("inpaint", mask=mask_digest(hole))
    return plan_repair(damage, Inputs(picture, hole), CLEAN, **{"steps": 4} | values), hole

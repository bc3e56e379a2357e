"""The noise schedule: betas, alphas_cumprod, sigma, SNR, and the way between them and t.

NumPy only, so that the window can draw a timeline before torch is there.
Ho et al. (2020), "Denoising Diffusion Probabilistic Models"; Nichol & Dhariwal (2021),
"Improved Denoising Diffusion Probabilistic Models" for the cosine schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from restorer.words import marked as _
from restorer.words import number, tr

Floats = NDArray[np.float64]


def noise_from_sigma(sigma: ArrayLike) -> Floats:
    """sigma (signal in [-1, 1]) to a standard deviation on the 0-255 scale."""
    return np.asarray(sigma, np.float64) * 127.5


def sigma_from_noise(noise: ArrayLike) -> Floats:
    """A standard deviation on the 0-255 scale to sigma (signal in [-1, 1])."""
    return np.asarray(noise, np.float64) / 127.5


def noise_words(sigma: float) -> tuple[str, str]:
    """The words for a noise: a label and a value.

    On the 0-255 scale, ("noise", "14"), as long as it fits on it. Beyond, where a picture is mostly
    noise, its part of x_t: ("sqrt(1 - abar)", "1.00").
    """
    noise = float(noise_from_sigma(sigma))
    if noise <= 255:
        return _("noise"), f"{noise:.0f}"
    return _("sqrt(1 - abar)"), number(sigma / (1 + sigma**2) ** 0.5, ".2f")


def noise_in_words(sigma: float) -> str:
    """The same in the person's language: "noise 14"."""
    name, amount = noise_words(sigma)
    return f"{tr(name)} {amount}"


@dataclass(frozen=True, eq=False)
class Schedule:
    """A variance-preserving schedule over t = 0 ... T - 1; t may be a float anywhere in between.

    x_t = sqrt(alphas_cumprod[t]) x_0 + sqrt(1 - alphas_cumprod[t]) eps, with x_0 in [-1, 1].
    """

    betas: Floats

    @cached_property
    def alphas_cumprod(self) -> Floats:
        """abar, (T,), falling from almost 1 to almost 0."""
        return np.cumprod(1.0 - self.betas, dtype=np.float64)

    @cached_property
    def sigmas(self) -> Floats:
        """sqrt((1 - abar) / abar), (T,): noise against a signal scaled to 1, rising."""
        return np.sqrt((1.0 - self.alphas_cumprod) / self.alphas_cumprod)

    @cached_property
    def _log_sigmas(self) -> Floats:
        return np.log(self.sigmas)

    def __len__(self) -> int:
        return len(self.betas)

    def sigma(self, t: ArrayLike) -> Floats:
        """sigma at t; log sigma is interpolated between whole t, t is clamped to [0, T - 1]."""
        t = np.asarray(t, np.float64)
        return np.exp(np.interp(t, np.arange(len(self)), self._log_sigmas))

    def alpha_bar(self, t: ArrayLike) -> Floats:
        """abar at t, consistent with `sigma`: abar = 1 / (1 + sigma^2)."""
        return 1.0 / (1.0 + self.sigma(t) ** 2)

    def snr_db(self, t: ArrayLike) -> Floats:
        """Signal-to-noise ratio abar / (1 - abar) in decibels."""
        return -20.0 * np.log10(self.sigma(t))

    def noise(self, t: ArrayLike) -> Floats:
        """The standard deviation of the noise at t on the 0-255 scale: t = 0 is already 1.3."""
        return noise_from_sigma(self.sigma(t))

    def t_from_sigma(self, sigma: ArrayLike) -> Floats:
        """The float t whose sigma this is, clamped to [0, T - 1]."""
        with np.errstate(divide="ignore"):
            return np.interp(np.log(sigma), self._log_sigmas, np.arange(len(self)))

    def t_from_noise(self, noise: ArrayLike) -> Floats:
        """The float t at which a picture with this noise (0-255 scale) stands."""
        return self.t_from_sigma(sigma_from_noise(noise))

    def spaced(self, t_start: float, steps: int) -> Floats:
        """`steps` times of a reverse process from t_start towards 0, evenly spaced, (steps,).

        The first is t_start; after the last one the sampler lands on the clean picture.

        Raises:
            ValueError: if steps < 1.
        """
        if steps < 1:
            raise ValueError(f"steps must be at least 1, got {steps}")
        return np.linspace(t_start, 0.0, steps, endpoint=False)

    def geometric(self, t_start: float, steps: int, last: float = 0.02) -> Floats:
        """As `spaced`, but evenly in log sigma, the last at sigma = `last`, or at t = 0 before it.

        For what gets finer as the noise falls; `spaced` serves where t_start is below `last`.
        """
        first, last = float(self.sigma(t_start)), max(last, float(self.sigmas[0]))
        if steps < 2 or first <= last:
            return self.spaced(t_start, steps)
        return self.t_from_sigma(np.geomspace(first, last, steps))


def linear(T: int = 1000, start: float = 1e-4, end: float = 0.02) -> Schedule:
    """beta rising linearly, as in DDPM."""
    return Schedule(np.linspace(start, end, T))


def scaled_linear(T: int = 1000, start: float = 0.00085, end: float = 0.012) -> Schedule:
    """sqrt(beta) rising linearly, as in latent diffusion (Rombach et al., 2022)."""
    return Schedule(np.linspace(start**0.5, end**0.5, T) ** 2)


def cosine(T: int = 1000) -> Schedule:
    """abar falling as a squared cosine, as in Nichol and Dhariwal (2021)."""
    offset, max_beta = 0.008, 0.999

    def abar(u: Floats) -> Floats:
        return np.cos((u + offset) / (1 + offset) * np.pi / 2) ** 2

    u = np.arange(T + 1) / T
    return Schedule(np.minimum(1 - abar(u[1:]) / abar(u[:-1]), max_beta))


#: That of every network here which works on pixels: the timeline of pictures.
LINEAR = linear()

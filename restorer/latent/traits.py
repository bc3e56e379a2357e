"""The abilities and the schedule of a latent model, read without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from restorer.diffusion.schedule import Floats, Schedule, cosine, linear, scaled_linear
from restorer.errors import ModelRefused
from restorer.latent.files import single_file
from restorer.latent.headers import inspect
from restorer.latent.standard_shapes import SCHEDULE
from restorer.latent.walk import read_config

#: Pixels to a latent along each side, where a single file does not say.
_FACTOR = 8
_MOST_STEPS = 10_000  # of a schedule; real ones have 1000
_MOST_CHANNELS, _MOST_LEVELS = 64, 8


@dataclass(frozen=True)
class Betas:
    """The noise schedule of a model as its configuration says it.

    Attributes:
        name: "linear", "scaled_linear", "squaredcos_cap_v2" or "sigmoid".
        start, end: the first and the last beta.
        count: T.
        zero_snr: stretched until nothing of the signal is left at the end (Lin et al., 2024).
        trained: the betas themselves, where they follow no rule.
    """

    name: str = "linear"
    start: float = 1e-4
    end: float = 0.02
    count: int = 1000
    zero_snr: bool = False
    trained: tuple[float, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Betas:
        """The schedule of a scheduler's configuration; defaults are those of DDPM.

        Raises:
            ModelRefused: for numbers that no schedule has.
        """
        try:
            betas = cls._of(config)
        except (TypeError, ValueError, OverflowError) as error:
            raise ModelRefused("This model has a damaged noise schedule.", repr(error)) from error
        numbers = betas.trained or (betas.start, betas.end)
        if not 1 <= betas.count <= _MOST_STEPS or len(betas.trained) > _MOST_STEPS:
            raise ModelRefused(
                "A noise schedule has 1 to {most_steps} steps, not {count}.",
                most_steps=_MOST_STEPS,
                count=betas.count,
            )
        if not all(0 <= number < 1 for number in numbers) or max(numbers) == 0:
            raise ModelRefused("The noise schedule of this model is not valid.")
        return betas

    @classmethod
    def _of(cls, config: Mapping[str, Any]) -> Betas:
        return cls(
            str(config.get("beta_schedule", cls.name)),
            float(config.get("beta_start", cls.start)),
            float(config.get("beta_end", cls.end)),
            int(config.get("num_train_timesteps", cls.count)),
            bool(config.get("rescale_betas_zero_snr", False)),
            tuple(map(float, config.get("trained_betas") or ())),
        )

    @property
    def schedule(self) -> Schedule:
        """The same object every time.

        Raises:
            ModelRefused: for a rule that is not known here.
        """
        return _schedule(self)


@dataclass(frozen=True)
class Traits:
    """The traits that decide which tasks a latent model fits.

    Attributes:
        channels: that its U-Net takes: 4 for any picture, 9 for filling, 7 for enlarging.
        factor: pixels to a latent along each side; an upscaler enlarges so many times.
        leader: there is a ControlNet in its folder.
        betas: its noise schedule.
    """

    channels: int
    factor: int
    leader: bool
    betas: Betas

    @property
    def fills(self) -> bool:
        """Made for filling holes."""
        return self.channels == 9

    @property
    def enlarges(self) -> bool:
        """Made for enlarging, and does nothing else."""
        return self.channels == 7


def read_traits(path: Path) -> Traits:
    """Read the traits of a folder or file that `restorer.latent.files.is_model` accepts.

    Raises:
        ModelRefused: if its configurations cannot be read.
    """
    if (single := single_file(path)) is not None:
        seen = inspect(single)
        return Traits(0 if seen is None else seen.channels, _FACTOR, False, Betas.of(SCHEDULE))
    unet, vae = (read_config(path, f"{part}/config.json") for part in ("unet", "vae"))
    try:
        traits = Traits(
            int(unet["in_channels"]),
            2 ** min(len(vae["block_out_channels"]) - 1, 2 * _MOST_LEVELS),
            (path / "controlnet").is_dir(),
            Betas.of(read_config(path, "scheduler/scheduler_config.json")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelRefused(
            "“{name}” does not say what it is.", repr(error), name=path.name
        ) from error
    if not 1 <= traits.channels <= _MOST_CHANNELS or traits.factor > 2**_MOST_LEVELS:
        raise ModelRefused(
            "“{name}” has a configuration that cannot be.", repr(traits), name=path.name
        )
    _ = traits.betas.schedule  # one that is not known is refused now
    return traits


def text_width(path: Path) -> int:
    """Width of the text embedding of a latent model or a ControlNet; 0 if unknown.

    A ControlNet fits the models of its own width.
    """
    try:
        if (single := single_file(path)) is not None and (seen := inspect(single)) is not None:
            return seen.width
        config = "unet/config.json" if (path / "unet").is_dir() else "config.json"
        width = read_config(path, config).get("cross_attention_dim", 0)
        return int(width[0] if isinstance(width, list) else width or 0)
    except (ModelRefused, TypeError, ValueError):
        return 0


@lru_cache
def _schedule(betas: Betas) -> Schedule:
    match betas.name:
        case _ if betas.trained:
            values = np.array(betas.trained, np.float64)
        case "linear":
            values = linear(betas.count, betas.start, betas.end).betas
        case "scaled_linear":
            values = scaled_linear(betas.count, betas.start, betas.end).betas
        case "squaredcos_cap_v2":
            values = cosine(betas.count).betas
        case "sigmoid":
            rising = 1 / (1 + np.exp(-np.linspace(-6, 6, betas.count)))
            values = betas.start + (betas.end - betas.start) * rising
        case _:
            raise ModelRefused("The noise schedule “{name}” is not known here.", name=betas.name)
    if betas.zero_snr:
        values = _without_signal_at_the_end(values)
    return Schedule(np.minimum(values, 1 - 1e-8))


def _without_signal_at_the_end(betas: Floats) -> Floats:
    """Lin et al. (2024), algorithm 1."""
    root = np.cumprod(1 - betas) ** 0.5
    root = (root - root[-1]) * (root[0] / (root[0] - root[-1]))
    abar = root**2
    return 1 - np.concatenate([abar[:1], abar[1:] / abar[:-1]])

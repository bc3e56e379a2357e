"""Adapters from networks to D(x_t, sigma), the predicted clean picture.

Samplers, tiling and guidance speak this one language; what a network really predicts
(eps, v or x0), which sizes, device and precision it wants, is known only here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorer.diffusion.conditional import ConditionalUNet
from restorer.diffusion.prior import Fold, Folds, PriorUNet
from restorer.diffusion.rows import stacked
from restorer.diffusion.scales import PredictionType, vp_scales, x0_from_prediction
from restorer.diffusion.schedule import Schedule
from restorer.imaging.grey import LUMA


class Denoiser(Protocol):
    """The interface of a network for samplers."""

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        """The predicted x_0.

        Args:
            x_t: (B, 3, H, W) float32 on the VP scale, any H and W.
            sigma: sqrt((1 - abar) / abar), noise against a signal in [-1, 1].

        Returns:
            x_0, the same shape and device as x_t, float32, about [-1, 1].
        """
        ...


def run_padded(
    network: Callable[[Tensor], Tensor], x: Tensor, *, margin: int, multiple: int
) -> Tensor:
    """Run a network that wants sides in multiples of `multiple` on x (B, C, H, W) of any size.

    Each axis is continued by at least `margin` on both sides, by reflection or, where it is
    too short to reflect, by repeating its border; the answer is cropped back.
    """
    height, width = x.shape[-2:]
    left, right = _padding(width, margin, multiple)
    top, bottom = _padding(height, margin, multiple)
    x = F.pad(x, (left, right, 0, 0), _pad_mode(width, right))
    x = F.pad(x, (0, 0, top, bottom), _pad_mode(height, bottom))
    return network(x)[..., top : top + height, left : left + width]


def margin_for(sigma: float) -> int:
    """The padding of a picture by reflection.

    Without it the shipped prior moves the border of a flat picture by 1 to 3 of 255 where it is
    told noise 5 to 25. But mirrored noise looks like structure: 16 pixels cost 0.04 / 0.14 / 0.5 dB
    along the border at noise 15 / 50 / 255, and runs from t = 400 grew streaks from there.
    """
    return 16 if sigma <= 0.4 else 0


def _padding(side: int, margin: int, multiple: int) -> tuple[int, int]:
    """(before, after): `before` is a multiple of `multiple`, so the network's grid stays put."""
    before = -(-margin // multiple) * multiple
    return before, margin + -(before + side + margin) % multiple


def _pad_mode(side: int, padding: int) -> str:
    return "reflect" if padding < side else "replicate"


class PriorDenoiser:
    """The prior as a Denoiser.

    Parameters are frozen, so no graph is built unless x_t itself asks for gradients.

    Args:
        network: is put into evaluation mode and, if asked, into channels_last.
        autocast: compute in this dtype where it is safe (None: float32 throughout); the
            way in and out of the schedule's scale is float32 in any case.
        channels_last: memory format, the faster one on most CPUs and GPUs.
        margin: pixels by which a picture is continued beyond its border; None takes `margin_for`
            the noise.
    """

    def __init__(
        self,
        network: PriorUNet,
        *,
        autocast: torch.dtype | None = None,
        channels_last: bool = True,
        margin: int | None = None,
    ) -> None:
        self.network = _frozen(network, channels_last)
        self.autocast = autocast
        self.channels_last = channels_last
        self.margin = margin
        self._folds: tuple[_Way, Folds] | None = None

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        device = next(self.network.parameters()).device
        folds = self._folded(sigma)

        def x0(x: Tensor) -> Tensor:
            x = _in_format(x.to(device), self.channels_last)
            level = torch.full((len(x),), sigma, device=device)
            with _autocast(device, self.autocast):
                return self.network(x, level, folds=folds).x0

        margin = margin_for(sigma) if self.margin is None else self.margin
        padded = run_padded(x0, x_t, margin=margin, multiple=self.network.stride)
        return padded.to(x_t.device).contiguous()

    def _folded(self, sigma: float) -> Folds:
        """The folds of a step, the same for all of its tiles."""
        known, way = self._folds, _way(self.network, sigma, self.autocast)
        if known is None or known[0] != way:
            known = way, _fold(self.network, self.network.embed, (sigma,), self.autocast)
            self._folds = known
        return known[1]


class ConditionalDenoiser:
    """The conditional prior: a Denoiser whose x_t is the damaged picture, or a guess beside it.

    Args:
        network: is put into evaluation mode and into channels_last.
        autocast: as of `PriorDenoiser`.
        facts: what it is told of the damage, as many numbers as it listens to.
    """

    def __init__(
        self,
        network: ConditionalUNet,
        *,
        autocast: torch.dtype | None = None,
        facts: Sequence[float] = (),
    ) -> None:
        self.network = _frozen(network, channels_last=True)
        self.autocast = autocast
        self.facts = facts
        self._folds: tuple[_Way, Folds] | None = None

    def with_facts(self, facts: Sequence[float]) -> ConditionalDenoiser:
        """The same network with facts about another damage."""
        return ConditionalDenoiser(self.network, autocast=self.autocast, facts=facts)

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        """The predicted x_0; other arguments as of `Denoiser`.

        Args:
            x_t: (B, 3, H, W), sqrt(abar) y; or (B, 6, H, W), of which the first three channels are
                sqrt(abar) times a guess and the others y.
        """
        device = next(self.network.parameters()).device
        given = torch.tensor(self.facts, dtype=torch.float32, device=device)
        folds = self._folded(sigma, given)

        def x0(x: Tensor) -> Tensor:
            x = _in_format(x.to(device), channels_last=True)
            level = torch.full((len(x),), sigma, device=device)
            with _autocast(device, self.autocast):
                x_t, y = (x[:, :3], x[:, 3:]) if x.shape[1] > 3 else (x, x * math.hypot(1, sigma))
                return self.network(x_t, level, y, given.expand(len(x), -1), folds=folds).x0

        padded = run_padded(x0, x_t, margin=margin_for(sigma), multiple=self.network.stride)
        return padded.to(x_t.device).contiguous()

    def _folded(self, sigma: float, given: Tensor) -> Folds:
        """The folds of a step, the same for all of its tiles."""
        known, way = self._folds, _way(self.network, sigma, self.autocast)
        if known is None or known[0] != way:
            numbers = sigma, given
            known = way, _fold(self.network, self.network.condition, numbers, self.autocast)
            self._folds = known
        return known[1]


class RotatedDenoiser:
    """A Denoiser that rotates or mirrors the picture, and turns the answer back.

    Args:
        denoiser: the one to ask.
        side: 0 as it is, 1 to 3 quarter turns, 4 to 7 the same mirrored.
    """

    #: All eight, so ordered that the first few differ most.
    SIDES = (0, 6, 4, 2, 5, 3, 7, 1)
    #: Those that leave the top left corner where it is: blocks of a JPEG are counted from it.
    WITH_BLOCKS = (0, 7)
    #: A picture whose sides are multiples of this looks the same to a JPEG from every side.
    BLOCKS = 16

    def __init__(self, denoiser: Denoiser, side: int) -> None:
        self.denoiser = denoiser
        self.quarter_turns, self.mirrored = side % 4, side >= 4

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        x = torch.rot90(x_t, self.quarter_turns, (-2, -1))
        x0 = self.denoiser(x.flip(-1) if self.mirrored else x, sigma)
        return torch.rot90(x0.flip(-1) if self.mirrored else x0, -self.quarter_turns, (-2, -1))


class TimestepDenoiser:
    """A network of the form f(x_t, t), such as a diffusers UNet2DModel, as a Denoiser.

    Args:
        network: called as network(x, t) with t (B,); returns a tensor or has `.sample`.
        schedule: the one it was trained on.
        kind: what it predicts.
        multiple, margin: as in `run_padded`.
    """

    def __init__(
        self,
        network: nn.Module,
        schedule: Schedule,
        kind: PredictionType = "epsilon",
        *,
        autocast: torch.dtype | None = None,
        multiple: int = 8,
        margin: int = 0,
    ) -> None:
        self.network = _frozen(network, False)
        self.schedule = schedule
        self.kind = kind
        self.autocast = autocast
        self.multiple = multiple
        self.margin = margin

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        device = next(self.network.parameters()).device
        t = float(self.schedule.t_from_sigma(sigma))

        def predict(x: Tensor) -> Tensor:
            x = x.to(device)
            with _autocast(device, self.autocast):
                output: Any = self.network(x, torch.full((len(x),), t, device=device))
            return output if isinstance(output, Tensor) else output.sample

        prediction = run_padded(predict, x_t, margin=self.margin, multiple=self.multiple)
        return x0_from_prediction(prediction.to(x_t.device).float(), self.kind, x_t, sigma)


#: Of what folds are made: sigma, the device, and the dtype of convolutions.
_Way = tuple[float, torch.device, torch.dtype | None]


def _way(network: nn.Module, sigma: float, dtype: torch.dtype | None) -> _Way:
    return sigma, next(network.parameters()).device, dtype


def _fold(
    network: PriorUNet,
    embed: Callable[..., Tensor],
    condition: tuple[float | Tensor, ...],
    dtype: torch.dtype | None,
) -> Folds:
    """Folds for one condition, in the dtype of convolutions.

    They can be part of a graph to x_t later, so they are made outside inference mode.
    """
    with torch.inference_mode(False), torch.no_grad():
        device = next(network.parameters()).device
        numbers = [torch.as_tensor(n, dtype=torch.float32, device=device) for n in condition]
        folds = network.fold(embed(*(number[None] for number in numbers)))
        if dtype is None:
            return folds
        return {block: Fold(*(part.to(dtype) for part in fold)) for block, fold in folds.items()}


def _frozen(network: Any, channels_last: bool) -> Any:
    network = network.eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last) if channels_last else network


def _in_format(x: Tensor, channels_last: bool) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last) if channels_last else x


def _autocast(device: torch.device, dtype: torch.dtype | None) -> torch.autocast:
    return torch.autocast(device.type, dtype=dtype, enabled=dtype is not None)


def one_by_one(denoiser: Denoiser) -> Denoiser:
    """The same for a batch: large pictures leave no room for two at a time."""
    return lambda x_t, sigma: stacked((denoiser(one, sigma) for one in x_t.split(1)), len(x_t))


def in_rotation(views: Sequence[Denoiser]) -> Denoiser:
    """One denoiser that asks these one after another, again and again."""
    turns = itertools.cycle(views)
    return lambda x_t, sigma: next(turns)(x_t, sigma)


def colour_apart(denoiser: Denoiser, factor: float) -> Denoiser:
    """Light as the denoiser sees it, colours as it sees them told `factor` times the sigma."""
    weights = torch.tensor(LUMA)[:, None, None]

    def seen(x_t: Tensor, sigma: float) -> Tensor:
        light = denoiser(x_t, sigma)
        scale = vp_scales(factor * sigma)[0] / vp_scales(sigma)[0]
        colour = denoiser(scale * x_t, factor * sigma)
        # as much on every channel changes the light and leaves Cb and Cr
        return colour + (weights.to(x_t) * (light - colour)).sum(1, keepdim=True)

    return seen

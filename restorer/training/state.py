"""The state of a training."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from restorer.diffusion.conditional import ConditionalUNet
from restorer.diffusion.prior import PriorUNet
from restorer.training.hard import PictureErrors
from restorer.training.loss import BINS, Balance, Bins
from restorer.training.muon import Muon
from restorer.training.recipe import Recipe

if TYPE_CHECKING:
    from restorer.training.events import Milestone


#: Of the optimizers, in checkpoints.
_NAMES = "muon", "adamw"


class Trunk(nn.Module):
    """The network as training calls it: from x_t, sigma and facts to v."""

    def __init__(self, network: PriorUNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x_t: Tensor, sigma: Tensor, *facts: Tensor) -> Tensor:
        if isinstance(self.network, ConditionalUNet):
            return self.network.conditional_trunk(x_t, sigma, *facts)
        return self.network.trunk(x_t, sigma)


class ExponentialAverage:
    """The average of the weights over about the last 1 / (1 - decay) steps.

    Attributes:
        network: the network with these weights.
        steps: number of steps averaged so far.
    """

    def __init__(self, network: PriorUNet, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.steps = 0
        self._decay = decay
        self._pairs = list(self.network.parameters()), list(network.parameters())

    @torch.no_grad()
    def update(self) -> None:
        """Add the current weights."""
        n, (averages, weights) = self.steps, self._pairs
        share = 1.0 if n == 0 else 1 - min(self._decay, (1 + n) / (10 + n))
        torch._foreach_lerp_(averages, weights, share)
        self.steps += 1


class State:
    """Weights, their average, optimizers, running errors and progress of a training.

    Args:
        network: the network to train; it is moved to the device.
        recipe: the parameters of the training.
        device: device of the computation.
        dtype: precision of the insensitive part of an optimizer step.
        bins: the bins of the balance.

    Attributes:
        step, seconds: duration of the training so far.
        before: the milestone of the start, None from scratch.
        best: the milestone whose weights are kept, None before the first.
    """

    def __init__(
        self,
        network: PriorUNet,
        recipe: Recipe,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        bins: Bins = BINS,
    ) -> None:
        network = network.to(device, memory_format=torch.channels_last)
        self.recipe = recipe
        self.network = network.train().requires_grad_(True)
        self.average = ExponentialAverage(network, recipe.average)
        self.optimizers = _optimizers(network, recipe, dtype)
        self.balance = Balance(recipe.balance, device, bins)
        self.difficulty = PictureErrors()
        self.step = 0
        self.seconds = 0.0
        self.before: Milestone | None = None
        self.best: Milestone | None = None

    def tensors(self) -> dict[str, Tensor]:
        """The tensors of a checkpoint, by name."""
        averages = self.average.network.state_dict()
        return (
            {f"network/{key}": value for key, value in self.network.state_dict().items()}
            | {f"average/module.{key}": value for key, value in averages.items()}
            | {
                f"{_NAMES[place]}/{number}/{key}": value
                for place, optimizer in enumerate(self.optimizers)
                for number, values in optimizer.state_dict()["state"].items()
                for key, value in values.items()
            }
            | {"average/n_averaged": torch.tensor(self.average.steps)}
            | {"balance": self.balance.errors}
            | {f"hard/{key}": value for key, value in self.difficulty.tensors().items()}
        )

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Restore the state from `tensors`.

        Raises:
            KeyError, RuntimeError, ValueError: if they belong to another network.
        """
        self.network.load_state_dict(_under("network/", tensors))
        self.average.network.load_state_dict(_under("average/module.", tensors))
        self.average.steps = int(tensors["average/n_averaged"])
        device = self.balance.errors.device
        self.balance.errors = tensors["balance"].to(device)
        self.difficulty.load(_under("hard/", tensors), device)
        for name, optimizer in zip(_NAMES, self.optimizers, strict=True):
            states: dict[int, dict[str, Tensor]] = {}
            weights = [weight for group in optimizer.param_groups for weight in group["params"]]
            for key, value in _under(f"{name}/", tensors).items():
                number, what = key.split("/")
                if value.ndim:  # a fused optimizer takes it as it lies in memory, like its weight
                    value = torch.empty_like(weights[int(number)], device="cpu").copy_(value)
                states.setdefault(int(number), {})[what] = value
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": states, "param_groups": groups})


def descend(optimizers: Sequence[Optimizer], rate: float) -> None:
    """Take an optimizer step, then clear the gradients."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def _optimizers(
    network: PriorUNet, recipe: Recipe, dtype: torch.dtype
) -> tuple[Optimizer, Optimizer]:
    """Muon for the inner kernels; AdamW for first and last layer, biases and embeddings."""
    ends, parameters = set(network.ends()), list(network.parameters())
    kernels = [p for p in parameters if p.ndim == 4 and p not in ends]
    others = [p for p in parameters if p.ndim != 4 or p in ends]
    decay, betas = recipe.weight_decay, (recipe.beta1, recipe.beta2)
    return (
        Muon(kernels, lr=recipe.peak, weight_decay=decay, dtype=dtype),
        AdamW(others, lr=recipe.peak, weight_decay=decay, betas=betas, fused=True),
    )


def _under(start: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(start): t for key, t in tensors.items() if key.startswith(start)}

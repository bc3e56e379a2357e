"""All that changes while a prior is trained, and its checkpoint: safetensors, no pickle."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from restorer.diffusion.prior import PriorUNet
from restorer.imaging.atomic import atomic_file
from restorer.training.checkpoint import damaged, read_about
from restorer.training.events import Milestone
from restorer.training.loss import Balance
from restorer.training.muon import Muon
from restorer.training.recipe import Recipe


class Trunk(nn.Module):
    """The network as training sees it: x_t and sigma in, v out."""

    def __init__(self, network: PriorUNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x_t: Tensor, sigma: Tensor) -> Tensor:
        return self.network.trunk(x_t, sigma)


def moving_average(network: PriorUNet, decay: float) -> AveragedModel:
    """An average of the weights over the last 1 / (1 - decay) steps, over fewer at first."""

    def blend(averages: Any, weights: Any, count: Any) -> None:
        n = int(count)
        torch._foreach_lerp_(averages, weights, 1 - min(decay, (1 + n) / (10 + n)))

    return AveragedModel(network, multi_avg_fn=torch.no_grad()(blend))


class State:
    """Weights, their average, the optimizer, running errors, and how far the training is.

    Attributes:
        step, seconds: taken so far.
        before: measured on the start, None from scratch.
        best: the milestone whose weights are kept, None before the first.
    """

    def __init__(
        self,
        network: PriorUNet,
        recipe: Recipe,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        network = network.to(device, memory_format=torch.channels_last)
        self.recipe = recipe
        self.network = network.train().requires_grad_(True)
        self.average = moving_average(network, recipe.average)
        self.optimizer = _optimizer(network, recipe, dtype)
        self.balance = Balance(recipe.balance, device)
        self.step = 0
        self.seconds = 0.0
        self.before: Milestone | None = None
        self.best: Milestone | None = None

    def save(self, path: Path, pictures: str) -> None:
        """Write a checkpoint, whole or not at all; `pictures` says what it was trained on."""
        about = {
            "recipe": self.recipe.to_json(),
            "config": self.network.to_json_string(),
            "step": str(self.step),
            "seconds": repr(self.seconds),
            "before": _to_json(self.before),
            "best": _to_json(self.best),
            "pictures": pictures,
        }
        data = save({key: value.contiguous() for key, value in self._tensors().items()}, about)
        with atomic_file(path, force=True) as file:
            file.write(data)

    def restore(self, path: Path) -> None:
        """Go on exactly where `save` was called.

        Raises:
            BadInput: if the file is damaged.
        """
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            about = read_about(path)
            self.network.load_state_dict(_under("network", tensors))
            self.average.load_state_dict(_under("average", tensors))
            self.balance.errors = tensors["balance"].to(self.balance.errors.device)
            self._restore_optimizer(_under("optimizer", tensors))
            self.step, self.seconds = int(about["step"]), float(about["seconds"])
            self.before, self.best = _from_json(about["before"]), _from_json(about["best"])
        except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
            raise damaged(path, error) from error

    def _tensors(self) -> dict[str, Tensor]:
        states = self.optimizer.state_dict()["state"]
        return (
            {f"network/{key}": value for key, value in self.network.state_dict().items()}
            | {f"average/{key}": value for key, value in self.average.state_dict().items()}
            | {
                f"optimizer/{number}/{key}": value
                for number, values in states.items()
                for key, value in values.items()
            }
            | {"balance": self.balance.errors}
        )

    def _restore_optimizer(self, tensors: dict[str, Tensor]) -> None:
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            number, key = name.split("/")
            states.setdefault(int(number), {})[key] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": states, "param_groups": groups})


def _optimizer(network: PriorUNet, recipe: Recipe, dtype: torch.dtype) -> Muon:
    ends = set(network.ends())
    kernels = [p for p in network.parameters() if p.ndim == 4 and p not in ends]
    others = [p for p in network.parameters() if p.ndim != 4 or p in ends]
    return Muon(
        kernels,
        others,
        lr=recipe.peak,
        betas=(recipe.beta1, recipe.beta2),
        weight_decay=recipe.weight_decay,
        dtype=dtype,
    )


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}/"
    return {key.removeprefix(start): t for key, t in tensors.items() if key.startswith(start)}


def _to_json(milestone: Milestone | None) -> str:
    return json.dumps(milestone and asdict(milestone) | {"sample": str(milestone.sample)})


def _from_json(text: str) -> Milestone | None:
    values = json.loads(text)
    if values is None:
        return None
    psnr = {int(level): decibels for level, decibels in values["psnr"].items()}
    return Milestone(**values | {"psnr": psnr, "sample": Path(values["sample"])})

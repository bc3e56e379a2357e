"""Writes and reads checkpoints: the whole state as safetensors, no pickle."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from restorer.imaging.atomic import atomic_file
from restorer.training.checkpoint import damaged, read_about
from restorer.training.events import Milestone
from restorer.training.state import State


def save_state(state: State, path: Path, pictures: str) -> None:
    """Write a checkpoint atomically; `pictures` identifies the training pictures."""
    about = {
        "recipe": state.recipe.to_json(),
        "config": state.network.to_json_string(),
        "step": str(state.step),
        "seconds": repr(state.seconds),
        "before": _to_json(state.before),
        "best": _to_json(state.best),
        "pictures": pictures,
    }
    data = save({key: value.contiguous() for key, value in state.tensors().items()}, about)
    with atomic_file(path, force=True) as file:
        file.write(data)


def restore_state(state: State, path: Path) -> None:
    """Restore the state that `save_state` wrote.

    Raises:
        BadInput: if the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        about = read_about(path)
        state.load(tensors)
        state.step, state.seconds = int(about["step"]), float(about["seconds"])
        state.before, state.best = _from_json(about["before"]), _from_json(about["best"])
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise damaged(path, error) from error


def _to_json(milestone: Milestone | None) -> str:
    return json.dumps(milestone and asdict(milestone) | {"sample": str(milestone.sample)})


def _from_json(text: str) -> Milestone | None:
    values = json.loads(text)
    if values is None:
        return None
    psnr = {int(level): decibels for level, decibels in values["psnr"].items()}
    return Milestone(**values | {"psnr": psnr, "sample": Path(values["sample"])})

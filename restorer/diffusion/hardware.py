"""Where and how precisely to compute: chosen from what is there, CPUs by timing them."""

from __future__ import annotations

import os
from typing import Literal

import torch

from restorer.diffusion import timing
from restorer.errors import BadInput
from restorer.words import tr

DeviceName = Literal["auto", "cpu", "cuda", "mps"]

#: How precisely convolutions are computed; "auto" takes what pays on this machine.
Precision = Literal["auto", "float32", "bfloat16"]


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name, or for "auto" the fastest kind there is.

    Raises:
        BadInput: if there is no such device here.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, there in available.items() if there))
    if not available.get(name, False):
        raise BadInput("There is no device “{name}” here.", name=name)
    return torch.device(name)


def choose_autocast(device: torch.device, precision: Precision = "auto") -> torch.dtype | None:
    """The dtype to compute convolutions in, None for float32 throughout.

    Some CPUs convolve in bf16 twice as fast as in float32, others ten times slower, and no flag
    tells for sure: `timing` has measured once. GPUs with tensor cores take half precision.

    Raises:
        BadInput: for a precision that the device does not compute in.
    """
    if precision == "float32":
        return None
    asked = precision == "bfloat16"
    match device.type:
        case "cuda" if torch.cuda.is_bf16_supported():
            return torch.bfloat16
        case "cuda" if not asked:
            return torch.float16
        case "cpu":
            return torch.bfloat16 if asked or timing.bfloat16_pays() else None
    if asked:
        raise BadInput("{device} does not compute in bfloat16 here.", device=title(device))
    return None


def precision_name(autocast: torch.dtype | None) -> str:
    """The same as a word: "float32", "bfloat16" or "float16"."""
    return "float32" if autocast is None else str(autocast).removeprefix("torch.")


def room(device: torch.device, taken: float = 0.0) -> float:
    """Bytes that a model, or what is left beside it, can count on.

    What fits decides how it is computed, and with that the last bits. On a CPU it is therefore
    three quarters of all memory, however much others use now; a GPU may not swap, so there it is
    what is free.

    Args:
        device: where.
        taken: by the model already.
    """
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0])
    import psutil

    return 0.75 * psutil.virtual_memory().total - taken


def limit_threads(spare: int) -> None:
    """Leave `spare` cores to others (a window); OMP_NUM_THREADS, where set, decides instead."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) - spare))


def title(device: torch.device) -> str:
    """What to call a device in a status bar."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"cpu": "CPU", "mps": tr("Apple GPU")}.get(device.type, device.type)

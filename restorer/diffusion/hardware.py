"""Where and how precisely to compute: chosen from what is there, CPUs by timing them."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Literal

import torch
from torch import nn

from restorer.errors import BadInput

DeviceName = Literal["auto", "cpu", "cuda", "mps"]

#: bf16 must be clearly faster before its rounding is accepted.
_WORTH_IT = 0.8


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
        raise BadInput(f"There is no device “{name}” here.")
    return torch.device(name)


def choose_autocast(device: torch.device) -> torch.dtype | None:
    """The dtype to compute convolutions in, None for float32 throughout.

    Some CPUs convolve in bf16 twice as fast as in float32, others ten times slower, and no flag
    tells for sure: both are timed once. GPUs with tensor cores take half precision.
    """
    match device.type:
        case "cuda":
            return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        case "cpu":
            return torch.bfloat16 if _bf16_pays() else None
        case _:
            return None


@cache
def _bf16_pays() -> bool:
    return _seconds(torch.bfloat16) < _WORTH_IT * _seconds(None)


def _seconds(dtype: torch.dtype | None) -> float:
    """The best of three small convolutions like the prior's."""
    conv = nn.Conv2d(96, 96, 3, padding=1)
    x = torch.zeros(1, 96, 48, 48).contiguous(memory_format=torch.channels_last)
    best = float("inf")
    with torch.inference_mode(), torch.autocast("cpu", dtype=dtype, enabled=dtype is not None):
        for _ in range(4):  # the first one also builds the kernel
            start = time.perf_counter()
            conv(x)
            best = min(best, time.perf_counter() - start)
    return best


def free_bytes(device: torch.device) -> int:
    """Memory that a model could take on this device now."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def limit_threads(spare: int) -> None:
    """Leave `spare` cores to others (a window); OMP_NUM_THREADS, where set, decides instead."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) - spare))


def title(device: torch.device) -> str:
    """What to call a device in a status bar."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(device.type, device.type)

"""Whether a CPU is faster in bfloat16: measured once, remembered for good.

What is decided changes the last bits of every picture. So it is decided once for a processor and a
torch, from what a busy machine cannot tip, and read from a file ever after; where no file can be
kept it is float32.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from functools import cache
from pathlib import Path

import torch
from platformdirs import user_config_path
from torch import nn

from restorer.errors import RestorerError
from restorer.imaging.atomic import atomic_file

#: bf16 must take less than this of float32's time before its rounding is accepted.
_WORTH_IT = 0.8

#: Rounds of each half of the measurement: the best of many is that of a quiet moment.
_ROUNDS = 8


@cache
def bfloat16_pays() -> bool:
    """As remembered; measured the first time that this is asked on a machine."""
    place = memory()
    damaged, remembered = place.exists(), _read(place)
    if remembered is None:
        pays = bfloat16_is_faster()
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            about = {"processor": processor(), "torch": torch.__version__, "bfloat16": pays}
            with atomic_file(place, force=damaged) as file:
                file.write(json.dumps(about, indent=2).encode() + b"\n")
        except (RestorerError, OSError):
            pass  # no place for it; or another process was first, and counts
        remembered = _read(place)
    return bool(remembered)


def memory() -> Path:
    """The file that remembers; its name tells processor and torch apart."""
    name = hashlib.sha256(f"{processor()} {torch.__version__}".encode()).hexdigest()[:12]
    return user_config_path("restorer", appauthor=False) / f"precision-{name}.json"


def bfloat16_is_faster() -> bool:
    """Whether bf16 is clearly faster: in turns with float32, and in both halves of the rounds.

    Only one other thing slowing down all rounds of one half would tip this, and then towards
    float32.
    """
    seconds: list[dict[bool, float]] = []
    for _ in range(2):
        rounds = [{half: _seconds(half) for half in (False, True)} for _ in range(_ROUNDS)]
        seconds.append({half: min(one[half] for one in rounds) for half in (False, True)})
    return all(best[True] < _WORTH_IT * best[False] for best in seconds)


@cache
def processor() -> str:
    """What the processor calls itself, and the instructions that torch uses of it."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{named[0] if named else name} {torch.backends.cpu.get_cpu_capability()}"


def _read(place: Path) -> bool | None:
    try:
        pays = json.loads(place.read_text(encoding="utf-8"))["bfloat16"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pays if isinstance(pays, bool) else None


def _seconds(half: bool) -> float:
    """Of one small convolution like the prior's; the kernel is built before."""
    conv, x = _convolution()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        conv(x)
        start = time.perf_counter()
        conv(x)
        return time.perf_counter() - start


@cache
def _convolution() -> tuple[nn.Module, torch.Tensor]:
    conv = nn.Conv2d(96, 96, 3, padding=1)
    return conv, torch.zeros(1, 96, 48, 48).contiguous(memory_format=torch.channels_last)

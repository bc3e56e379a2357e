"""Check and time everything that depends on the device: for anyone with a card, to report.

    python benchmarks/devices.py                 every device that is here
    python benchmarks/devices.py --quick         in a minute on two cores
    python benchmarks/devices.py --device cuda --json report.json

For each device, precision and memory format: seconds for one evaluation of the network, the most
memory it took, and how far its answer lies from that of the processor in float32. Then a whole run,
in dB against the clean picture, and the same while memory is short (that failure is acted, on every
device): with smaller tiles and, of a card, on the processor. It ends with 1 if anything is wrong.
Paste what it prints into an issue.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from restorer import __version__, read_picture
from restorer.diffusion import hardware
from restorer.diffusion.denoiser import PriorDenoiser
from restorer.diffusion.out_of_memory import LowMemoryDenoiser
from restorer.diffusion.schedule import LINEAR, sigma_from_noise
from restorer.diffusion.tensors import to_tensor
from restorer.engine.carry_out import task_done
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.models import find_model
from restorer.engine.networks import load_prior
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture
from restorer.resources import resource_path

NOISE = 25.0
#: How far an answer may lie from that in float32 on the processor, root mean square, 0-255 scale.
FAR = {None: 0.02, torch.bfloat16: 1.0, torch.float16: 0.3}
#: How many dB a run may lose by precision or by small tiles.
LOSS = 0.1


def main() -> int:
    """Go through what is there; returns 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=["cuda", "mps", "cpu"], action="append")
    parser.add_argument("--quick", action="store_true", help="small pictures, one repeat")
    parser.add_argument("--json", type=Path, help="write all numbers there, too")
    wanted = parser.parse_args()
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    devices = wanted.device or [*(name for name, here in there.items() if here), "cpu"]

    side, repeat = (160, 1) if wanted.quick else (512, 3)
    clean = read_picture(resource_path("samples", "portrait.png")).pixels[:side, :side]
    static = np.random.default_rng(0).standard_normal(clean.shape).astype(np.float32)
    noisy = np.clip(clean + static * np.float32(NOISE / 255), 0, 1)
    report: dict[str, Any] = {
        "restorer": __version__,
        "torch": torch.__version__,
        "system": platform.platform(),
        "side": side,
        "rows": [],
    }
    print(f"Restorer {__version__}, torch {torch.__version__}, {platform.platform()}")
    expected = answer(PriorDenoiser(load_prior(find_model("builtin"))), noisy)
    wrong = 0
    for name in devices:
        device = torch.device(name)
        print(f"\n{name}: {hardware.title(device)}")
        rows = [*evaluations(device, noisy, expected, repeat), *runs(name, clean, noisy)]
        for row in rows:
            wrong += bool(row["wrong"])
            print(told(row), flush=True)
        report["rows"] += rows
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(report, indent=2))
    print(f"\n{wrong} of {len(report['rows'])} wrong" if wrong else "\nAll is well.")
    return int(wrong > 0)


def told(row: dict[str, Any]) -> str:
    """A row as a line."""
    numbers = (f"{name} {value}" for name, value in row.items() if name not in ("what", "wrong"))
    wrong = f"   WRONG: {row['wrong']}" if row["wrong"] else ""
    return f"  {row['what']:36} {', '.join(numbers)}{wrong}"


def answer(denoiser: Callable[..., torch.Tensor], noisy: np.ndarray) -> torch.Tensor:
    """The network's x0 for a picture, on the processor."""
    sigma = float(sigma_from_noise(NOISE))
    x_t = to_tensor(noisy) / float(np.hypot(1, sigma))
    with torch.inference_mode():
        return denoiser(x_t, sigma).cpu()


def evaluations(
    device: torch.device, noisy: np.ndarray, expected: torch.Tensor, repeat: int
) -> Iterator[dict[str, Any]]:
    """One evaluation in every precision and memory format."""
    for dtype in precisions(device):
        for channels_last in (True, False):
            network = load_prior(find_model("builtin")).to(device)
            denoiser = PriorDenoiser(network, autocast=dtype, channels_last=channels_last)
            name = hardware.precision_name(dtype)
            row: dict[str, Any] = {
                "what": f"{name}, {'channels_last' if channels_last else 'contiguous'}"
            }
            try:
                answer(denoiser, noisy)  # the first one prepares much
                seconds, memory = timed(
                    device, lambda denoiser=denoiser: answer(denoiser, noisy), repeat
                )
                far = 127.5 * float((answer(denoiser, noisy) - expected).square().mean().sqrt())
            except Exception as error:  # a report of a failure is what this is for
                yield row | {"wrong": f"{type(error).__name__}: {error}".splitlines()[0]}
                continue
            row["s/megapixel"] = round(seconds * 1e6 / noisy[..., 0].size, 3)
            if memory is not None:
                row["MB"] = round(memory / 1e6)
            row["off by (of 255)"] = round(far, 4)
            yield row | {"wrong": "" if far <= FAR[dtype] else f"more than {FAR[dtype]} of 255"}


def precisions(device: torch.device) -> list[torch.dtype | None]:
    """Those that the program may choose there."""
    if device.type == "cuda":
        half = [torch.bfloat16] if torch.cuda.is_bf16_supported() else []
        return [None, *half, torch.float16]
    return [None, torch.bfloat16] if device.type == "cpu" else [None]


def timed(
    device: torch.device, work: Callable[[], object], repeat: int
) -> tuple[float, float | None]:
    """Seconds of the quickest time, and the most bytes of the card that were taken."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    seconds = []
    for _ in range(repeat):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
    return min(seconds), peak


def runs(name: str, clean: np.ndarray, noisy: np.ndarray) -> Iterator[dict[str, Any]]:
    """A restoration as a person gets it, and the same while memory is short."""
    plain, _, row = restored(name, clean, noisy)
    yield row | {"what": "a run", "wrong": "" if plain > 28 else "hardly better than it came"}
    longest = max(noisy.shape[:2])
    for what, room, notes in (("smaller tiles", longest - 16, 1), ("hardly any", 0, 2)):
        if name == "cpu" and room == 0:
            continue  # nothing is left to give up
        with short_of_memory(room):
            level, heard, row = restored(name, clean, noisy)
        wrong = "" if abs(level - plain) <= LOSS else f"{level - plain:+.2f} dB"
        wrong = wrong if len(heard) >= notes else f"{len(heard)} notes in place of {notes}"
        yield row | {"what": f"a run, memory for {what}", "notes": len(heard), "wrong": wrong}


def restored(
    name: str, clean: np.ndarray, noisy: np.ndarray
) -> tuple[float, list[str], dict[str, Any]]:
    """dB against the clean picture, what was said of memory, and a row."""
    engine, heard = Engine(device=name), list[str]()
    engine.on_shortage = heard.append
    task = RestorationTask(start=float(LINEAR.t_from_noise(NOISE)), steps=4)
    outcome = task_done(task, Inputs(Picture(noisy)), engine, name)
    error = float(((outcome.picture.pixels - clean) ** 2).mean())
    level = -10 * float(np.log10(error))
    row = {
        "s": round(outcome.seconds, 2),
        "dB": round(level, 2),
        "computed by": engine.load().place,
    }
    return level, heard, row


@contextmanager
def short_of_memory(room: int) -> Iterator[None]:
    """Networks on a card, or on the processor, fail for tiles with a side longer than `room`."""
    asked = PriorDenoiser.__call__
    given_up = LowMemoryDenoiser._give_way
    moved = [False]

    def full(self: PriorDenoiser, x_t: torch.Tensor, sigma: float, /) -> torch.Tensor:
        if max(x_t.shape[-2:]) > room and not moved[0]:
            raise torch.OutOfMemoryError("out of memory (acted)")
        return asked(self, x_t, sigma)

    def give_way(self: LowMemoryDenoiser, x_t: torch.Tensor) -> None:
        given_up(self, x_t)
        moved[0] = self._room.on_processor

    PriorDenoiser.__call__, LowMemoryDenoiser._give_way = full, give_way  # type: ignore[method-assign]
    try:
        yield
    finally:
        PriorDenoiser.__call__, LowMemoryDenoiser._give_way = asked, given_up  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())

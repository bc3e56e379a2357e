"""Compares the speed of `restorer train` with that of another checkout, on this machine.

    python benchmarks/training_speed.py FOLDER --against OTHER_CHECKOUT [--steps 20] [--rounds 3]

FOLDER holds pictures. Trainings from the built-in prior alternate between both checkouts, each in
its own process, with the same batch and crop. Seconds are processor time, including threads that
prepare crops, so that other programs hardly matter.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]

#: Knows only what both states of the code have.
_TRAINING = """
import statistics, sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from restorer.training.events import Step
from restorer.training.folder import TrainingFolder
from restorer.training.loop import train
from restorer.training.recipe import Recipe
pictures, out, steps, batch, crop = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
recipe = Recipe((pictures,), steps=steps, batch=batch, crop=crop, milestone_steps=10**6)
times = [time.process_time() for e in train(recipe, TrainingFolder(Path(out)), device="cpu")
         if isinstance(e, Step)]
gaps = [b - a for a, b in zip(times[2:], times[3:])]
print(batch * crop * crop / statistics.median(gaps))
"""


def pixels_a_second(checkout: Path, options: argparse.Namespace) -> float:
    """Of one training by the code of a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = map(str, (options.steps, options.batch, options.crop))
        command = [sys.executable, "-c", _TRAINING, str(options.folder), f"{folder}/new", *numbers]
        surroundings = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, env=surroundings, cwd=checkout, capture_output=True, text=True, check=True
        )
    return float(done.stdout.split()[-1])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=lambda text: Path(text).resolve())
    parser.add_argument("--against", type=lambda text: Path(text).resolve(), required=True)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=96)
    options = parser.parse_args()
    found: dict[Path, list[float]] = {_HERE: [], options.against: []}
    for number in range(2 * options.rounds):
        checkout = list(found)[number % 2]
        found[checkout].append(pixels_a_second(checkout, options))
        print(f"{checkout}: {found[checkout][-1]:.0f} pixels a second", flush=True)
    here, there = (statistics.median(values) for values in found.values())
    print(f"{here / there:.3f} times as fast as {options.against}")


if __name__ == "__main__":
    main()

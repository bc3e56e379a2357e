"""Make the network that fills holes.

    python -m restorer.training.filling FOLDER [FOLDER ...] OUT [--shapes FOLDER] [--minutes 90]

The folders hold clean pictures, OUT becomes a model folder. Every example is a crop with made-up
holes (`holes`, `hole_crops`) and a function of the seed and its number. The network is trained from
the built-in prior; what counts is the squared error inside the holes, divided by its running mean
for that kind and depth of hole. The average is written every 200 steps, with the error on pictures
held out.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from restorer.diffusion import hardware
from restorer.diffusion.filling import FillingUNet, from_prior
from restorer.engine.models import find_model
from restorer.engine.networks import load_network, load_prior
from restorer.engine.task import BUILTIN_MODEL
from restorer.training.hole_crops import (
    HOLE_BINS,
    Example,
    HoleBatch,
    example,
    kind_of,
    learn,
    with_guesses,
)
from restorer.training.holes import KINDS
from restorer.training.network import new_network, write_model
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.training.shapes import Shapes
from restorer.training.state import State

_HELD_OUT = 8  # one picture in so many
_TOLD_EVERY = 200
_MEASURED = 8  # batches


class Examples:
    """Batches by number, the next one made while the last is learnt from."""

    def __init__(self, files: list[Path], recipe: Recipe, shapes: Shapes | None = None) -> None:
        self._pictures = Pictures(files, recipe.crop, recipe.memory, recipe.seed)
        self._recipe, self._shapes = recipe, shapes

    def all(self) -> Iterator[HoleBatch]:
        """Without end."""
        with ThreadPoolExecutor(1) as thread:
            step, coming = 1, thread.submit(self.batch, 0)
            while True:
                now, coming = coming.result(), thread.submit(self.batch, step)
                yield now
                step += 1

    def batch(self, step: int) -> HoleBatch:
        """Examples of a step."""
        first = step * self._recipe.batch
        made = [self._example(first + i) for i in range(self._recipe.batch)]
        truth, seen, missing, bins = zip(*made, strict=True)
        x0, y = (torch.from_numpy(2 * np.stack(p) - 1).permute(0, 3, 1, 2) for p in (truth, seen))
        return with_guesses(x0, y, torch.from_numpy(np.stack(missing))[:, None], torch.tensor(bins))

    def _example(self, number: int) -> Example:
        recipe = self._recipe
        rng = np.random.default_rng([recipe.seed, number])
        return example(self._pictures.pick(number, rng), recipe.crop, rng, self._shapes)


def train(examples: Examples, held: Examples, recipe: Recipe, out: Path) -> FillingUNet:
    """By the clock; the average is written every 200 steps."""
    torch.manual_seed(recipe.seed)
    autocast = hardware.choose_autocast(torch.device("cpu"))
    state = State(_begun(recipe), recipe, torch.device("cpu"), autocast or torch.float32, HOLE_BINS)
    begun = time.monotonic()
    for batch in examples.all():
        done = recipe.progress(state.step, time.monotonic() - begun)
        if done >= 1:
            break
        learn(state, batch, done, torch.autocast("cpu", autocast, enabled=autocast is not None))
        if state.step % _TOLD_EVERY == 0 or state.step == 20:
            _tell(state, held, done, out, time.monotonic() - begun)
    _tell(state, held, 1.0, out, time.monotonic() - begun)
    return _averaged(state).eval()


def _averaged(state: State) -> FillingUNet:
    network = state.average.network
    assert isinstance(network, FillingUNet)
    return network


def _begun(recipe: Recipe) -> FillingUNet:
    """From a prior, from weights that fill already, or from nothing."""
    if recipe.start == SCRATCH:
        return from_prior(new_network(recipe))
    info = find_model(recipe.start)
    if info.kind == "filling":
        return load_network(FillingUNet, info)
    return from_prior(load_prior(info))


def _tell(state: State, held: Examples, done: float, out: Path, seconds: float) -> None:
    network = _averaged(state)
    write_model(out, network, "")
    said = measure(network, held)
    level = 10 * math.log10(4 / state.balance.level())
    sys.stdout.write(f"{done:4.0%} {state.step:6} {seconds:6.0f} {level:6.2f}  {said}\n")
    sys.stdout.flush()


@torch.inference_mode()
def measure(network: FillingUNet, examples: Examples, batches: int = _MEASURED) -> str:
    """PSNR in the holes by kind after one look and two, and what the second gains over a guess."""
    found: dict[str, list[tuple[float, ...]]] = {kind: [] for kind in KINDS}
    for step in range(batches):
        batch = examples.batch(step)
        first = batch.answer(network)
        second = batch.again(first).answer(network)
        errors = [batch.errors(answer) for answer in (batch.guess, first, second)]
        for place, *three in zip(batch.bins, *errors, strict=True):
            found[kind_of(int(place))].append(
                tuple(10 * math.log10(4 / max(float(e), 1e-6)) for e in three)
            )
    means = {kind: np.mean(values, axis=0) for kind, values in found.items() if values}
    return ", ".join(f"{k} {m[1]:.2f} {m[2]:.2f} ({m[2] - m[0]:+.2f})" for k, m in means.items())


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", help="of clean pictures")
    parser.add_argument("out", type=Path)
    parser.add_argument("--shapes", type=Path, help="folder of real shapes of damage")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--from", dest="start", default=BUILTIN_MODEL, help="prior, or weights")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        tuple(options.folders),
        start=options.start,
        minutes=options.minutes,
        batch=options.batch,
        crop=options.crop,
        rate=options.rate,
        seed=options.seed,
        average=0.998,
    )
    files = find_pictures(recipe.folders)
    apart = files[::_HELD_OUT]
    learnt = sorted(set(files) - set(apart))
    shapes = [Shapes(options.shapes, kept) if options.shapes else None for kept in (False, True)]
    held = Examples(apart, replace(recipe, seed=recipe.seed + 1), shapes[1])
    train(Examples(learnt, recipe, shapes[0]), held, recipe, options.out)


if __name__ == "__main__":
    main()

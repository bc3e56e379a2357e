"""Training of networks that look again (`looks`), on the processor and by the clock.

The average of the weights is written every 200 steps, with the error on pictures held out.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from restorer.diffusion import hardware
from restorer.diffusion.prior import PriorUNet
from restorer.training.looks import Examples, Subject, coming, learn, measure
from restorer.training.network import write_model
from restorer.training.pictures import find_pictures
from restorer.training.recipe import Recipe
from restorer.training.state import State

_HELD_OUT = 8  # one picture in so many
_TOLD_EVERY = 200


def train(
    network: PriorUNet,
    batch: Callable[[int], Examples],
    held: Callable[[int], Examples],
    subject: Subject[Examples],
    recipe: Recipe,
    out: Path,
) -> PriorUNet:
    """By the clock, on the processor; the average is written every 200 steps.

    Args:
        network: to begin with.
        batch: makes the examples of a step.
        held: the same of pictures that are held out.
        out: becomes a model folder.
    """
    torch.manual_seed(recipe.seed)
    autocast = hardware.choose_autocast(torch.device("cpu"))
    dtype = autocast or torch.float32
    state = State(network, recipe, torch.device("cpu"), dtype, subject.bins)
    begun = time.monotonic()

    def tell(done: float) -> None:
        average = state.average.network
        write_model(out, average, "")
        level = 10 * math.log10(4 / state.balance.level())
        seconds, said = time.monotonic() - begun, measure(average, held, subject)
        sys.stdout.write(f"{done:4.0%} {state.step:6} {seconds:6.0f} {level:6.2f}  {said}\n")
        sys.stdout.flush()

    for examples in coming(batch):
        done = recipe.progress(state.step, time.monotonic() - begun)
        if done >= 1:
            break
        precision = torch.autocast("cpu", autocast, enabled=autocast is not None)
        learn(state, examples, subject, done, precision)
        if state.step % _TOLD_EVERY == 0 or state.step == 20:
            tell(done)
    tell(1.0)
    return state.average.network.eval()


@dataclass(frozen=True)
class Asked:
    """What the command line of such a training says: the recipe, and the pictures by use."""

    recipe: Recipe
    learnt: list[Path]
    apart: list[Path]
    options: argparse.Namespace

    @property
    def recipe_apart(self) -> Recipe:
        """Of the pictures that are held out."""
        return replace(self.recipe, seed=self.recipe.seed + 1)


def asked(parser: argparse.ArgumentParser, start: str) -> Asked:
    """Read the command line.

    Args:
        parser: with the options of this training alone.
        start: the model to begin from, if nobody says.
    """
    parser.add_argument("folders", nargs="+", help="of clean pictures")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--from", dest="start", default=start, help="weights to begin from")
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
    return Asked(recipe, sorted(set(files) - set(apart)), apart, options)

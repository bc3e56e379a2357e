"""Trains networks that refine their own answers (`refinement`) for a given time, on the processor.

Every 200 steps, the average of the weights is written, and its error on held-out pictures printed.
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
from restorer.training.network import write_model
from restorer.training.pictures import find_pictures
from restorer.training.recipe import Recipe
from restorer.training.refinement import Examples, Subject, learn, measure, prefetch
from restorer.training.state import State

_HELD_OUT = 8  # one picture in so many
_REPORT_EVERY = 200


def train(
    network: PriorUNet,
    batch: Callable[[int], Examples],
    held: Callable[[int], Examples],
    subject: Subject[Examples],
    recipe: Recipe,
    out: Path,
) -> PriorUNet:
    """Train a network for the recipe's time; returns the average of its weights.

    Args:
        network: the untrained network.
        batch: makes the examples of a step, from its number.
        held: the same from held-out pictures.
        subject: what the network learns.
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

    for examples in prefetch(batch):
        done = recipe.progress(state.step, time.monotonic() - begun)
        if done >= 1:
            break
        precision = torch.autocast("cpu", autocast, enabled=autocast is not None)
        learn(state, examples, subject, done, precision)
        if state.step % _REPORT_EVERY == 0 or state.step == 20:
            tell(done)
    tell(1.0)
    return state.average.network.eval()


@dataclass(frozen=True)
class TrainingArguments:
    """The command line of such a training.

    Attributes:
        learnt: pictures to train on.
        held_out: pictures to measure the error on.
    """

    recipe: Recipe
    learnt: list[Path]
    held_out: list[Path]
    options: argparse.Namespace

    @property
    def held_out_recipe(self) -> Recipe:
        """The recipe for held-out pictures: another seed."""
        return replace(self.recipe, seed=self.recipe.seed + 1)


def parse_options(parser: argparse.ArgumentParser, start: str) -> TrainingArguments:
    """Read the command line.

    Args:
        parser: holds the options of this training alone.
        start: default model to start from.
    """
    parser.add_argument("folders", nargs="+", help="of clean pictures")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--from", dest="start", default=start, help="weights to start from")
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
    held_out = files[::_HELD_OUT]
    return TrainingArguments(recipe, sorted(set(files) - set(held_out)), held_out, options)

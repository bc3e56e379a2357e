"""Train the network that fills holes.

    python -m restorer.training.filling FOLDER [FOLDER ...] OUT [--shapes FOLDER] [--minutes 90]

The folders hold clean pictures; OUT becomes a model folder. Each example is a crop with synthetic
holes (`holes`, `hole_crops`) and depends only on the seed and its number. Training starts from the
built-in prior. The loss is the squared error inside the holes, divided by its running mean for that
kind and depth of hole. Every 200 steps, the average of the weights is written, and its error on
held-out pictures is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from restorer.diffusion.filling import FillingUNet, from_prior
from restorer.engine.models import find_model
from restorer.engine.networks import load_network, load_prior
from restorer.engine.task import BUILTIN_MODEL
from restorer.training.by_the_clock import parse_options, train
from restorer.training.hole_crops import FILLING, Example, HoleBatch, example, with_guesses
from restorer.training.network import new_network
from restorer.training.pictures import Pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.training.shapes import Shapes


class HoleCrops:
    """Makes numbered batches of crops with holes.

    Args:
        files: the clean pictures.
        recipe: its crop size, batch size, memory and seed are used.
        shapes: real shapes of damage to make holes of; None for drawn ones only.
    """

    def __init__(self, files: list[Path], recipe: Recipe, shapes: Shapes | None = None) -> None:
        self._pictures = Pictures(files, recipe.crop, recipe.memory, recipe.seed)
        self._recipe, self._shapes = recipe, shapes

    def batch(self, step: int) -> HoleBatch:
        """Make the batch of a step."""
        first = step * self._recipe.batch
        made = [self._example(first + i) for i in range(self._recipe.batch)]
        truth, seen, missing, bins = zip(*made, strict=True)
        x0, y = (torch.from_numpy(2 * np.stack(p) - 1).permute(0, 3, 1, 2) for p in (truth, seen))
        return with_guesses(x0, y, torch.from_numpy(np.stack(missing))[:, None], torch.tensor(bins))

    def _example(self, number: int) -> Example:
        recipe = self._recipe
        rng = np.random.default_rng([recipe.seed, number])
        return example(self._pictures.pick(number, rng), recipe.crop, rng, self._shapes)


def starting_network(recipe: Recipe) -> FillingUNet:
    """The untrained network: a prior, a filling network or random weights, as the recipe says."""
    if recipe.start == SCRATCH:
        return from_prior(new_network(recipe))
    info = find_model(recipe.start)
    if info.kind == "filling":
        return load_network(FillingUNet, info)
    return from_prior(load_prior(info))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shapes", type=Path, help="folder of real shapes of damage")
    arguments = parse_options(parser, BUILTIN_MODEL)
    folder = arguments.options.shapes
    seen, unseen = (Shapes(folder, held) if folder else None for held in (False, True))
    learnt = HoleCrops(arguments.learnt, arguments.recipe, seen)
    held = HoleCrops(arguments.held_out, arguments.held_out_recipe, unseen)
    train(
        starting_network(arguments.recipe),
        learnt.batch,
        held.batch,
        FILLING,
        arguments.recipe,
        arguments.options.out,
    )


if __name__ == "__main__":
    main()

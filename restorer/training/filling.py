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
from pathlib import Path

import numpy as np
import torch

from restorer.diffusion.filling import FillingUNet, from_prior
from restorer.engine.models import find_model
from restorer.engine.networks import load_network, load_prior
from restorer.engine.task import BUILTIN_MODEL
from restorer.training.by_the_clock import asked, train
from restorer.training.hole_crops import FILLING, Example, HoleBatch, example, with_guesses
from restorer.training.network import new_network
from restorer.training.pictures import Pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.training.shapes import Shapes


class HoleCrops:
    """Batches of crops with holes, by number."""

    def __init__(self, files: list[Path], recipe: Recipe, shapes: Shapes | None = None) -> None:
        self._pictures = Pictures(files, recipe.crop, recipe.memory, recipe.seed)
        self._recipe, self._shapes = recipe, shapes

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


def begun(recipe: Recipe) -> FillingUNet:
    """From a prior, from weights that fill already, or from nothing."""
    if recipe.start == SCRATCH:
        return from_prior(new_network(recipe))
    info = find_model(recipe.start)
    if info.kind == "filling":
        return load_network(FillingUNet, info)
    return from_prior(load_prior(info))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shapes", type=Path, help="folder of real shapes of damage")
    said = asked(parser, BUILTIN_MODEL)
    folder = said.options.shapes
    seen, unseen = (Shapes(folder, held) if folder else None for held in (False, True))
    learnt = HoleCrops(said.learnt, said.recipe, seen)
    held = HoleCrops(said.apart, said.recipe_apart, unseen)
    train(begun(said.recipe), learnt.batch, held.batch, FILLING, said.recipe, said.options.out)


if __name__ == "__main__":
    main()

"""Train the network that sharpens.

    python -m restorer.training.sharpening FOLDER [FOLDER ...] OUT [--minutes 90]

The folders hold clean pictures; OUT becomes a model folder. Each example is a blurred crop
(`blurred_crops`) and depends only on the seed and its number. Training starts from the conditional
prior. The loss is the squared error, divided by its running mean for that kind of blur, its width
and its noise. Every 200 steps, the average of the weights is written, and its error on held-out
pictures is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from restorer.degradation.facts import Facts
from restorer.diffusion.conditional import ConditionalUNet, from_prior, shown_guesses
from restorer.engine.models import find_model
from restorer.engine.networks import load_network
from restorer.training.blurred_crops import (
    MARGIN,
    SHARPENING,
    Blurred,
    BlurredBatch,
    example,
    with_guesses,
)
from restorer.training.by_the_clock import parse_options, train
from restorer.training.network import new_network
from restorer.training.pictures import Pictures
from restorer.training.recipe import SCRATCH, Recipe


class BlurredCrops:
    """Makes numbered batches of blurred crops.

    Args:
        files: the clean pictures.
        recipe: its crop size, batch size, memory and seed are used.
    """

    def __init__(self, files: list[Path], recipe: Recipe) -> None:
        self._pictures = Pictures(files, recipe.crop + 2 * MARGIN, recipe.memory, recipe.seed)
        self._recipe = recipe

    def batch(self, step: int) -> BlurredBatch:
        """Make the batch of a step."""
        first = step * self._recipe.batch
        return with_guesses([self._example(first + i) for i in range(self._recipe.batch)])

    def _example(self, number: int) -> Blurred:
        rng = np.random.default_rng([self._recipe.seed, number])
        return example(self._pictures.pick(number, rng), self._recipe.crop, rng)


def starting_network(recipe: Recipe) -> ConditionalUNet:
    """The untrained network: a conditional prior or random weights, as the recipe says."""
    if recipe.start == SCRATCH:
        return shown_guesses(from_prior(new_network(recipe), Facts.COUNT))
    return shown_guesses(load_network(ConditionalUNet, find_model(recipe.start)))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments = parse_options(parser, "damage")
    learnt = BlurredCrops(arguments.learnt, arguments.recipe)
    held = BlurredCrops(arguments.held_out, arguments.held_out_recipe)
    train(
        starting_network(arguments.recipe),
        learnt.batch,
        held.batch,
        SHARPENING,
        arguments.recipe,
        arguments.options.out,
    )


if __name__ == "__main__":
    main()

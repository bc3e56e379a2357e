"""Make the network that sharpens.

    python -m restorer.training.sharpening FOLDER [FOLDER ...] OUT [--minutes 90]

The folders hold clean pictures, OUT becomes a model folder. Every example is a blurred crop
(`blurred_crops`) and a function of the seed and its number. The network is trained from the prior
that knows the damage; what counts is the squared error, divided by its running mean for that kind
of blur, its width and its noise. The average is written every 200 steps, with the error on pictures
held out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from restorer.degradation.facts import Facts
from restorer.diffusion.conditional import ConditionalUNet, from_prior, shown_guesses
from restorer.engine.models import find_model
from restorer.engine.networks import load_network
from restorer.engine.task import DAMAGE_MODEL
from restorer.training.blurred_crops import (
    MARGIN,
    SHARPENING,
    Blurred,
    BlurredBatch,
    example,
    with_guesses,
)
from restorer.training.by_the_clock import asked, train
from restorer.training.network import new_network
from restorer.training.pictures import Pictures
from restorer.training.recipe import SCRATCH, Recipe


class BlurredCrops:
    """Batches of blurred crops, by number."""

    def __init__(self, files: list[Path], recipe: Recipe) -> None:
        self._pictures = Pictures(files, recipe.crop + 2 * MARGIN, recipe.memory, recipe.seed)
        self._recipe = recipe

    def batch(self, step: int) -> BlurredBatch:
        """Examples of a step."""
        first = step * self._recipe.batch
        return with_guesses([self._example(first + i) for i in range(self._recipe.batch)])

    def _example(self, number: int) -> Blurred:
        rng = np.random.default_rng([self._recipe.seed, number])
        return example(self._pictures.pick(number, rng), self._recipe.crop, rng)


def begun(recipe: Recipe) -> ConditionalUNet:
    """From weights that know damage, or from nothing."""
    if recipe.start == SCRATCH:
        return shown_guesses(from_prior(new_network(recipe), Facts.COUNT))
    return shown_guesses(load_network(ConditionalUNet, find_model(recipe.start)))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    said = asked(parser, DAMAGE_MODEL)
    learnt = BlurredCrops(said.learnt, said.recipe)
    held = BlurredCrops(said.apart, said.recipe_apart)
    train(begun(said.recipe), learnt.batch, held.batch, SHARPENING, said.recipe, said.options.out)


if __name__ == "__main__":
    main()

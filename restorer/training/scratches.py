"""Train the network that finds scratches, hairs, dust and cracks.

    python -m restorer.training.scratches FOLDER [FOLDER ...] OUT [--shapes FOLDER] [--minutes 35]

The folders hold clean pictures; OUT gets `model.safetensors`. An example is a crop with synthetic
damage (`damage`, and real shapes if `--shapes` is given); it depends only on the seed and its
number. The network predicts the probability of damage for each pixel; the loss is cross-entropy
plus one minus the Dice overlap.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from restorer.degradation.scratch_network import damage_logits, load_finder, new_network
from restorer.diffusion import hardware
from restorer.diffusion.prior import PriorUNet
from restorer.engine.models import find_model
from restorer.engine.networks import load_prior
from restorer.engine.task import BUILTIN_MODEL
from restorer.training.damage import Damaged
from restorer.training.finder import CERTAIN, NOTHING, example, loss, silence_last_layer, write
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import SCRATCH, Recipe
from restorer.training.shapes import Shapes
from restorer.training.state import State, descend

_HELD_OUT = 0.06

Floats = NDArray[np.float32]


class Examples:
    """Makes numbered batches of damaged crops."""

    def __init__(self, files: list[Path], recipe: Recipe, shapes: Shapes | None = None) -> None:
        self._pictures = Pictures(files, recipe.crop, recipe.memory, recipe.seed)
        self._recipe, self._shapes = recipe, shapes

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Make a batch: pictures (B, 3, C, C) in [-1, 1] and coverage of damage (B, 1, C, C)."""
        first = step * self._recipe.batch
        examples = [self._example(first + i) for i in range(self._recipe.batch)]
        pictures, coverage = (np.stack(part) for part in zip(*examples, strict=True))
        x = torch.from_numpy(2 * pictures - 1).permute(0, 3, 1, 2)
        return x, torch.from_numpy(coverage)[:, None]

    def _example(self, number: int) -> Damaged:
        rng = np.random.default_rng([self._recipe.seed, number])
        return example(self._pictures.pick(number, rng), self._recipe.crop, rng, self._shapes)


def train(examples: Examples, recipe: Recipe, out: Path) -> PriorUNet:
    """Train as a prior, but with this loss; the average is written every 200 steps."""
    torch.manual_seed(recipe.seed)
    autocast = hardware.choose_autocast(torch.device("cpu"))
    state = State(_begun(recipe), recipe, torch.device("cpu"), autocast or torch.float32)
    average = state.average.network
    begun, mean = time.monotonic(), math.nan
    with tqdm(desc="Training") as bar:
        while (done := recipe.progress(state.step, time.monotonic() - begun)) < 1:
            x, coverage = examples.batch(state.step)
            with torch.autocast("cpu", autocast, enabled=autocast is not None):
                logits = damage_logits(
                    state.network, x.contiguous(memory_format=torch.channels_last)
                )
            error = loss(logits.float(), coverage)
            error.backward()
            torch.nn.utils.clip_grad_norm_(state.network.parameters(), recipe.clip)
            descend(state.optimizers, recipe.learning_rate(done))
            state.average.update()
            state.step += 1
            mean = error.item() if math.isnan(mean) else 0.98 * mean + 0.02 * error.item()
            bar.update()
            if state.step % 200 == 0:
                bar.set_postfix(loss=f"{mean:.4f}")
                write(average, out)
    write(average, out)
    return average.eval()


def _begun(recipe: Recipe) -> PriorUNet:
    """The network to start from: a finder, or a prior with an untrained last layer.

    A pretrained denoiser learns segmentation faster
    (Brempong et al., 2022, "Denoising Pretraining for Semantic Segmentation").
    """
    if recipe.start == SCRATCH:
        return new_network()
    if Path(recipe.start).is_file():
        return load_finder(Path(recipe.start))
    return silence_last_layer(load_prior(find_model(recipe.start)))


@torch.inference_mode()
def measure(network: PriorUNet, examples: Examples, batches: int = 48) -> str:
    """Recall and precision at even odds, on held-out crops."""
    there = seen = marked = right = 0
    for step in range(batches):
        x, coverage = examples.batch(step)
        said = damage_logits(network, x) > 0
        wanted, near = coverage >= CERTAIN, F.max_pool2d(coverage, 3, 1, 1) > NOTHING
        there, seen = there + int(wanted.sum()), seen + int((said & wanted).sum())
        marked, right = marked + int(said.sum()), right + int((said & near).sum())
    return f"recall {seen / there:.2f}, precision {right / max(marked, 1):.2f}"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", help="of clean pictures")
    parser.add_argument("out", type=Path)
    parser.add_argument("--shapes", type=Path, help="folder of real shapes of damage")
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--from", dest="start", default=BUILTIN_MODEL, help="prior, or weights")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        tuple(options.folders),
        start=options.start,
        minutes=options.minutes,
        batch=6,
        crop=192,
        rate=options.rate,
        seed=options.seed,
        average=0.998,
    )
    files = find_pictures(recipe.folders)
    held_out = files[:: round(1 / _HELD_OUT)]
    learnt = sorted(set(files) - set(held_out))
    shapes = [Shapes(options.shapes, kept) if options.shapes else None for kept in (False, True)]
    network = train(Examples(learnt, recipe, shapes[0]), recipe, options.out)
    examples = Examples(held_out, replace(recipe, seed=recipe.seed + 1), shapes[1])
    sys.stdout.write(measure(network, examples) + "\n")


if __name__ == "__main__":
    main()

"""Train the prior that removes the noise of cameras.

    python -m restorer.training.camera_prior FOLDER OUT --minutes 30

FOLDER holds clean pictures; OUT becomes a model folder. Training continues from the built-in prior,
with photographs by simulated cameras (`camera_noise`). The target is the same photograph without
noise; sigma is the standard deviation of the difference between both files. Every third example has
white noise, so that the network stays a prior.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from restorer.training.camera_noise import Pixels, as_file, photograph, random_camera
from restorer.training.crops import Batch, draw_sigmas
from restorer.training.learner import Learner, SingleProcess
from restorer.training.network import starting_network, write_model
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe
from restorer.training.state import State

_WHITE = 1 / 3
_LEAST = 0.005  # sigma of rounding to 8 bits, and a little more
_UNSURE = 0.2  # how far off, in logarithms, the noise is that it is told
_ROOM = 1 / 0.6 + 0.1  # a scene's side in crops: cameras may make it smaller


class PhotoBatches:
    """Makes batches of photographs; each depends only on the seed and its number."""

    def __init__(self, pictures: Pictures, recipe: Recipe) -> None:
        self._pictures = pictures
        self._recipe = recipe

    def batch(self, step: int) -> Batch:
        """Make x0, sigma and eps of a step; eps is the noise in the file divided by sigma."""
        first = step * self._recipe.batch
        examples = [self._example(first + i) for i in range(self._recipe.batch)]
        x0, sigma, eps = (
            torch.from_numpy(np.stack(values)) for values in zip(*examples, strict=True)
        )
        return Batch(x0, sigma, eps, torch.zeros(len(examples), dtype=torch.int64))

    def _example(self, number: int) -> tuple[Pixels, np.float32, Pixels]:
        rng = np.random.default_rng([self._recipe.seed, number])
        scene = self._scene(number, rng)
        if rng.random() < _WHITE:
            x0 = _cut(2 * scene - 1, self._recipe.crop, rng)[0]
            return (
                x0,
                draw_sigmas(rng, 1, self._recipe.levels)[0],
                rng.standard_normal(x0.shape, np.float32),
            )
        camera = random_camera(rng)
        truth = photograph(scene, camera, None)
        noise = 2 * (as_file(photograph(scene, camera, rng), camera) - truth)
        x0, noise = _cut(np.concatenate([2 * truth - 1, noise], axis=2), self._recipe.crop, rng)
        sigma = np.float32(max(_LEAST, noise.std() * math.exp(_UNSURE * rng.standard_normal())))
        return x0, sigma, noise / sigma

    def _scene(self, number: int, rng: np.random.Generator) -> Pixels:
        side = round(_ROOM * self._recipe.crop)
        pixels = self._pictures.pick(number, rng)
        top, left = (int(rng.integers(length - side + 1)) for length in pixels.shape[:2])
        part = np.rot90(pixels[top : top + side, left : left + side], int(rng.integers(4)))
        return np.ascontiguousarray(part, np.float32) / np.float32(255)


def _cut(stack: Pixels, side: int, rng: np.random.Generator) -> list[Pixels]:
    """Cut one crop of (H, W, 3 n), as n pictures (3, side, side)."""
    top, left = (int(rng.integers(length - side + 1)) for length in stack.shape[:2])
    part = stack[top : top + side, left : left + side].transpose(2, 0, 1)
    return [np.ascontiguousarray(one) for one in np.split(part, len(part) // 3)]


def train(recipe: Recipe, out: Path, card: str) -> None:
    """Train as `restorer.training.loop`, but write the average every 100 steps: no milestones."""
    pictures = Pictures(
        find_pictures(recipe.folders), round(_ROOM * recipe.crop), recipe.memory, recipe.seed
    )
    shots = PhotoBatches(pictures, recipe)
    state = State(starting_network(recipe), recipe, torch.device("cpu"), torch.bfloat16)
    learner, average = (
        Learner(state, SingleProcess(torch.device("cpu"), torch.bfloat16)),
        state.average,
    )
    begun = time.monotonic()
    with tqdm(desc="Training") as bar:
        while (done := recipe.progress(state.step, time.monotonic() - begun)) < 1:
            learner.learn(shots.batch(state.step), recipe.learning_rate(done))
            bar.update()
            if state.step % 100 == 0:
                bar.set_postfix(loss=f"{learner.read()[0]:.5f}")
                write_model(out, average.network, card)
    write_model(out, average.network, card)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--crop", type=int, default=96)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe(
        (options.folder,),
        minutes=options.minutes,
        batch=options.batch,
        crop=options.crop,
        rate=options.rate,
        seed=options.seed,
        average=0.99,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    train(recipe, options.out, "---\ntitle: Camera prior\nlicense: apache-2.0\n---\n")
    sys.stdout.write(f"{options.out}\n")


if __name__ == "__main__":
    main()

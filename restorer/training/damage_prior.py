"""Train the conditional prior, which knows the damage.

    python -m restorer.training.damage_prior OUT FOLDER [FOLDER ...] --minutes 100

FOLDERs hold clean pictures, OUT becomes a model folder. One tile in twenty is held out and
measured on. Four examples in five are asked at once (the damaged picture in place of x_t), the
others as diffusion (`restorer.diffusion.conditional`).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, cast, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy.ndimage import gaussian_filter
from torch import Tensor

from restorer.degradation.facts import Facts
from restorer.diffusion import hardware
from restorer.diffusion.conditional import ConditionalUNet, from_prior
from restorer.diffusion.denoiser import ConditionalDenoiser
from restorer.diffusion.metrics import psnr
from restorer.engine.models import WEIGHTS, find_model
from restorer.engine.networks import load_prior
from restorer.engine.strength import brightness
from restorer.engine.task import BUILTIN_MODEL
from restorer.imaging.read import read_picture
from restorer.training.crops import draw_sigma
from restorer.training.damages import (
    Kind,
    Pixels,
    Rng,
    damaged,
    encoded,
    enlarged,
    in_a_file,
    noisy,
    resampled,
    web_damage,
)
from restorer.training.loss import Balance
from restorer.training.network import write_model
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe
from restorer.training.state import State
from restorer.training.validation import centre

#: Sides of scenes: damage is made on more than is shown, so that crops have no borders.
_MARGIN = 32
#: Share of the examples that are asked at once.
_AT_ONCE = 0.8
_KINDS: tuple[Kind, ...] = get_args(Kind)
_STRENGTHS, _SIGMAS = 8, 16
_BINS = len(_KINDS) * _STRENGTHS + _SIGMAS
#: One file in so many is held out, about so many of them are measured on, every so many seconds.
_HELD_OUT, _MEASURED, _EVERY = 20, 10, 600.0
_LOWEST, _HIGHEST = math.log(0.01), math.log(0.8)

_CARD = "---\ntitle: Prior that knows the damage\nlicense: apache-2.0\n---\n"


class Batch(NamedTuple):
    """x0, x_t and y (B, 3, C, C), sigma (B,), facts (B, COUNT), bins (B,) of the balance."""

    x0: Tensor
    x_t: Tensor
    y: Tensor
    sigma: Tensor
    facts: Tensor
    bins: Tensor


class Examples:
    """Batches by the number of their step; an example is a function of the seed and its number."""

    def __init__(self, pictures: Pictures, recipe: Recipe) -> None:
        self._pictures, self._recipe = pictures, recipe

    def batch(self, step: int) -> Batch:
        first = step * self._recipe.batch
        parts = zip(*(self._example(first + i) for i in range(self._recipe.batch)), strict=True)
        return Batch(*(torch.from_numpy(np.stack(part)) for part in parts))

    def _example(self, number: int) -> tuple[NDArray[np.float32] | np.int64 | np.float32, ...]:
        rng = np.random.default_rng([self._recipe.seed, number])
        made = damaged(self._scene(number, rng), rng)
        side = self._recipe.crop
        top, left = (8 * int(rng.integers(_MARGIN // 8 + 1)) for _ in range(2))
        x0, y = (
            np.ascontiguousarray(2 * p[top : top + side, left : left + side].transpose(2, 0, 1) - 1)
            for p in (made.truth, made.y)
        )
        if rng.random() < _AT_ONCE:
            sigma, facts = made.told.sigma, made.told.vector()
            x_t = y / np.float32(math.hypot(1, sigma))
            place = _KINDS.index(made.kind) * _STRENGTHS + _part(made.facts.sigma, _STRENGTHS)
        else:
            sigma = min(30.0, draw_sigma(rng)) if rng.random() < 0.8 else 30.0
            facts, a = made.told.vector(at_once=False), 1 / math.hypot(1, sigma)
            eps = rng.standard_normal(x0.shape, np.float32)
            x_t = np.float32(a) * x0 + np.float32(sigma * a) * eps
            place = len(_KINDS) * _STRENGTHS + _part(sigma / 30, _SIGMAS)
        return x0, x_t, y, np.float32(sigma), facts, np.int64(place)

    def _scene(self, number: int, rng: Rng) -> Pixels:
        """A crop, from time to time of a picture made smaller; that hides what its coding left."""
        side = self._recipe.crop + _MARGIN
        for _ in range(3):
            pixels = self._pictures.pick(number, rng)
            most = min(pixels.shape[:2]) / side
            ratio = min(most, rng.uniform(1, 2)) if most > 1 and rng.random() < 0.5 else 1.0
            wide = int(ratio * side)
            top, left = (int(rng.integers(length - wide + 1)) for length in pixels.shape[:2])
            part = pixels[top : top + wide, left : left + wide]
            if part.std() >= 6 or rng.random() < self._recipe.smooth:
                break
        scene = np.rot90(part.astype(np.float32) / np.float32(255), int(rng.integers(4)))
        if rng.random() < 0.5:
            scene = scene[:, ::-1]
        if rng.random() < 0.15:
            scene = scene[..., rng.permutation(3)]
        if rng.random() < 0.08:
            scene = brightness(scene)
        scene = np.ascontiguousarray(scene)
        if wide == side:
            return scene
        return resampled(scene, (side, side), "bilinear")


def _part(value: float, parts: int) -> int:
    place = (math.log(value) - _LOWEST) / (_HIGHEST - _LOWEST)
    return min(parts - 1, max(0, int(parts * place)))


class Learner:
    """Takes steps; every kind and strength of damage weighs the same."""

    def __init__(self, state: State, dtype: torch.dtype | None) -> None:
        self._state, self._dtype = state, dtype
        self.balance = Balance(0.98, bins=_BINS)

    def learn(self, batch: Batch, rate: float) -> float:
        """One step; its mean loss."""
        state = self._state
        network = cast(ConditionalUNet, state.network)
        x_t, y = (p.contiguous(memory_format=torch.channels_last) for p in (batch.x_t, batch.y))
        with torch.autocast("cpu", self._dtype, enabled=self._dtype is not None):
            v = network.conditional_trunk(x_t, batch.sigma, y, batch.facts)
        x0 = network.prediction(v, x_t, batch.sigma).x0
        errors = (x0 - batch.x0).square().mean(dim=(1, 2, 3))
        self.balance.update(batch.bins, errors)
        loss = (self.balance.weights(batch.bins) * errors).mean()
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        state.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), state.recipe.clip)
        if not torch.isfinite(norm):
            raise RuntimeError(f"the loss is not a number at step {state.step}")
        state.optimizer.step()
        state.average.update_parameters(network)
        state.step += 1
        return float(loss.detach())


class Validation:
    """Held-out scenes with damage that is always the same: what one evaluation gains, in dB."""

    def __init__(self, files: Sequence[Path], side: int = 192) -> None:
        self._cases: dict[str, list[tuple[Pixels, Pixels, Facts]]] = {}
        for number, path in enumerate(files):
            clean = centre(read_picture(path).pixels, side)
            if min(clean.shape[:2]) == side:
                for name, y, told in _cases(clean, np.random.default_rng(number)):
                    self._cases.setdefault(name, []).append((clean, in_a_file(y), told))

    @torch.inference_mode()
    def gains(self, network: ConditionalUNet) -> dict[str, float]:
        """By damage, over what came."""
        denoiser = ConditionalDenoiser(network.eval())
        return {
            name: round(float(np.mean([_gain(denoiser, *case) for case in cases])), 3)
            for name, cases in self._cases.items()
        }


def _gain(denoiser: ConditionalDenoiser, clean: Pixels, y: Pixels, told: Facts) -> float:
    x_t = torch.from_numpy(2 * y.transpose(2, 0, 1)[None] - 1) / math.hypot(1, told.sigma)
    x0 = denoiser.told(told.vector().tolist())(x_t, told.sigma)
    result = np.clip(x0[0].numpy().transpose(1, 2, 0) * 0.5 + 0.5, 0, 1)
    return psnr(result, clean) - psnr(y, clean)


def _cases(clean: Pixels, rng: Rng) -> Iterator[tuple[str, Pixels, Facts]]:
    size = clean.shape[:2]
    for quality in (10, 30, 80):
        y = encoded(clean, quality, 2)
        yield f"jpeg {quality}", y, Facts(quality=quality, halved=True)
    yield "jpeg 10, not told", encoded(clean, 10, 2), Facts()
    for scale in (2, 4):
        small = resampled(clean, (size[0] // scale, size[1] // scale), "bicubic")
        yield f"x{scale}", enlarged(in_a_file(small), size), Facts(scale=scale)
    soft = noisy(gaussian_filter(clean, (1.6, 1.6, 0)), 1, False, rng)
    yield "blur 1.6, noise 1", soft, Facts(blur=1.6, noise=1)
    yield "noise 25", noisy(clean, 25, False, rng), Facts(noise=25)
    yield "several, not told", web_damage(clean, rng)[0], Facts()


def train(recipe: Recipe, out: Path, start: Path | None) -> None:
    """Train, measuring every ten minutes; the average is what is kept."""
    files = find_pictures(recipe.folders)
    held = [path for path in files if zlib.crc32(path.name.encode()) % _HELD_OUT == 0]
    kept = sorted(set(files) - set(held))
    pictures = Pictures(kept, recipe.crop + _MARGIN, recipe.memory, recipe.seed)
    list(pictures.read())
    validation = Validation(held[:: max(1, len(held) // _MEASURED)])
    dtype = hardware.choose_autocast(torch.device("cpu"))
    network = from_prior(load_prior(find_model(recipe.start)), Facts.COUNT)
    if start is not None:
        network.load_state_dict(load_file(start / WEIGHTS))
    state = State(network, recipe, torch.device("cpu"), dtype or torch.float32)
    average = cast(ConditionalUNet, state.average.module)
    learner, examples = Learner(state, dtype), Examples(pictures, recipe)
    _say(out, files=len(kept), held_out=len(held), gains=validation.gains(average))
    begun = measured = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as ahead:
        coming = ahead.submit(examples.batch, state.step)
        while (done := recipe.progress(state.step, time.monotonic() - begun)) < 1:
            batch = coming.result()
            coming = ahead.submit(examples.batch, state.step + 1)
            learner.learn(batch, recipe.learning_rate(done))
            minutes, level = (time.monotonic() - begun) / 60, learner.balance.level()
            if time.monotonic() - measured > _EVERY:
                measured = time.monotonic()
                _say(out, step=state.step, minutes=minutes, gains=validation.gains(average))
                write_model(out, average, _CARD)
            elif state.step % 50 == 0:
                _say(out, step=state.step, minutes=minutes, level=level)
    write_model(out, average, _CARD)
    _say(out, step=state.step, gains=validation.gains(average))


def _say(out: Path, **values: object) -> None:
    text = json.dumps(values)
    with (out / "log.jsonl").open("a") as file:
        file.write(text + "\n")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--minutes", type=float, default=100)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--crop", type=int, default=112)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--from", dest="start", type=Path, help="a folder that this command made")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        tuple(options.folders), start=BUILTIN_MODEL, minutes=options.minutes, batch=options.batch,
        crop=options.crop, rate=options.rate, seed=options.seed, average=0.998,
    )  # fmt: skip
    train(recipe, options.out, options.start)


if __name__ == "__main__":
    main()

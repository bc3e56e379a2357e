"""Trains the network that fills holes on an accelerator that is available for a few minutes.

    python benchmarks/filling_on_accelerator.py TILES OUT --from MODEL --shapes SHAPES --minutes 12

It does the same as `restorer.training.filling` does on a processor, while other processes make
holes in scenes (`makers.py`). TILES are folders of clean pictures, SHAPES is a folder of real
shapes of damage, MODEL is the folder of a prior or a filling network to start from. It has the
requirements of `train_on_accelerator.py`, and holds out as many tiles.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.finder_on_accelerator import autocast
from benchmarks.makers import AT_A_TIME, Makers, crops, shared
from benchmarks.train_on_accelerator import SHAPES, load_weights, read_tiles, save_model
from restorer.diffusion.filling import FillingUNet
from restorer.training.crops import sent
from restorer.training.hole_crops import FILLING, HoleBatch, example, kind_of, with_guesses
from restorer.training.holes import KINDS
from restorer.training.recipe import Recipe
from restorer.training.refinement import learn
from restorer.training.shapes import Shapes
from restorer.training.state import State

_HELD_OUT = 25
_MARGIN = 16
_MEASURED = 64
_TOLD_EVERY = 30.0

Bytes = NDArray[np.uint8]


class Scenes:
    """Scenes with holes, (room, S, S, ...) uint8, made without end."""

    def __init__(
        self,
        tiles: Sequence[Bytes],
        recipe: Recipe,
        shapes: Shapes | None,
        room: int,
        processes: int,
    ) -> None:
        self._tiles, self._recipe, self._shapes = tiles, recipe, shapes
        self._side = side = recipe.largest_crop + _MARGIN
        self._rows = (
            shared((room, side, side, 3), np.uint8),
            shared((room, side, side, 3), np.uint8),
            shared((room, side, side), np.uint8),
            shared((room,), np.int64),
        )
        self._makers = Makers(self._rows, processes, self._make, recipe.seed)

    @property
    def made(self) -> int:
        """Scenes so far."""
        return self._makers.made

    def batch(self, step: int, late: bool, device: torch.device) -> HoleBatch:
        """Crops of some of them, on the device."""
        count, side = self._recipe.shape(late)
        rng = np.random.default_rng([self._recipe.seed, step])
        slots = self._makers.slots(rng, count)
        corners = rng.integers(self._side - side + 1, size=(count, 2))
        truth, seen, holes = (crops(row, slots, corners, side) for row in self._rows[:3])
        return _as_batch(truth, seen, holes, self._rows[3][slots].copy(), device)

    def _make(self, rng: np.random.Generator, made: int) -> Iterator[tuple[Any, ...]]:
        for _ in range(AT_A_TIME):
            tile = self._tiles[int(rng.integers(len(self._tiles)))]
            yield _as_bytes(tile, self._side, rng, self._shapes)


def _as_bytes(
    tile: Bytes, side: int, rng: np.random.Generator, shapes: Shapes | None
) -> tuple[Bytes, Bytes, Bytes, int]:
    made = example(tile, side, rng, shapes)
    truth, seen = (np.rint(255 * np.clip(p, 0, 1)).astype(np.uint8) for p in made[:2])
    return truth, seen, made.hole.astype(np.uint8), made.place


def _as_batch(
    truth: Bytes, seen: Bytes, holes: Bytes, places: NDArray[np.int64], device: torch.device
) -> HoleBatch:
    x0, y = (sent(p, device).permute(0, 3, 1, 2).float() / 127.5 - 1 for p in (truth, seen))
    return with_guesses(x0, y, sent(holes, device)[:, None] > 0, sent(places, device))


class Held:
    """Scenes of tiles that are never trained on."""

    def __init__(self, tiles: Sequence[Bytes], shapes: Shapes | None, recipe: Recipe) -> None:
        chances = [np.random.default_rng([recipe.seed, 11, n]) for n in range(_MEASURED)]
        self._made = [
            _as_bytes(tiles[n % len(tiles)], recipe.largest_crop, rng, shapes)
            for n, rng in enumerate(chances)
        ]

    @torch.inference_mode()
    def sentence(self, network: FillingUNet, device: torch.device) -> str:
        """Decibels in the holes of a guess, after one look and after two, by kind."""
        found: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
        for *pictures, place in self._made:
            places = np.array([place])
            batch = _as_batch(*(p[None] for p in pictures), places, device)
            first = batch.answer(network)
            looked = batch.guess, first, batch.next_round(first).answer(network)
            errors = [max(float(batch.errors(answer)), 1e-6) for answer in looked]
            found[kind_of(place)].append([10 * math.log10(4 / error) for error in errors])
        means = {kind: np.mean(each, axis=0) for kind, each in found.items() if each}
        return ", ".join(f"{k} {g:.2f} {one:.2f} {two:.2f}" for k, (g, one, two) in means.items())


def train(
    network: FillingUNet, scenes: Scenes, held: Held, recipe: Recipe, device: torch.device,
    out: Path,
) -> None:  # fmt: skip
    """By the clock; the average is written each time it is measured."""
    state = State(
        network, recipe, device, torch.bfloat16 if device.type == "cuda" else torch.float32,
        FILLING.bins,
    )  # fmt: skip
    begun = told = time.monotonic()
    while (done := recipe.progress(state.step, time.monotonic() - begun)) < 1:
        batch = scenes.batch(state.step, recipe.is_late(done), device)
        errors = learn(state, batch, FILLING, done, autocast(device))
        if state.step % 20 == 0:
            torch.isfinite(errors).all().item()  # waits, so that the clock is the device's
        if time.monotonic() - told >= min(_TOLD_EVERY, 15 * (recipe.minutes or 0)):
            told = time.monotonic()
            _tell(state, done, scenes, held, device, out)
    _tell(state, 1.0, scenes, held, device, out)


def _tell(
    state: State, done: float, scenes: Scenes, held: Held, device: torch.device, out: Path
) -> None:
    network = state.average.network.eval()
    assert isinstance(network, FillingUNet)
    level = 10 * math.log10(4 / state.balance.level())
    said = held.sentence(network, device)
    print(f"{done:4.0%} step {state.step} {scenes.made} scenes {level:.2f} dB; {said}", flush=True)
    save_model(network, out)


def main(words: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="TILES")
    parser.add_argument("out", type=Path)
    parser.add_argument("--shapes", type=Path, help="folder of real shapes of damage")
    parser.add_argument("--from", dest="start", type=Path, help="folder of weights to begin from")
    parser.add_argument("--shape", default="B", help=f"of {', '.join(SHAPES)}, that of the weights")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--room", type=int, default=40_000, help="scenes kept at a time")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--late-batch", type=int, default=48)
    parser.add_argument("--late-crop", type=int, default=208)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(words)
    recipe = Recipe(
        tuple(map(str, asked.folders)), minutes=asked.minutes, batch=asked.batch, crop=asked.crop,
        late_batch=asked.late_batch, late_crop=asked.late_crop, rate=asked.rate, seed=asked.seed,
        schedule="linear", warm_up=0.02, average=0.9995,
    )  # fmt: skip
    kept: list[Bytes] = []
    apart: list[Bytes] = []
    for path, tile in read_tiles(asked.folders, asked.late_crop + _MARGIN):
        away = zlib.crc32(path.name.encode()) % _HELD_OUT == 0
        (apart if away else kept).append(tile)
    shapes, unseen = (
        Shapes(asked.shapes, held) if asked.shapes else None for held in (False, True)
    )
    scenes = Scenes(kept, recipe, shapes, asked.room, asked.processes)
    held = Held(apart, unseen, recipe)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True  # two shapes of crops, and no others
    torch.manual_seed(asked.seed)
    widths, blocks, mid = SHAPES[asked.shape]
    network = FillingUNet(widths, blocks, mid)
    if asked.start:
        load_weights(network, asked.start, strict=False)
    print(f"{len(kept)} tiles on {device}: {recipe.to_json()}", flush=True)
    train(network, scenes, held, recipe, device, asked.out)


if __name__ == "__main__":
    main()

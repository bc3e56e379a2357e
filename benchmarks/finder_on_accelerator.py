"""Trains the network that finds scratches on an accelerator that is available for a few minutes.

    python benchmarks/finder_on_accelerator.py TILES OUT --shapes SHAPES --prior MODEL --minutes 8

It does the same as `restorer.training.scratches` does on a processor, while other processes damage
scenes (`makers.py`), which each step rotates and mirrors anew. TILES are folders of clean pictures,
SHAPES is a folder of real shapes of damage, MODEL is the folder of the prior to start from. It has
the requirements of `train_on_accelerator.py`, and holds out as many tiles.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.makers import AT_A_TIME, Makers, crops, shared
from benchmarks.train_on_accelerator import SHAPES, load_weights, read_tiles
from restorer.degradation.scratch_network import damage_logits
from restorer.diffusion.prior import PriorUNet
from restorer.training.crops import sent
from restorer.training.finder import example, loss, silence_last_layer, write
from restorer.training.recipe import Recipe
from restorer.training.shapes import Shapes
from restorer.training.state import State, descend

_HELD_OUT = 25
_MARGIN = 16
_MEASURED = 64
_TOLD_EVERY = 30.0

Bytes = NDArray[np.uint8]


class Scenes:
    """Damaged scenes (room, S, S, 3) and coverage (room, S, S), uint8, made without end."""

    def __init__(
        self, tiles: Sequence[Bytes], recipe: Recipe, shapes: Shapes, room: int, processes: int
    ) -> None:
        self._tiles, self._recipe, self._shapes = tiles, recipe, shapes
        self._side = side = recipe.largest_crop + _MARGIN
        self._rows = shared((room, side, side, 3), np.uint8), shared((room, side, side), np.uint8)
        self._makers = Makers(self._rows, processes, self._make, recipe.seed)

    @property
    def made(self) -> int:
        """Scenes so far."""
        return self._makers.made

    def batch(self, step: int, late: bool, device: torch.device) -> tuple[Tensor, Tensor]:
        """Pictures (B, 3, C, C) in [-1, 1] and coverage (B, 1, C, C), on the device."""
        count, side = self._recipe.shape(late)
        rng = np.random.default_rng([self._recipe.seed, step])
        slots = self._makers.slots(rng, count)
        corners = rng.integers(self._side - side + 1, size=(count, 2))
        turned = [sent(rng.random(count) < 0.5, device)[:, None, None, None] for _ in range(3)]
        y, cover = (sent(crops(row, slots, corners, side), device) for row in self._rows)
        return tuple(  # type: ignore[return-value]
            _turned(part, turned).float() for part in (y.permute(0, 3, 1, 2), cover[:, None])
        )

    def _make(self, rng: np.random.Generator, made: int) -> Iterator[tuple[Bytes, Bytes]]:
        for _ in range(AT_A_TIME):
            tile = self._tiles[int(rng.integers(len(self._tiles)))]
            yield _as_bytes(tile, self._side, rng, self._shapes)


def _as_bytes(
    tile: Bytes, side: int, rng: np.random.Generator, shapes: Shapes
) -> tuple[Bytes, Bytes]:
    made = example(tile, side, rng, shapes)
    picture, cover = (np.rint(255 * np.clip(part, 0, 1)).astype(np.uint8) for part in made)
    return picture, cover


def _turned(x: Tensor, which: Sequence[Tensor]) -> Tensor:
    """(B, C, S, S), examples mirrored, upside down and transposed where `which` (B, 1, 1, 1)."""
    mirrored, upside_down, transposed = which
    x = torch.where(mirrored, x.flip(3), x)
    x = torch.where(upside_down, x.flip(2), x)
    return torch.where(transposed, x.transpose(2, 3), x)


class Held:
    """Scenes of tiles that are never trained on."""

    def __init__(self, tiles: Sequence[Bytes], shapes: Shapes, recipe: Recipe) -> None:
        chances = [np.random.default_rng([recipe.seed, 11, n]) for n in range(_MEASURED)]
        self._made = [
            _as_bytes(tiles[n % len(tiles)], recipe.largest_crop, rng, shapes)
            for n, rng in enumerate(chances)
        ]

    @torch.inference_mode()
    def sentence(self, network: PriorUNet, device: torch.device) -> str:
        """Recall and precision at log odds 0 and 4, and what is marked of clean scenes."""
        found = []
        for y, cover in self._made:
            x = torch.from_numpy(y).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
            with autocast(device):
                odds = damage_logits(network, x.contiguous(memory_format=torch.channels_last))
            found.append((odds[0, 0].float().cpu().numpy(), cover))
        said = []
        for least in (0.0, 4.0):
            damaged = [(odds > least, cover) for odds, cover in found if cover.any()]
            there = sum(int((cover >= 77).sum()) for _, cover in damaged)
            seen = sum(int((mark & (cover >= 77)).sum()) for mark, cover in damaged)
            marks = sum(int(mark.sum()) for mark, _ in damaged)
            right = sum(int((mark & (cover > 7)).sum()) for mark, cover in damaged)
            clean = np.mean([(odds > least).mean() for odds, cover in found if not cover.any()])
            said.append(f"{seen / there:.3f}/{right / max(marks, 1):.3f} clean {clean:.3%}")
        return "; ".join(said)


def autocast(device: torch.device) -> torch.autocast:
    """In half precision on a GPU."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def train(
    network: PriorUNet, scenes: Scenes, held: Held, recipe: Recipe, device: torch.device, out: Path
) -> None:
    """By the clock; the average is written each time it is measured."""
    state = State(
        network, recipe, device, torch.bfloat16 if device.type == "cuda" else torch.float32
    )
    begun = told = time.monotonic()
    mean = torch.full((), torch.nan, device=device)
    while (done := recipe.progress(state.step, time.monotonic() - begun)) < 1:
        y, cover = scenes.batch(state.step, recipe.is_late(done), device)
        x = (y / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        with autocast(device):
            logits = damage_logits(state.network, x)
        error = loss(logits.float(), cover / 255)
        error.backward()
        torch.nn.utils.clip_grad_norm_(state.network.parameters(), recipe.clip)
        descend(state.optimizers, recipe.learning_rate(done))
        state.average.update()
        state.step += 1
        now = error.detach()
        mean = torch.where(mean.isnan(), now, 0.995 * mean + 0.005 * now)
        if state.step % 20 == 0:
            torch.isfinite(mean).item()  # waits, so that the clock is that of the device
        if time.monotonic() - told >= min(_TOLD_EVERY, 15 * (recipe.minutes or 0)):
            told = time.monotonic()
            _tell(state, float(mean), done, scenes, held, device, out)
    _tell(state, float(mean), 1.0, scenes, held, device, out)


def _tell(
    state: State, mean: float, done: float, scenes: Scenes, held: Held, device: torch.device,
    out: Path,
) -> None:  # fmt: skip
    network = state.average.network.eval()
    said = held.sentence(network, device)
    print(f"{done:4.0%} step {state.step} {scenes.made} scenes loss {mean:.4f} {said}", flush=True)
    write(network, out)


def main(words: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="TILES")
    parser.add_argument("out", type=Path)
    parser.add_argument("--shapes", type=Path, required=True)
    parser.add_argument("--prior", type=Path, help="folder of its weights; or begin from nothing")
    parser.add_argument("--shape", default="B", help=f"of {', '.join(SHAPES)}, the prior's")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--room", type=int, default=40_000, help="scenes kept at a time")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--crop", type=int, default=192)
    parser.add_argument("--late-batch", type=int, default=32)
    parser.add_argument("--late-crop", type=int, default=256)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(words)
    recipe = Recipe(
        tuple(map(str, asked.folders)), minutes=asked.minutes, batch=asked.batch, crop=asked.crop,
        late_batch=asked.late_batch, late_crop=asked.late_crop, rate=asked.rate, seed=asked.seed,
        schedule="linear", warm_up=0.02, average=0.9995,
    )  # fmt: skip
    least = round(0.9 * (asked.late_crop + _MARGIN))
    kept: list[Bytes] = []
    apart: list[Bytes] = []
    for path, tile in read_tiles(asked.folders, least):
        away = zlib.crc32(path.name.encode()) % _HELD_OUT == 0
        (apart if away else kept).append(tile)
    shapes = Shapes(asked.shapes)
    scenes = Scenes(kept, recipe, shapes, asked.room, asked.processes)
    held = Held(apart, shapes, recipe)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True  # two shapes of crops, and no others
    torch.manual_seed(asked.seed)
    widths, blocks, mid = SHAPES[asked.shape]
    network = PriorUNet(widths, blocks, mid)
    if asked.prior:
        load_weights(network, asked.prior)
    print(f"{len(kept)} tiles on {device}: {recipe.to_json()}", flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    train(silence_last_layer(network), scenes, held, recipe, device, asked.out)


if __name__ == "__main__":
    main()

"""Make the network that reads the noise of cameras.

    python -m restorer.training.camera FOLDER OUT

FOLDER holds clean pictures, OUT becomes a folder with `model.safetensors` and `examples.npz` (kept,
so that a second call only trains). Every example is a picture photographed by a made-up camera
(`camera_noise`), of which the network sees four squares. What it is to say is the standard
deviation of all that the noise changed there. The same seed gives the same network.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn
from tqdm import tqdm

from restorer.degradation.camera import LEVELS, SQUARE, features, likely_levels, quantile
from restorer.errors import BadInput
from restorer.imaging.read import read_picture
from restorer.training.camera_noise import as_file, photograph, random_camera

_SCENE = 224  # made 0.6 times as large it still has all squares
_ROWS = 2
_SQUARES = _ROWS**2
_NONE = 0.8  # where no noise stands among the levels
_HELD_OUT = 0.08
_WIDTH = 96
_DROPPED = 0.2
_MIXED = 0.15  # share of examples that may be halves of two

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """`squares` (N, _SQUARES, SQUARE, SQUARE, 3) uint8; `levels` (N, _SQUARES) of their noise."""

    squares: NDArray[np.uint8]
    levels: Floats

    def chances(self) -> Floats:
        """(N, _SQUARES, len(LEVELS)): all on the level, shared by two where it is between them."""
        places = np.log([_NONE, *LEVELS[1:]])
        place = np.interp(np.log(np.maximum(self.levels, _NONE)), places, np.arange(len(places)))
        away = np.abs(np.arange(len(places)) - place[..., None])
        return np.maximum(0, 1 - away).astype(np.float32)


class Counts(NamedTuple):
    """How many examples of each kind."""

    noisy: int
    clean: int
    white: int


class CameraNetwork(nn.Module):
    """`likely_levels` of restorer.degradation.camera, for torch.

    Args:
        usual, spread: (F,) mean and standard deviation of the features.
    """

    usual: Tensor
    spread: Tensor

    def __init__(self, usual: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("usual", usual)
        self.register_buffer("spread", spread)
        self.square = nn.Linear(len(usual), _WIDTH)
        self.heed = nn.Linear(_WIDTH, _WIDTH)
        self.picture = nn.Linear(2 * _WIDTH, _WIDTH)
        self.levels = nn.Linear(_WIDTH, len(LEVELS))

    def forward(self, seen: Tensor) -> Tensor:
        """Features (B, N, F), N squares of each picture, to logits (B, N, levels)."""
        own = self._some(F.relu(self.square((seen - self.usual) / self.spread)))
        shared = (self.heed(own).softmax(dim=1) * own).sum(dim=1, keepdim=True)
        both = torch.cat([own, shared.expand_as(own)], dim=2)
        logits: Tensor = self.levels(self._some(F.relu(self.picture(both))))
        return logits

    def _some(self, x: Tensor) -> Tensor:
        return F.dropout(x, _DROPPED, self.training)

    def weights(self) -> dict[str, Floats]:
        """As numpy wants them: inputs first."""
        return {
            key.removesuffix(".weight"): np.ascontiguousarray(tensor.numpy().T)
            for key, tensor in self.state_dict().items()
        }


def make_examples(paths: list[Path], counts: Counts, seed: int) -> Examples:
    """Photographs with noise, without, and pictures with white noise; in that order."""
    noisy, clean, white = counts
    squares, levels = [], []
    for number in tqdm(range(noisy + clean + white), desc="Photographs"):
        rng = np.random.default_rng([seed, number])
        scene = _scene(paths[rng.integers(len(paths))], rng)
        if number < noisy:
            file, noise = _noisy(scene, rng)
        elif number < noisy + clean:
            file = _clean(scene, rng)
            noise = np.zeros_like(file)
        else:
            file, noise = _white(scene, rng)
        corner = _corner(file, rng)
        squares.append(np.rint(255 * _squares(file, corner)).astype(np.uint8))
        levels.append(255 * _squares(noise, corner).std(axis=(1, 2, 3)))
    return Examples(np.stack(squares), np.stack(levels).astype(np.float32))


def _scene(path: Path, rng: np.random.Generator) -> Floats:
    """A part of a clean picture, turned."""
    pixels = read_picture(path).pixels
    top, left = (int(rng.integers(max(1, side - _SCENE + 1))) for side in pixels.shape[:2])
    part = pixels[top : top + _SCENE, left : left + _SCENE]
    part = np.rot90(part, int(rng.integers(4)))
    return np.ascontiguousarray(part)


def _noisy(scene: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A photograph as a file, and what the noise changed in it."""
    camera = random_camera(rng)
    file = as_file(photograph(scene, camera, rng), camera)
    return file, file - as_file(photograph(scene, camera, None), camera)


def _clean(scene: Floats, rng: np.random.Generator) -> Floats:
    """A file without noise; half of them have never seen a camera."""
    camera = random_camera(rng)
    through = rng.random() < 0.5
    return as_file(photograph(scene, camera, None) if through else scene, camera)


def _white(scene: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    noise = np.exp(rng.uniform(0, 3.5)) / 255 * rng.standard_normal(scene.shape)
    file = (np.rint(np.clip(scene + noise, 0, 1) * 255) / 255).astype(np.float32)
    return file, file - scene


def _corner(file: Floats, rng: np.random.Generator) -> tuple[int, int]:
    """Where the squares begin."""
    top, left = (int(rng.integers(side - _ROWS * SQUARE + 1)) for side in file.shape[:2])
    return top, left


def _squares(picture: Floats, corner: tuple[int, int]) -> Floats:
    """(_SQUARES, SQUARE, SQUARE, 3), side by side from a corner on."""
    top, left = corner
    part = picture[top : top + _ROWS * SQUARE, left : left + _ROWS * SQUARE]
    cut = part.reshape(_ROWS, SQUARE, _ROWS, SQUARE, 3).swapaxes(1, 2)
    return cut.reshape(_SQUARES, SQUARE, SQUARE, 3)


def train(examples: Examples, steps: int, batch: int, seed: int) -> CameraNetwork:
    """Cross-entropy with AdamW, the rate rising and falling once.

    Noise is not the same everywhere: some examples are half of one photograph, half of another.
    """
    torch.manual_seed(seed)
    seen = torch.from_numpy(
        np.stack([features(squares / np.float32(255)) for squares in examples.squares])
    )
    every = seen.flatten(0, 1)
    network = CameraNetwork(every.mean(dim=0), every.std(dim=0) + 1e-3)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, steps)
    chances = torch.from_numpy(examples.chances())
    noisy = torch.from_numpy(examples.levels.min(axis=1) > 0)
    generator = torch.Generator().manual_seed(seed)
    bar = tqdm(range(steps), desc="Training")
    for step in bar:
        chosen = torch.randint(len(seen), (batch, 1), generator=generator).repeat(1, _SQUARES)
        some, half = round(_MIXED * batch), _SQUARES // 2
        both = noisy[chosen[:some, :half]] & noisy[chosen[-some:, :half]]
        chosen[:some, :half] = torch.where(both, chosen[-some:, :half], chosen[:some, :half])
        squares = chosen, torch.arange(_SQUARES)
        loss = F.cross_entropy(network(seen[squares]).flatten(0, 1), chances[squares].flatten(0, 1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        if step % 50 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}")
    return network.eval()


def measure(weights: dict[str, Floats], examples: Examples) -> str:
    """On examples held out: what is taken for noise, how far off, how often in doubt rightly."""
    medians, inside = [], []
    for squares, levels in zip(examples.squares, examples.levels, strict=True):
        for right, said in zip(
            levels, likely_levels(squares / np.float32(255), weights), strict=True
        ):
            medians.append(quantile(said, 0.5))
            inside.append(quantile(said, 0.1) <= right <= quantile(said, 0.9))
    right, said = examples.levels.ravel(), np.array(medians)
    clean, noisy = right == 0, right > 1.5
    off = np.abs(np.log(np.maximum(said, _NONE)[noisy] / right[noisy]))
    return (
        f"{len(right)} squares held out: {np.mean(said[clean] == 0):.1%} of the clean ones are "
        f"taken for clean, and {np.mean(said[noisy] == 0):.1%} of those with noise above 1.5; the "
        f"level is typically {np.expm1(np.median(off)):.0%} off, and lies in the window of doubt "
        f"{np.mean(np.array(inside)[noisy]):.0%} of the time"
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--noisy", type=int, default=1500, help="photographs with noise")
    parser.add_argument("--clean", type=int, default=1500)
    parser.add_argument("--white", type=int, default=100)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "examples.npz"
    if not kept.exists():
        paths = sorted(p for p in options.folder.iterdir() if p.suffix in (".webp", ".png"))
        if len(paths) < 20:
            raise BadInput("There are fewer than 20 pictures (WebP, PNG) in that folder.")
        cut = round(len(paths) * _HELD_OUT)
        counts = Counts(options.noisy, options.clean, options.white)
        tenth = Counts(*(n // 10 for n in counts))
        seen = make_examples(paths[cut:], counts, options.seed)
        held = make_examples(paths[:cut], tenth, options.seed + 1)
        kinds = {"seen": seen, "held": held}
        arrays = {f"{k}_{name}": a for k, kind in kinds.items() for name, a in vars(kind).items()}
        np.savez(kept, **arrays)
    with np.load(kept) as file:
        names = [field.name for field in fields(Examples)]
        seen, held = (Examples(**{n: file[f"{k}_{n}"] for n in names}) for k in ("seen", "held"))
    network = train(seen, options.steps, options.batch, options.seed)
    save_file(network.weights(), options.out / "model.safetensors")
    sys.stdout.write(measure(network.weights(), held) + "\n")


if __name__ == "__main__":
    main()

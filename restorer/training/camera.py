"""Make the network that reads the noise of cameras.

    python -m restorer.training.camera FOLDER OUT

FOLDER holds clean pictures, OUT becomes a folder with `model.safetensors` and `examples.npz` (kept,
so that a second call only trains). Every example is a picture photographed by a made-up camera
(`camera_noise`), of which the network sees nine squares. What it is to say is measured: the
shipped prior denoises each square at a ladder of levels, and the levels that leave least error are
the right ones. The same seed gives the same network.
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
from scipy.interpolate import PchipInterpolator
from torch import Tensor, nn
from tqdm import tqdm

from restorer.degradation.camera import LEVELS, SQUARE, features, likely_levels, quantile
from restorer.diffusion.denoiser import PriorDenoiser, vp_scales
from restorer.diffusion.schedule import sigma_from_noise
from restorer.engine import hardware
from restorer.engine.engine import load_prior
from restorer.engine.models import find_model
from restorer.errors import BadInput
from restorer.imaging.read import read_picture
from restorer.training.camera_noise import as_file, photograph, random_camera

LADDER = (3.5, 6.5, 12.0, 22.0, 40.0)
_SCENE = 320  # made 0.6 times as large it still has all squares
_ROWS = 3
_SQUARES = _ROWS**2
_LEFT_ALONE = 1.6  # where leaving a square alone stands among the levels
_REGRET = 0.08  # decibels that make no difference
_HELD_OUT = 0.08
_WIDTH = 96
_DROPPED = 0.2

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """N photographs.

    Attributes:
        squares: (N, _SQUARES, SQUARE, SQUARE, 3) uint8.
        errors: (N, _SQUARES, 1 + len(LADDER)), see `errors`; NaN where the level is known.
        known: (N,) the right level where it is known, NaN where it was measured.
    """

    squares: NDArray[np.uint8]
    errors: Floats
    known: Floats

    def chances(self) -> Floats:
        """(N, _SQUARES, len(LEVELS)): how good every level is."""
        return np.stack(
            [
                _chances(found.T) if np.isnan(level) else np.repeat(_at(level)[None], _SQUARES, 0)
                for found, level in zip(self.errors, self.known, strict=True)
            ]
        )


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
    prior = PriorDenoiser(
        load_prior(find_model("builtin")),
        autocast=hardware.choose_autocast(torch.device("cpu")),
        margin=8,
    )
    squares, found, known = [], [], []
    for number in tqdm(range(noisy + clean + white), desc="Photographs"):
        rng = np.random.default_rng([seed, number])
        scene = _scene(paths[rng.integers(len(paths))], rng)
        if number < noisy:
            file, truth = _noisy(scene, rng)
            file, truth = _part(file, truth, rng)
            found.append(errors(prior, file, truth).T)
            known.append(np.nan)
        else:
            level = 0.0 if number < noisy + clean else float(np.exp(rng.uniform(1.1, 3.5)))
            file = _clean(scene, rng) if level == 0 else _white(scene, level, rng)
            file, _ = _part(file, file, rng)
            found.append(np.full((_SQUARES, 1 + len(LADDER)), np.nan))
            known.append(level)
        squares.append(_squares(torch.from_numpy(file)).numpy())
    return Examples(
        np.rint(255 * np.stack(squares)).astype(np.uint8),
        np.stack(found).astype(np.float32),
        np.array(known, np.float32),
    )


def errors(prior: PriorDenoiser, file: Floats, truth: Floats) -> NDArray[np.float64]:
    """(1 + len(LADDER), _SQUARES) mean square errors: of the file, then restored at each level."""
    x, y = (torch.from_numpy(one) for one in (file, truth))
    results = [x]
    for level in LADDER:
        sigma = float(sigma_from_noise(level))
        signal, _ = vp_scales(sigma)
        with torch.inference_mode():
            x0 = prior(signal * (2 * x.permute(2, 0, 1)[None] - 1), sigma)
        results.append(((x0[0].permute(1, 2, 0) + 1) / 2).clamp(0, 1))
    found = [_squares((one - y).square()).mean(dim=(1, 2, 3)) for one in results]
    return torch.stack(found).double().numpy()


def _chances(found: NDArray[np.float64]) -> Floats:
    """How good every level is: a soft minimum of the decibels lost against the best."""
    decibels = 10 * np.log10(np.maximum(found, 1e-9))
    curve = PchipInterpolator(np.log([_LEFT_ALONE, *LADDER]), decibels, axis=0)
    fine = curve(np.log([_LEFT_ALONE, *LEVELS[1:]]))
    raised = np.exp(-(fine - fine.min(axis=0)) / _REGRET)
    chances: Floats = (raised / raised.sum(axis=0)).T.astype(np.float32)
    return chances


def _at(level: float) -> Floats:
    """All chances on one level, shared by its two neighbours among the levels."""
    places = np.log([_LEFT_ALONE, *LEVELS[1:]])
    place = np.interp(np.log(max(level, _LEFT_ALONE)), places, np.arange(len(places)))
    return np.maximum(0, 1 - np.abs(np.arange(len(places)) - place)).astype(np.float32)


def _scene(path: Path, rng: np.random.Generator) -> Floats:
    """A part of a clean picture, turned."""
    pixels = read_picture(path).pixels
    top, left = (int(rng.integers(max(1, side - _SCENE + 1))) for side in pixels.shape[:2])
    part = pixels[top : top + _SCENE, left : left + _SCENE]
    part = np.rot90(part, int(rng.integers(4)))
    return np.ascontiguousarray(part)


def _noisy(scene: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A photograph as a file, and what it should have been."""
    camera = random_camera(rng)
    return as_file(photograph(scene, camera, rng), camera), photograph(scene, camera, None)


def _clean(scene: Floats, rng: np.random.Generator) -> Floats:
    """A file without noise; half of them have never seen a camera."""
    camera = random_camera(rng)
    through = rng.random() < 0.5
    return as_file(photograph(scene, camera, None) if through else scene, camera)


def _white(scene: Floats, level: float, rng: np.random.Generator) -> Floats:
    noisy = scene + np.float32(level / 255) * rng.standard_normal(scene.shape, np.float32)
    return (np.rint(np.clip(noisy, 0, 1) * 255) / 255).astype(np.float32)


def _part(file: Floats, truth: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The same part of both, (_ROWS * SQUARE, _ROWS * SQUARE, 3)."""
    side = _ROWS * SQUARE
    top, left = (int(rng.integers(length - side + 1)) for length in file.shape[:2])
    parts = [one[top : top + side, left : left + side] for one in (file, truth)]
    return np.ascontiguousarray(parts[0]), np.ascontiguousarray(parts[1])


def _squares(part: Tensor) -> Tensor:
    """(_SQUARES, SQUARE, SQUARE, 3): the part cut up."""
    cut = part.reshape(_ROWS, SQUARE, _ROWS, SQUARE, 3).transpose(1, 2)
    return cut.reshape(_SQUARES, SQUARE, SQUARE, 3)


def train(examples: Examples, steps: int, batch: int, seed: int) -> CameraNetwork:
    """Cross-entropy with AdamW, the rate rising and falling once."""
    torch.manual_seed(seed)
    seen = torch.from_numpy(
        np.stack([features(squares / np.float32(255)) for squares in examples.squares])
    )
    every = seen.flatten(0, 1)
    network = CameraNetwork(every.mean(dim=0), every.std(dim=0) + 1e-3)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, steps)
    chances = torch.from_numpy(examples.chances())
    generator = torch.Generator().manual_seed(seed)
    bar = tqdm(range(steps), desc="Training")
    for step in bar:
        chosen = torch.randint(len(seen), (batch,), generator=generator)
        loss = F.cross_entropy(network(seen[chosen]).flatten(0, 1), chances[chosen].flatten(0, 1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        if step % 50 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}")
    return network.eval()


def measure(weights: dict[str, Floats], examples: Examples) -> str:
    """On examples held out: what is left alone, how far off, how often in doubt rightly."""
    best, told, inside = [], [], []
    for squares, chances in zip(examples.squares, examples.chances(), strict=True):
        for right, said in zip(
            chances, likely_levels(squares / np.float32(255), weights), strict=True
        ):
            best.append(quantile(right, 0.5))
            told.append(quantile(said, 0.5))
            inside.append(quantile(said, 0.1) <= best[-1] <= quantile(said, 0.9))
    right, said = np.array(best), np.array(told)
    both = (right > 0) & (said > 0)
    off = np.abs(np.log(said[both] / right[both]))
    return (
        f"{len(right)} squares held out: {np.mean((right > 0) == (said > 0)):.1%} rightly left "
        f"alone or not; typically {np.expm1(np.median(off)):.0%} off; the best level lies in the "
        f"window of doubt {np.mean(inside):.0%} of the time"
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--noisy", type=int, default=400, help="photographs with noise")
    parser.add_argument("--clean", type=int, default=600)
    parser.add_argument("--white", type=int, default=100)
    parser.add_argument("--steps", type=int, default=1300)
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

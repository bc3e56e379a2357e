"""Train the network that classifies the noise of a picture.

    python -m restorer.training.judge OUT FOLDER...

The folders hold clean pictures. OUT becomes a folder with `model.safetensors` and the examples, in
files of some hundred each. A second call continues with the examples that are missing and then
trains. An example is a file with noise of a known kind, or none (`noisy_files`). Every twelfth
picture is held out. The same pictures, numbers and seed give the same network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn
from tqdm import tqdm

from restorer.degradation.judge import CAMERA, LEVELS, WHITE
from restorer.degradation.noise import read_noise
from restorer.degradation.spectra import SQUARE, cut_squares, features
from restorer.errors import BadInput
from restorer.imaging.read import read_picture
from restorer.training.noisy_files import KINDS, File, random_file
from restorer.training.pictures import find_pictures

_FIRST, _APART = 5, 12  # the picture held out, of so many
_IN_A_FILE = 250
_NONE = 0.8  # of the noise of a camera in a square; what is less is none
_LEAST = 1.0  # and in a picture
_WIDTH = 96
_DROPPED = 0.2
_DECAY = 0.05
_SQUARES = 36
_OF_SQUARES = 0.5  # their weight in the loss
_MIXED = 0.5  # share of photographs of which some squares are another camera's
_AVERAGED = 0.01

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """Inputs and targets of the network.

    Attributes:
        squares: (N, S, F), `features` of the squares of each picture.
        there: (N, S), which squares exist.
        told: (N, E), the features of its `Evidence`.
        kinds: (N,), index into KINDS.
        levels: (N,), standard deviation of its noise, 0-255 scale.
        places: (N, S), the same for each square.
    """

    squares: Tensor
    there: Tensor
    told: Tensor
    kinds: Tensor
    levels: Tensor
    places: Tensor

    def answers(self) -> tuple[Tensor, Tensor]:
        """The targets: (N, 1 + 2 L) for the pictures, and (N, S, 1 + L) for the squares."""
        count, shared = len(LEVELS), _shares(self.levels)
        noisy = self.kinds != KINDS.index("none")
        camera = self.kinds == KINDS.index("camera")
        none = ~noisy | (camera & (self.levels < _LEAST))
        whole = torch.zeros(len(self.kinds), 1 + 2 * count)
        whole[:, 0] = none.float()
        whole[:, WHITE] = shared * (~none & ~camera)[:, None]
        whole[:, CAMERA] = shared * (~none & camera)[:, None]
        clean = self.places < _NONE
        places = _shares(self.places) * ~clean[..., None]
        return whole, torch.cat([clean[..., None].float(), places], dim=-1)


def _shares(levels: Tensor) -> Tensor:
    """(..., L): the target probabilities; a noise between two levels is shared between them."""
    logs = np.log(np.maximum(levels.numpy(), LEVELS[0]))
    place = np.interp(logs, np.log(LEVELS), np.arange(len(LEVELS)))
    away = np.abs(np.arange(len(LEVELS)) - place[..., None])
    return torch.from_numpy(np.maximum(0, 1 - away)).float()


class Judge(nn.Module):
    """`chances` of restorer.degradation.judge, for torch.

    Args:
        usual, spread: (F,) mean and standard deviation of the features of squares.
        told_usual, told_spread: (E,) of the evidence.
    """

    usual: Tensor
    spread: Tensor
    told_usual: Tensor
    told_spread: Tensor

    def __init__(
        self, usual: Tensor, spread: Tensor, told_usual: Tensor, told_spread: Tensor
    ) -> None:
        super().__init__()
        self.register_buffer("usual", usual)
        self.register_buffer("spread", spread)
        self.register_buffer("told_usual", told_usual)
        self.register_buffer("told_spread", told_spread)
        self.square = nn.Linear(len(usual), _WIDTH)
        self.heed = nn.Linear(_WIDTH, _WIDTH)
        self.told = nn.Linear(len(told_usual), _WIDTH)
        self.picture = nn.Linear(3 * _WIDTH, _WIDTH)
        self.kinds = nn.Linear(_WIDTH, 1 + 2 * len(LEVELS))
        self.levels = nn.Linear(2 * _WIDTH, 1 + len(LEVELS))

    def forward(self, squares: Tensor, there: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, 1 + 2 L) and (B, S, 1 + L) for the inputs of `Examples`."""
        own = self._some(F.relu(self.square((squares - self.usual) / self.spread)))
        heed = self.heed(own).masked_fill(~there[..., None], -1e9).softmax(dim=1)
        mean = (own * there[..., None]).sum(dim=1) / there.sum(dim=1, keepdim=True)
        read = self._some(F.relu(self.told((told - self.told_usual) / self.told_spread)))
        both = torch.cat([(heed * own).sum(dim=1), mean, read], dim=1)
        hidden = self._some(F.relu(self.picture(both)))
        beside = torch.cat([own, hidden[:, None].expand(-1, own.shape[1], -1)], dim=2)
        kinds: Tensor = self.kinds(hidden)
        levels: Tensor = self.levels(beside)
        return kinds, levels

    def _some(self, x: Tensor) -> Tensor:
        return F.dropout(x, _DROPPED, self.training)

    def weights(self) -> dict[str, Floats]:
        """The weights for numpy, with the inputs as first axis."""
        return {
            key.removesuffix(".weight"): np.ascontiguousarray(tensor.numpy().T)
            for key, tensor in self.state_dict().items()
        }


def make_examples(paths: list[Path], numbers: range, seed: int) -> dict[str, NDArray[np.generic]]:
    """Make examples of these numbers, as arrays for a file; pictures of one tone are skipped."""
    seen, told, counts, kinds, levels, places = [], [], [], [], [], []
    for number in numbers:
        rng = np.random.default_rng([seed, number])
        path = paths[int(rng.integers(len(paths)))]
        file = random_file(read_picture(path).pixels[..., :3], rng)
        evidence = read_noise(file.pixels).evidence
        if evidence is None:
            continue
        squares = cut_squares(file.pixels)
        flat = squares.reshape(-1, SQUARE, SQUARE, 3)
        seen.append(features(flat).astype(np.float16))
        told.append(evidence.features())
        counts.append(len(flat))
        kinds.append(KINDS.index(file.kind))
        levels.append(file.level)
        places.append(_places(file, len(flat)))
    return {
        "squares": np.concatenate(seen),
        "told": np.stack(told),
        "counts": np.array(counts),
        "kinds": np.array(kinds),
        "levels": np.array(levels, np.float32),
        "places": np.concatenate(places),
    }


def _places(file: File, count: int) -> Floats:
    """(count,), the noise of each square of a file; its sides are multiples of a square's."""
    if file.changed is None:
        return np.full(count, file.level, np.float32)
    changed = cut_squares(file.changed).reshape(count, -1)
    return (255 * changed.std(axis=1)).astype(np.float32)


def merge_examples(parts: list[dict[str, NDArray[np.generic]]]) -> Examples:
    """Merge the examples of several files, padded to the largest number of squares."""
    counts = np.concatenate([part["counts"] for part in parts])
    there = np.arange(_SQUARES) < counts[:, None]
    width = parts[0]["squares"].shape[1]
    squares = np.zeros((*there.shape, width), np.float32)
    places = np.zeros(there.shape, np.float32)
    squares[there] = np.concatenate([part["squares"] for part in parts])
    places[there] = np.concatenate([part["places"] for part in parts])
    told, kinds, levels = (
        torch.from_numpy(np.concatenate([part[name] for part in parts]))
        for name in ("told", "kinds", "levels")
    )
    return Examples(
        torch.from_numpy(squares), torch.from_numpy(there), told, kinds, levels,
        torch.from_numpy(places),
    )  # fmt: skip


def train(examples: Examples, steps: int, batch: int, seed: int) -> Judge:
    """Train with AdamW and cross-entropy; the rate rises and falls once; returns the last average.

    Some squares of each picture are dropped, as if it were smaller. Since a camera's noise differs
    from place to place, some pictures get squares of another; only their squares count in the loss.
    """
    torch.manual_seed(seed)
    every = examples.squares[examples.there]
    network = Judge(
        every.mean(dim=0),
        every.std(dim=0) + 1e-3,
        examples.told.mean(dim=0),
        examples.told.std(dim=0) + 1e-3,
    )
    mean = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    whole, places = examples.answers()
    camera = examples.kinds == KINDS.index("camera")
    cameras = camera.nonzero()[:, 0]
    generator = torch.Generator().manual_seed(seed)
    bar = tqdm(range(steps), desc="Training")
    for step in bar:
        chosen = torch.randint(len(whole), (batch,), generator=generator)
        there = _fewer(examples.there[chosen], generator)
        squares, said = examples.squares[chosen], places[chosen]
        another = cameras[torch.randint(len(cameras), (batch,), generator=generator)]
        mixed = camera[chosen] & (torch.rand(batch, generator=generator) < _MIXED)
        others = mixed[:, None] & (torch.rand(there.shape, generator=generator) < 0.5)
        others &= examples.there[another] & there
        squares = torch.where(others[..., None], examples.squares[another], squares)
        said = torch.where(others[..., None], places[another], said)
        kinds, levels = network(squares, there, examples.told[chosen])
        loss = F.cross_entropy(kinds[~mixed], whole[chosen][~mixed])
        loss = loss + _OF_SQUARES * F.cross_entropy(levels[there], said[there])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        for name, parameter in network.named_parameters():
            mean[name].lerp_(parameter.detach(), _AVERAGED)
        if step % 50 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}")
    network.load_state_dict(mean, strict=False)
    return network.eval()


def _fewer(there: Tensor, generator: torch.Generator) -> Tensor:
    """Drop some of the existing squares; at least one of each picture stays."""
    share = 0.3 + 0.7 * torch.rand(len(there), 1, generator=generator)
    some = there & (torch.rand(there.shape, generator=generator) < share)
    return torch.where(some.any(dim=1, keepdim=True), some, there)


def measure(network: Judge, held: Examples) -> Iterator[str]:
    """A report in lines: how many held-out pictures count as noisy, by the threshold."""
    with torch.inference_mode():
        logits, _ = network(held.squares, held.there, held.told)
    chances = logits.softmax(dim=1)
    for least in (0.5, 0.1, 0.05, 0.02):
        told = chances[:, 0] < least
        said = [f"chance of none below {least}"]
        for number, kind in enumerate(KINDS):
            ranges = [(-1.0, 0.5)] if kind == "none" else [(2, 4), (4, 7), (7, 12), (12, 22)]
            for low, high in ranges:
                those = (held.kinds == number) & (held.levels >= low) & (held.levels < high)
                said.append(f"{kind} {max(low, 0):g} to {high:g} {told[those].float().mean():.1%}")
        yield ", ".join(said)


def _made(paths: list[Path], folder: Path, seed: int, numbers: range) -> Path:
    path = folder / f"{seed}-{numbers.start:06d}.npz"
    if not path.exists():
        half = path.with_suffix(".part.npz")
        made: dict[str, Any] = make_examples(paths, numbers, seed)
        np.savez(half, **made)
        half.rename(path)
    return path


def _read(path: Path) -> dict[str, NDArray[np.generic]]:
    with np.load(path) as file:
        return dict(file)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--examples", type=int, default=12000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    paths = find_pictures(options.folders)
    if len(paths) < 2 * _APART:
        raise BadInput("There are fewer than {n} pictures in these folders.", n=2 * _APART)
    held = paths[_FIRST::_APART]
    seen = sorted(set(paths) - set(held))
    with ProcessPoolExecutor(options.processes) as pool:
        parts = list[list[Path]]()
        for some, seed, count in ((held, 1, options.examples // 8), (seen, 0, options.examples)):
            ranges = [range(i, min(i + _IN_A_FILE, count)) for i in range(0, count, _IN_A_FILE)]
            make = partial(_made, some, options.out, options.seed + seed)
            parts.append(list(tqdm(pool.map(make, ranges), "Examples", len(ranges))))
    left_out, shown = (merge_examples([_read(path) for path in some]) for some in parts)
    network = train(shown, options.steps, options.batch, options.seed)
    save_file(network.weights(), options.out / "model.safetensors")
    sys.stdout.write("\n".join(measure(network, left_out)) + "\n")


if __name__ == "__main__":
    main()

"""Train the network that measures the blur of a picture.

    python -m restorer.training.blur OUT FOLDER ...

The folders hold clean pictures. OUT becomes a folder with `model.safetensors` and `examples.npz`;
if the examples exist already, a second call only trains. An example is a part of a picture that is
sharp, blurred, blurred only behind its subject, or blurred by motion, which counts as no blur. It
gets random noise and JPEG compression. Every eighth picture is held out for measuring. The same
seed gives the same network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve
from torch import Tensor, nn
from tqdm import tqdm

from restorer.degradation.blur import DISCS, GAUSSIANS, features, likeliest_blur, predict
from restorer.degradation.operators import disc, motion
from restorer.errors import BadInput
from restorer.imaging.read import read_picture
from restorer.training.camera_noise import as_file, photograph, random_camera
from restorer.training.damages import encoded, in_a_file
from restorer.training.noisy_files import in_a_frame
from restorer.training.pictures import find_pictures

_FEWEST = 20  # pictures
_KEPT_BACK = 8
_FRAMED = 8
_SMALLEST, _LARGEST, _BORDER = 120, 330, 16
_WIDTHS = 192, 96
_JITTER = 0.05
_LEAST_NOISE = 0.3  # rounding, 0-255 scale
_NONE, _GAUSSIAN, _DISC = range(3)

Floats = NDArray[np.float32]
Rng = np.random.Generator


class Blurred(NamedTuple):
    """A part of a picture as read from its file, and its blur.

    Attributes:
        width: standard deviation, or radius of a disc, in pixels.
        noise: standard deviation, 0-255 scale.
    """

    pixels: Floats
    kind: int
    width: float
    noise: float


class Examples(NamedTuple):
    """Examples to train on.

    Attributes:
        seen: (N, F), their features.
        kinds, widths, noises: (N,), see `Blurred`.
        pictures: (N,), number of the picture that each was made of.
    """

    seen: Floats
    kinds: NDArray[np.int64]
    widths: Floats
    noises: Floats
    pictures: NDArray[np.int64]

    def chances(self) -> Floats:
        """(N, blurs): the target probabilities; a width between two blurs is shared by them."""
        chances = np.zeros((len(self.kinds), 1 + len(GAUSSIANS) + len(DISCS)), np.float32)
        for row, kind, width in zip(chances, self.kinds, self.widths, strict=True):
            if kind == _NONE:
                row[0] = 1
                continue
            widths, first = (GAUSSIANS, 1) if kind == _GAUSSIAN else (DISCS, 1 + len(GAUSSIANS))
            place = np.interp(np.log(width), np.log(widths), np.arange(len(widths)))
            below = min(int(place), len(widths) - 2)
            row[first + below : first + below + 2] = 1 - (place - below), place - below
        return chances

    def where(self, chosen: NDArray[np.bool_]) -> Examples:
        """The examples that a mask (N,) selects."""
        return Examples._make(part[chosen] for part in self)


def blurred(pixels: Floats, kind: int, width: float) -> Floats:
    """The (H, W, 3) pixels blurred; they are mirrored at the border."""
    if kind == _DISC:
        return _through(pixels, disc(width))
    soft: Floats = gaussian_filter(pixels, (width, width, 0))
    return soft


def _through(pixels: Floats, kernel: Tensor) -> Floats:
    down, across = (side // 2 for side in kernel.shape)
    around = np.pad(pixels, ((down, down), (across, across), (0, 0)), mode="reflect")
    weights = kernel.numpy()[..., None].astype(np.float32)
    soft: Floats = fftconvolve(around, weights, mode="valid", axes=(0, 1)).astype(np.float32)
    return soft


def example(clean: Floats, rng: Rng) -> Blurred:
    """Make an example of a clean picture (H, W, 3) in 0..1."""
    if rng.random() < 0.25:
        how = Image.Resampling.LANCZOS if rng.random() < 0.5 else Image.Resampling.BOX
        clean = _resized(clean, rng.uniform(0.55, 0.9), how)
    pixels, kind, width, drawn = _part(clean, rng), _NONE, 0.0, rng.random()
    if drawn < 0.04:
        camera = random_camera(rng)
        seen = as_file(photograph(pixels, camera, rng if rng.random() < 0.5 else None), camera)
        return Blurred(seen, kind, width, 0.0)
    if drawn < 0.60:
        kind, width = _any_blur(rng)
        pixels = blurred(pixels, kind, width)
    elif drawn < 0.67:
        pixels = _behind(pixels, rng)
    elif drawn < 0.71:
        hows = [Image.Resampling[name] for name in ("BICUBIC", "LANCZOS", "BILINEAR")]
        how = hows[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
        pixels = _resized(pixels, rng.uniform(1.3, 3.0), how)[:_LARGEST, :_LARGEST]
    elif drawn < 0.74:
        pixels = _through(pixels, motion(rng.uniform(3, 12), rng.uniform(0, 180)))
    elif drawn < 0.82:
        pixels = gaussian_filter(pixels, (soft := rng.uniform(0.2, 0.5), soft, 0))
        if rng.random() < 0.4:
            pixels = pixels + rng.uniform(0.3, 1.2) * (pixels - gaussian_filter(pixels, (1, 1, 0)))
    inner = slice(_BORDER, -_BORDER)
    pixels = np.ascontiguousarray(pixels[inner, inner], np.float32)
    noise = 0.0
    if rng.random() < 0.75:
        most = 25 if kind == _NONE else 13
        noise = float(np.exp(rng.uniform(np.log(0.3), np.log(most))))
        white = rng.standard_normal(pixels.shape, np.float32)
        pixels = pixels + np.float32(noise / 255) * (
            white[..., :1] if rng.random() < 0.12 else white
        )
    pixels = np.clip(pixels, 0, 1)
    if rng.random() < 0.55:
        return Blurred(in_a_file(pixels), kind, width, noise)
    quality = int(rng.integers(60, 101) if rng.random() < 0.85 else rng.integers(30, 60))
    return Blurred(encoded(pixels, quality, int(rng.choice([0, 2]))), kind, width, noise)


def _any_blur(rng: Rng) -> tuple[int, float]:
    """A random kind and width."""
    if rng.random() < 0.4:
        return _DISC, float(np.exp(rng.uniform(np.log(1.5), np.log(6.0))))
    if rng.random() < 0.4:
        return _GAUSSIAN, float(rng.uniform(0.85, 2.0))
    return _GAUSSIAN, float(np.exp(rng.uniform(np.log(0.85), np.log(4.5))))


def _behind(pixels: Floats, rng: Rng) -> Floats:
    """Blur everything but an ellipse, as with a subject before its background."""
    behind = blurred(pixels, int(rng.integers(_GAUSSIAN, _DISC + 1)), rng.uniform(1.2, 5))
    height, width = pixels.shape[:2]
    (y, x), (tall, wide) = rng.uniform(0.2, 0.8, 2), rng.uniform(0.15, 0.5, 2)
    down, across = np.mgrid[: 1 : height * 1j, : 1 : width * 1j]
    inside = ((down - y) / tall) ** 2 + ((across - x) / wide) ** 2 < 1
    share = gaussian_filter(inside.astype(np.float32), 2)[..., None]
    mixed: Floats = share * pixels + (1 - share) * behind
    return mixed


def _part(clean: Floats, rng: Rng) -> Floats:
    """A random part, resized and rotated, with a border that is cut off later."""
    side = float(np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST))))
    side = 128 if rng.random() < 0.3 else int(side)
    height, width = (min(length, side + 2 * _BORDER) for length in clean.shape[:2])
    top, left = (
        int(rng.integers(length - cut + 1))
        for length, cut in zip(clean.shape, (height, width), strict=False)
    )
    return np.rot90(clean[top : top + height, left : left + width], int(rng.integers(4))).copy()


def _resized(pixels: Floats, factor: float, how: Image.Resampling) -> Floats:
    height, width = (max(72, round(side * factor)) for side in pixels.shape[:2])
    image = Image.fromarray(np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8))
    return np.asarray(image.resize((width, height), how), np.float32) / np.float32(255)


def examples_of(path: Path, number: int, each: int, seed: int) -> Examples:
    """Make `each` examples of one file; every eighth is in a frame of one colour."""
    clean, made = read_picture(path).pixels, list[Blurred]()
    for i in range(each):
        rng = np.random.default_rng([seed, number, i])
        made.append(example(in_a_frame(clean, rng) if i % _FRAMED == _FRAMED - 1 else clean, rng))
    return Examples(
        np.stack([features(one.pixels) for one in made]),
        np.array([one.kind for one in made]),
        np.array([one.width for one in made], np.float32),
        np.array([one.noise for one in made], np.float32),
        np.full(each, number),
    )


def make_examples(paths: Sequence[Path], each: int, seed: int, processes: int) -> Examples:
    """Make examples of all files."""
    making = partial(examples_of, each=each, seed=seed)
    with ProcessPoolExecutor(processes) as pool:
        parts = pool.map(making, paths, range(len(paths)), chunksize=4)
        found = list(tqdm(parts, desc="Examples", total=len(paths), mininterval=10))
    return Examples._make(map(np.concatenate, zip(*found, strict=True)))


class BlurNetwork(nn.Module):
    """`predict` of restorer.degradation.blur, for torch.

    Args:
        usual, spread: (F,) mean and standard deviation of the features.
    """

    usual: Tensor
    spread: Tensor

    def __init__(self, usual: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("usual", usual)
        self.register_buffer("spread", spread)
        self.seen = nn.Linear(len(usual), _WIDTHS[0])
        self.hidden = nn.Linear(*_WIDTHS)
        self.blurs = nn.Linear(_WIDTHS[1], 2 + len(GAUSSIANS) + len(DISCS))

    def forward(self, seen: Tensor) -> Tensor:
        """(B, blurs + 1), logits of the blurs and logarithm of the noise, from features (B, F)."""
        x = ((seen - self.usual) / self.spread).clamp(-6, 6)
        if self.training:
            x = x + _JITTER * torch.randn_like(x)
        x = F.dropout(F.relu(self.seen(x)), 0.15, self.training)
        x = F.dropout(F.relu(self.hidden(x)), 0.1, self.training)
        said: Tensor = self.blurs(x)
        return said

    def weights(self) -> dict[str, Floats]:
        """The weights for numpy, with the inputs as first axis."""
        return {
            key.removesuffix(".weight"): np.ascontiguousarray(tensor.numpy().T)
            for key, tensor in self.state_dict().items()
        }


def train(examples: Examples, steps: int, batch: int, seed: int) -> BlurNetwork:
    """Train with AdamW: cross-entropy of the blur, and squared error of the noise if blurred."""
    torch.manual_seed(seed)
    seen, chances = torch.from_numpy(examples.seen), torch.from_numpy(examples.chances())
    noise = torch.from_numpy(np.log(np.maximum(examples.noises, _LEAST_NOISE)))
    has = torch.from_numpy(examples.kinds != _NONE).float()
    network = BlurNetwork(seen.mean(dim=0), seen.std(dim=0) + 1e-2)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    for _ in tqdm(range(steps), desc="Training", mininterval=5):
        chosen = torch.randint(len(seen), (batch,))
        said = network(seen[chosen])
        off = has[chosen] * F.smooth_l1_loss(said[:, -1], noise[chosen], reduction="none", beta=0.2)
        loss = F.cross_entropy(said[:, :-1], chances[chosen]) + off.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    return network.eval()


def measure(weights: dict[str, Floats], examples: Examples) -> str:
    """Report on held-out examples: how many count as blurred, and the errors of the widths."""
    readings = [likeliest_blur(*predict(seen, weights)) for seen in examples.seen]
    blur = np.array([one.chance for one in readings])
    read = np.array([one.width for one in readings])
    right = np.where(examples.kinds == _DISC, examples.widths / 2, examples.widths)
    lines, none = [], examples.kinds == _NONE
    for least in (0.5, 0.8, 0.9, 0.95, 0.98):
        said = [f"{(blur >= least)[none].mean():6.1%} of {none.sum()} without a blur"]
        for low, high in ((0.8, 1.15), (1.15, 1.5), (1.5, 2.2), (2.2, 5)):
            some = ~none & (right >= low) & (right < high)
            if not some.any():
                continue
            off = np.abs(np.log(read / np.maximum(right, 0.1)))[some & (blur >= least)]
            said.append(f"{low:g}-{high:g}: {(blur >= least)[some].mean():.0%}")
            said[-1] += f", off {np.median(off):.1%}" if len(off) else ""
        lines.append(f"at least {least:g} sure of {', '.join(said)}")
    some = ~none & (examples.noises > 2)
    noise = np.array([one.noise for one in readings])
    off = np.abs(np.log(noise[some] / examples.noises[some])) if some.any() else np.zeros(1)
    lines.append(
        f"noise above 2: off {np.median(off):.1%}, nine of ten {np.quantile(off, 0.9):.1%}"
    )
    return "\n".join(lines)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+", metavar="folder")
    parser.add_argument("--each", type=int, default=32, help="examples of every picture")
    parser.add_argument("--steps", type=int, default=16000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "examples.npz"
    if not kept.exists():
        paths = find_pictures(options.folders)
        if len(paths) < _FEWEST:
            raise BadInput("There are fewer than {n} pictures in these folders.", n=_FEWEST)
        made = make_examples(paths, options.each, options.seed, options.processes)
        np.savez(kept, **made._asdict())
    with np.load(kept) as file:
        examples = Examples._make(file[name] for name in Examples._fields)
    held = examples.pictures % _KEPT_BACK == 0
    network = train(examples.where(~held), options.steps, options.batch, options.seed)
    save_file(network.weights(), options.out / "model.safetensors")
    sys.stdout.write(measure(network.weights(), examples.where(held)) + "\n")


if __name__ == "__main__":
    main()

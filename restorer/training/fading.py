"""Train the network that measures how colours have faded.

    python -m restorer.training.fading OUT FOLDER ...

The folders hold clean pictures. OUT becomes a folder with `model.safetensors`. An example is a few
hundred colours of a picture, randomly faded. The network predicts the curves that restore them; the
loss is the difference to the original colours. Every fifth picture of a folder is held out for
measuring. The same seed gives the same network.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn
from tqdm import tqdm

from restorer.degradation.fading import FadingFeatures, curves, features
from restorer.errors import BadInput
from restorer.imaging.light import from_light, to_light
from restorer.imaging.read import read_picture

_COLOURS, _SQUARE = 256, 3
_KEPT_BACK = 5
_WIDTH = 48
_CLEAN, _ONE_TONE = 0.3, 0.12
_EXPOSURE = 0.15
_TELLING = 2.0  # what a nat of doubt about the fading weighs, in units of colour difference
_SUFFIXES = (".webp", ".avif", ".png", ".jpg")
_STAIN = np.array([0.03, 0.06, 0.15])  # optical density of yellowed paper in red, green and blue
#: From light to XYZ in relation to white (IEC 61966-2-1, D65).
_TO_XYZ = torch.tensor(
    [[0.4339, 0.3762, 0.1899], [0.2127, 0.7152, 0.0722], [0.0178, 0.1095, 0.8727]]
)

Floats = NDArray[np.float32]
Rng = np.random.Generator


def faded(light: Floats, rng: Rng, even: bool = False) -> Floats:
    """Fade colours (B, N, 3) in linear light, each of B pictures in its own way.

    Args:
        even: fade all channels alike, as in grey pictures.
    """
    count = (len(light), 1, 1)
    each = (len(light), 1, 1 if even else 3)
    kept = 1 - rng.uniform(0.1, 0.65, each)
    kept = np.where(rng.random(count) < 0.3, kept.mean(axis=2, keepdims=True), kept)
    density = _STAIN.mean() if even else _STAIN
    stain = 10 ** -(density * rng.uniform(0, 1.2, count) * (1 + 0.3 * rng.standard_normal(each)))
    veil = rng.uniform(0, 0.12, count) * np.clip(1 + 0.3 * rng.standard_normal(each), 0.3, 2)
    top = rng.uniform(0.6, 1, count)
    left = top * ((1 - veil) * stain * np.maximum(light, 1e-4) ** kept + veil)
    return left.astype(np.float32)


def as_file(light: Floats) -> Floats:
    """Values in 0..1, rounded as in an 8-bit file."""
    levels = np.rint(255 * from_light(np.clip(light, 0, 1)))
    values: Floats = (levels / 255).astype(np.float32)
    return values


class FadingNetwork(nn.Module):
    """`predict` of restorer.degradation.fading, for torch."""

    def __init__(self) -> None:
        super().__init__()
        self.colour, self.colours = nn.Linear(6, _WIDTH), nn.Linear(_WIDTH, _WIDTH)
        self.picture, self.hidden = nn.Linear(39 + _WIDTH, _WIDTH), nn.Linear(_WIDTH, _WIDTH)
        self.says = nn.Linear(_WIDTH, 10)
        with torch.no_grad():
            self.says.weight *= 0.1

    def forward(self, seen: FadingFeatures) -> Tensor:
        """The outputs (B, 10) for the `FadingFeatures` of B pictures."""
        each, together = (torch.from_numpy(np.float32(part)) for part in (seen.each, seen.all))
        each = F.relu(self.colours(F.relu(self.colour(each)))).mean(dim=1)
        both = F.relu(self.picture(torch.cat([together, each], dim=1)))
        said: Tensor = self.says(F.relu(self.hidden(both)))
        return said

    def weights(self) -> dict[str, Floats]:
        """The weights for numpy, with the inputs as first axis."""
        return {
            key.removesuffix(".weight"): np.ascontiguousarray(tensor.numpy().T)
            for key, tensor in self.state_dict().items()
        }


def undone(said: Tensor, seen: FadingFeatures, light: Tensor) -> Tensor:
    """Colours (B, N, 3) in linear light, restored with the network's curves."""
    dark, bright = (torch.from_numpy(end) for end in (seen.dark, seen.bright))
    black, white, power = (one[:, None] for one in curves(said, dark, bright, torch))
    return ((light - black) / (white - black)).clamp_min(1e-5) ** power


def difference(a: Tensor, b: Tensor) -> Tensor:
    """(B,), mean CIELAB difference of colours (B, N, 3) in linear light; large ones count less."""
    return (_lab(a) - _lab(b)).square().sum(dim=2).add(0.01).sqrt().mean(dim=1)


def _lab(light: Tensor) -> Tensor:
    xyz = light.clamp(0, 1) @ _TO_XYZ.T
    f = torch.where(xyz > 0.008856, xyz.clamp_min(1e-4) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = f.unbind(dim=2)
    a, b = 500 * (x - y), 200 * (y - z)
    chroma = (a * a + b * b + 1e-3).sqrt()
    weight = torch.log1p(0.045 * chroma) / (0.045 * chroma)
    return torch.stack([116 * y - 16, a * weight, b * weight], dim=2)


def examples(colours: Floats, batch: int, rng: Rng) -> tuple[Floats, Floats, Floats]:
    """Colours before and after fading, (B, N, 3) in linear light, and which have faded, (B,)."""
    light = colours[rng.integers(len(colours), size=batch)]
    light = np.clip(light * np.exp(_EXPOSURE * rng.standard_normal((batch, 1, 1))), 0, 1)
    grey = rng.random((batch, 1, 1)) < _ONE_TONE
    light = np.where(grey, light.mean(axis=2, keepdims=True), light).astype(np.float32)
    left = np.where(grey, faded(light, rng, even=True), faded(light, rng))
    has = rng.random((batch, 1, 1)) >= _CLEAN
    left = to_light(as_file(np.where(has, left, light)))
    return light, left, has[:, 0, 0].astype(np.float32)


def train(colours: Floats, steps: int, batch: int, seed: int) -> FadingNetwork:
    """Train with AdamW and a falling rate: colour difference, and cross-entropy of having faded."""
    torch.manual_seed(seed)
    rng, network = np.random.default_rng(seed), FadingNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    bar = tqdm(range(steps), desc="Training", mininterval=5)
    for step in bar:
        light, left, has = examples(colours, batch, rng)
        seen = features(from_light(left))
        said = network(seen)
        away = difference(undone(said, seen, torch.from_numpy(left)), torch.from_numpy(light))
        doubt = F.binary_cross_entropy_with_logits(said[:, 9], torch.from_numpy(has))
        loss = away.mean() + _TELLING * doubt
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rate.step()
        if step % 50 == 0:
            bar.set_postfix(loss=f"{loss.item():.2f}")
    return network.eval()


def measure(network: FadingNetwork, colours: Floats) -> str:
    """Report on held-out pictures: colour differences, and which count as faded."""
    rng = np.random.default_rng(5)
    left = to_light(as_file(faded(colours, rng)))
    seen, clean = features(from_light(left)), features(from_light(colours))
    with torch.no_grad():
        said, of_clean = network(seen), network(clean)
        truth, came = torch.from_numpy(colours), torch.from_numpy(left)
        before = difference(came, truth).numpy()
        after = difference(undone(said, seen, came), truth).numpy()
    odds = of_clean[:, 9].numpy()
    limits = np.quantile(odds, [0.99, 0.995, 0.999])
    found = [float((said[:, 9].numpy() > limit).mean()) for limit in limits]
    halved = float((after < before / 2).mean())
    return (
        f"{len(colours)} pictures kept back: the difference falls from {before.mean():.2f} to "
        f"{after.mean():.2f}, {halved:.0%} are halved; log odds above {limits.round(2)} in 1, 0.5 "
        f"and 0.1 of 100 clean ones, and then {np.round(found, 2)} of the faded ones are found"
    )


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)


def kept_back(paths: list[Path]) -> list[Path]:
    """The held-out pictures of a folder."""
    return paths[_KEPT_BACK - 1 :: _KEPT_BACK]


def colours_of(path: Path) -> Floats:
    """(N, 3) in linear light: means of small squares on a regular grid."""
    pixels = read_picture(path).pixels
    rows, columns = (n - _SQUARE for n in pixels.shape[:2])
    points = np.linspace(0, rows * columns - 1, _COLOURS).astype(int)
    tops, lefts = points // columns, points % columns
    places = zip(tops, lefts, strict=True)
    means = [pixels[y : y + _SQUARE, x : x + _SQUARE, :3].mean(axis=(0, 1)) for y, x in places]
    return to_light(np.stack(means))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    paths = [pictures_in(folder) for folder in options.folders]
    back = [path for some in paths for path in kept_back(some)]
    if len(back) < 10:
        raise BadInput("There are fewer than {n} pictures in these folders.", n=50)
    seen = [path for some in paths for path in some if path not in back]
    colours = np.stack([colours_of(path) for path in tqdm(seen, desc="Reading")])
    network = train(colours, options.steps, options.batch, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(network.weights(), options.out / "model.safetensors")
    sys.stdout.write(measure(network, np.stack([*map(colours_of, back)])) + "\n")


if __name__ == "__main__":
    main()

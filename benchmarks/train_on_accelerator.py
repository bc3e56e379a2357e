"""Train a prior from scratch on a machine that is ours for a few minutes.

    python benchmarks/train_on_accelerator.py TILES OUT --minutes 9

Run from a checkout, this needs torch, numpy, pillow and safetensors, and nothing else of what
Restorer needs. TILES are folders of clean pictures; one in 25 is measured on and never trained on.
Two shapes are tried first (`--dry 60` seconds each). The one whose loss, continued along its own
slope, would end lower is trained from scratch: three quarters of the time on many crops of 128
pixels, then on fewer of 256; Muon and AdamW, 2 % warm-up, constant to 40 %, then in a line to zero;
average 0.9995. PSNR on the tiles held out is printed every minute. Weights are written at 50, 75
and 100 %, each as a model folder in half precision, in pieces of less than 16 MiB.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import json
import math
import sys
import time
import types
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def _stand_in() -> types.ModuleType:
    """As much of diffusers as our networks are built on: a network that knows its arguments."""

    class ConfigMixin:
        config: types.SimpleNamespace

    class ModelMixin(nn.Module):
        def num_parameters(self) -> int:
            return sum(parameter.numel() for parameter in self.parameters())

    def register_to_config(init: Callable[..., None]) -> Callable[..., None]:
        @wraps(init)
        def registered(self: Any, *values: Any, **named: Any) -> None:
            given = inspect.signature(init).bind(self, *values, **named)
            given.apply_defaults()
            config = {name: value for name, value in given.arguments.items() if name != "self"}
            init(self, *values, **named)
            self.config = types.SimpleNamespace(**config)

        return registered

    module = types.ModuleType("restorer.diffusion.library")
    vars(module).update(
        ConfigMixin=ConfigMixin, ModelMixin=ModelMixin, register_to_config=register_to_config
    )
    return module


if importlib.util.find_spec("diffusers") is None:
    sys.modules["restorer.diffusion.library"] = _stand_in()

from restorer.diffusion.prior import PriorUNet  # noqa: E402
from restorer.training.crops import Crops  # noqa: E402
from restorer.training.learner import Alone, Learner, compile_blocks  # noqa: E402
from restorer.training.loss import noised  # noqa: E402
from restorer.training.recipe import SCRATCH, Recipe  # noqa: E402
from restorer.training.speed import measured  # noqa: E402
from restorer.training.state import State  # noqa: E402
from restorer.training.store import Store  # noqa: E402

#: Widths, blocks, blocks in the middle.
SHAPES: dict[str, tuple[tuple[int, ...], tuple[int, ...], int]] = {
    "tiny": ((16, 16), (1,), 1),
    "T": ((32, 64, 128, 256), (4, 4, 4), 4),
    "N": ((48, 96, 192, 256), (3, 4, 4), 4),
    "S": ((48, 96, 192, 384), (4, 4, 4), 4),
    "M": ((64, 128, 256, 384), (2, 3, 4), 6),
    "L": ((64, 128, 256, 512), (4, 4, 4), 4),
}
_SUFFIXES = ".webp", ".png", ".jpg", ".jpeg", ".tif", ".tiff"
#: One tile in so many is held out, and at most so many of them are measured on, this large.
_HELD_OUT, _MEASURED, _SIDE = 25, 24, 256
_LEVELS = (15, 25, 50)
_SAVED_AT = (0.5, 0.75, 1.0)
_PIECE = 15 << 20  # bytes, below 16 MiB with a head
_READ_EVERY = 20  # steps


class Tiles:
    """Pictures on the device, as `restorer.training.pictures.Pictures` has them."""

    def __init__(self, pixels: Sequence[NDArray[np.uint8]], device: torch.device) -> None:
        self.store = Store([tile.shape[0] * tile.shape[1] for tile in pixels], device)
        for slot, tile in enumerate(pixels):
            self.store.put(slot, tile)
        self._slots = np.arange(len(pixels))

    def slots(self, served: int) -> NDArray[np.int64]:
        """All of them, whatever was served."""
        return self._slots


def read_tiles(folders: Sequence[Path], least: int) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    """All tiles whose sides are at least `least`, (H, W, 3)."""
    paths = sorted(
        path for f in folders for path in f.rglob("*") if path.suffix.lower() in _SUFFIXES
    )

    def read(path: Path) -> NDArray[np.uint8]:
        with Image.open(path) as image:
            return np.array(image.convert("RGB"))

    with ThreadPoolExecutor() as threads:
        for path, tile in zip(paths, threads.map(read, paths), strict=True):
            if min(tile.shape[:2]) >= least:
                yield path, tile


class Held:
    """Middles of tiles that are never trained on."""

    def __init__(self, tiles: Sequence[NDArray[np.uint8]], device: torch.device) -> None:
        crops = []
        for tile in tiles[:: max(1, len(tiles) // _MEASURED)][:_MEASURED]:
            side = min(_SIDE, *(length - length % 16 for length in tile.shape[:2]))
            top, left = ((length - side) // 2 for length in tile.shape[:2])
            crops.append(torch.from_numpy(tile[top : top + side, left : left + side].copy()))
        self._crops = [c.permute(2, 0, 1)[None].to(device).float() / 127.5 - 1 for c in crops]
        chance = torch.Generator().manual_seed(0)
        self._eps = [torch.randn(c.shape, generator=chance).to(device) for c in self._crops]

    @torch.inference_mode()
    def psnr(self, network: PriorUNet, place: Alone) -> dict[int, float]:
        """Decibels by noise level, one evaluation, noise told, rounded to 8 bits."""
        found = {}
        for level in _LEVELS:
            errors = []
            for x0, eps in zip(self._crops, self._eps, strict=True):
                sigma = torch.full((1,), 2 * level / 255, device=x0.device)
                x_t = noised(x0, sigma, eps).contiguous(memory_format=torch.channels_last)
                with place.autocast():
                    v = network.trunk(x_t, sigma)
                said = (127.5 * (network.prediction(v, x_t, sigma).x0 + 1)).clamp(0, 255).round()
                errors.append(float((said - 127.5 * (x0 + 1)).square().mean()))
            found[level] = float(np.mean([10 * math.log10(255**2 / e) for e in errors]))
        return found


def save_model(network: PriorUNet, folder: Path) -> None:
    """A model folder in half precision, in pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, value in network.state_dict().items():
        half = value.detach().half().cpu().contiguous()
        if size + half.nbytes > _PIECE and pieces[-1]:
            pieces.append({})
            size = 0
        pieces[-1][name] = half
        size += half.nbytes
    where = {}
    for number, piece in enumerate(pieces, 1):
        name = f"diffusion_pytorch_model-{number:05}-of-{len(pieces):05}.safetensors"
        save_file(piece, folder / name, {"format": "pt"})
        where |= dict.fromkeys(piece, name)
    index = {"metadata": {"total_size": 2 * network.num_parameters()}, "weight_map": where}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    known = network.config if isinstance(network.config, dict) else vars(network.config)
    config = {"_class_name": "PriorUNet"} | {k: v for k, v in known.items() if k[0] != "_"}
    (folder / "config.json").write_text(json.dumps(config, indent=2))


def new_state(recipe: Recipe, shape: str, place: Alone) -> State:
    """Random weights of a shape."""
    torch.manual_seed(recipe.seed)
    widths, blocks, mid = SHAPES[shape]
    network = PriorUNet(widths, blocks, mid)
    return State(network, recipe, place.device, place.dtype or torch.float32)


def best_shape(
    names: Sequence[str], seconds: float, recipe: Recipe, tiles: Tiles, place: Alone, compiled: bool
) -> str:
    """The shape whose loss would be lowest after all the time there is, by a dry run of each."""
    if len(names) == 1:
        return names[0]
    ends = {}
    for name in names:
        state = new_state(recipe, name, place)
        if compiled:
            compile_blocks(state.network)
        learner = Learner(state, place)
        found = measured(learner, state, Crops(tiles, recipe, place.device), seconds)
        assert recipe.minutes is not None
        ends[name] = found.loss * (60 * recipe.minutes / seconds) ** found.slope
        print(f"{name}: {found.sentence()} Continued: {ends[name]:.4f}", flush=True)
    return min(ends, key=ends.__getitem__)


def train(state: State, tiles: Tiles, held: Held, place: Alone, out: Path, compiled: bool) -> None:
    """By the clock, compiling included."""
    recipe, network = state.recipe, state.network
    if compiled:
        compile_blocks(network)
    learner, crops = Learner(state, place), Crops(tiles, recipe, place.device)
    begun = told = time.monotonic()
    unsaved = list(_SAVED_AT)
    while (progress := recipe.progress(state.step, time.monotonic() - begun)) < 1:
        batch = crops.batch(state.step, late=recipe.is_late(progress))
        learner.learn(batch, recipe.learning_rate(progress))
        if state.step % _READ_EVERY == 0:
            learner.read()  # waits, so that the clock is that of the device
        if unsaved and progress >= unsaved[0]:
            save_model(state.average.network, out / f"{unsaved.pop(0):.0%}")
        if time.monotonic() - told >= min(60.0, 15 * (recipe.minutes or 0)):
            told = time.monotonic()
            tell(state, learner, held, place, progress)
    save_model(state.average.network, out / "100%")
    tell(state, learner, held, place, 1.0)


def tell(state: State, learner: Learner, held: Held, place: Alone, progress: float) -> None:
    """One line: how far, how good."""
    decibels = held.psnr(state.average.network.eval(), place)
    said = " ".join(f"{level}: {value:.2f}" for level, value in decibels.items())
    loss, _ = learner.read()
    seen = learner.pixels / 1e9
    print(f"{progress:4.0%} step {state.step} {seen:.2f} Gpx loss {loss:.4f} {said}", flush=True)


def main(words: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="TILES")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=9.0, help="of the training itself")
    parser.add_argument("--shapes", default="S,M", help=f"of {', '.join(SHAPES)}")
    parser.add_argument("--dry", type=float, default=60.0, help="seconds to try each shape")
    parser.add_argument("--batch", type=int, default=80)
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--late-batch", type=int, default=20)
    parser.add_argument("--late-crop", type=int, default=256)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--drawn", type=float, default=0.06)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compile", action="store_true")
    asked = parser.parse_args(words)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True  # two shapes of crops, and no others
    place = Alone(device, torch.bfloat16 if device.type == "cuda" else None)
    recipe = Recipe(
        tuple(map(str, asked.folders)), start=SCRATCH, minutes=asked.minutes, batch=asked.batch,
        crop=asked.crop, late_batch=asked.late_batch, late_crop=asked.late_crop, rate=asked.rate,
        seed=asked.seed, schedule="linear", warm_up=0.02, average=0.9995, levels=(0.6, 0.25),
        drawn=asked.drawn, beta2=0.99,
    )  # fmt: skip
    begun = time.monotonic()
    found = list(read_tiles(asked.folders, asked.late_crop))
    apart = [zlib.crc32(path.name.encode()) % _HELD_OUT == 0 for path, _ in found]
    held = Held([tile for (_, tile), away in zip(found, apart, strict=True) if away], device)
    kept = [tile for (_, tile), away in zip(found, apart, strict=True) if not away]
    tiles = Tiles(kept, device)
    where = tiles.store.pixels.device
    print(f"{len(kept)} tiles on {where}, read in {time.monotonic() - begun:.0f} s", flush=True)
    dry = replace(recipe, late_batch=None, late_crop=None)
    names = asked.shapes.split(",")
    shape = best_shape(names, asked.dry, dry, tiles, place, asked.compile)
    print(f"Training {shape} for {asked.minutes:g} minutes.", flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "recipe.json").write_text(recipe.to_json())
    train(new_state(recipe, shape, place), tiles, held, place, asked.out, asked.compile)


if __name__ == "__main__":
    main()

"""Train both priors on a machine that is ours for a few minutes.

    python benchmarks/train_on_accelerator.py TILES OUT --minutes 5 --damage-minutes 4

Run from a checkout, this needs torch, numpy, scipy, pillow and safetensors, and nothing else of
what Restorer needs. TILES are folders of clean pictures; one in 25 is measured on and never trained
on. Where several shapes are named, each is tried first (`--dry 60` seconds), and the one whose
loss, continued along its own slope, would end lower is taken. It is trained from scratch on white
noise: three quarters of the time on many crops of 128 pixels, then on fewer of 256; Muon and AdamW,
2 % warm-up, constant to 40 %, then in a line to zero; average 0.9995. PSNR on the tiles held out is
printed every minute. From there the prior that knows the damage is trained in the same way, on
scenes that other processes have damaged meanwhile (`damaged_pairs.py`). Weights are written at 50,
75 and 100 % to OUT/prior and OUT/damage, in half precision, in pieces of less than 16 MiB.
With `--minutes 0` the latter begins
from scratch too, or from its own weights (`--damage-from`): two processes, one for each prior, use
one accelerator better than one.
Should a training come apart, it goes on from the last average with half the rate.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import json
import math
import os
import sys
import time
import types
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import wraps
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
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

from benchmarks.damaged_pairs import DamagedPairs, scene_side  # noqa: E402
from restorer.degradation.facts import Facts  # noqa: E402
from restorer.diffusion.conditional import ConditionalUNet  # noqa: E402
from restorer.diffusion.prior import PriorUNet  # noqa: E402
from restorer.errors import RestorerError  # noqa: E402
from restorer.training.crops import Crops  # noqa: E402
from restorer.training.damage_crops import DAMAGE_BINS  # noqa: E402
from restorer.training.drawn import Drawing, drawing  # noqa: E402
from restorer.training.learner import Batch, Learner, SingleProcess, compile_blocks  # noqa: E402
from restorer.training.loss import BINS, add_noise  # noqa: E402
from restorer.training.recipe import SCRATCH, Recipe  # noqa: E402
from restorer.training.speed import measure  # noqa: E402
from restorer.training.state import State  # noqa: E402
from restorer.training.store import Store  # noqa: E402

#: Widths, blocks, blocks in the middle.
SHAPES: dict[str, tuple[tuple[int, ...], tuple[int, ...], int]] = {
    "tiny": ((16, 16), (1,), 1),
    "A": ((64, 128, 192, 192), (2, 2, 2), 4),
    "B": ((64, 96, 176, 240), (2, 3, 3), 2),
    "C": ((48, 96, 176, 240), (3, 3, 3), 2),
    "T": ((32, 64, 128, 256), (4, 4, 4), 4),
    "N": ((48, 96, 192, 256), (3, 4, 4), 4),
    "S": ((48, 96, 192, 384), (4, 4, 4), 4),
    "M": ((64, 128, 256, 384), (2, 3, 4), 6),
    "L": ((64, 128, 256, 512), (4, 4, 4), 4),
}
_SUFFIXES = ".webp", ".avif", ".png", ".jpg", ".jpeg", ".tif", ".tiff"
#: One tile in so many is held out, and at most so many of them are measured on, this large.
_HELD_OUT, _MEASURED, _SIDE = 25, 24, 256
_LEVELS = (15, 25, 50)
_SAVED_AT = (0.5, 0.75, 1.0)
_PIECE = 15 << 20  # bytes, below 16 MiB with a head
_READ_EVERY = 20  # steps
_DRAWINGS = 1500


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


class Drawings:
    """So many drawings of each side, made at once by all processors, and used again and again.

    Made one by one they would keep an accelerator waiting.
    """

    def __init__(self, count: int, sides: Sequence[int], processes: int) -> None:
        with get_context("fork").Pool(processes) as pool:
            self._made = {
                side: pool.starmap(drawing, [(seed, side) for seed in range(count)], 8)
                for side in sides
            }

    def __call__(self, seed: int, side: int) -> Drawing:
        """One of them."""
        made = self._made[side]
        return made[seed % len(made)]


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
    def psnr(self, network: PriorUNet, place: SingleProcess) -> dict[int, float]:
        """Decibels by noise level, one evaluation, noise told, rounded to 8 bits."""
        found = {}
        for level in _LEVELS:
            errors = []
            for x0, eps in zip(self._crops, self._eps, strict=True):
                sigma = torch.full((1,), 2 * level / 255, device=x0.device)
                x_t = add_noise(x0, sigma, eps).contiguous(memory_format=torch.channels_last)
                with place.autocast():
                    v = network.trunk(x_t, sigma)
                said = (127.5 * (network.prediction(v, x_t, sigma).x0 + 1)).clamp(0, 255).round()
                errors.append(float((said - 127.5 * (x0 + 1)).square().mean()))
            found[level] = float(np.mean([10 * math.log10(255**2 / e) for e in errors]))
        return found

    def sentence(self, network: PriorUNet, place: SingleProcess) -> str:
        """The same in words."""
        decibels = self.psnr(network, place)
        return " ".join(f"{level}: {value:.2f}" for level, value in decibels.items())


def save_model(network: PriorUNet, folder: Path) -> None:
    """A model folder in half precision, in pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = type(network).__name__
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
        part = f"-{number:05}-of-{len(pieces):05}" if len(pieces) > 1 else ""
        name = f"diffusion_pytorch_model{part}.safetensors"
        save_file(piece, folder / name, {"format": "pt"})
        where |= dict.fromkeys(piece, name)
    if len(pieces) > 1:
        index = {"metadata": {"total_size": 2 * network.num_parameters()}, "weight_map": where}
        (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    known = network.config if isinstance(network.config, dict) else vars(network.config)
    config = {"_class_name": kind} | {k: v for k, v in known.items() if k[0] != "_"}
    (folder / "config.json").write_text(json.dumps(config, indent=2))


def new_network(shape: str, seed: int) -> PriorUNet:
    """Random weights of a shape."""
    torch.manual_seed(seed)
    widths, blocks, mid = SHAPES[shape]
    return PriorUNet(widths, blocks, mid)


def load_weights(network: PriorUNet, folder: Path, strict: bool = True) -> None:
    """Those of a model folder, in however many pieces; or of one that has fewer."""
    pieces = [load_file(path) for path in sorted(folder.glob("*.safetensors"))]
    weights = {name: value for piece in pieces for name, value in piece.items()}
    network.load_state_dict(weights, strict=strict)


def conditional(prior: PriorUNet) -> ConditionalUNet:
    """The network that knows damage and does what a prior does."""
    known = prior.config if isinstance(prior.config, dict) else vars(prior.config)
    config = {key: value for key, value in known.items() if key[0] != "_"}
    network = ConditionalUNet(**config, facts=Facts.COUNT)
    network.load_state_dict(prior.state_dict(), strict=False)
    return network


def new_state(network: PriorUNet, recipe: Recipe, place: SingleProcess) -> State:
    """Nothing learnt yet."""
    bins = DAMAGE_BINS if isinstance(network, ConditionalUNet) else BINS
    return State(network, recipe, place.device, place.dtype or torch.float32, bins)


def best_shape(
    names: Sequence[str],
    seconds: float,
    recipe: Recipe,
    tiles: Tiles,
    place: SingleProcess,
    compiled: bool,
) -> str:
    """The shape whose loss would be lowest after all the time there is, by a dry run of each."""
    if len(names) == 1:
        return names[0]
    ends = {}
    for name in names:
        state = new_state(new_network(name, recipe.seed), recipe, place)
        if compiled:
            compile_blocks(state.network)
        learner = Learner(state, place)
        found = measure(learner, state, Crops(tiles, recipe, place.device), seconds)
        assert recipe.minutes is not None
        ends[name] = found.loss * (60 * recipe.minutes / seconds) ** found.slope
        print(f"{name}: {found.sentence()} Continued: {ends[name]:.4f}", flush=True)
    return min(ends, key=ends.__getitem__)


class Run:
    """A training by the clock that begins with the first step.

    Args:
        state: to train; its recipe says for how long.
        batches: makes those of a step, by its number and whether it is late.
        tell: says how good an average is.
        place: where.
        folder: for the weights.
        compiled: whether torch compiles the blocks.
    """

    def __init__(
        self,
        state: State,
        batches: Callable[[int, bool], Batch],
        tell: Callable[[PriorUNet], str],
        place: SingleProcess,
        folder: Path,
        compiled: bool,
    ) -> None:
        self.state = state
        self._batches = batches
        self._tell = tell
        self._place = place
        self._folder = folder
        self._compiled = compiled
        self._begun = self._told = time.monotonic()
        self._unsaved = list(_SAVED_AT)
        self._safe = _copied(state.average.network)

    def train(self) -> PriorUNet:
        """To the end; the average."""
        while not self._finished():
            self._again()
        save_model(self.state.average.network, self._folder)
        return self.state.average.network

    def _finished(self) -> bool:
        """Take steps to the end, or until the training comes apart."""
        state = self.state
        if self._compiled:
            compile_blocks(state.network)
        learner = Learner(state, self._place)
        try:
            while (progress := self._progress()) < 1:
                self._step(learner, progress)
            self._say(learner, 1.0)
            return True
        except RestorerError as error:
            print(f"{error} Going on with half the rate.", flush=True)
            return False

    def _progress(self) -> float:
        return self.state.recipe.progress(self.state.step, time.monotonic() - self._begun)

    def _step(self, learner: Learner, progress: float) -> None:
        state = self.state
        late = state.recipe.is_late(progress)
        learner.learn(self._batches(state.step, late), state.recipe.learning_rate(progress))
        if state.step % _READ_EVERY == 0:
            learner.read()  # waits, so that the clock is that of the device
        if self._unsaved and progress >= self._unsaved[0]:
            del self._unsaved[0]
            save_model(state.average.network, self._folder)
        if time.monotonic() - self._told >= min(30.0, 15 * (state.recipe.minutes or 0)):
            self._say(learner, progress)
            self._safe = _copied(state.average.network)

    def _say(self, learner: Learner, progress: float) -> None:
        """One line: how far, how good."""
        self._told = time.monotonic()
        loss, _ = learner.read()
        seen, step = learner.pixels / 1e9, self.state.step
        said = self._tell(self.state.average.network.eval())
        print(f"{progress:4.0%} step {step} {seen:.2f} Gpx loss {loss:.4f} {said}", flush=True)

    def _again(self) -> None:
        """From the last average that was a number, more gently."""
        recipe, network = self.state.recipe, self.state.average.network
        network.load_state_dict(self._safe)
        slower, step = replace(recipe, rate=recipe.peak / 2), self.state.step
        self.state = new_state(network, slower, self._place)
        self.state.step = step


def _copied(network: PriorUNet) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def main(words: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="TILES")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=5.0, help="of training on noise, or 0")
    parser.add_argument("--damage-minutes", type=float, default=4.0, help="and on damage, or 0")
    parser.add_argument("--damage", default="jpeg,smaller,blur,noise,mix", metavar="KINDS")
    parser.add_argument("--damage-from", type=Path, metavar="MODEL", help="folder of weights")
    parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 2) - 3))
    parser.add_argument("--room", type=int, default=40_000, help="damaged scenes kept at a time")
    parser.add_argument("--shapes", default="B", help=f"of {', '.join(SHAPES)}")
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
    recipe = Recipe(
        tuple(map(str, asked.folders)), start=SCRATCH, minutes=asked.minutes or 1,
        batch=asked.batch, crop=asked.crop, late_batch=asked.late_batch,
        late_crop=asked.late_crop, rate=asked.rate,
        seed=asked.seed, schedule="linear", warm_up=0.02, average=0.9995, levels=(0.6, 0.25),
        drawn=asked.drawn, beta2=0.99,
    )  # fmt: skip
    begun = time.monotonic()
    found = list(read_tiles(asked.folders, asked.late_crop))
    apart = [zlib.crc32(path.name.encode()) % _HELD_OUT == 0 for path, _ in found]
    held = [tile for (_, tile), away in zip(found, apart, strict=True) if away]
    kept = [tile for (_, tile), away in zip(found, apart, strict=True) if not away]
    widest = scene_side(asked.late_crop)
    sides = {widest, asked.crop, asked.late_crop}
    drawings = Drawings(_DRAWINGS, sorted(sides), asked.processes)
    pairs = None
    if asked.damage_minutes > 0:  # before the accelerator is used: its processes are forked
        learns = replace(recipe, minutes=asked.damage_minutes, damage=asked.damage, drawn=0.02)
        wide = [tile for tile in kept if min(tile.shape[:2]) >= widest]
        here = Tiles(wide, torch.device("cpu"))
        pairs = DamagedPairs(here, learns, asked.room, asked.processes, drawings)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True  # two shapes of crops, and no others
    torch._dynamo.config.recompile_limit = 64  # each width at each size
    place = SingleProcess(device, torch.bfloat16 if device.type == "cuda" else None)
    tiles = Tiles(kept, device)
    where = tiles.store.pixels.device
    print(f"{len(kept)} tiles on {where}, read in {time.monotonic() - begun:.0f} s", flush=True)
    dry = replace(recipe, late_batch=None, late_crop=None)
    names = asked.shapes.split(",")
    shape = best_shape(names, asked.dry, dry, tiles, place, asked.compile)
    print(f"Training {shape}: {recipe.to_json()}", flush=True)
    prior, compiled = new_network(shape, recipe.seed), asked.compile
    if asked.minutes > 0:
        crops, measured_on = Crops(tiles, recipe, device, draw=drawings), Held(held, device)
        prior = Run(
            new_state(prior, recipe, place),
            lambda step, late: crops.batch(step, late=late),
            lambda average: measured_on.sentence(average, place),
            place, asked.out / "prior", compiled,
        ).train()  # fmt: skip
    if pairs is not None:
        made, network = pairs, conditional(prior)
        if asked.damage_from:
            load_weights(network, asked.damage_from)
        print(f"Learning damage from {made.made} scenes.", flush=True)
        Run(
            new_state(network, learns, place),
            lambda step, late: made.batch(step, device, late),
            lambda _: f"{made.made} scenes",
            place, asked.out / "damage", compiled,
        ).train()  # fmt: skip


if __name__ == "__main__":
    main()

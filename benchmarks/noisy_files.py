"""Noise in JPEG files: the prior that knows both, and that of white noise, as for any file dropped.

    python benchmarks/noisy_files.py FOLDER ... [--count 24] [--seed 0] [--crop 224]

FOLDER holds clean pictures. A part of each gets white noise of 4 to 30 of 255 and becomes a JPEG
file of quality 55 to 98, its colours at full or at half resolution. Noise and quality are measured
and read from the file. A line a file: what is gained over it in dB by the prior of white noise, by
the one that is taken by default (no other where it is the same), and how many of 100 errors twice
the doubt holds. Means and worst at the end.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from restorer.diffusion.metrics import psnr
from restorer.engine.carry_out import task_done
from restorer.engine.engine import Engine
from restorer.engine.job import Job, Source, plan
from restorer.engine.progress import CancelToken
from restorer.engine.request import Request
from restorer.engine.sources import file_source
from restorer.engine.spread import spread
from restorer.engine.task import DAMAGE_MODEL
from restorer.imaging.picture import Pixels
from restorer.imaging.read import read_picture

NOISE, QUALITY = (4.0, 30.0), (55, 98)
SAMPLINGS = {0: "4:4:4", 2: "4:2:0"}  # as Pillow counts them

ENGINE = Engine()


class Gain(NamedTuple):
    """In dB over the file; `held` of 100 errors; whether it is alarming."""

    decibels: float
    held: float
    alarm: bool


def main() -> None:
    """Print a line a file, and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--crop", type=int, default=224)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(arguments.seed)
    others = (".tsv", ".md", "")
    files = [p for f in arguments.folders for p in sorted(f.iterdir()) if p.suffix not in others]
    pairs = list[tuple[Gain, Gain]]()
    with tempfile.TemporaryDirectory() as folder:
        for index in rng.permutation(len(files))[: arguments.count]:
            pixels = read_picture(files[index]).pixels[..., :3]
            sampling = (0, 2)[rng.integers(2)]
            noise = float(np.exp(rng.uniform(*np.log(NOISE))))
            quality = int(rng.integers(*QUALITY))
            clean = part(pixels, arguments.crop, rng)
            path = Path(folder) / "noisy.jpg"
            noisy = clean + np.float32(noise / 255) * rng.standard_normal(clean.shape, np.float32)
            image = Image.fromarray(np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8))
            image.save(path, quality=quality, subsampling=sampling)
            pair = compared(file_source(read_picture(path), path), clean)
            named = (
                f"{files[index].stem[:18]:18} noise {noise:4.1f}, {quality} {SAMPLINGS[sampling]}"
            )
            print(f"{named}: {told(pair)}", flush=True)
            pairs += [] if pair is None else [pair]
    gained = [after.decibels - before.decibels for before, after in pairs]
    means = [np.mean(which, axis=0) for which in zip(*pairs, strict=True)]
    print(
        f"{len(pairs)} files for the prior that knows JPEG, {np.mean(gained):+.2f} dB in the mean"
    )
    print(f"at worst {min(gained):+.2f}; gained {means[0][0]:+.2f}, {means[1][0]:+.2f}")
    print(f"errors held, of 100: {means[0][1]:.1f}, {means[1][1]:.1f}; ", end="")
    print(f"at worst {min(before.held for before, _ in pairs):.1f}, ", end="")
    print(f"{min(after.held for _, after in pairs):.1f}")


def part(pixels: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A square of this side, or as much of one as there is."""
    top, left = (int(rng.integers(max(1, n - side + 1))) for n in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def compared(source: Source, clean: Pixels) -> tuple[Gain, Gain] | None:
    """By the prior of white noise, and by default; None where that is the same."""
    usual = plan(Request(), source)
    if usual.task.model != DAMAGE_MODEL:
        return None
    blind = replace(source, found=replace(source.found, jpeg_quality=None))
    return gain(plan(Request(), blind), clean), gain(usual, clean)


def gain(job: Job, clean: Pixels) -> Gain:
    """What one task comes to."""
    outcome = task_done(job.task, job.inputs, ENGINE, "auto")
    result = outcome.picture.pixels
    *_, doubt = spread(ENGINE.run, job.task, job.inputs, CancelToken())
    held = 100 * float((np.abs(result - clean) <= 2 * doubt.std[..., None]).mean())
    came = job.inputs.picture.pixels
    assert outcome.checked is not None
    return Gain(psnr(result, clean) - psnr(came, clean), held, outcome.checked.alarm)


def told(pair: tuple[Gain, Gain] | None) -> str:
    """As in "+1.20 (91.0), +2.05 (95.1) ALARM"."""
    if pair is None:
        return "left to the prior of white noise, or left alone"
    said = [f"{one.decibels:+.2f} ({one.held:.1f}){' ALARM' * one.alarm}" for one in pair]
    return ", ".join(said)


if __name__ == "__main__":
    main()

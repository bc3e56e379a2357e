"""Makes old photographs from clean pictures and restores them automatically.

    python benchmarks/old_photos.py FOLDER [--count N] [--side N] [--sheet FILE]

FOLDER holds clean pictures. A part of each is randomly faded (`restorer.training.fading.faded`),
gets grain (white, 4 to 9 of 255) and straight, nearly white scratches, and is rounded to 8 bit.
Then `--task auto` restores it. It prints the steps, CIEDE2000 and PSNR to the clean picture before
and after, and how much of the scratches was changed. It uses only the held-out pictures of the
network for fading, every fifth.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from restorer.degradation.estimate import estimate
from restorer.diffusion.metrics import ciede2000, psnr
from restorer.engine.carry_out import job_done, task_done
from restorer.engine.engine import Engine
from restorer.engine.job import Job, Source, plan
from restorer.engine.outcome import Outcome
from restorer.engine.request import Request
from restorer.imaging.light import to_light
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.training.fading import as_file, faded, kept_back, pictures_in

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Old:
    """A clean picture, the old photograph made of it, and its scratches, (H, W)."""

    clean: Pixels
    file: Pixels
    scratches: NDArray[np.bool_]


def made_old(clean: Pixels, seed: int) -> Old:
    """Fade, give grain, scratch."""
    rng = np.random.default_rng(seed)
    height, width = clean.shape[:2]
    left = as_file(faded(to_light(clean).reshape(1, -1, 3), rng)).reshape(clean.shape)
    image = Image.new("L", (width, height))
    for _ in range(3):
        ends = (rng.uniform(0, 1, (2, 2)) * (width, height)).ravel().tolist()
        ImageDraw.Draw(image).line(ends, 255, int(rng.integers(2, 5)))
    scratches = np.asarray(image) > 0
    left = np.where(scratches[..., None], np.float32(0.93), left)
    left = left + rng.uniform(4, 9) / 255 * rng.standard_normal(left.shape)
    file = (np.rint(np.clip(left, 0, 1) * 255) / 255).astype(np.float32)
    return Old(clean, file, scratches)


def restored(old: Old, engine: Engine) -> tuple[Pixels, list[str]]:
    """What `--task auto` makes of it, and the steps that were kept."""
    steps: list[str] = []

    def restore(step: Job) -> Outcome:
        return task_done(step.task, step.inputs, engine, "auto")

    def keep(step: Job, _: Outcome) -> None:
        if step.task.start is not None:
            steps.append(step.task.damage.kind)

    source = Source(Picture(old.file), estimate(old.file)).searched()
    done = job_done(plan(Request(task="auto"), source), restore, on_kept=keep)
    return done.outcome.picture.pixels, steps


def main() -> None:
    parser = argparse.ArgumentParser(description="Restore old photographs that were made up.")
    parser.add_argument("folder", type=Path, help="clean pictures")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--side", type=int, default=256, help="of the part that is taken")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    paths = kept_back(pictures_in(options.folder))[: options.count]
    if not paths:
        parser.error(f"no pictures in {options.folder}")
    engine, rows, done, columns = Engine(), [], Counter[str](), []
    for seed, path in enumerate(paths):
        clean = read_picture(path).pixels[: options.side, : options.side]
        old = made_old(np.ascontiguousarray(clean), seed)
        result, steps = restored(old, engine)
        done.update(steps)
        colours = [float(ciede2000(one, old.clean).mean()) for one in (old.file, result)]
        changed = np.abs(result - old.file).max(axis=2)[old.scratches] > 24 / 255
        rows.append([*colours, psnr(old.file, clean), psnr(result, clean), changed.mean()])
        print(f" {path.name}: {', '.join(steps)}: " + " ".join(f"{v:.2f}" for v in rows[-1]))
        if len(columns) < 6:
            columns.append(np.concatenate([clean, old.file, result])[: 3 * options.side])
    means = np.mean(rows, axis=0)
    print(" CIEDE2000 before, after; PSNR before, after; scratches changed")
    print(f" mean of {len(rows)}: " + " ".join(f"{v:.2f}" for v in means), dict(done))
    if options.sheet:
        height = min(len(one) for one in columns)
        sheet = np.concatenate([one[:height] for one in columns], axis=1)
        Image.fromarray(np.uint8(255 * np.clip(sheet, 0, 1))).save(options.sheet)


if __name__ == "__main__":
    main()

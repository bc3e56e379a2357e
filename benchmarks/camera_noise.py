"""Measures how well camera noise of unknown level is removed.

    python benchmarks/camera_noise.py FOLDER [--clean FOLDER] [--limit N]

FOLDER holds `noisy/` and `gt/` with equal names (or `..._real` and `..._mean`). It prints the PSNR
over RGB after rounding to 8 bit, with one evaluation of the network a level: of the noisy picture;
with the built-in prior at the level of the white-noise estimate (PCA), at the fixed level 10, and
at the best of several levels (white best); with Restorer's own choice (ours), the same at one level
everywhere (one); and with the camera prior at its best fixed level (best). For the clean pictures
it prints the PSNR of Restorer's result against the original.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from restorer.degradation.estimate import estimate
from restorer.degradation.noise import read_noise
from restorer.diffusion.metrics import psnr
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.local import evaluations
from restorer.engine.plan import plan, start_for
from restorer.engine.progress import CancelToken
from restorer.engine.task import BUILTIN_MODEL, CAMERA_MODEL, RestorationTask
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture

WHITE = (6.3, 8, 10, 12.6, 16, 20, 25, 32)
CAMERA = (2.5, 3.2, 4, 5, 6.3, 8, 10)
COLUMNS = ("came", "PCA", "fixed 10", "white best", "ours", "one", "best")


def restored(engine: Engine, task: RestorationTask, picture: Picture) -> Pixels:
    if task.start is None:
        return picture.pixels
    *_, last = engine.run(task, Inputs(picture), CancelToken(), device="cpu")
    return np.clip((last.x0 + 1) / 2, 0, 1)


def at(noise: float, model: str = BUILTIN_MODEL) -> RestorationTask:
    start = start_for(noise) if noise > 0.5 else None
    return RestorationTask(start=start, steps=1, undo_clipping=False, model=model)


def row(engine: Engine, noisy: Picture, truth: Pixels) -> tuple[list[float], str]:
    found = estimate(noisy.pixels)
    ours = plan(found, noisy.size, steps=1)

    def reached(task: RestorationTask) -> float:
        return psnr(restored(engine, task, noisy), truth)

    came, pca = reached(at(0)), reached(at(read_noise(noisy.pixels).std))
    white = {level: reached(at(level)) for level in WHITE}
    camera_prior = {level: reached(at(level, CAMERA_MODEL)) for level in CAMERA}
    mine = [reached(ours), reached(replace(ours, local=()))]
    values = [came, pca, white[10], max(*white.values(), came), *mine, max(camera_prior.values())]
    best = max(camera_prior, key=lambda level: camera_prior[level])
    camera = found.camera
    doubt = f"{camera.low:.0f} to {camera.high:.0f}" if camera else "not a camera's"
    told = f"{found.noise:5.1f} ({doubt}), best {best:g}, {evaluations(ours.local)} levels"
    return values, told


def truth_of(path: Path) -> Path:
    folder = path.parent.parent / "gt"
    return next(
        candidate
        for candidate in (folder / path.name, folder / path.name.replace("_real", "_mean"))
        if candidate.exists()
    )


def camera_table(engine: Engine, paths: list[Path]) -> None:
    print(f"{'':24}" + "".join(f"{name:>12}" for name in COLUMNS) + "   level")
    rows = []
    for path in paths:
        values, told = row(engine, read_picture(path), read_picture(truth_of(path)).pixels)
        rows.append(values)
        print(f"{path.stem:24}" + "".join(f"{v:12.2f}" for v in values) + f"   {told}", flush=True)
    print(f"{'mean':24}" + "".join(f"{v:12.2f}" for v in np.mean(rows, axis=0)), flush=True)


def clean_table(engine: Engine, paths: list[Path]) -> None:
    kept, changed = 0, []
    for path in paths:
        picture = read_picture(path)
        task = plan(estimate(picture.pixels), picture.size, steps=1)
        if task.start is None:
            kept += 1
            continue
        changed.append((psnr(restored(engine, task, picture), picture.pixels), path.stem))
    print(f"clean: {kept} of {len(paths)} left bit for bit as they were")
    print("changed, PSNR to the input: " + ", ".join(f"{n} {db:.1f}" for db, n in sorted(changed)))
    capped = [min(db, 60.0) for db, _ in changed] + [60.0] * kept
    print(f"mean, counting untouched pictures as 60 dB: {np.mean(capped):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--clean", type=Path, action="append", default=[])
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    torch.set_num_threads(1)
    engine = Engine(tile=1024)
    engine.load("builtin", "cpu")
    if options.folder is not None:
        camera_table(engine, sorted((options.folder / "noisy").iterdir())[: options.limit])
    for folder in options.clean:
        paths = [p for p in sorted(folder.iterdir()) if p.suffix in (".png", ".webp", ".jpg")]
        clean_table(engine, paths[: options.limit])


if __name__ == "__main__":
    main()

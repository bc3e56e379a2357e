"""Makes the pictures of docs/repairs.md and docs/finders.md from the bundled samples.

    python benchmarks/pictures.py [--out docs]

Each task gets a strip: damaged (enlarged by bicubic if it is small), repaired, original. Another
strip shows scratches that are found automatically: damaged, found, filled.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from restoration import TASKS, Case, in_file, ours
from tqdm import tqdm

from restorer.degradation.estimate import estimate, with_scratches
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.proposal import propose
from restorer.imaging.picture import Pixels
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

SIDE = 192
#: task: sample, left and top of the part shown
SHOWN = {
    "missing": ("portrait.png", 130, 20),
    "text": ("cat.png", 100, 40),
    "scratches": ("church.webp", 150, 60),
    "x2": ("panda.webp", 230, 80),
    "blur": ("rocket.jpg", 260, 150),
    "jpeg10": ("portrait.png", 130, 20),
}


def main() -> None:
    """Write a WebP for every task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs"))
    out: Path = parser.parse_args().out
    engine = Engine()
    for task, (name, left, top) in tqdm(SHOWN.items()):
        whole = read_picture(resource_path("samples", name)).pixels
        clean = np.ascontiguousarray(whole[top : top + SIDE, left : left + SIDE])
        case = TASKS[task](clean, np.random.default_rng(0))
        came = case.damaged
        if came.shape != clean.shape:
            came = in_file(np.asarray(case.others["bicubic"]()))
        restored, _ = ours(engine, case)
        save_strip(out / "repairs" / f"{task}.webp", came, restored, clean)
    save_strip(out / "finders" / "scratches.webp", *found_and_filled(engine))


def found_and_filled(engine: Engine) -> tuple[Pixels, Pixels, Pixels]:
    """A painting with three lines across it, what is found of them in red, and filled."""
    with Image.open(resource_path("samples", "church.webp")) as image:
        part = image.convert("RGB").crop((40, 20, 360, 340))
    pen = ImageDraw.Draw(part)
    pen.line((0, 130, 320, 168), (240, 240, 235), 3)
    pen.line((198, 0, 206, 320), (245, 245, 240), 2)
    pen.line((10, 310, 140, 30), (20, 18, 16), 4)
    came = np.asarray(part, np.float32) / np.float32(255)
    found, mask = with_scratches(estimate(came), came)
    print(propose(found, None).sentence)
    red = np.where(mask[..., None], np.array([0.9, 0.1, 0.1], np.float32), came)
    filled, _ = ours(engine, Case(came, Damage("inpaint", mask=mask_digest(mask)), mask, {}))
    return came, red, filled


def save_strip(path: Path, *parts: Pixels) -> None:
    """Side by side."""
    gap = np.ones((len(parts[0]), 6, 3), np.float32)
    strip = np.concatenate([each for part in parts for each in (part, gap)][:-1], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.rint(strip.clip(0, 1) * 255).astype(np.uint8))
    image.save(path, quality=90, method=6)


if __name__ == "__main__":
    main()

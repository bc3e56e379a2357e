"""The pictures of docs/repairs.md, made from the bundled samples.

    python benchmarks/pictures.py [--out docs/repairs]

One strip a task: damaged (enlarged by bicubic where it is small), repaired, as it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from restoration import TASKS, in_file, ours
from tqdm import tqdm

from restorer.engine.engine import Engine
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
    parser.add_argument("--out", type=Path, default=Path("docs/repairs"))
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    engine = Engine()
    for task, (name, left, top) in tqdm(SHOWN.items()):
        whole = read_picture(resource_path("samples", name)).pixels
        clean = np.ascontiguousarray(whole[top : top + SIDE, left : left + SIDE])
        case = TASKS[task](clean, np.random.default_rng(0))
        came = case.damaged
        if came.shape != clean.shape:
            came = in_file(np.asarray(case.others["bicubic"]()))
        restored, _ = ours(engine, case)
        gap = np.ones((SIDE, 6, 3), np.float32)
        strip = np.concatenate([came, gap, restored, gap, clean], axis=1)
        image = Image.fromarray(np.rint(strip.clip(0, 1) * 255).astype(np.uint8))
        image.save(out / f"{task}.webp", quality=90, method=6)


if __name__ == "__main__":
    main()

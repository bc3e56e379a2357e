"""Measures how well faded colours are found and restored: python benchmarks/fading.py FOLDER

FOLDER holds clean pictures. Each is randomly faded (`restorer.training.fading.faded`: dyes that
lost 10 to 65 % of their density, each its own share; yellowed paper; stray light) and rounded to 8
bit. It prints the mean CIEDE2000 to the clean picture before and after, the share of pictures in
which it is at least halved, the share of values that are newly cut off at black or white, and how
many faded and clean pictures would be changed by default. `--kept-back` takes only the held-out
pictures of the network, every fifth. `--sheet FILE` shows the first ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restorer.degradation.fade_correction import ColourSettings, correct_fading
from restorer.degradation.fading import read_fading
from restorer.diffusion.metrics import ciede2000
from restorer.imaging.light import to_light
from restorer.imaging.read import read_picture
from restorer.training.fading import as_file, faded, kept_back, pictures_in

Pixels = NDArray[np.float32]


def in_colour(clean: Pixels, seed: int) -> tuple[Pixels, Pixels]:
    """The picture, and as a faded print."""
    return clean, _faded(clean, seed, even=False)


def in_grey(clean: Pixels, seed: int) -> tuple[Pixels, Pixels]:
    """The picture in grey, and faded."""
    grey = np.repeat(clean.mean(axis=2, keepdims=True), 3, axis=2)
    return grey, _faded(grey, seed, even=True)


def yellowed(clean: Pixels, seed: int) -> tuple[Pixels, Pixels]:
    """The picture in grey, and faded on yellow paper; it is to become grey again."""
    grey, left = in_grey(clean, seed)
    return grey, as_file(to_light(left) * np.array([1.0, 0.9, 0.65], np.float32))


CASES: dict[str, tuple[Callable[[Pixels, int], tuple[Pixels, Pixels]], ColourSettings]] = {
    "colour": (in_colour, ColourSettings()),
    "grey": (in_grey, ColourSettings()),
    "yellowed grey": (yellowed, ColourSettings(tone=0)),
}


def _faded(clean: Pixels, seed: int, even: bool) -> Pixels:
    light = to_light(clean).reshape(1, -1, 3)
    left = faded(light, np.random.default_rng(seed), even)
    return as_file(left).reshape(clean.shape)


def row(name: str, pictures: list[Pixels]) -> str:
    """One line of the table."""
    fade, settings = CASES[name]
    before, after, found, cut = [], [], 0, 0
    start = time.perf_counter()
    for seed, clean in enumerate(pictures):
        truth, file = fade(clean, seed)
        back = correct_fading(file, settings)
        before.append(float(ciede2000(file, truth).mean()))
        after.append(float(ciede2000(back, truth).mean()))
        found += read_fading(file).sure
        ends = ((back <= 0) | (back >= 1)) & (file > file.min()) & (file < file.max())
        cut += float(ends.mean()) > 0.001
    seconds = (time.perf_counter() - start) / len(pictures)
    count, halved = len(pictures), sum(a <= b / 2 for a, b in zip(after, before, strict=True))
    came, left = float(np.mean(before)), float(np.mean(after))
    return (
        f" {name:14} {came:7.2f} {left:7.2f} {left / came:6.0%}"
        f" {halved:6d}/{count} {cut:4d}/{count} {found:5d}/{count} {seconds:6.2f}"
    )


def sheet(pictures: list[Pixels]) -> Image.Image:
    """Clean, faded and brought back, one under the other."""
    columns = []
    for seed, clean in enumerate(pictures[:8]):
        small = clean[:256, :256]
        _, left = in_colour(small, seed)
        columns.append(np.concatenate([small, left, correct_fading(left, ColourSettings())]))
    height = min(len(one) for one in columns)
    return Image.fromarray(np.uint8(255 * np.concatenate([c[:height] for c in columns], axis=1)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what brings faded colours back.")
    parser.add_argument("folder", type=Path, help="clean pictures")
    parser.add_argument("--limit", type=int, help="only the first N pictures")
    parser.add_argument("--kept-back", action="store_true")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    paths = pictures_in(options.folder)
    paths = (kept_back(paths) if options.kept_back else paths)[: options.limit]
    if not paths:
        parser.error(f"no pictures in {options.folder}")
    pictures = [read_picture(path).pixels for path in paths]
    changed = [p.name for p, one in zip(paths, pictures, strict=True) if read_fading(one).sure]
    print(f" clean, changed unasked: {len(changed)}/{len(paths)} {' '.join(changed)}")
    print(" faded           before   after  share  halved    cut  proposed      s")
    for name in options.cases.split(","):
        print(row(name, pictures), flush=True)
    if options.sheet:
        sheet(pictures).save(options.sheet)


if __name__ == "__main__":
    main()

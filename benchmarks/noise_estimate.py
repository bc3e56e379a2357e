"""Measures the error of the noise estimate: python benchmarks/noise_estimate.py FOLDER

It adds Gaussian noise to every clean picture of a folder, rounds and clips it to 8 bit as files do,
measures it blind, and prints the errors.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restorer.degradation.estimate import DegradationEstimate, estimate

SUFFIXES = {".png", ".tif", ".tiff", ".bmp", ".webp"}
HEADER = " noise    mean  median error  90% below    worst   clean      s"


def load(path: Path, grey: bool) -> NDArray[np.float32]:
    """(H, W, 3) on the 0-255 scale."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L" if grey else "RGB").convert("RGB"), dtype=np.float32)


def add_noise(
    clean: NDArray[np.float32], level: float, seed: int, grey: bool
) -> NDArray[np.float32]:
    """An 8-bit file of `clean` with noise, in 0..1; the same noise in all channels when grey."""
    shape = (*clean.shape[:2], 1 if grey else 3)
    noise = level * np.random.default_rng(seed).standard_normal(shape)
    return (np.clip(np.rint(clean + noise), 0, 255) / 255).astype(np.float32)


def row(level: float, found: list[DegradationEstimate], seconds: float) -> str:
    """One line: errors relative to the level, or absolute where the level is 0."""
    noise = np.array([one.noise for one in found])
    errors = np.abs(noise - level) / level if level else noise
    show = "{:.1%}" if level else "{:.2f}"
    median, most, worst = (show.format(v) for v in np.quantile(errors, [0.5, 0.9, 1.0]))
    clean = f"{sum(one.clean for one in found)}/{len(found)}"
    errors_found = f"{median:>13} {most:>10} {worst:>8}"
    return f"{level:6g} {noise.mean():7.2f} {errors_found} {clean:>7} {seconds:6.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the blind noise estimate.")
    parser.add_argument("folder", type=Path, help="clean pictures, lossless files")
    parser.add_argument(
        "--noise", type=float, nargs="+", default=[0, 5, 10, 15, 25, 50, 75], help="0-255 scale"
    )
    parser.add_argument("--grey", action="store_true", help="turn the pictures grey first")
    parser.add_argument("--limit", type=int, help="only the first N pictures")
    options = parser.parse_args()
    paths = sorted(p for p in options.folder.iterdir() if p.suffix.lower() in SUFFIXES)
    paths = paths[: options.limit]
    if not paths:
        parser.error(f"no pictures in {options.folder}")
    pictures = [load(path, options.grey) for path in paths]
    print(HEADER)
    for level in options.noise:
        noisy = [add_noise(p, level, seed, options.grey) for seed, p in enumerate(pictures)]
        start = time.perf_counter()
        found = [estimate(picture) for picture in noisy]
        seconds = (time.perf_counter() - start) / len(found)
        print(row(level, found, seconds), flush=True)


if __name__ == "__main__":
    main()

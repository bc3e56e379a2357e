"""How well damage other than noise is found: python benchmarks/finders.py FOLDER [--limit N]

FOLDER holds clean pictures. Each is blurred, made noisy, or compressed, rounded to 8 bit as files
do, and measured blind; the clean ones show the false alarms.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path

import numpy as np
from noise_estimate import SUFFIXES, add_noise, load
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from restorer.degradation.blur import blur_width
from restorer.degradation.jpeg import read_blocks
from restorer.degradation.scratches import SENSITIVITY, find_scratches
from restorer.degradation.tone import read_tone

Pixels = NDArray[np.float32]
WIDTHS, NOISES = (0.0, 1.2, 1.6, 2.5), (0.0, 2.0, 10.0)
QUALITIES = (30, 50, 70)


def blur_table(pictures: list[Pixels]) -> None:
    """Blur asked and read; of a width of 0, what is found is a false alarm."""
    print(" blur  noise   found  median  median error      s")
    for width in WIDTHS:
        blurred = [gaussian_filter(one, (width, width, 0)) if width else one for one in pictures]
        for noise in NOISES:
            files = [add_noise(one, noise, seed, False) for seed, one in enumerate(blurred)]
            start = time.perf_counter()
            read = [blur_width(file, noise) for file in files]
            seconds = (time.perf_counter() - start) / len(files)
            found = np.array([one for one in read if one is not None])
            line = f"{width:5g} {noise:6g} {len(found):4d}/{len(read)}"
            if len(found):
                error = f"{np.median(np.abs(found - width)) / width:.0%}" if width else "-"
                line += f" {np.median(found):7.2f} {error:>13}"
            else:
                line += " " * 22
            print(f"{line} {seconds:6.3f}", flush=True)


def tone_table(pictures: list[Pixels]) -> None:
    """False alarms, and the same pictures faded to 60-200, yellowed, and toned."""
    print("\n tone         faded   tint")
    cases = {
        "as it is": pictures,
        "60 to 200": [60 + one * np.float32(140 / 255) for one in pictures],
        "and yellow": [
            (60 + one * np.float32(140 / 255)) * np.array([1, 0.96, 0.75], np.float32)
            for one in pictures
        ],
        "sepia": [
            one.mean(axis=2, keepdims=True) * np.array([1.08, 1, 0.82], np.float32)
            for one in pictures
        ],
        "grey": [np.repeat(one.mean(axis=2, keepdims=True), 3, axis=2) for one in pictures],
    }
    for name, changed in cases.items():
        tones = [read_tone(add_noise(one, 2, seed, False)) for seed, one in enumerate(changed)]
        faded, tint = sum(tone.faded for tone in tones), sum(tone.tint for tone in tones)
        print(f" {name:10} {faded:4d}/{len(tones)} {tint:3d}/{len(tones)}", flush=True)


def jpeg_table(pictures: list[Pixels]) -> None:
    """JPEG quality read from blocks."""
    print("\n quality   found  median  worst error")
    read = [read_blocks(add_noise(one, 0, 0, False)) for one in pictures]
    print(f"    none {sum(one is not None for one in read):4d}/{len(read)}")
    for quality in QUALITIES:
        read = [read_blocks(compressed(p, quality)) for p in pictures]
        found = [one.quality for one in read if one is not None]
        line = f"{quality:8d} {len(found):4d}/{len(pictures)}"
        if found:
            worst = max(abs(one - quality) for one in found)
            line += f" {np.median(found):7g} {worst:12d}"
        print(line, flush=True)


def compressed(picture: Pixels, quality: int) -> Pixels:
    """What a JPEG file keeps, in 0..1."""
    data = io.BytesIO()
    Image.fromarray(np.uint8(picture)).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data), np.float32) / 255


def scratch_table(pictures: list[Pixels]) -> None:
    """False alarms on clean pictures."""
    print("\n sensitivity  marked  pictures above 0.1%, 0.5%")
    for sensitivity in (SENSITIVITY, 0.25, 0.0):
        marked = np.array([find_scratches(one / 255, sensitivity).mean() for one in pictures])
        above = f"{np.sum(marked > 0.001)}, {np.sum(marked > 0.005)} of {len(marked)}"
        print(f" {sensitivity:11g} {marked.mean():7.2%}  {above}", flush=True)


def main() -> None:
    """Print the four tables."""
    parser = argparse.ArgumentParser(description="Measure what finds damage.")
    parser.add_argument("folder", type=Path, help="clean pictures, lossless files")
    parser.add_argument("--limit", type=int, help="only the first N pictures")
    options = parser.parse_args()
    paths = sorted(p for p in options.folder.iterdir() if p.suffix.lower() in SUFFIXES)
    paths = paths[: options.limit]
    if not paths:
        parser.error(f"no pictures in {options.folder}")
    pictures = [load(path, grey=False) for path in paths]
    for table in (blur_table, tone_table, jpeg_table, scratch_table):
        table(pictures)


if __name__ == "__main__":
    main()

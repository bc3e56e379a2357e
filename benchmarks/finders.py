"""How well damage other than noise is found.

    python benchmarks/finders.py FOLDER [--limit N] [--masks FOLDER] [--shapes FOLDER]
        [--tables blur,drawn,...]

FOLDER holds clean pictures. Each is blurred, made noisy, or compressed, rounded to 8 bit as files
do, and measured blind; the clean ones show the false alarms. Scratches are straight lines in white
or black, and masks: pictures of scratches as grey levels of their coverage, each laid over clean
pictures in white and in black. Recall is counted where the coverage is at least 0.3 and no stain
wider than 15 pixels is near, and where the damage can be seen: it changed the picture by 10 of 255
or more; what is marked is right within 2 pixels of any coverage. `proposed`: pictures in which
something would be filled unasked. `drawn` counts what is read as damage in
pictures without any that were drawn, printed or reduced to a palette, as they are and compressed.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from drawings import DRAWN, OF_PHOTOS
from noise_estimate import SUFFIXES, add_noise, load
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import binary_opening, gaussian_filter, maximum_filter

from restorer.degradation.blur import read_blur
from restorer.degradation.estimate import estimate
from restorer.degradation.fading import read_fading
from restorer.degradation.jpeg import read_blocks
from restorer.degradation.scratches import (
    PLAIN,
    SENSITIVITY,
    is_plain,
    mask_from_odds,
    scratch_odds,
)
from restorer.degradation.tone import is_toned
from restorer.training.shapes import Shapes
from restorer.training.torn import torn

Pixels = NDArray[np.float32]
WIDTHS, NOISES = (0.0, 1.2, 1.6, 2.5), (0.0, 2.0, 10.0)
QUALITIES = (30, 50, 70)
_COVERED, _SEEN = 0.3, 10.0  # coverage, and change of 255, of damage that is to be found


def blur_table(pictures: list[Pixels]) -> None:
    """Blur asked and read; of a width of 0, what is found is a false alarm."""
    print(" blur  noise   found  median  median error      s")
    for width in WIDTHS:
        blurred = [gaussian_filter(one, (width, width, 0)) if width else one for one in pictures]
        for noise in NOISES:
            files = [add_noise(one, noise, seed, False) for seed, one in enumerate(blurred)]
            start = time.perf_counter()
            read = [read_blur(file) for file in files]
            seconds = (time.perf_counter() - start) / len(files)
            found = np.array([one.width for one in read if one is not None])
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
        files = [add_noise(one, 2, seed, False) for seed, one in enumerate(changed)]
        faded, tint = sum(read_fading(one).sure for one in files), sum(map(is_toned, files))
        print(f" {name:10} {faded:4d}/{len(files)} {tint:3d}/{len(files)}", flush=True)


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


def drawn_table(pictures: list[Pixels], each: int = 4) -> None:
    """Noise, blur and blocks read in drawn pictures, each kind by a few seeds."""
    print("\n drawn                    as it is  quality 95  quality 85")
    photos = [np.uint8(one) for one in pictures]
    for name in (*DRAWN, *OF_PHOTOS):
        wrong = np.zeros(3, int)
        for seed in range(each):
            rng = np.random.default_rng(seed)
            drawn = (
                DRAWN[name](rng)
                if name in DRAWN
                else OF_PHOTOS[name](photos[seed % len(photos)], rng)
            )
            files = drawn.astype(np.float32) / 255, compressed(drawn, 95), compressed(drawn, 85)
            for kind, file in enumerate(files):
                found = estimate(file)
                wrong[kind] += not found.clean or found.blur is not None
                wrong[kind] += kind == 0 and found.blocks is not None
        print(f" {name:22}" + "".join(f"{count:7d}/{each}" for count in wrong), flush=True)


def scratch_table(pictures: list[Pixels], covers: list[Pixels], shapes: Path | None) -> None:
    """False alarms on clean pictures; recall and precision under every kind of damage."""
    clean = [(scratch_odds(one / 255), one.shape[:2]) for one in pictures]
    kinds = {
        "lines": lined(pictures),
        "masks": scratched(pictures, covers),
        "paper": ripped(pictures),
        "film": filmed(pictures, Shapes(shapes, held_out=True)) if shapes else iter(()),
    }
    damaged = {
        name: [(scratch_odds(one), cover) for one, cover in pairs] for name, pairs in kinds.items()
    }
    asked = {"clean": clean} | damaged
    print("\n proposed: " + ", ".join(f"{n} {proposed(pairs)}" for n, pairs in asked.items()))
    heads = "".join(f"  {name:>6}: recall  precision" for name in damaged)
    print(f" sensitivity  clean: marked  above 0.1%, 0.5%{heads}")
    for sensitivity in (PLAIN, 0.25, SENSITIVITY, 0.75):
        masks = [mask_from_odds(one, sensitivity, shape) for one, shape in clean]
        shares = np.array([mask.mean() for mask in masks])
        above = f"{np.sum(shares > 0.001)}, {np.sum(shares > 0.005)} of {len(shares)}"
        line = f" {sensitivity:11g} {shares.mean():14.2%} {above:>17}"
        for name, pairs in damaged.items():
            if not pairs:
                continue
            found = [(mask_from_odds(one, sensitivity, cover.shape), cover) for one, cover in pairs]
            plain = [(mask, cover >= _COVERED) for mask, cover in found]
            if name in ("lines", "masks"):
                plain = [(mask, narrow(damage)) for mask, damage in plain]
            near = [(mask, maximum_filter(cover, 5) >= 0.03) for mask, cover in found]
            recall = sum((m & w).sum() for m, w in plain) / sum(w.sum() for _, w in plain)
            right = sum((m & w).sum() for m, w in near) / max(1, sum(m.sum() for m, _ in near))
            line += f" {recall:14.2f} {right:10.2f}"
        print(line, flush=True)


def proposed(looked: Sequence[tuple[Pixels, object]]) -> str:
    """In how many pictures something would be filled, by their log odds."""
    return f"{sum(is_plain(odds) for odds, _ in looked)}/{len(looked)}"


def laid(picture: Pixels, cover: Pixels, tone: float | Pixels, seed: int) -> tuple[Pixels, Pixels]:
    """A file of a picture under damage of a tone, in 0..1, and the coverage that can be seen."""
    file = picture + cover[..., None] * (tone - picture)
    seen = np.abs(file - picture).max(axis=2) >= _SEEN
    return add_noise(file, 2, seed, False), cover * (seen | (cover < _COVERED))


def lined(pictures: list[Pixels]) -> Iterator[tuple[Pixels, Pixels]]:
    """Files of pictures in 0..1 under four straight lines, 2 to 6 pixels wide, and the coverage."""
    for number, picture in enumerate(pictures):
        rng = np.random.default_rng(number)
        height, width = picture.shape[:2]
        image = Image.new("L", (width, height))
        for _ in range(4):
            ends = (rng.uniform(0, 1, (2, 2)) * (width, height)).ravel().tolist()
            ImageDraw.Draw(image).line(ends, 255, int(rng.integers(2, 7)))
        cover = np.asarray(image, np.float32) / np.float32(255)
        tone = (245, 15)[number % 2]
        yield laid(picture, cover, tone, number)


def narrow(damage: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without stains, wider than 15 pixels."""
    stains = binary_opening(damage, np.ones((15, 15)))
    return damage & ~maximum_filter(stains, 31)


def scratched(pictures: list[Pixels], covers: list[Pixels]) -> Iterator[tuple[Pixels, Pixels]]:
    """Files of pictures in 0..1 under each mask in white and black, and the coverage."""
    for number, cover in enumerate(covers):
        for tone in (230, 25):
            picture = pictures[(2 * number + (tone > 99)) * 7 % len(pictures)]
            height, width = picture.shape[:2]
            part = np.resize(cover, (max(height, len(cover)), max(width, cover.shape[1])))
            part = part[:height, :width] / np.float32(255)
            yield laid(picture, part, tone, number)


def ripped(pictures: list[Pixels]) -> Iterator[tuple[Pixels, Pixels]]:
    """Files of pictures in 0..1 under a tear, crease, lost corner or chipped edge, and coverage."""
    for number, picture in enumerate(pictures):
        rng = np.random.default_rng(number)
        coat = torn(picture.shape[:2], rng)
        yield laid(picture, coat.coverage, 255 * coat.tone, number)


def filmed(pictures: list[Pixels], shapes: Shapes) -> Iterator[tuple[Pixels, Pixels]]:
    """Files of pictures in 0..1 under hairs, dust and dirt of film, and the coverage."""
    for number, picture in enumerate(pictures):
        cover = shapes.coat(picture.shape[:2], np.random.default_rng(number))
        tone = (235, 20)[number % 2]
        yield laid(picture, cover, tone, number)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure what finds damage.")
    parser.add_argument("folder", type=Path, help="clean pictures, lossless files")
    parser.add_argument("--limit", type=int, help="only the first N pictures")
    parser.add_argument("--masks", type=Path, help="pictures of scratches, named *alpha*")
    parser.add_argument("--shapes", type=Path, help="see restorer.training.shapes")
    parser.add_argument("--tables", default="blur,tone,jpeg,drawn,scratches")
    options = parser.parse_args()
    paths = sorted(p for p in options.folder.iterdir() if p.suffix.lower() in SUFFIXES)
    paths = paths[: options.limit]
    if not paths:
        parser.error(f"no pictures in {options.folder}")
    pictures = [load(path, grey=False) for path in paths]
    masks = sorted(options.masks.glob("*alpha*")) if options.masks else []
    covers = [load(path, grey=True)[..., 0] for path in masks]
    tables = {
        "blur": blur_table,
        "tone": tone_table,
        "jpeg": jpeg_table,
        "drawn": drawn_table,
        "scratches": partial(scratch_table, covers=covers, shapes=options.shapes),
    }
    for name in options.tables.split(","):
        tables[name](pictures)


if __name__ == "__main__":
    main()

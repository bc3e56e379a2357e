"""Reports what Restorer finds in a picture: python benchmarks/judged.py FOLDER ...

Every folder holds clean pictures. Evenly spaced ones are damaged in known ways and measured blind,
except for scratches. `touched` are pictures in which `--task auto` would change something.

- clean: the pictures themselves, and as JPEG files.
- noise: the median error of white noise, relative to the noise added before compression, and the
  number of pictures that count as clean.
- camera: correlated noise in JPEG files; the measured noise over the noise added.
- hits: salt and pepper in photographs with a palette, added before and after the palette.
- stripes: of rows or columns; the gain of removing them, in dB.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from noise_estimate import SUFFIXES
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from restorer.degradation.estimate import DegradationEstimate, estimate
from restorer.degradation.impulses import find_impulses
from restorer.degradation.stripes import read_stripes, without
from restorer.diffusion.metrics import psnr
from restorer.engine.proposal import propose

Pixels = NDArray[np.float32]
NOISES, QUALITIES = (5, 10, 15, 25, 40, 50), (100, 95, 90, 85, 80, 75)


def in_8_bits(pixels: Pixels) -> Pixels:
    return (np.rint(np.clip(pixels, 0, 1) * 255) / 255).astype(np.float32)


def as_jpeg(pixels: Pixels, quality: int, subsampling: int) -> Pixels:
    data = io.BytesIO()
    image = Image.fromarray(np.uint8(in_8_bits(pixels) * 255 + 0.5))
    image.save(data, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(data), np.float32) / np.float32(255)


def white(clean: Pixels, level: float, seed: int) -> Pixels:
    rng = np.random.default_rng(seed)
    return clean + np.float32(level / 255) * rng.standard_normal(clean.shape, np.float32)


def bordered(pixels: Pixels) -> Pixels:
    return np.pad(pixels, ((40, 40), (24, 24), (0, 0)))


def touched(found: DegradationEstimate) -> bool:
    return bool(propose(found, None).steps)


def clean_table(pictures: list[Pixels]) -> None:
    print(" clean      touched  camera  white  blur  other")
    for name, made in {
        "as it is": in_8_bits,
        "quality 95": lambda one: as_jpeg(one, 95, 0),
        "quality 88": lambda one: as_jpeg(one, 88, 2),
        "quality 80": lambda one: as_jpeg(one, 80, 2),
        "border": lambda one: as_jpeg(bordered(one), 85, 2),
    }.items():
        found = [estimate(made(one)) for one in pictures]
        noisy = [one for one in found if not one.clean]
        camera = sum(one.camera is not None for one in noisy)
        blur = sum(one.blur is not None for one in found)
        others = sum(one.impulses > 0 or one.stripes > 0 or one.drawn for one in found)
        count = f"{sum(map(touched, found))}/{len(found)}"
        line = f"{camera:7d} {len(noisy) - camera:6d} {blur:5d} {others:6d}"
        print(f" {name:10} {count:>7} {line}", flush=True)


def noise_table(pictures: list[Pixels]) -> None:
    print("\n noise: median error, and how many read clean")
    print(" noise" + " " * 6 + "8 bit" + "".join(f"{quality:>12d}" for quality in QUALITIES))
    errors = list[float]()
    for name, subsampling, frame in (
        ("4:4:4", 0, False),
        ("4:2:0", 2, False),
        ("4:2:0 in a border", 2, True),
    ):
        print(f" {name}")
        for level in NOISES:
            cells = list[str]()
            for quality in (None, *QUALITIES):
                found = list[DegradationEstimate]()
                for seed, one in enumerate(pictures):
                    noisy = white(one, level, seed)
                    noisy = bordered(in_8_bits(noisy)) if frame else noisy
                    file = (
                        in_8_bits(noisy)
                        if quality is None
                        else as_jpeg(noisy, quality, subsampling)
                    )
                    found.append(estimate(file))
                read = np.array([0.0 if one.clean else one.noise for one in found])
                wrong = np.abs(read - level) / level
                errors.extend(wrong if quality is not None else [])
                missed = sum(one.clean for one in found)
                cells.append(f"{np.median(wrong):8.0%} {missed or '':>3}")
            print(f"{level:6d}" + "".join(cells), flush=True)
    print(f" all JPEG: median {np.median(errors):.1%}, 90 % below {np.quantile(errors, 0.9):.0%}")


def camera_table(pictures: list[Pixels]) -> None:
    print("\n camera   blur  quality   found  read / added: median, 10 to 90 %")
    for level in (4, 8, 14):
        for blur in (0.6, 0.9, 1.3):
            for quality in (95, 82):
                ratios, missed = list[float](), 0
                for seed, one in enumerate(pictures):
                    rng = np.random.default_rng(seed)
                    grain = gaussian_filter(rng.standard_normal(one.shape), (blur, blur, 0))
                    soft = gaussian_filter(one, (0.6, 0.6, 0))
                    grain *= level / 255 / grain.std()
                    found = estimate(as_jpeg(soft + np.float32(1) * grain, quality, 2))
                    missed += found.clean
                    ratios.append(found.noise / level)
                low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
                count = f"{len(pictures) - missed}/{len(pictures)}"
                print(
                    f"{level:7d} {blur:6g} {quality:8d} {count:>7} {middle:8.2f}"
                    f"   {low:.2f} to {high:.2f}",
                    flush=True,
                )


def palette(pixels: Pixels, colours: int, dither: bool) -> Pixels:
    image = Image.fromarray(np.uint8(in_8_bits(pixels) * 255 + 0.5))
    how = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
    return np.asarray(image.quantize(colours, dither=how).convert("RGB"), np.float32) / 255


def hit(pixels: Pixels, share: float, seed: int) -> tuple[Pixels, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    made, where = pixels.copy(), rng.random(pixels.shape[:2]) < share
    made[where] = rng.integers(0, 2, (int(where.sum()), 1))
    return made, where


def hit_table(pictures: list[Pixels]) -> None:
    print("\n hits                    share  found  recall  wrong")
    kinds: dict[str, Callable[[Pixels, float, int], tuple[Pixels, NDArray[np.bool_]]]] = {
        "8 bit": lambda one, share, seed: hit(in_8_bits(one), share, seed),
        "256, then hit": lambda one, share, seed: hit(palette(one, 254, False), share, seed),
        "256 dithered, then hit": lambda one, share, seed: hit(
            palette(one, 254, True), share, seed
        ),
        "64, then hit": lambda one, share, seed: hit(palette(one, 62, False), share, seed),
    }

    def afterwards(one: Pixels, share: float, seed: int) -> tuple[Pixels, NDArray[np.bool_]]:
        made, where = hit(one, share, seed)
        return palette(made, 256, True), where

    kinds["hit, then 256 dithered"] = afterwards
    for name, made in kinds.items():
        for share in (0.01, 0.05, 0.2, 0.0):
            recall, wrong, found = list[float](), list[float](), 0
            for seed, one in enumerate(pictures):
                file, where = made(one, share, seed)
                estimated = estimate(file)
                found += estimated.impulses > 0
                marks = find_impulses(file) if estimated.impulses else np.zeros_like(where)
                recall.append((marks & where).sum() / max(1, where.sum()))
                wrong.append(float((marks & ~where).mean()))
            print(
                f" {name:22} {share:6.0%} {found:3d}/{len(pictures)} {np.mean(recall):7.2f} "
                f"{np.mean(wrong):6.2%}",
                flush=True,
            )


def stripe_table(pictures: list[Pixels]) -> None:
    print("\n stripes  noise   found   gain: median, worst")
    for level in (2, 4, 6, 10):
        for noise in (0, 5):
            gains = list[float]()
            for seed, one in enumerate(pictures):
                rng = np.random.default_rng(seed)
                axis = seed % 2
                offsets = level / 255 * rng.standard_normal(one.shape[axis])
                striped = white(one, noise, seed) + np.expand_dims(offsets, (1 - axis, 2))
                file = in_8_bits(striped)
                stripes = read_stripes(file)
                if stripes.any:
                    gains.append(psnr(without(file, stripes), one) - psnr(file, one))
            count = f"{len(gains)}/{len(pictures)}"
            told = f"{np.median(gains):8.1f} {min(gains):8.1f}" if gains else ""
            print(f"{level:8d} {noise:6d} {count:>7} {told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a picture is said to be.")
    parser.add_argument("folders", type=Path, nargs="+", help="clean pictures")
    parser.add_argument("--count", type=int, default=40, help="how many of them are looked at")
    parser.add_argument("--limit", type=int, help="only the first so many of these")
    parser.add_argument("--skip", type=int, default=0, help="begin so many later: other pictures")
    parser.add_argument("--tables", default="clean,noise,camera,hits,stripes")
    options = parser.parse_args()
    suffixes = SUFFIXES | {".avif"}
    paths = sorted(
        path
        for folder in options.folders
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes
    )
    step = max(1, len(paths) // options.count)
    chosen = paths[options.skip % step :: step][: options.count][: options.limit]
    if not chosen:
        parser.error("there are no pictures")
    pictures = [np.asarray(Image.open(p).convert("RGB"), np.float32) / 255 for p in chosen]
    tables = {
        "clean": clean_table,
        "noise": noise_table,
        "camera": camera_table,
        "hits": hit_table,
        "stripes": stripe_table,
    }
    for name in options.tables.split(","):
        tables[name](pictures)


if __name__ == "__main__":
    main()

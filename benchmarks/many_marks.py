"""What is filled unasked of old pictures with many marks, and of clean ones.

    python benchmarks/many_marks.py TILES --shapes SHAPES [--count 20] [--clean 100]

TILES is a folder of tiles of which some were kept from the finder (`finder_on_accelerator.py`): of
these two pictures each are made, in colour, grey or brown, with grain. `mixed` has two tears,
creases or chips, one of them four times as wide in half of the pictures, and two coats of real
shapes of film; `film` has three coats of such shapes alone. The shapes are those that the finder
was not trained with (SHAPES, see `restorer.training.shapes`). Recall counts what changed the
picture by 10 of 255 or more; what is marked is right within 2 pixels of any coverage. Both are
told as the mean of pictures and over all pixels. Then so many clean tiles, evenly of the whole
folder, are looked at, and those named in which anything would be filled.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import maximum_filter

from restorer.degradation.scratches import SENSITIVITY, search
from restorer.imaging.read import read_picture
from restorer.training.damage import grained, toned
from restorer.training.fading import pictures_in
from restorer.training.shapes import Shapes
from restorer.training.torn import torn

Pixels = NDArray[np.float32]
Mask = NDArray[np.bool_]
_KEPT_FROM_IT, _SIDE = 25, 256  # as in finder_on_accelerator
_COVERED, _WIDER = 0.3, 4
_WHITE, _BLACK = 235, 20


class Scored(NamedTuple):
    """Pixels of damage, found ones, marked ones, and right ones."""

    there: int
    found: int
    marked: int
    right: int


def kept_from_it(paths: list[Path]) -> list[Path]:
    """The tiles on which the finder was not trained."""
    return [path for path in paths if zlib.crc32(path.name.encode()) % _KEPT_FROM_IT == 0]


def mixed(clean: Pixels, shapes: Shapes, seed: int) -> tuple[Pixels, Pixels]:
    """A file in 0..1 with tears and film damage, and the coverage that can be seen."""
    rng = np.random.default_rng([seed, 1])
    file, cover = _old(clean, rng), np.zeros(clean.shape[:2], np.float32)
    before = file
    for wide in (False, bool(seed % 2)):
        coat = torn(tuple(n // (_WIDER if wide else 1) for n in cover.shape), rng)
        coverage, tone = coat.coverage, coat.tone
        if wide:
            size = cover.shape[::-1]
            coverage = np.asarray(Image.fromarray(coverage).resize(size, Image.BICUBIC))
            coverage = np.clip(coverage, 0, 1)
            tone = np.full(3, float(coat.tone.mean()), np.float32)
        file = file + coverage[..., None] * (255 * tone - file)
        cover = np.maximum(cover, coverage)
    return _with_film(before, file, cover, shapes, rng, 2)


def film(clean: Pixels, shapes: Shapes, seed: int) -> tuple[Pixels, Pixels]:
    """The same with film damage alone."""
    rng = np.random.default_rng([seed, 2])
    file = _old(clean, rng)
    return _with_film(file, file, np.zeros(clean.shape[:2], np.float32), shapes, rng, 3)


def _old(clean: Pixels, rng: np.random.Generator) -> Pixels:
    return 255 * np.clip(grained(toned(clean, rng), rng), 0, 1)


def _with_film(
    before: Pixels,
    file: Pixels,
    cover: Pixels,
    shapes: Shapes,
    rng: np.random.Generator,
    coats: int,
) -> tuple[Pixels, Pixels]:
    tone = _WHITE if rng.random() < 0.5 else _BLACK
    for _ in range(coats):
        coat = shapes.coat(cover.shape, rng)
        file = file + coat[..., None] * (tone - file)
        cover = np.maximum(cover, coat)
    seen = np.abs(file - before).max(axis=2) >= 10
    made = (np.rint(np.clip(file, 0, 255)) / 255).astype(np.float32)
    return made, cover * (seen | (cover < _COVERED))


KINDS: dict[str, Callable[[Pixels, Shapes, int], tuple[Pixels, Pixels]]] = {
    "mixed": mixed,
    "film": film,
}


def scored(marked: Mask, cover: Pixels) -> Scored:
    """How a mask fits a coverage, both (H, W)."""
    wanted, near = cover >= _COVERED, maximum_filter(cover, 5) >= 0.03
    counts = wanted, wanted & marked, marked, marked & near
    return Scored(*(int(one.sum()) for one in counts))


def told(name: str, scores: list[Scored], seconds: float) -> str:
    """One line of the table."""
    there, found, marked, right = np.array(scores, float).T
    proposed = marked > 0
    recall = (found / np.maximum(there, 1)).mean()
    precision = (right[proposed] / marked[proposed]).mean() if proposed.any() else 1.0
    over = f"{found.sum() / there.sum():.2f} / {right.sum() / max(marked.sum(), 1):.2f}"
    count = f"{proposed.sum()}/{len(scores)}"
    return f" {name:6} {count:>8}   {recall:.2f} / {precision:.2f}       {over} {seconds:8.1f}"


def unasked(pixels: Pixels) -> Mask:
    """(H, W), what is filled of (H, W, 3) in 0..1 if nobody says otherwise."""
    found = search(pixels)
    if not found.count:
        return np.zeros(pixels.shape[:2], bool)
    return found.marked(SENSITIVITY, unasked=True)


def made(paths: list[Path], kind: str, shapes: Shapes) -> Iterator[tuple[Pixels, Pixels]]:
    """Files of pictures, and their coverage."""
    for seed, path in enumerate(paths):
        yield KINDS[kind](cut(path), shapes, seed)


def cut(path: Path) -> Pixels:
    """The corner of a tile that is looked at, (H, W, 3) in 0..1."""
    return np.ascontiguousarray(read_picture(path).pixels[:_SIDE, :_SIDE])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tiles", type=Path)
    parser.add_argument("--shapes", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--clean", type=int, default=100)
    options = parser.parse_args()
    paths = pictures_in(options.tiles)
    held = kept_from_it(paths)[: options.count]
    shapes = Shapes(options.shapes, held_out=True)
    print(" unasked proposed  mean of pictures  all pixels    s each")
    for kind in KINDS:
        start = time.perf_counter()
        scores = [scored(unasked(file), cover) for file, cover in made(held, kind, shapes)]
        print(told(kind, scores, (time.perf_counter() - start) / len(scores)), flush=True)
    clean = paths[3 :: max(1, len(paths) // max(1, options.clean))][: options.clean]
    touched = [path.name for path in clean if unasked(cut(path)).any()]
    print(f" clean tiles touched: {len(touched)}/{len(clean)} {' '.join(touched)}")


if __name__ == "__main__":
    main()

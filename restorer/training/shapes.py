"""Shapes of real damage: hairs, dust, dirt and scratches cut from scans of film.

`restorer.training.scratches` reads a folder of them. The shipped finder was trained with the
`synthetic` and `scans` folders of FilmDamageSimulator (Ivanova et al., 2023, "Simulating analogue
film damage to analyse and improve artefact restoration on high-resolution scans", MIT licence):
pictures whose alpha is the coverage, and outlines as JSON.
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from restorer.errors import BadInput

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Rng = np.random.Generator

#: Kinds of which a picture has one or two, and many.
_FEW, _MANY = 3, 9
_MANY_KINDS = {"hair", "hair-short", "lint", "dots"}


class Shapes:
    """Makes coats of real damage, by kind; a kind is a folder of pictures, or all scans together.

    Args:
        folder: holds a folder of PNG files for each kind, and `.json` files of outlines.
        held_out: whether to take the held-out fifth of the shapes, or the rest.

    Raises:
        BadInput: if there are no shapes in the folder.
    """

    def __init__(self, folder: Path, held_out: bool = False) -> None:
        sprites: dict[str, list[Path]] = {}
        for path in sorted(folder.rglob("*.png")):
            sprites.setdefault(path.parent.name, []).append(path)
        parts = {kind: _part(paths, held_out) for kind, paths in sprites.items()}
        self._sprites = {kind: paths for kind, paths in parts.items() if paths}
        self._scans = _part(sorted(folder.rglob("*.json")), held_out)
        if not self._sprites and not self._scans:
            raise BadInput("There are no shapes of damage in {folder}.", folder=folder)

    def coat(self, shape: tuple[int, ...], rng: Rng) -> Floats:
        """Make the coverage (H, W) of damage of one random kind."""
        if self._scans and (not self._sprites or rng.random() < 0.35):
            return _window(self._scans[rng.integers(len(self._scans))], shape, rng)
        kind = list(self._sprites)[rng.integers(len(self._sprites))]
        layer = Image.new("L", (shape[1], shape[0]))
        for _ in range(int(rng.integers(1, _MANY if kind in _MANY_KINDS else _FEW))):
            paths = self._sprites[kind]
            _lay(layer, _coverage(paths[rng.integers(len(paths))]), rng)
        return np.asarray(layer, np.float32) / np.float32(255)


def _part(paths: list[Path], held_out: bool) -> list[Path]:
    """Every fifth item, or the others."""
    return [path for number, path in enumerate(paths) if (number % 5 == 4) == held_out]


def _lay(layer: Image.Image, shape: Image.Image, rng: Rng) -> None:
    """Add a shape, randomly rotated, mirrored and resized; its centre is inside the picture."""
    size = math.exp(rng.uniform(math.log(0.25), math.log(1.6)))
    if rng.random() < 0.5:
        shape = shape.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    width, height = (max(1, round(size * side)) for side in shape.size)
    shape = shape.resize((width, height), Image.Resampling.BOX if size < 1 else None)
    shape = shape.rotate(float(rng.uniform(0, 360)), Image.Resampling.BILINEAR, expand=True)
    x, y = (
        int(rng.uniform(0, room)) - side // 2
        for room, side in zip(layer.size, shape.size, strict=True)
    )
    layer.paste(255, (x, y), shape)


@lru_cache(maxsize=4096)
def _coverage(path: Path) -> Image.Image:
    """The alpha of a picture, cropped to what is not empty."""
    with Image.open(path) as image:
        alpha = image.getchannel("A") if "A" in image.getbands() else image.convert("L")
    return alpha.crop(alpha.getbbox())


def _window(scan: Path, shape: tuple[int, ...], rng: Rng) -> Floats:
    """A part of a scan around one of its marks, reduced by 1 to 4."""
    marks = _outlines(scan)
    factor = rng.uniform(1, 4)
    turned = rng.uniform(0, 2 * math.pi)
    middle = marks[rng.integers(len(marks))].mean(axis=0)
    spin = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]]) / factor
    place = rng.uniform(0, 1, 2) * (shape[1], shape[0])
    finer = 2
    image = Image.new("L", (finer * shape[1], finer * shape[0]))
    pen = ImageDraw.Draw(image)
    for mark in marks:
        points = finer * ((mark - middle) @ spin.T + place)
        low, high = points.min(axis=0), points.max(axis=0)
        if (high > 0).all() and (low < image.size).all():
            pen.polygon([(float(x), float(y)) for x, y in points], 255)
    small = image.resize((shape[1], shape[0]), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


@lru_cache(maxsize=16)
def _outlines(scan: Path) -> list[Floats]:
    """The closed outlines of a scan, each (N, 2) as x and y."""
    entries = json.loads(scan.read_text(encoding="utf-8")).values()
    outlines = [
        np.array([(point["x"], point["y"]) for point in entry["points"]], np.float32)
        for entry in entries
    ]
    return [outline for outline in outlines if len(outline) > 2]

"""Draws the curves of a training as one picture: the loss above, PSNR below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from restorer.imaging.picture import Pixels
from restorer.imaging.raster import to_float
from restorer.training.log import COLUMNS, GAIN, PSNR, Row
from restorer.training.ticks import ticks

_SIZE = 960, 360
_MARGIN = 76, 40, 100, 40  # left, top, right, bottom
_GROUND, _GRID, _TEXT = "#202020", "#404040", "#d8d8d8"
_COLOURS = ("#4c9be8", "#e8a33d", "#6cc070", "#d86c9c")
_SCALE = 2  # drawn larger and averaged down: smooth lines

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A plot of lines over the steps: {label: points}."""

    title: str
    lines: dict[str, Points]
    logarithmic: bool = False


def training_curves(rows: Sequence[Row]) -> Pixels:
    """Draw loss and PSNR from the lines of a log, (H, W, 3) float32 in 0..1."""
    return stacked(
        [
            Panel("loss on held-out pictures", _lines(rows, "held_out"), True),
            Panel("held-out pictures in dB, one evaluation", _decibels(rows)),
        ]
    )


def _decibels(rows: Sequence[Row]) -> dict[str, Points]:
    found: dict[str, Points] = {}
    for column in COLUMNS:
        for start, label in ((PSNR, "noise "), (GAIN, "")):
            if column.startswith(start) and (points := _lines(rows, column)):
                found[label + column.removeprefix(start)] = points[""]
    return found


def _lines(rows: Sequence[Row], column: str) -> dict[str, Points]:
    points = [(row["step"], row[column]) for row in rows if column in row]
    return {"": points} if points else {}


def stacked(panels: Sequence[Panel]) -> Pixels:
    """Stack panels vertically, over the same steps."""
    last = max(
        (x for panel in panels for line in panel.lines.values() for x, _ in line), default=1.0
    )
    return to_float(np.concatenate([np.asarray(_drawn(panel, last)) for panel in panels]), 255.0)


def _drawn(panel: Panel, last: float) -> Image.Image:
    width, height = (_SCALE * side for side in _SIZE)
    left, top, right, bottom = (_SCALE * side for side in _MARGIN)
    image = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=14 * _SCALE)
    draw.text((left, top // 2), panel.title, _TEXT, font, anchor="lm")
    points = [point for line in panel.lines.values() for point in line]
    if not points:
        return image.resize(_SIZE, Image.Resampling.BOX)

    def unit(y: float) -> float:
        return math.log10(y) if panel.logarithmic else y

    x_ticks = ticks(0, last)
    y_ticks = ticks(min(unit(y) for _, y in points), max(unit(y) for _, y in points))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_ticks[0]) / (x_ticks[-1] - x_ticks[0])
        up = (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        return left + across * (width - left - right), height - bottom - up * (
            height - top - bottom
        )

    for y in y_ticks:
        draw.line([place(x_ticks[0], y), place(x_ticks[-1], y)], _GRID, _SCALE)
        text = f"{10**y:.4g}" if panel.logarithmic else f"{y:g}"
        draw.text((left - 8 * _SCALE, place(0, y)[1]), text, _TEXT, font, anchor="rm")
    for x in x_ticks:
        spot = (place(x, 0)[0], height - bottom + 6 * _SCALE)
        draw.text(spot, f"{x:g}", _TEXT, font, anchor="ma")
    drawn = [[place(x, unit(y)) for x, y in line] for line in panel.lines.values()]
    heights = _apart([spots[-1][1] for spots in drawn], 17 * _SCALE)
    for label, spots, at, colour in zip(panel.lines, drawn, heights, cycle(_COLOURS), strict=False):
        draw.line(spots, colour, 2 * _SCALE, joint="curve")
        for across, up in spots if len(spots) < 60 else ():
            reach = 3 * _SCALE
            draw.ellipse((across - reach, up - reach, across + reach, up + reach), colour)
        draw.text((spots[-1][0] + 8 * _SCALE, at), label, colour, font, anchor="lm")
    return image.resize(_SIZE, Image.Resampling.BOX)


def _apart(heights: Sequence[float], least: float) -> list[float]:
    """Move the heights of labels apart so that they can be read; their order stays."""
    apart, free = list(heights), -math.inf
    for number in sorted(range(len(heights)), key=heights.__getitem__):
        apart[number] = max(heights[number], free)
        free = apart[number] + least
    return apart

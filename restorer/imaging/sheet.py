"""Contact sheets: titled pictures in a grid on a dark ground."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from restorer.imaging.geometry import thumbnail
from restorer.imaging.lettering import font as font_of
from restorer.imaging.picture import Pixels
from restorer.imaging.raster import to_float, to_integers

_GROUND = (0x20, 0x20, 0x20)
_TITLE = (0xD8, 0xD8, 0xD8)
_GAP = 16
_TITLE_ROOM = 280  # pixels that a title may have beside a narrower picture
_ROW_RATIO = 1.6  # a sheet is about this much wider than high


def contact_sheet(
    tiles: Sequence[tuple[str, Pixels]], columns: int | None = None, tile_width: int = 320
) -> Pixels:
    """Titled pictures in reading order.

    Args:
        tiles: (title, (H, W, 3) float32 in 0..1) pairs, at least one; larger pictures are
            averaged down to the tile, much smaller ones enlarged by whole factors.
        columns: as many as give a pleasant shape when None.
        tile_width: of the widest picture, in pixels; titles may need wider columns.

    Returns:
        (H, W, 3) float32 in 0..1, sRGB.
    """
    if not tiles:
        raise ValueError("a contact sheet needs at least one tile")
    pictures = [_fitted(pixels, tile_width) for _, pixels in tiles]
    height = max(p.height for p in pictures)
    font = font_of(max(12, tile_width // 22))
    line = sum(font.getmetrics())
    longest = max(math.ceil(font.getlength(title)) for title, _ in tiles)
    width = max(tile_width, min(longest, _TITLE_ROOM))
    cell_width, cell_height = width + _GAP, height + line + 10 + _GAP
    columns = columns or _columns(len(tiles), cell_width, cell_height)
    columns = min(columns, len(tiles))
    rows = math.ceil(len(tiles) / columns)

    sheet = Image.new("RGB", (columns * cell_width + _GAP, rows * cell_height + _GAP), _GROUND)
    draw = ImageDraw.Draw(sheet)
    for i, ((title, _), picture) in enumerate(zip(tiles, pictures, strict=True)):
        left = _GAP + i % columns * cell_width
        top = _GAP + i // columns * cell_height
        inset = (width - picture.width) // 2
        sheet.paste(picture, (left + inset, top + (height - picture.height) // 2))
        centre = left + width // 2
        text = _shortened(title, draw, font, width)
        draw.text((centre, top + height + 8), text, _TITLE, font, anchor="ma")
    return to_float(np.asarray(sheet), 255.0)


def _columns(count: int, width: int, height: int) -> int:
    """One row for a few; else the shape nearest to `_ROW_RATIO`, preferring full rows."""
    if count <= 4:
        return count

    def cost(columns: int) -> float:
        rows = math.ceil(count / columns)
        empty = (rows * columns - count) / count
        return abs(math.log(columns * width / (rows * height) / _ROW_RATIO)) + empty

    return min(range(1, count + 1), key=cost)


def _fitted(pixels: Pixels, side: int) -> Image.Image:
    """Scale to fit side x side; small pictures are enlarged by whole factors, pixel by pixel."""
    longest = max(pixels.shape[:2])
    image = Image.fromarray(to_integers(thumbnail(pixels, side), 8))
    factor = side // longest
    if factor > 1:
        size = image.width * factor, image.height * factor
        return image.resize(size, Image.Resampling.NEAREST)
    return image


def _shortened(
    title: str,
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont,
    width: int,
) -> str:
    if draw.textlength(title, font) <= width:
        return title
    while title and draw.textlength(title + "…", font) > width:
        title = title[:-1]
    return title.rstrip() + "…"

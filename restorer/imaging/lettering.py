"""The font of what is drawn into pictures: sheets and films, in every language that is spoken."""

from __future__ import annotations

from PIL import ImageFont

from restorer.resources import resource_path


def font(size: float) -> ImageFont.FreeTypeFont:
    """For letters of this size in pixels. Pillow's own font knows no accents."""
    return ImageFont.truetype(resource_path("fonts", "labels.ttf"), size)

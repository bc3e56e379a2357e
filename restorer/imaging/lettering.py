"""The font for text drawn into sheets and films, in every supported language."""

from __future__ import annotations

from PIL import ImageFont

from restorer.resources import resource_path


def font(size: float) -> ImageFont.FreeTypeFont:
    """The font at this size in pixels. Pillow's own font has no accents."""
    return ImageFont.truetype(resource_path("fonts", "labels.ttf"), size)

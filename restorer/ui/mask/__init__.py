"""Painting on the picture: where to fill, and how strongly to restore."""

from restorer.ui.mask.room import MaskRoom

__all__ = ["MaskRoom"]

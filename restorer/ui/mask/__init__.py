"""Painting on the picture: where to fill, and how strongly to restore."""

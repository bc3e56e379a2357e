"""Painting on the picture: where to fill it, and how strongly to restore it."""

"""Masks that a person paints over a picture: where to fill, and how strongly to restore."""

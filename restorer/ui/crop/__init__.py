"""Choosing which part of a picture to keep: cropped, straightened, turned, made square."""

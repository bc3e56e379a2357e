"""Choosing what is kept of a picture: cropped, straightened, turned, made square."""

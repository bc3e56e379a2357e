"""Restorer: clean damaged pictures with a diffusion prior, and see how it is done."""

__version__ = "0.1.0"

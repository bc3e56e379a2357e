"""Restorer: clean damaged pictures with a diffusion prior, and see how it is done.

`restorer.api` says what there is to import: `from restorer import frames, read_picture`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from restorer.api import frames, measure, read_picture, restore, write_picture

__all__ = ["frames", "measure", "read_picture", "restore", "write_picture"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The public names, looked up when they are wanted: every room imports this package."""
    if name not in __all__:
        raise AttributeError(f"module 'restorer' has no attribute {name!r}")
    return getattr(import_module("restorer.api"), name)

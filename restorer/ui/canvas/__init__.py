"""The canvas: a picture of any size, before and after, and the fog that settles on it."""

from restorer.ui.canvas.canvas import Canvas
from restorer.ui.canvas.compositor import CompareMode
from restorer.ui.canvas.drop import Dropped, DropTarget, can_read, read_mime

__all__ = ["Canvas", "CompareMode", "DropTarget", "Dropped", "can_read", "read_mime"]

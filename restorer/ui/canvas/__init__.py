"""The canvas: a picture of any size before and after, and the forward process on it."""

from restorer.ui.canvas.compositor import CompareMode
from restorer.ui.canvas.drop import Dropped, can_read, picture_from, read_mime
from restorer.ui.canvas.widget import Canvas

__all__ = ["Canvas", "CompareMode", "Dropped", "can_read", "picture_from", "read_mime"]

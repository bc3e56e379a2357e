"""The open pictures as observable state, and the settings."""

from restorer.document.changes import Changes, after
from restorer.document.document import Document
from restorer.document.masks.edits import Edit
from restorer.document.masks.painted import Box, Layer, PaintedMask
from restorer.document.masks.stroke import Brush, Stroke
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import Parameters
from restorer.document.settings import Settings
from restorer.document.states import ModelState, Readiness, Status

__all__ = [
    "Box",
    "Brush",
    "Changes",
    "Document",
    "Edit",
    "Layer",
    "ModelState",
    "OpenPicture",
    "PaintedMask",
    "Parameters",
    "Readiness",
    "Settings",
    "Status",
    "Stroke",
    "after",
]

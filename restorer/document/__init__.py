"""The open pictures as observable state, and what is remembered between starts."""

from restorer.document.document import Document
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import CAMERA_NOISE, Parameters
from restorer.document.settings import Settings
from restorer.document.states import ModelState, Readiness, Status

__all__ = [
    "CAMERA_NOISE",
    "Document",
    "ModelState",
    "OpenPicture",
    "Parameters",
    "Readiness",
    "Settings",
    "Status",
]

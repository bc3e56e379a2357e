"""The open pictures as observable state, and what is remembered between starts."""

from restorer.document.document import Document
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import Parameters
from restorer.document.settings import Settings
from restorer.document.states import ModelState, Readiness, Status

__all__ = [
    "Document",
    "ModelState",
    "OpenPicture",
    "Parameters",
    "Readiness",
    "Settings",
    "Status",
]

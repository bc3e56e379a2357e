"""Pictures that are in no file, as a session writes them: pasted, bundled, or made by a run."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from restorer.document import work
from restorer.document.session_store import Arrays, read_arrays
from restorer.errors import BadInput
from restorer.imaging.crop import Crop
from restorer.imaging.picture import Levels, Picture

_ARRAYS = ("pixels", "alpha", "infrared")
_BYTES = ("icc", "exif", "xmp", "cicp", "geo", "iptc")
_PLAIN = ("bits", "grey", "credentials", "page", "several", "format", "quality")
_TUPLES = ("dpi", "crop", "whole", "notes")


def arrays_of(picture: Picture) -> Arrays:
    """Its pixels, and all that is known of it, as JSON in bytes (1, N)."""
    said: dict[str, Any] = {name: getattr(picture, name) for name in _PLAIN + _TUPLES}
    for name in _BYTES:
        value = getattr(picture, name)
        said[name] = None if value is None else _text(value)
    if picture.texts is not None:
        said["texts"] = [[_text(kind), _text(body)] for kind, body in picture.texts]
    if picture.levels is not None:
        said["levels"] = asdict(picture.levels)
    there = {name: getattr(picture, name) for name in _ARRAYS}
    arrays = {name: values for name, values in there.items() if values is not None}
    return arrays | {"said": np.frombuffer(json.dumps(said).encode(), np.uint8)[None]}


def picture_of(arrays: Arrays) -> Picture:
    """What `arrays_of` was given. Raises KeyError, TypeError or ValueError for anything else."""
    said = json.loads(arrays["said"].tobytes())
    for name in _BYTES:
        said[name] = None if said[name] is None else b64decode(said[name])
    for name in _TUPLES:
        said[name] = None if said[name] is None else tuple(said[name])
    if "texts" in said:
        said["texts"] = tuple((b64decode(kind), b64decode(body)) for kind, body in said["texts"])
    if "levels" in said:
        said["levels"] = Levels(**said["levels"])
    there = {name: arrays[name] for name in _ARRAYS if name in arrays}
    return Picture(**(said | there))


def read(folder: Path, name: str, title: str, crop: tuple[float, ...]) -> work.Loaded:
    """Read one again, or what is kept of it.

    Args:
        folder: of the session.
        name: of its arrays.
        title: to name it by.
        crop: as of `SavedPicture`.

    Raises:
        BadInput: if it cannot be read.
    """
    try:
        picture = picture_of(read_arrays(folder, name))
        if crop:
            return work.load_crop(picture, Crop.from_numbers(crop, picture.size))
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        raise BadInput("“{title}” of the last session cannot be read.", title=title) from error
    return work.loaded(picture)


def _text(value: bytes) -> str:
    return b64encode(value).decode()

"""Reads and writes picture files, with all notes on stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from restorer.imaging.formats import SaveOptions
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import copy_picture, write_picture

if TYPE_CHECKING:
    from restorer.imaging.signing import Signer


def read_and_tell(path: Path, one_only: bool = False) -> Picture:
    """The picture in a file; prints what reading had to change or leave out.

    Raises:
        as `read_picture`.
    """
    picture = read_picture(path, one_only=one_only)
    tell(picture.notes)
    return picture


def write_and_tell(picture: Picture, path: Path, force: bool) -> tuple[str, ...]:
    """Write a picture; prints and returns what the format could not keep.

    Raises:
        as `write_picture`.
    """
    notes = write_picture(picture, path, force=force)
    tell(notes)
    return notes


def save_result(
    picture: Picture,
    original: Picture,
    path: Path,
    force: bool,
    options: SaveOptions,
    signer: Signer | None = None,
) -> tuple[str, ...]:
    """Write a result as `write_and_tell` does; if nothing was done, copy the file.

    What was left out of the original as it was read is said with it, unless it is in the copy.
    """
    same = picture is original and options == SaveOptions()
    notes = copy_picture(original, path, force=force, signer=signer) if same else None
    if notes is None:
        written = write_picture(picture, path, force=force, signer=signer, **vars(options))
        notes = (*original.notes, *written)
    tell(notes)
    return notes


def tell(notes: tuple[str, ...]) -> None:
    """Print notes about a file on stderr."""
    for note in notes:
        print(f"restorer: {note}", file=sys.stderr)

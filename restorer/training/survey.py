"""Checks a folder before a training: how many pictures are usable, and which are not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from restorer.imaging.bands import GoOn
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe

#: Files looked at between two calls of `go_on`.
_AT_ONCE = 32


@dataclass(frozen=True)
class Survey:
    """The result: the number of usable `pictures`, and a sentence for each other file."""

    folder: Path
    pictures: int
    skipped: tuple[str, ...]


def survey(folder: Path, go_on: GoOn) -> Survey:
    """Check the size of every picture; only training finds flat and truncated ones.

    Args:
        folder: searched with its subfolders.
        go_on: called for every picture; an exception from it ends the survey.

    Raises:
        BadInput: if the folder is missing or has no pictures.
    """
    files = find_pictures([folder])
    pictures = 0
    skipped: list[str] = []
    for first in range(0, len(files), _AT_ONCE):
        go_on()
        some = Pictures(files[first : first + _AT_ONCE], Recipe.crop, Recipe.memory, Recipe.seed)
        pictures += len(some.files)
        skipped += some.skipped.values()
    return Survey(folder, pictures, tuple(skipped))

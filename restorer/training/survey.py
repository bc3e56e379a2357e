"""A look at a folder before it is trained on: how many pictures are of use, and which are not."""

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
    """What is in a folder: the number of `pictures` of use, and a sentence for each other one."""

    folder: Path
    pictures: int
    skipped: tuple[str, ...]


def survey(folder: Path, go_on: GoOn) -> Survey:
    """Look at the size of every picture; what is flat or cut short shows in training only.

    Args:
        folder: with the folders in it.
        go_on: called now and then; what it raises ends the look.

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

"""The inputs of a task: the picture and its maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restorer.engine.damage import Hole
    from restorer.engine.strength import Strength
    from restorer.imaging.picture import Picture, Pixels


@dataclass(frozen=True, eq=False)
class PartOrigin:
    """The position (left, top) of a part in its picture, and choices made for the whole picture."""

    picture: Picture
    left: int = 0
    top: int = 0


@dataclass(frozen=True, eq=False)
class Inputs:
    """A picture with the maps that a task names by their digests; all of its width and height.

    Attributes:
        picture: the damaged picture.
        hole: (H, W), where to fill, for a task that fills.
        strength: (H, W) in 0..1, how strongly to restore, for a task that says so. Where it is 0
            every bit stays.
        control: (H, W, 3) in 0..1, what a ControlNet is shown, for a task that says so.
        trunk: the maps of the task that this one branches from; None where they are the same.
        whole: the picture that this one is a part of; None for all of it.
    """

    picture: Picture
    hole: Hole | None = None
    strength: Strength | None = None
    control: Pixels | None = None
    trunk: Inputs | None = None
    whole: PartOrigin | None = None

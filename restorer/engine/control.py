"""The input of a ControlNet, which guides a latent model, as a plain value; no torch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from restorer.errors import BadInput
from restorer.imaging.bands import digest_of
from restorer.imaging.picture import Pixels

Kind = Literal["", "tile", "canny", "picture"]


@dataclass(frozen=True)
class Control:
    """The input of a ControlNet.

    Attributes:
        kind: "" for none, "tile" the picture itself, "canny" its edges, "picture" one that is
            passed beside the picture (a pose, a depth map).
        scale: how much it counts, 0 to 2.
        model: name or folder of the ControlNet; "" takes the one in the model's own folder.
        picture: SHA-256 of the control picture of kind "picture".
    """

    kind: Kind = ""
    scale: float = 1.0
    model: str = ""
    picture: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise BadInput("There is no control called {kind!r}.", kind=self.kind)
        if not 0 <= self.scale <= 2:
            raise BadInput(
                "The control scale must lie between 0 and 2, not {scale:g}.", scale=self.scale
            )
        if self.kind == "picture" and not self.picture:
            raise BadInput("Control by a picture needs a control picture.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Control:
        """Read it from parsed JSON. Raises `BadInput`, `TypeError` or `ValueError`."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown fields {sorted(unknown)}")
        return cls(**values)


def picture_digest(pixels: Pixels) -> str:
    """The digest of a control picture for a task: SHA-256 of its size and its values."""
    return digest_of(pixels)

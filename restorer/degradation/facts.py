"""Facts about a picture's damage, as input of a network.

The conditional prior is shown the damaged picture y in place of x_t, together with a sigma: the
noise that would leave about the same error. So a damaged picture has a place on the timeline too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

Shape = Literal["gaussian", "disc", "motion"]


class DamageDescription(Protocol):
    """The description of a damage for the network that undoes it."""

    @property
    def sigma(self) -> float:
        """Noise against a signal in [-1, 1] that would leave about as much error."""
        ...

    def vector(self, at_once: bool = True) -> NDArray[np.float32]:
        """The same as numbers, (n,), each about -1 to 1.

        Args:
            at_once: whether the damaged picture stands in place of x_t.
        """
        ...


def shape_for_network(blur: str) -> Shape:
    """What a network is told of a blur of this name; of others it hears that they are motion."""
    return blur if blur in ("gaussian", "disc") else "motion"  # type: ignore[return-value]


#: Of a picture of which nothing is known.
UNKNOWN_SIGMA = 0.15

_LOWEST, _HIGHEST = 0.01, 0.8


@dataclass(frozen=True)
class Facts:
    """The known facts about a damage; the defaults mean that nothing is known.

    Attributes:
        quality: of the JPEG file, 1 to 100, as libjpeg counts; 0 for no JPEG.
        halved: whether its colours have half the resolution (4:2:0, 4:2:2).
        scale: how many times smaller the picture was made before it was enlarged again; 1 for
            not at all.
        blur: standard deviation in pixels of the kernel along one axis; 0 for none.
        shape: of the kernel.
        noise: standard deviation of noise, 0-255 scale; 0 for none.
        correlated: whether neighbours share that noise, as of cameras and film.
        error_left: sigma of the error of a guess that is shown in place of the damaged picture; 0
            where that picture itself is shown.
    """

    quality: float = 0.0
    halved: bool = False
    scale: float = 1.0
    blur: float = 0.0
    shape: Shape = "gaussian"
    noise: float = 0.0
    correlated: bool = False
    error_left: float = 0.0

    #: Length of `vector`.
    COUNT = 13

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return self != Facts()

    @property
    def sigma(self) -> float:
        """Noise against a signal in [-1, 1] that would leave about as much error."""
        if self.error_left:
            return self.error_left
        if not self.known:
            return UNKNOWN_SIGMA
        parts = (
            2 * 30 * self.quality**-0.36 / 255 if self.quality else 0.0,
            0.02 + 0.04 * self.scale if self.scale > 1 else 0.0,
            0.03 + 0.03 * self.blur if self.blur else 0.0,
            2 * self.noise / 255,
        )
        return min(_HIGHEST, max(_LOWEST, math.hypot(*parts)))

    def vector(self, at_once: bool = True) -> NDArray[np.float32]:
        """The network's input, (COUNT,), each about -1 to 1.

        Args:
            at_once: whether the damaged picture stands in place of x_t.
        """
        shapes = [float(self.blur > 0 and self.shape == shape) for shape in get_args(Shape)]
        values = [
            float(not self.known),
            float(self.quality > 0),
            math.log(self.quality / 30) / 2 if self.quality else 0.0,
            float(self.halved),
            float(self.scale > 1),
            math.log2(self.scale) / 2,
            *shapes,
            self.blur / 3,
            math.log(1 + self.noise) / 4,
            float(self.correlated),
            float(at_once),
        ]
        return np.array(values, np.float32)


@dataclass(frozen=True)
class Holes:
    """A hole: the network sees it; this is only the usual error of a guess."""

    sigma: float = 0.25

    @property
    def refined(self) -> Holes:
        """The description once an answer of the network replaces the first guess."""
        return Holes(0.12)

    def vector(self, at_once: bool = True) -> NDArray[np.float32]:
        """An empty vector."""
        return np.zeros(0, np.float32)

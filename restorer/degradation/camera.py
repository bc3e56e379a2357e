"""Noise of a camera in a file: correlated between neighbours, and uneven."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CameraNoise:
    """Standard deviations in the file, 0-255 scale.

    Attributes:
        level: of the whole picture.
        low, high: the window of doubt: four of five times the noise of a picture is between them.
        regions: the level from place to place: rows of a grid that covers the picture evenly.
    """

    level: float
    low: float
    high: float
    regions: tuple[tuple[float, ...], ...]

    def times(self, factor: float) -> CameraNoise:
        """The noise, scaled by a factor."""
        regions = tuple(tuple(round(factor * level, 2) for level in row) for row in self.regions)
        return CameraNoise(factor * self.level, factor * self.low, factor * self.high, regions)

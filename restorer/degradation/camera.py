"""Noise as a camera leaves it in a file: neighbours share it, and it is not the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CameraNoise:
    """Standard deviations, 0-255 scale, as they stand in the file.

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
        """So many times as strong."""
        regions = tuple(tuple(round(factor * level, 2) for level in row) for row in self.regions)
        return CameraNoise(factor * self.level, factor * self.low, factor * self.high, regions)

"""The map between values and positions of a slider."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Values for the `steps` + 1 positions of a slider, linear or logarithmic."""

    low: float
    high: float
    steps: int = 100
    log: bool = False

    def place(self, value: float) -> int:
        """The position of a value; a value beyond an end goes to that end."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return round(min(max((value - low) / (high - low), 0.0), 1.0) * self.steps)

    def value(self, place: int) -> float:
        """The inverse of `place`."""
        if self.log:
            return float(self.low * (self.high / self.low) ** (place / self.steps))
        return self.low + (self.high - self.low) * place / self.steps


PERCENT = Scale(0.0, 1.0)

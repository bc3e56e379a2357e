"""The log of a training as a CSV file, written by a tracker for accelerate."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

from accelerate.tracking import GeneralTracker, on_main_process

from restorer.imaging.atomic import atomic_file
from restorer.training.damage_validation import CASES
from restorer.training.validation import LEVELS

#: How columns of decibels begin: by noise level, and by kind of damage.
PSNR, GAIN = "psnr_", "gain_"

COLUMNS = (
    "step",
    "minutes",
    "loss",
    "eps",
    "rate",
    "held_out",
    *(f"{PSNR}{level}" for level in LEVELS),
    *(f"{GAIN}{name}" for name in CASES),
)

Row = dict[str, float]


class CsvTracker(GeneralTracker):
    """Writes a line for each call to `log`; missing columns stay empty."""

    name = "csv"
    requires_logging_directory = False

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    @property
    def tracker(self) -> Path:
        return self._path

    @on_main_process
    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """Begin, or continue after step values["step"]: removes later lines of a killed run."""
        last = values["step"]
        kept = [row for row in read_log(self._path) if row["step"] <= last] if last else []
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
        with atomic_file(self._path, force=True) as file:
            file.write(text.getvalue().encode())

    @on_main_process
    def log(self, values: dict[str, float], step: int | None = None, **_: Any) -> None:
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow({"step": step, **values})


def read_log(path: Path) -> list[Row]:
    """The lines of a log, without empty cells and without a line that a kill cut short."""
    if not path.is_file():
        return []
    rows = []
    with path.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            try:
                row = {key: float(cell) for key, cell in line.items() if key and cell}
            except ValueError:
                continue
            if "step" in row and all(map(math.isfinite, row.values())):
                rows.append(row)
    return rows

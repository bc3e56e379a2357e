"""A picture from a file with its measurements."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from restorer.degradation.estimate import DegradationEstimate, estimate
from restorer.engine.damage import Hole
from restorer.engine.job import Source, with_tables
from restorer.engine.strength import Strength
from restorer.imaging.jpeg_tables import quality_of_file, tables_of_file
from restorer.imaging.picture import Picture


def file_source(
    picture: Picture,
    path: Path,
    hole: Hole | None = None,
    feather: Strength | None = None,
    strength: Strength | None = None,
) -> Source:
    """The picture in a file, measured; the rest as in `Source`.

    Of one that was cropped only its own blocks tell how it was compressed: they lie elsewhere now.
    """
    if picture.crop:
        return Source(picture, estimate(picture.pixels), None, hole, feather, strength)
    found = with_file(estimate(picture.pixels), path)
    return Source(picture, found, tables_of_file(path), hole, feather, strength)


def with_file(found: DegradationEstimate, path: Path) -> DegradationEstimate:
    """The same with the JPEG quality from the file, which is surer than a measurement."""
    quality = quality_of_file(path)
    if quality is None:
        return found
    return with_tables(replace(found, jpeg_quality=quality), tables_of_file(path))

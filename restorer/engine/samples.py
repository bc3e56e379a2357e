"""The pictures that come with the program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from restorer.resources import resource_path


@dataclass(frozen=True)
class Sample:
    """A bundled picture.

    Attributes:
        path: the picture to open.
        title, credit, licence: what to say of it.
        static: noise (0-255 scale) that the app itself puts over it, None for none.
        clean: the same picture without the noise in the file, for measuring, if there is one.
    """

    path: Path
    title: str
    credit: str
    licence: str
    static: float | None = None
    clean: Path | None = None


def list_samples() -> list[Sample]:
    """All bundled pictures, in the order in which to offer them."""
    index = resource_path("samples", "samples.json")
    return [
        Sample(
            path=index.with_name(entry["file"]),
            title=entry["title"],
            credit=entry["credit"],
            licence=entry["licence"],
            static=entry["static"],
            clean=index.with_name(entry["clean"]) if entry["clean"] else None,
        )
        for entry in json.loads(index.read_text(encoding="utf-8"))
    ]

"""The bundled pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from restorer.resources import resource_path
from restorer.words import tr


@dataclass(frozen=True)
class Sample:
    """A bundled picture.

    Attributes:
        path: the picture to open.
        title, credit, licence: what to say of it.
        static: noise (0-255 scale) that the app itself puts over it, None for none.
        clean: the same picture without the noise in the file, for measuring, if there is one.
        damage: what it is damaged by, in a word or two.
        card: 320 x 416 pixels, a part of it before above the same after; None if it is not offered
            on the first page (`packaging/samples.py` makes them).
        asks: what is asked for when it is opened, by the names of `Request`.
    """

    path: Path
    title: str
    credit: str
    licence: str
    static: float | None = None
    clean: Path | None = None
    damage: str = ""
    card: Path | None = None
    asks: Mapping[str, Any] = field(default_factory=dict)


def list_samples() -> list[Sample]:
    """All bundled pictures, in the order in which to offer them."""
    index = resource_path("samples", "samples.json")
    return [
        Sample(
            path=index.with_name(entry["file"]),
            title=tr(entry["title"]),
            credit=entry["credit"],
            licence=tr(entry["licence"]),
            static=entry["static"],
            clean=index.with_name(entry["clean"]) if entry["clean"] else None,
            damage=tr(entry.get("damage", "")),
            card=index.parent / "cards" / entry["card"] if "card" in entry else None,
            asks=entry.get("asks", {}),
        )
        for entry in json.loads(index.read_text(encoding="utf-8"))
    ]

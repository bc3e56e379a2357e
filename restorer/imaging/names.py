"""File names as they can be shown: on one line, in any terminal."""

from __future__ import annotations

import os


def printable(path: str | os.PathLike[str]) -> str:
    """The path, with question marks for characters that break a line or cannot be encoded."""
    return "".join(c if c.isprintable() else "?" for c in os.fspath(path))

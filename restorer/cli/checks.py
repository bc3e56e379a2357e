"""Refusals that cost nothing, made before the work begins."""

from __future__ import annotations

from pathlib import Path

from restorer.imaging.atomic import check_target
from restorer.imaging.write import format_for


def check_output(path: Path, force: bool) -> None:
    """Raise `BadInput` where writing this picture is bound to fail."""
    format_for(path)
    check_target(path, force=force)

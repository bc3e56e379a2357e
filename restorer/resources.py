"""Where the files that come with the program are: models, samples, icons, styles."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_resources"  # in a wheel
_CHECKOUT = _PACKAGE.parent / "resources"  # in a checkout or an editable install


def resource_path(*parts: str) -> Path:
    """The path of a bundled file or folder, `resource_path("samples", "samples.json")`.

    The path is not promised to exist: what reads it says what is missing.
    """
    return (_INSTALLED if _INSTALLED.is_dir() else _CHECKOUT).joinpath(*parts)

"""`restorer [FILE ...]`: the window."""

from __future__ import annotations

from argparse import Namespace


def run(arguments: Namespace) -> int:
    """Open the window on the files; returns when it is closed."""
    from restorer.ui.app import run as run_window

    return run_window(arguments.files, arguments.precision)

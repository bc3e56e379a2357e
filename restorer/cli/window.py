"""`restorer [FILE ...]`: the window."""

from __future__ import annotations

from argparse import Namespace


def run(arguments: Namespace) -> int:
    """Open the window on the files; returns when it is closed.

    Where one is open already, it takes the files, unless --new or a precision asks for another.
    """
    from restorer.ui.first_window import hand_over

    shared = not arguments.new and arguments.precision == "auto"
    if shared and hand_over(arguments.files):
        return 0
    from restorer.ui.app import run as run_window

    return run_window(arguments.files, arguments.precision, shared=shared)

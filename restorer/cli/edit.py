"""`restorer edit FILE`: the window as the editor of another program, which waits for the file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from restorer.cli.checks import check_output
from restorer.errors import BadInput
from restorer.imaging.names import printable


def run(arguments: Namespace) -> int:
    """Open the window on the file; returns when it is closed, saved or not.

    Raises:
        BadInput: if it is not there, or could not be saved back.
    """
    file: Path = arguments.file
    if not file.is_file():
        raise BadInput("There is no file {file}.", file=printable(file))
    check_output(file, force=True)  # before any work: what it cannot write, it need not open

    from restorer.ui.app import run as run_window

    return run_window(precision=arguments.precision, edited=file.absolute())

"""The command line: the same engine as the window, without a screen."""

from restorer.cli.main import main

__all__ = ["main"]

"""Options of the commands that show how a picture was restored."""

from __future__ import annotations

import argparse

from restorer.cli.options.common import add_input, add_output
from restorer.cli.options.restore import add_job
from restorer.cli.options.values import finite


def add_film(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer film`."""
    add_input(parser)
    add_output(parser)
    parser.add_argument(
        "--size", type=int, default=480, help="longest side in pixels (default: 480)"
    )
    parser.add_argument(
        "--seconds", type=finite, default=6.0, help="how long it takes (default: 6)"
    )
    add_job(parser)


def add_report(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer report`."""
    add_input(parser)
    add_output(parser)
    add_job(parser)


def add_forward(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer forward`."""
    parser.add_argument("--x0", type=finite, default=0.5, help="a pixel, -1 to 1 (default: 0.5)")
    parser.add_argument("--eps", type=finite, default=0.1, help="its noise (default: 0.1)")
    parser.add_argument("--t", type=int, default=500, help="a step, 0 to 999 (default: 500)")

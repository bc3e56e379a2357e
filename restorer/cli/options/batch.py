"""Options of `restorer batch`."""

from __future__ import annotations

import argparse
from pathlib import Path

from restorer.cli.options.common import (
    add_animations,
    add_device,
    add_force,
    add_json,
    add_precision,
    add_sign,
)
from restorer.imaging.formats import writable_formats
from restorer.words import tr


def add_batch(parser: argparse.ArgumentParser) -> None:
    """All options, in groups as --help shows them."""
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="pictures, folders with all below them, patterns ('scans/**/*.tif'), @FILE with a "
        "name a line, or - for such lines from standard input",
    )
    parser.add_argument("output", type=Path, metavar="OUT", help="a folder for the results")
    parser.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="what to do with every picture (TOML or JSON); without, each one is measured and all "
        "that is sure is undone",
    )
    parser.add_argument(
        "--watch",
        nargs="?",
        type=float,
        const=2.0,
        metavar="SECONDS",
        help="go on with pictures that come, looking every so often, until interrupted",
    )
    add_animations(parser)
    add_force(parser)
    _files(parser)
    _where(parser)
    add_json(parser)


def _files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the results are saved as")
    endings = [suffix[1:] for format in writable_formats() for suffix in format.suffixes]
    group.add_argument(
        "--format",
        choices=endings,
        metavar="ENDING",
        help=tr(
            "of all results ({endings}); by default that of each picture, or png",
            endings=", ".join(endings),
        ),
    )
    group.add_argument(
        "--quality", type=int, metavar="Q", help="1-100, with --format jpg and the like"
    )
    group.add_argument(
        "--bits", type=int, choices=(8, 12, 16, 32), help="bits a channel, with --format"
    )
    add_sign(group)


def _where(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where to compute (several workers need Dask)")
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes on this machine (default: 1)"
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a Dask cluster that runs already, tcp://HOST:8786",
    )
    add_device(parser)
    add_precision(parser)

"""Options that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path

from restorer.cli.options.values import seed_number
from restorer.logs import LEVELS


def add_input(parser: argparse.ArgumentParser) -> None:
    """The picture to read."""
    parser.add_argument("input", type=Path, metavar="IN", help="a picture, or - for standard input")


def add_infrared(parser: argparse._ActionsContainer) -> None:
    """A film scanner's infrared picture, if the file does not hold it."""
    parser.add_argument(
        "--infrared",
        type=Path,
        metavar="FILE",
        help="the scanner's infrared picture: dust and scratches are dark in it",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """The file to write."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="a new file; - or png:- for standard output",
    )
    add_force(parser)


def add_animations(parser: argparse._ActionsContainer) -> None:
    """Refuses files of which only the first picture would be taken."""
    parser.add_argument(
        "--animations",
        choices=("first", "refuse"),
        default="first",
        help="files with several frames or pages: take the first and say so (default), or refuse",
    )


def add_force(parser: argparse.ArgumentParser) -> None:
    """Whether a file may be replaced."""
    parser.add_argument("--force", action="store_true", help="overwrite what is there")


def add_sign(parser: argparse._ActionsContainer) -> None:
    """The certificate and key that sign the result."""
    parser.add_argument(
        "--sign",
        type=Path,
        nargs=2,
        metavar=("CERT", "KEY"),
        help="give the file new Content Credentials (C2PA), signed with these (PEM)",
    )


def add_seed(parser: argparse._ActionsContainer) -> None:
    """The seed of the random numbers."""
    parser.add_argument("--seed", type=seed_number, default=0, help="of the noise (default: 0)")


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="where to compute (default: auto, a graphics card if there is one)",
    )


def add_precision(parser: argparse.ArgumentParser) -> None:
    """How precisely to compute."""
    choices = ("auto", "float32", "bfloat16")
    parser.add_argument(
        "--precision",
        choices=choices,
        default="auto",
        help="auto (default): whichever was measured to be faster on this machine",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Output for programs."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_debug(parser: argparse.ArgumentParser) -> None:
    """How much is logged, and where."""
    parser.add_argument("--debug", action="store_true", help="log to stderr, and show tracebacks")
    parser.add_argument(
        "--log-level",
        choices=LEVELS,
        default="info",
        help="the least that is written into the log file (default: info)",
    )

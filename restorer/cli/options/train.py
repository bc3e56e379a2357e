"""Options of `restorer train`."""

from __future__ import annotations

import argparse
from pathlib import Path

from restorer.cli.options.common import add_device
from restorer.cli.options.values import integers, seed_number


def add_train(parser: argparse.ArgumentParser) -> None:
    """All options."""
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="of pictures")
    parser.add_argument(
        "--out", metavar="NAME|DIR", help="the new model: a name for the model list, or a folder"
    )
    parser.add_argument(
        "--from",
        dest="start",
        metavar="NAME|DIR",
        help="the model to go on from, or scratch (default: builtin)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, metavar="N", help="how long to train")
    length.add_argument("--minutes", type=float, metavar="M", help="the same (default: 10)")
    parser.add_argument("--batch", type=int, metavar="B", help="crops in a step (default: 8)")
    parser.add_argument("--crop", type=int, metavar="C", help="their side (default: 96)")
    _shape_and_crops(parser)
    parser.add_argument(
        "--lr",
        dest="rate",
        type=float,
        metavar="R",
        help="highest learning rate (default: 2e-5, from scratch 6e-4)",
    )
    parser.add_argument(
        "--val",
        dest="validation",
        type=Path,
        metavar="FOLDER",
        help="pictures to measure on (default: some of the others are held out)",
    )
    parser.add_argument("--memory", type=float, metavar="MB", help="for pictures (default: 1024)")
    parser.add_argument("--licence", metavar="TEXT", help="of the pictures, for the model card")
    parser.add_argument("--resume", action="store_true", help="continue the training in --out")
    parser.add_argument("--seed", type=seed_number, help="of everything random (default: 0)")
    add_device(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--attached",
        action="store_true",
        help="for programs: give way to others, and stop when standard input is closed",
    )


def _shape_and_crops(parser: argparse.ArgumentParser) -> None:
    """What `train` makes, and from what."""
    parser.add_argument(
        "--damage",
        metavar="KIND,...",
        help="train a prior that undoes damage: jpeg, smaller, blur, noise, mix, clean; how often "
        "each is shown as jpeg=0.3,smaller=0.4",
    )
    parser.add_argument(
        "--width", type=integers, metavar="C,C,...", help="channels at 1/2, 1/4, 1/8, ... size"
    )
    parser.add_argument(
        "--blocks",
        type=integers,
        metavar="B,...",
        help="residual blocks at each size but the smallest; more than there are make it deeper",
    )
    parser.add_argument("--mid", type=int, metavar="B", help="blocks at the smallest size")
    parser.add_argument(
        "--rescale",
        type=float,
        metavar="SHARE",
        help="of the crops that are cut larger and made smaller (default: 0.5)",
    )
    parser.add_argument(
        "--hard",
        type=float,
        metavar="SHARE",
        help="of the crops that come from the pictures with the highest error (default: 0)",
    )
    parser.add_argument(
        "--drawn",
        type=float,
        metavar="SHARE",
        help="of the crops with drawn shapes and letters (default: 0)",
    )
    parser.add_argument(
        "--dry-run",
        type=float,
        metavar="SECONDS",
        help="train for this long, report speed and quality, and keep nothing",
    )
    parser.add_argument(
        "--compile", action="store_true", help="compile the network first; for GPUs"
    )

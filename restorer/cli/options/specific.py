"""Options of the commands with few options."""

from __future__ import annotations

import argparse
from pathlib import Path

from restorer.cli.options.common import (
    add_device,
    add_force,
    add_infrared,
    add_input,
    add_json,
    add_output,
    add_precision,
    add_seed,
)
from restorer.cli.options.values import finite, numbers, seed_number
from restorer.diffusion.samplers import SAMPLERS


def add_window(parser: argparse.ArgumentParser) -> None:
    """Options of the window, which starts without a command."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="pictures to open")
    parser.add_argument(
        "--new", action="store_true", help="open a window of its own, also where one is open"
    )
    add_precision(parser)


def add_edit(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer edit`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the picture; Save replaces it")
    add_precision(parser)


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer demo`."""
    parser.add_argument("--out", type=Path, help="folder for the results (a new one by default)")
    parser.add_argument("--no-window", action="store_true", help="do not open the window after it")
    add_force(parser)
    add_device(parser)
    add_precision(parser)


def add_estimate(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer estimate`."""
    add_input(parser)
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="write a PNG that is white on scratches and dust, for restore --mask",
    )
    add_infrared(parser)
    add_force(parser)
    add_json(parser)


def add_record(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer record`."""
    add_input(parser)
    add_json(parser)


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer replay`."""
    parser.add_argument("made", type=Path, metavar="OUT", help="a picture that Restorer made")
    parser.add_argument(
        "--input", type=Path, required=True, metavar="IN", help="the picture it was made from"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="NEW", help="write the new result to this file"
    )
    add_force(parser)
    for name in ("mask", "strength", "control"):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help="as it was given then")
    add_infrared(parser)
    parser.add_argument(
        "--quality", type=int, metavar="Q", help="of OUT, if you chose one that it does not tell"
    )
    add_device(parser)
    add_json(parser)


def add_branch(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer branch`."""
    parser.add_argument("made", type=Path, metavar="MADE", help="a picture that Restorer made")
    parser.add_argument(
        "--input", type=Path, required=True, metavar="IN", help="the picture it was made from"
    )
    parser.add_argument(
        "--step", type=int, required=True, metavar="K", help="the first that is made otherwise"
    )
    add_output(parser)
    then = parser.add_argument_group("what is another from there on (as in restorer restore)")
    then.add_argument("--seed", type=seed_number, help="of the noise")
    then.add_argument("--eta", type=finite, metavar="E", help="noise put back, 0 to 1")
    then.add_argument("--sampler", choices=tuple(SAMPLERS))
    then.add_argument("--faithfulness", type=finite, metavar="F", help="1 least error, 0 crisp")
    then.add_argument("--amount", type=finite, metavar="A", help="of the change: 1 all")
    then.add_argument("--model", metavar="NAME|DIR")
    then.add_argument("--prompt", metavar="TEXT", help="what the picture shows")
    then.add_argument("--negative", metavar="TEXT", help="what it must not show")
    then.add_argument("--guidance", type=finite, metavar="G", help="how strongly the prompt guides")
    then.add_argument("--toward", metavar="LABEL", help="push the result towards that")
    then.add_argument("--push", type=finite, metavar="P", help="how hard")
    then.add_argument(
        "--private", action="store_true", help="leave the prompts out of the file's record"
    )
    run = parser.add_argument_group("what lay beside the picture")
    for name in ("mask", "strength", "control"):
        run.add_argument(f"--{name}", type=Path, metavar="FILE", help="as it was given then")
    add_infrared(run)
    add_device(parser)


def add_noise(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer noise`."""
    add_input(parser)
    add_output(parser)
    level = parser.add_mutually_exclusive_group(required=True)
    level.add_argument("--t", type=float, help="the state x_t of the forward process, t in 0..999")
    level.add_argument(
        "--noise", type=finite, metavar="S", help="the picture plus noise, 0-255 scale"
    )
    add_seed(parser)


def add_sheet(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer sheet`."""
    add_input(parser)
    add_output(parser)
    parser.add_argument(
        "--t",
        type=numbers,
        default=[0.0, 100.0, 400.0, 999.0],
        metavar="T,T,...",
        help="times to show (default: 0,100,400,999)",
    )
    add_seed(parser)


def add_models(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer models`."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "add", "verify", "remove"),
        default="list",
        help="what to do (default: list)",
    )
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a name; to add, a folder or hub:OWNER/NAME"
    )
    parser.add_argument("--name", help="what to call the model that is added")
    parser.add_argument("--yes", action="store_true", help="fetch from the hub; remove for good")
    add_json(parser)


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Options of `restorer doctor`."""
    add_device(parser)
    add_precision(parser)
    add_json(parser)

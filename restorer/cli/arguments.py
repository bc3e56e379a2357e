"""What can be typed. Little but argparse here: `restorer --help` answers at once."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from restorer import __version__
from restorer.diffusion.samplers import DEFAULT_SAMPLER, SAMPLERS
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.imaging.formats import SaveOptions
from restorer.logs import LEVELS

Run = Callable[[argparse.Namespace], int]


_CHOICE = re.compile(r"invalid choice: '?([^' ]*)'? \(choose from (.*)\)")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what was likely meant; the usage is behind --help."""

    def error(self, message: str) -> NoReturn:
        if choice := _CHOICE.search(message):
            message += _meant(choice[1], re.findall(r"[\w-]+", choice[2]))
        print(f"restorer: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Nothing unknown is let through: here it is known which options there are."""
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            options = [name for action in self._actions for name in action.option_strings]
            self.error(f"unrecognized arguments: {' '.join(rest)}{_meant(rest[0], options)}")
        return known, rest


@dataclass(frozen=True)
class Command:
    """A word of the command line, its options, and the module whose `run` carries it out."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    module: str

    def load(self) -> Run:
        run: Run = import_module(f"restorer.cli.{self.module}").run
        return run


def parse(argv: list[str]) -> argparse.Namespace:
    """Arguments with `command`, `debug` and `log_level`; without a command, the window.

    Raises:
        SystemExit: 2 for bad usage, 0 after --help and --version.
    """
    if argv and (meant := _mistyped(argv[0])):
        print(f"restorer: There is no command or file {argv[0]}{meant}", file=sys.stderr)
        raise SystemExit(2)
    if argv and (argv[0] in COMMANDS or argv[0] in ("-h", "--help", "--version")):
        arguments = _command_parser().parse_args(argv)
        if arguments.command == "restore":
            _take_quality(arguments)
        return arguments
    return _window_parser().parse_args(argv)


def _mistyped(word: str) -> str:
    """Which command a word stands for that is none, nor a file; empty if it may be left alone."""
    if word in COMMANDS or not word.isalpha() or Path(word).exists():
        return ""
    return _meant(word.lower(), COMMANDS)


def _meant(word: str, known: Iterable[str]) -> str:
    """What was likely meant, as the end of a sentence; empty if nothing is near."""
    near = get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _take_quality(arguments: argparse.Namespace) -> None:
    """`--quality` is that of the saved file, but where a task undoes one."""
    undoes = arguments.task in TASKS and "quality" in TASKS[arguments.task].options
    saved = None if undoes else arguments.quality
    arguments.quality = arguments.quality if undoes else None
    arguments.saving = SaveOptions(saved, arguments.bits)


def _window_parser() -> Parser:
    parser = Parser(prog="restorer", description="Open the window.")
    parser.set_defaults(command="window")
    _window(parser)
    _debug(parser)
    return parser


def _command_parser() -> Parser:
    parser = Parser(
        prog="restorer",
        description="Clean noisy pictures with a diffusion prior, and see how it is done.",
        epilog="Without a command, `restorer [FILE ...]` opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"restorer {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, description=command.help)
        command.add_options(sub)
        _debug(sub)
    return parser


def _debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="log to stderr, and show tracebacks")
    parser.add_argument(
        "--log-level",
        choices=LEVELS,
        default="info",
        help="the least that is written into the log file (default: info)",
    )


def _window(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="pictures to open")
    _precision(parser)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, help="folder for the results (a new one by default)")
    parser.add_argument("--no-window", action="store_true", help="do not open the window after it")
    _force(parser)
    _device(parser)
    _precision(parser)


def _estimate(parser: argparse.ArgumentParser) -> None:
    _input(parser)
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="write a PNG that is white on scratches and dust, for restore --mask",
    )
    _force(parser)
    _json(parser)


def _restore(parser: argparse.ArgumentParser) -> None:
    _input(parser)
    _output(parser)
    _what(parser)
    _how(parser)
    _how_much(parser)
    _toward(parser)
    _prompts(parser)
    _beside(parser)
    _device(parser)
    _precision(parser)
    _json(parser)


def _what(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to undo")
    group.add_argument(
        "--task",
        choices=("auto", *TASKS),
        default=DEFAULT_TASK,
        help="what to undo (default: denoise); auto looks for damage and undoes all it is sure of",
    )
    group.add_argument(
        "--mask",
        type=_mask,
        metavar="FILE|auto",
        help="inpaint: white where to fill, blended where grey; or auto: scratches and dust",
    )
    group.add_argument(
        "--sensitivity", type=_finite, metavar="S", help="--mask auto: 0..1 (default: 0.5)"
    )
    group.add_argument("--scale", type=int, choices=(2, 3, 4), default=2, help="upscale: times")
    group.add_argument(
        "--filter",
        choices=("bicubic", "box"),
        default="bicubic",
        help="upscale: how it was made smaller",
    )
    group.add_argument(
        "--blur", metavar="KIND:N|FILE", help="deblur: gaussian:2.0, motion:15,30, disc:3 or a file"
    )
    for kind in TASKS.values():
        for number in kind.numbers:
            limits = f"{number.least:g}..{number.most:g} (default: {number.usual:g})"
            about = f"{kind.name}: {number.hint}, {limits}".replace("%", "%%")
            group.add_argument(f"--{number.name}", type=_finite, metavar="N", help=about)
    group.add_argument(
        "--quality",
        type=int,
        metavar="Q",
        help="of the saved file, 1-100 (usually 95); dejpeg: of the JPEG it undoes, if not known",
    )
    group.add_argument(
        "--bits", type=int, choices=(8, 12, 16, 32), help="a channel in the saved file"
    )
    group.add_argument(
        "--pages", action="store_true", help="restore every page of a TIFF, into one TIFF"
    )
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--noise", type=_auto_or_number, help="noise level, 0-255 scale, or auto (default)"
    )
    where.add_argument("--start", type=float, metavar="T", help="where to start, t in 0..999")
    where.add_argument(
        "--camera", action="store_true", help="preset for photographs as cameras save them"
    )


def _how(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how")
    group.add_argument("--model", default="builtin", metavar="NAME|DIR")
    group.add_argument(
        "--method",
        choices=("auto", "conditional", "ddnm", "diffpir", "dps", "repaint"),
        default="auto",
        help="how damage other than noise is undone",
    )
    group.add_argument("--steps", type=int, metavar="N", help="network evaluations (default: 1-8)")
    group.add_argument("--sampler", choices=tuple(SAMPLERS), default=DEFAULT_SAMPLER)
    takers = ", ".join(name for name, sampler in SAMPLERS.items() if sampler.eta is not None)
    group.add_argument(
        "--eta", type=float, metavar="E", help=f"{takers}: noise put back, 0 to 1 (default: 0)"
    )
    _seed(group)
    group.add_argument(
        "--faithfulness",
        type=float,
        default=1.0,
        metavar="F",
        help="1 least error (default), 0 crisp: what the sampler makes; ddpm draws by chance",
    )


def _how_much(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how much, and where")
    group.add_argument(
        "--amount", type=float, default=1.0, metavar="A", help="of the change: 1 all (default)"
    )
    group.add_argument(
        "--strength",
        type=Path,
        metavar="FILE",
        help="how strongly where: white in full, black not at all",
    )
    group.add_argument(
        "--grain",
        type=float,
        default=0.0,
        metavar="G",
        help="give back this much of the noise's brightness, 0 none (default) to 1",
    )


def _toward(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("pushing towards something")
    group.add_argument(
        "--toward",
        default="",
        metavar="LABEL",
        help="push the result towards what a classifier knows, or words that CLIP understands",
    )
    group.add_argument(
        "--classifier",
        default="photo-or-painting",
        metavar="NAME|DIR",
        help="the model that knows the label; CLIP for any words",
    )
    group.add_argument("--push", type=float, default=1.0, metavar="P", help="how hard (default: 1)")


def _beside(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to write beside the result")
    group.add_argument(
        "--spread",
        type=Path,
        metavar="FILE",
        help="write how far the truth may lie from the result (grey, white is 64 of 255)",
    )
    group.add_argument(
        "--samples",
        type=int,
        metavar="K",
        help="seeds behind the spread (default: 4, for noise a cheaper way)",
    )
    group.add_argument(
        "--residual", type=Path, metavar="FILE", help="write what the result does not explain"
    )
    group.add_argument("--frames", type=Path, metavar="DIR", help="write every step to this folder")
    group.add_argument("--sheet", type=Path, metavar="FILE", help="write the steps as one picture")


def _prompts(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("models with prompts (Stable Diffusion and its kind)")
    group.add_argument("--prompt", metavar="TEXT", help="what is to be seen")
    group.add_argument("--negative", metavar="TEXT", help="what is not to be seen")
    group.add_argument(
        "--guidance", type=_finite, metavar="G", help="how strongly words lead (default: 7.5)"
    )
    group.add_argument(
        "--control",
        metavar="tile|canny|FILE",
        help="lead by the picture itself, its edges, or another picture (a pose, a depth map)",
    )
    group.add_argument(
        "--control-scale", type=_finite, metavar="C", help="how much that counts (default: 1)"
    )
    group.add_argument(
        "--controlnet", metavar="NAME|DIR", help="the ControlNet (default: the model's own)"
    )
    group.add_argument(
        "--private", action="store_true", help="leave the words out of the file's record"
    )


def _noise(parser: argparse.ArgumentParser) -> None:
    _input(parser)
    _output(parser)
    level = parser.add_mutually_exclusive_group(required=True)
    level.add_argument("--t", type=float, help="the state x_t of the forward process, t in 0..999")
    level.add_argument(
        "--noise", type=_finite, metavar="S", help="the picture plus noise, 0-255 scale"
    )
    _seed(parser)


def _sheet(parser: argparse.ArgumentParser) -> None:
    _input(parser)
    _output(parser)
    parser.add_argument(
        "--t",
        type=_numbers,
        default=[0.0, 100.0, 400.0, 999.0],
        metavar="T,T,...",
        help="times to show (default: 0,100,400,999)",
    )
    _seed(parser)


def _train(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument("--resume", action="store_true", help="go on with the training in --out")
    parser.add_argument("--seed", type=_seed_number, help="of everything random (default: 0)")
    _device(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--attached",
        action="store_true",
        help="for programs: give way to others, and stop when standard input is closed",
    )


def _shape_and_crops(parser: argparse.ArgumentParser) -> None:
    """What `train` makes, out of what."""
    parser.add_argument(
        "--damage",
        metavar="KIND,...",
        help="train a prior that undoes damage: jpeg, smaller, blur, noise, mix, clean; how often "
        "each is shown as jpeg=0.3,smaller=0.4",
    )
    parser.add_argument(
        "--width", type=_integers, metavar="C,C,...", help="channels at 1/2, 1/4, 1/8, ... size"
    )
    parser.add_argument(
        "--blocks",
        type=_integers,
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
        help="train for so long, tell how fast and how well it goes, and keep nothing",
    )
    parser.add_argument(
        "--compile", action="store_true", help="compile the network first; for GPUs"
    )


def _models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", choices=("list", "add", "verify", "remove"), default="list"
    )
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a name; to add, a folder or hub:OWNER/NAME"
    )
    parser.add_argument("--name", help="what to call the model that is added")
    parser.add_argument("--yes", action="store_true", help="fetch from the hub; remove for good")
    _json(parser)


def _input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, metavar="IN", help="a picture")


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="a new file"
    )
    _force(parser)


def _force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="overwrite what is there")


def _seed(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--seed", type=_seed_number, default=0, help="of the noise (default: 0)")


def _device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")


def _precision(parser: argparse.ArgumentParser) -> None:
    choices = ("auto", "float32", "bfloat16")
    known = "auto (default): what was once found to pay on this machine"
    parser.add_argument("--precision", choices=choices, default="auto", help=known)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _mask(text: str) -> Path | str:
    """A file; the bare word auto is no file, ./auto is."""
    return text if text == "auto" else Path(text)


def _auto_or_number(text: str) -> float | None:
    return None if text == "auto" else _finite(text)


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


def _seed_number(text: str) -> int:
    if not (text.isdecimal() and int(text) < 2**63):
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 up")
    return int(text)


def _numbers(text: str) -> list[float]:
    return [_finite(part) for part in text.split(",")]


def _integers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


COMMANDS: dict[str, Command] = {
    "window": Command("open the window (the default)", _window, "window"),
    "demo": Command("restore a bundled noisy picture and show how", _demo, "demo"),
    "estimate": Command("measure the damage in a picture", _estimate, "estimate"),
    "restore": Command("restore a picture", _restore, "restore"),
    "noise": Command("run the forward process on a picture", _noise, "noise"),
    "sheet": Command("show a picture dissolving, as one titled sheet", _sheet, "sheet"),
    "train": Command("train a prior on your own pictures", _train, "train"),
    "models": Command("list, add, verify and remove models", _models, "models"),
}


def sampler_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The sampler and how much noise it puts back."""
    eta, usual = arguments.eta, SAMPLERS[arguments.sampler].eta or 0.0
    return {"sampler": arguments.sampler, "eta": usual if eta is None else eta}


def as_dict(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Some of the arguments by name."""
    return {name: getattr(arguments, name) for name in names}

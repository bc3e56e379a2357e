"""The commands, and the errors for words that cannot be understood."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from restorer import __version__
from restorer.cli.examples import EXAMPLES, FIRST, shown
from restorer.cli.options.batch import add_batch
from restorer.cli.options.common import add_debug
from restorer.cli.options.restore import add_restore, take_quality
from restorer.cli.options.share import add_film, add_forward, add_report
from restorer.cli.options.specific import (
    add_branch,
    add_demo,
    add_doctor,
    add_edit,
    add_estimate,
    add_models,
    add_noise,
    add_record,
    add_replay,
    add_sheet,
    add_window,
)
from restorer.cli.options.train import add_train
from restorer.words import marked as _
from restorer.words import tr

Run = Callable[[argparse.Namespace], int]


#: What argparse says by itself; it looks these up as all who use gettext.
_BY_ARGPARSE = (
    _("usage: "),
    _("positional arguments"),
    _("options"),
    _("show this help message and exit"),
    _("show program's version number and exit"),
    _("argument %(argument_name)s: %(message)s"),
    _("expected one argument"),
    _("expected at least one argument"),
    _("invalid %(type)s value: %(value)r"),
    _("the following arguments are required: %s"),
    _("one of the arguments %s is required"),
    _("not allowed with argument %s"),
    _("ambiguous option: %(option)s could match %(matches)s"),
)
_CHOICE = re.compile(r"invalid choice: '?([^' ]*)'? \(choose from (.*)\)")
_MANY = 8  # options, of which the usage would be longer than what it helps


class Parser(argparse.ArgumentParser):
    """Reports an error in one line with what was likely meant; only --help prints the usage.

    --help begins with what the command does and with `examples`.
    """

    examples: tuple[tuple[str, str], ...] = ()

    def error(self, message: str) -> NoReturn:
        if choice := _CHOICE.search(message):
            value, choices = choice.groups()
            said = tr("{value} is none of {choices}", value=value, choices=choices)
            near = _meant(value, re.findall(r"[\w-]+", choices))
            message = f"{message[: choice.start()]}{said}{near}"
        print("restorer:", message, tr("(see {prog} --help)", prog=self.prog), file=sys.stderr)
        raise SystemExit(2)

    def format_help(self) -> str:
        """Words and examples before the options, in the person's language."""
        subs = (a for a in self._actions if isinstance(a, argparse._SubParsersAction))
        for told in (*self._actions, *(choice for sub in subs for choice in sub._choices_actions)):
            told.help = told.help and tr(told.help)
        for group in self._action_groups:
            group.title = group.title and tr(group.title)
        self.epilog = self.epilog and tr(self.epilog)
        about, self.description = tr(self.description or ""), None
        self.usage = self._short_usage()
        parts = (about, shown(self.examples), super().format_help())
        return "\n\n".join(part for part in parts if part)

    def _short_usage(self) -> str | None:
        """What must be given, and "[options]", where the list of options would be long."""
        required = [one for one in self._actions if one.required or not one.option_strings]
        if len(self._actions) - len(required) <= _MANY:
            return None
        formatter = self._get_formatter()
        formatter.add_usage(None, required, [], prefix="")
        return f"{formatter.format_help().strip()} {tr('[options]')}"

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Unknown options are errors here, where all options are known."""
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            options = [name for action in self._actions for name in action.option_strings]
            said = tr("unrecognized arguments: {rest}", rest=" ".join(rest))
            self.error(said + _meant(rest[0], options))
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
    if argv[:1] == ["help"] and not Path("help").exists():
        argv = [*argv[1:], "--help"]
    if argv and (meant := _mistyped(argv[0])):
        said = tr("There is no command or file {name}", name=argv[0])
        print(f"restorer: {said}{meant}", file=sys.stderr)
        raise SystemExit(2)
    if argv and (argv[0] in COMMANDS or argv[0] in ("-h", "--help", "--version")):
        arguments = _command_parser().parse_args(argv)
        if arguments.command in ("restore", "film", "report"):
            take_quality(arguments)
        return arguments
    return parser_of("window").parse_args(argv)


def _mistyped(word: str) -> str:
    """What was meant by a word that is neither a command nor a file; empty if it may pass."""
    if word in COMMANDS or not word.isalpha() or Path(word).exists():
        return ""
    return _meant(word.lower(), COMMANDS)


def _meant(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that suggests what was meant; empty if nothing is similar."""
    near = get_close_matches(word, list(known), 1)
    return tr("; did you mean {near}?", near=near[0]) if near else ""


def parser_of(name: str) -> Parser:
    """What reads the options of one command; "window": what is typed without a command."""
    prog = "restorer" if name == "window" else f"restorer {name}"
    parser = Parser(prog=prog)
    if name == "window":
        _add_version(parser)
        parser.set_defaults(command="window")
    _fill(parser, name)
    return parser


def _fill(parser: argparse.ArgumentParser, name: str) -> None:
    assert isinstance(parser, Parser)
    parser.description, parser.examples = COMMANDS[name].help, EXAMPLES[name]
    COMMANDS[name].add_options(parser)
    add_debug(parser)


def _command_parser() -> Parser:
    parser = Parser(
        prog="restorer",
        description="Repair damaged pictures with a diffusion model, and see how it is done.",
        epilog="Without a command, `restorer [FILE ...]` opens the window. Exit codes: 0 done, "
        "1 unforeseen error or full disk, 2 bad input or usage, 3 model missing or refused, "
        "4 out of memory, 5 some pictures of a batch failed, 130 interrupted.",
    )
    parser.examples = FIRST
    _add_version(parser)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        _fill(commands.add_parser(name, help=command.help), name)
    return parser


def _add_version(parser: Parser) -> None:
    parser.add_argument("--version", action="version", version=f"restorer {__version__}")


COMMANDS: dict[str, Command] = {
    "window": Command("open pictures in the window (the default)", add_window, "window"),
    "edit": Command("open a picture of another program, and save it back", add_edit, "edit"),
    "demo": Command("restore a bundled noisy picture and show how", add_demo, "demo"),
    "estimate": Command("measure the damage in a picture", add_estimate, "estimate"),
    "restore": Command("remove the damage of a picture", add_restore, "restore"),
    "batch": Command("restore an archive of pictures, on one machine or many", add_batch, "batch"),
    "record": Command("print what Restorer did to a picture", add_record, "record"),
    "replay": Command("do again what it did, and compare every pixel", add_replay, "replay"),
    "branch": Command(
        "go on from a step of what it did, with other settings", add_branch, "branch"
    ),
    "noise": Command("add noise to a picture (the forward process)", add_noise, "noise"),
    "sheet": Command("show a picture dissolving, as one titled sheet", add_sheet, "sheet"),
    "film": Command("restore a picture, as a film of its steps", add_film, "share"),
    "report": Command("restore a picture, as a page with its steps", add_report, "share"),
    "forward": Command("print the forward process of one pixel", add_forward, "forward"),
    "train": Command("train a network on your own pictures", add_train, "train"),
    "models": Command("list, add, verify and remove models", add_models, "models"),
    "doctor": Command("say how this installation is, for a bug report", add_doctor, "doctor"),
}

"""Entry point: arguments in, exit code out, one line for an error."""

from __future__ import annotations

import io
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from restorer import logs, words
from restorer.cli.arguments import COMMANDS, parse
from restorer.cli.streams import streams
from restorer.errors import ErrorKind, as_restorer_error
from restorer.imaging.names import printable
from restorer.words import tr

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, 1 unforeseen error or full disk, 2 bad input or usage, 3 model missing or refused,
        4 out of memory, 130 interrupted.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter the terminal has not fails no run
    words.speak_as_terminal()
    arguments = parse(sys.argv[1:] if argv is None else list(argv))
    if _for_programs(arguments):
        words.speak("en")
    logs.begin(arguments.command, arguments.log_level, arguments.debug)
    try:
        run = COMMANDS[arguments.command].load()
        with _ended_as_by_ctrl_c(), streams(arguments):
            code: int = run(arguments)
        if sys.stdout is not None:  # a windowed build has none
            sys.stdout.flush()  # here a failure still is one sentence
        return code
    except KeyboardInterrupt:
        print("restorer:", tr("interrupted; no file was left half written."), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # who read our output has left, as `head` does; nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return int(ErrorKind.INTERNAL)
    except Exception as error:
        if arguments.debug:
            raise
        problem = as_restorer_error(error)
        print(f"restorer: {printable(problem.sentence)}", file=sys.stderr)
        return int(problem.kind)


def _for_programs(arguments: Namespace) -> bool:
    """Its output or journal must be the same in every language.

    A training that a window has begun says what the window then shows.
    """
    if getattr(arguments, "attached", False):
        return False
    return arguments.command == "batch" or getattr(arguments, "json", False)


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """On SIGTERM (`kill`, a shutdown), clean up too."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)

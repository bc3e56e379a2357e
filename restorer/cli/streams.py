"""`-` for IN and OUT: a picture through standard input and output.

It passes through files that are gone afterwards, since what reads and writes pictures goes back and
forth in them.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import BinaryIO, TextIO

from restorer.errors import BadInput
from restorer.imaging.formats import format_for, recognised, suffix_for_result

_OUT = re.compile(r"(?:(\w+):)?-")
_OF_COMMANDS = {"sheet": ".png", "film": ".gif", "report": ".html"}
_HEAD = 4096  # bytes that tell a format


@contextmanager
def streams(arguments: Namespace) -> Iterator[None]:
    """Give a command files in place of `-`; if OUT is `-`, messages go to stderr.

    `png:-` says which format is meant; by default it is that of the picture that came.

    Raises:
        BadInput: a terminal is at the other end.
    """
    given, wanted = (getattr(arguments, name, None) for name in ("input", "output"))
    out = _OUT.fullmatch(str(wanted))
    if given != Path("-") and out is None:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="restorer-") as folder:
        if given == Path("-"):
            arguments.input = _taken_in(_binary(sys.stdin, "input"), Path(folder))
        if out is None:
            yield
            return
        stream = _binary(sys.stdout, "output")
        if getattr(arguments, "json", False):
            raise BadInput("The picture goes to standard output, and so would --json; choose one.")
        suffix = f".{out[1]}" if out[1] else _OF_COMMANDS.get(arguments.command)
        made = Path(folder, f"out{suffix or suffix_for_result(arguments.input)}")
        if arguments.command not in ("film", "report"):
            format_for(made.name)
        arguments.output = made
        with redirect_stdout(sys.stderr):
            yield
        with made.open("rb") as file:
            shutil.copyfileobj(file, stream)


def _binary(stream: TextIO | None, name: str) -> BinaryIO:
    if stream is None or stream.isatty():
        raise BadInput(
            "Standard {name} is no pipe or file: a picture cannot go through it.", name=name
        )
    return stream.buffer


def _taken_in(stream: BinaryIO, folder: Path) -> Path:
    """Standard input as a file with the suffix of its format."""
    head = stream.read(_HEAD)
    format = recognised(head)
    path = folder / f"standard input{format.suffixes[0] if format else ''}"
    with path.open("wb") as file:
        file.write(head)
        shutil.copyfileobj(stream, file)
    return path

"""Lists the pictures of an archive: folders with subfolders, lists, patterns, standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TextIO

from restorer.errors import BadInput
from restorer.imaging.formats import readable_suffixes
from restorer.imaging.names import printable


@dataclass(frozen=True)
class Item:
    """A picture, and its name in the archive: a path with slashes that results mirror."""

    path: Path
    name: str


Left = Callable[[Path], object]


def found_in(
    inputs: Sequence[str], stdin: TextIO, without: Path, left_out: Left = lambda _: None
) -> Iterator[Item]:
    """The pictures of everything that was named, in order, each once.

    Args:
        inputs: files, folders, patterns such as `scans/**/*.tif`, `@list` for a file that names
            one a line, and `-` for such lines from `stdin`.
        stdin: names between lines, or between zero bytes.
        without: a folder that is not looked into: that of the results.
        left_out: hears of files in folders that are no pictures, by their names, and of links to
            folders, which are not followed: they may lead round in a circle, or to what is here.

    Raises:
        BadInput: something named does not exist, or a list cannot be read.
    """
    names = _names_of([one for one in inputs if not _is_list(one)])
    seen: set[Path] = set()
    for one in inputs:
        if one == "-":
            found = _listed(_names(stdin), Path.cwd(), without, left_out)
        elif one.startswith("@") and not Path(one).exists():
            found = _of_list(Path(one[1:]), without, left_out)
        else:
            found = _named(one, names[one], without, left_out)
        for item in found:
            if item.path not in seen:
                seen.add(item.path)
                yield item


def _is_list(one: str) -> bool:
    return one == "-" or (one.startswith("@") and not Path(one).exists())


def _names_of(inputs: Sequence[str]) -> dict[str, str]:
    """The name of each file or folder in the archive.

    A folder alone is not named; of several, each is called as tells it from the others.
    """
    paths = {one: PurePath(os.path.abspath(_fixed(one))) for one in inputs}
    if len(inputs) == 1:
        only = inputs[0]
        return {only: paths[only].name if Path(only).is_file() else ""}
    names = [path.name for path in paths.values()]
    if len(set(names)) == len(names):
        return {one: path.name for one, path in paths.items()}
    common = os.path.commonpath([path.parent for path in paths.values()])
    return {one: path.relative_to(common).as_posix() for one, path in paths.items()}


def _fixed(one: str) -> str:
    """The fixed first part of a pattern; anything else unchanged."""
    if Path(one).exists() or not glob.has_magic(one):
        return one
    parts = Path(one).parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return str(Path(*parts[:first])) if first else "."


def _named(one: str, name: str, without: Path, left_out: Left) -> Iterator[Item]:
    path = Path(one)
    if path.is_dir():
        yield from _below(path, name, without, left_out)
    elif path.exists():
        yield Item(path, name)
    elif glob.has_magic(one):
        yield from _matching(one, name, without)
    else:
        raise BadInput("{one} does not exist.", one=printable(one))


def _below(folder: Path, name: str, without: Path, left_out: Left) -> Iterator[Item]:
    """All pictures in a folder and its subfolders, sorted by name, without hidden ones."""
    known = readable_suffixes()
    shut: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=lambda e: shut.append(Path(e.filename))):
        inside = Path(place)
        there = [one for one in folders if one[0] != "." and not _same(inside / one, without)]
        for one in (inside / one for one in sorted(there) if (inside / one).is_symlink()):
            left_out(one)
        folders[:] = sorted(one for one in there if not (inside / one).is_symlink())
        for file in sorted(one for one in files if one[0] != "."):
            if file.lower().endswith(known):
                path = inside / file
                yield Item(path, (PurePath(name) / path.relative_to(folder)).as_posix())
            else:
                left_out(inside / file)
    for path in shut:  # as a picture that cannot be read: it fails, and is told
        yield Item(path, (PurePath(name) / path.relative_to(folder)).as_posix())


def _matching(pattern: str, name: str, without: Path) -> Iterator[Item]:
    start = Path(_fixed(pattern))
    matches = sorted(glob.glob(pattern, recursive=True))
    for path in map(Path, matches):
        between = (folder for folder in path.parents if start in folder.parents)
        if path.is_file() and not any(_same(folder, without) for folder in between):
            yield Item(path, (PurePath(name) / path.relative_to(start)).as_posix())
    if not matches:
        raise BadInput("Nothing is called {pattern}.", pattern=printable(pattern))


def _of_list(path: Path, without: Path, left_out: Left) -> Iterator[Item]:
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            yield from _listed(_names(file), path.parent, without, left_out)
    except OSError as error:
        raise BadInput(
            "The list {path} cannot be read.", str(error), path=printable(path)
        ) from error


def _names(file: TextIO) -> Iterator[str]:
    """Split at line ends, or at zero bytes as `find -print0` writes them; no empty parts."""
    for line in file:
        for name in line.rstrip("\n").split("\0"):
            if name := name.removesuffix("\r"):
                yield name


def _listed(names: Iterable[str], base: Path, without: Path, left_out: Left) -> Iterator[Item]:
    """The files that a list names; missing ones are reported when they are read."""
    for one in names:
        path = base / one
        name = _relative(path, base)
        if path.is_dir():
            yield from _below(path, name, without, left_out)
        else:
            yield Item(path, name)


def _relative(path: Path, base: Path) -> str:
    """The path relative to a folder, or else to the root."""
    whole, start = PurePath(os.path.abspath(path)), os.path.abspath(base)
    if whole.is_relative_to(start):
        return whole.relative_to(start).as_posix()
    return whole.relative_to(whole.anchor).as_posix()


def _same(folder: Path, other: Path) -> bool:
    try:
        return folder.samefile(other)
    except OSError:
        return False

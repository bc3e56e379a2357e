"""A request as a file: a recipe in TOML or JSON, for one picture or a whole archive.

It names what is not as usual and nothing else, so that it can be read, and written by hand:

    task = "deblur"
    blur = "gaussian:2"
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.control import Control
from restorer.engine.request import Request
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput
from restorer.imaging.atomic import atomic_file
from restorer.imaging.names import printable
from restorer.words import marked as _

SUFFIXES = (".toml", ".json")

_MOST_BYTES = 1 << 20


def read_recipe(path: Path) -> Request:
    """Read a request from a file in TOML or JSON, depending on its suffix.

    Raises:
        BadInput: if it cannot be read, or asks for something that there is not.
    """
    name = printable(path)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        text = data.decode("utf-8")
        if len(data) > _MOST_BYTES:
            raise ValueError("too long")
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError as error:
        raise BadInput("{name} does not exist.", str(error), name=name) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(
            "{name} is no recipe: it cannot be read as TOML or JSON.", str(error), name=name
        ) from error
    try:
        return from_values(values)
    except BadInput as error:
        raise BadInput("{name}: {said}", error.detail, name=name, said=error.sentence) from error


def write_recipe(request: Request, path: Path, *, force: bool = False) -> None:
    """Write a request to a file in TOML or JSON, depending on its suffix.

    Raises:
        BadInput: another extension; `path` exists and `force` is not given; it cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            "A recipe is a {suffixes} file, not {name}.",
            suffixes=" or ".join(SUFFIXES),
            name=printable(path.name),
        )
    values = to_values(request)
    if path.suffix.lower() == ".json":
        text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    else:
        import tomli_w  # not needed by a window that starts

        text = "# A recipe of Restorer: what is not named here is as usual.\n" + tomli_w.dumps(
            values
        )
    with atomic_file(path, force=force) as file:
        file.write(text.encode())


def to_values(request: Request) -> dict[str, Any]:
    """The task and all values that differ from the defaults, as types of TOML and JSON."""
    said, usual = {"task": request.task}, Request()
    for name in _HINTS:
        value = getattr(request, name)
        if name != "task" and value != getattr(usual, name):
            said[name] = _plain(name, value)
    return said


def from_values(values: Any) -> Request:
    """The inverse.

    Raises:
        BadInput: for a setting that there is not, or a value that it cannot have.
    """
    if not isinstance(values, Mapping):
        raise BadInput("A recipe is a table of settings.")
    asked = {}
    for name, value in values.items():
        if name not in _HINTS:
            near = get_close_matches(name, list(_HINTS), 1)
            sentence = _("There is no setting {name!r}.")
            if near:
                sentence = _("There is no setting {name!r}; did you mean {near}?")
            raise BadInput(sentence, name=printable(name), near=" ".join(near))
        try:
            asked[name] = _READ[name](value) if name in _READ else _fitting(_HINTS[name], value)
        except (TypeError, ValueError) as error:
            raise BadInput(
                "The setting {name} cannot be {value}.", str(error), name=name, value=_short(value)
            ) from error
    return Request(**asked)


def digest(request: Request) -> str:
    """SHA-256 of all values that differ from the defaults; equal for equal recipes."""
    values = json.dumps(to_values(request), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(values.encode()).hexdigest()


def _plain(name: str, value: Any) -> Any:
    if name == "numbers":
        return dict(value)
    if name == "kernel":
        return [list(row) for row in value]
    if name in ("corners", "crop"):
        return list(value)
    if isinstance(value, Control):
        usual = asdict(Control())
        return {key: what for key, what in asdict(value).items() if what != usual[key]}
    return value


def _fitting(hint: Any, value: Any) -> Any:
    """The value if it has this type; ValueError otherwise."""
    if get_origin(hint) is UnionType:
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is Literal:
        return _one_of(value, get_args(hint))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint or value != value:
        raise ValueError(f"not {hint.__name__}")
    return value


def _one_of(value: Any, choices: Any) -> Any:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"none of {', '.join(choices)}")
    return value


def _numbers(value: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    known = {number.name for kind in TASKS.values() for number in kind.numbers}
    return tuple((_one_of(name, known), _fitting(float, number)) for name, number in value.items())


def _kernel(value: list[list[Any]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(_fitting(float, number) for number in row) for row in value)


def _some(count: int) -> Callable[[list[Any]], tuple[float, ...]]:
    """A list of this many numbers, or None."""

    def numbers(value: list[Any]) -> tuple[float, ...]:
        if len(value) not in (0, count):
            raise ValueError(f"not {count} numbers")
        return tuple(_fitting(float, number) for number in value)

    return numbers


def _short(value: Any) -> str:
    text = printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) < 40 else f"{text[:36]} …"


_HINTS = get_type_hints(Request)
_READ: dict[str, Callable[[Any], Any]] = {
    "task": lambda value: _one_of(value, ("auto", *TASKS)),
    "sampler": lambda value: _one_of(value, SAMPLERS),
    "numbers": _numbers,
    "kernel": _kernel,
    "corners": _some(8),
    "crop": _some(4),
    "control": Control.from_dict,
}

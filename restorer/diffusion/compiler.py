"""Torch's compiler, which nobody here asks for, stays out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_NAME = "torch._dynamo"


@contextmanager
def left_out() -> Iterator[None]:
    """Imports of libraries that mark what the compiler is to leave alone do not load it meanwhile.

    It takes as long to load as torch, and 70 MB. Whoever wants it later gets it.
    """
    if _NAME in sys.modules:
        yield
        return
    stand_in = ModuleType(_NAME)
    vars(stand_in).update(allow_in_graph=_as_it_is, disable=_as_it_is)
    sys.modules[_NAME] = stand_in
    try:
        yield
    finally:
        del sys.modules[_NAME]


def _as_it_is(function: Any = None, *_: object, **__: object) -> Any:
    """Marks nothing; also where it is called for a decorator."""
    return function or _as_it_is

"""Loads large libraries without blocking other threads."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from restorer.logs import log

if TYPE_CHECKING:
    from restorer.jobs.background import Background


def load_apart(package: str, library: str) -> bool:
    """Load the shared library of a package before its import; true if that worked.

    An import holds the interpreter while the system links what it loads, libtorch for 0.3 s, in
    which the window stands still. A call through ctypes lets go of it. Where it cannot be done
    (Windows, another build, a library that needs others first), the import does it as always.

    Args:
        package: by its name; nothing of it is imported.
        library: path in its folder.
    """
    if not sys.platform.startswith("linux") or package in sys.modules:
        return False
    with suppress(OSError, AttributeError, ImportError, ValueError):
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            return False
        link = ctypes.CDLL(None).dlopen
        link.restype, link.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
        return bool(link(os.fsencode(Path(found.origin).parent / library), os.RTLD_NOW))
    return False


def load_soon(module: str, background: Background) -> None:
    """Import a module in another thread ahead of its use, unless that was begun already."""
    if module not in sys.modules:
        loading = partial(importlib.import_module, module)
        background.run(loading, lambda _: None, lambda error: log.info("%s: %s", module, error))

"""Room for whole pictures: in memory up to a budget, beyond that in files that nobody else sees.

The files have no name (on Windows they go when they are closed), so a process that is killed leaves
none behind. What is done with an array does not depend on where it lies.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import os
import tempfile
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

#: Bytes of all these arrays together that stay in memory.
BUDGET = 384 << 20

#: Smaller arrays are not worth a file, and do not count.
_LEAST = 1 << 22

#: Bytes written at a time where room in a file cannot be asked for.
_CHUNK = 1 << 24

_trim: Any = None
with suppress(OSError, AttributeError, TypeError):  # another C library, or Windows
    _trim = ctypes.CDLL(None).malloc_trim

_lock = threading.RLock()  # what is thrown away while it is held gives back too
_held = 0
_files: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


def empty(shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """An array with anything in it; in memory all the same where no file has room for it."""
    size = _size(shape, dtype)
    if size < _LEAST:
        return np.empty(shape, dtype)
    if _take(size):
        array = np.empty(shape, dtype)
        weakref.finalize(array, _give_back, size)
        return array
    try:
        return in_file(shape, dtype)
    except OSError:
        return np.empty(shape, dtype)


def zeros(shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """The same with nothing in it."""
    array = empty(shape, dtype)
    if not is_in_file(array):  # a new file has nothing in it
        array.fill(0)
    return array


def in_file(shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """An array of zeros in a file, whatever is in memory.

    Raises:
        OSError: if there is no room for it.
    """
    size = max(1, _size(shape, dtype))
    with tempfile.TemporaryFile(dir=folder()) as file:
        _reserve(file.fileno(), size)
        mapped = mmap.mmap(file.fileno(), size)
    with _lock:
        _files.add(mapped)
    return np.frombuffer(mapped, dtype, count=math.prod(shape)).reshape(shape)


def is_in_file(array: NDArray[Any]) -> bool:
    """Whether it, or what it is a part of, lies in a file of these."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, memoryview) and isinstance(base.obj, mmap.mmap)


def release() -> None:
    """Let go of the parts of files that were looked at; the system keeps what it has room for.

    Whoever works through large arrays calls this now and then. What is in them stays the same.
    """
    if not _files or not hasattr(mmap.mmap, "madvise"):
        return
    with _lock:
        mapped = tuple(_files)
    for each in mapped:
        each.madvise(mmap.MADV_DONTNEED)


def trim() -> None:
    """Give the system back what was freed; glibc keeps hundreds of megabytes of it otherwise."""
    if _trim is not None:
        _trim(0)


def folder() -> Path:
    """Where the files are: on Linux, /tmp is often memory, and /var/tmp never is."""
    usual = Path(tempfile.gettempdir())
    large = Path("/var/tmp")
    return large if usual == Path("/tmp") and os.access(large, os.W_OK) else usual


def _size(shape: tuple[int, ...], dtype: DTypeLike) -> int:
    return math.prod(shape) * np.dtype(dtype).itemsize


def _take(size: int) -> bool:
    global _held
    with _lock:
        if _held + size > BUDGET:
            return False
        _held += size
        return True


def _give_back(size: int) -> None:
    global _held
    with _lock:
        _held -= size


def _reserve(descriptor: int, size: int) -> None:
    """Make a file so long, and sure of its room: a map that runs out of it kills the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    for start in range(0, size, _CHUNK):
        os.write(descriptor, bytes(min(_CHUNK, size - start)))

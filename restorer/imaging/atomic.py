"""Files appear whole or not at all, and never over another one unasked."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from restorer.errors import BadInput, RestorerError
from restorer.imaging.names import printable

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PART = re.compile(r"\.restorer-[0-9a-f]{16}\.part")
_YOUNG = 60.0  # seconds: what was begun just now may not be locked yet


@contextmanager
def atomic_file(path: Path | str, *, force: bool = False) -> Iterator[BinaryIO]:
    """A binary file open for reading and writing that becomes `path` when the block ends well.

    It is written beside `path` under a name of its own, flushed to the disk, then put in place.
    Leaving the block by an exception, KeyboardInterrupt included, removes it. What a process that
    was killed left there is removed first.

    Raises:
        BadInput: `path` exists and `force` is not given, is a device or a pipe, or the folder
            cannot be written.
        RestorerError: the disk is full or failed.
    """
    target = Path(os.path.realpath(path))  # through a link, as ordinary writing goes
    check_target(target, force=force)
    sweep(target.parent)
    temporary = target.with_name(f".restorer-{secrets.token_hex(8)}.part")
    try:
        try:
            with open(temporary, "x+b") as file, hold(temporary):
                yield file
                file.flush()
                os.fsync(file.fileno())
            _publish(temporary, target, force)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
    except OSError as error:
        raise _explained(error, target) from error


def sweep(folder: Path, names: re.Pattern[str] = _PART) -> None:
    """Remove the half-written files that killed processes have left in a folder.

    Who is still writing holds what it writes (`hold`), which ends with the process however that
    ends.
    """
    with suppress(OSError), os.scandir(folder) as entries:  # no reason not to write
        for entry in entries:
            if names.fullmatch(entry.name):
                with suppress(OSError):  # nor to leave the others
                    _remove_if_left(entry)


@contextmanager
def hold(path: Path | str) -> Iterator[bool]:
    """Hold a file or folder that is being written, until the block ends.

    Yields:
        False if another process holds it, or it cannot be held (no folder can be on Windows).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _remove_if_left(entry: os.DirEntry[str]) -> None:
    if time.time() - entry.stat().st_mtime <= _YOUNG:
        return
    with hold(entry.path) as nobody_else:
        if not nobody_else:
            return
    if entry.is_dir():
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        os.unlink(entry.path)


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows, which removes no file that is open
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def check_target(path: Path | str, *, force: bool = False) -> None:
    """Before any work, raise what `atomic_file` would raise.

    Raises:
        BadInput: `path` is a folder, a device or a pipe, has no folder, is too long a name, exists
            and `force` is not given, or its folder cannot be written.
    """
    try:
        _check(Path(path), force)
    except OSError as error:
        raise _explained(error, Path(path)) from error


def _check(target: Path, force: bool) -> None:
    name = printable(target)
    if target.is_dir():
        raise BadInput("{name} is a folder; give the name of a file.", name=name)
    if not target.parent.is_dir():
        raise BadInput("The folder {parent} does not exist.", parent=printable(target.parent))
    if target.exists() and not target.is_file():
        raise BadInput("{name} is no ordinary file; nothing is written to it.", name=name)
    if target.exists() and not force:
        raise _exists(target)
    folder = Path(os.path.realpath(target)).parent
    if not os.access(folder, os.W_OK):
        raise _not_writable(folder)


def _publish(temporary: Path, target: Path, force: bool) -> None:
    if force:
        with suppress(OSError):  # none there, or a disk that knows no permissions
            shutil.copymode(target, temporary)  # a private picture stays private
        os.replace(temporary, target)
        return
    try:
        os.link(temporary, target)  # fails when the name is taken, whoever was first
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _publish_without_links(temporary, target)


def _publish_without_links(temporary: Path, target: Path) -> None:
    """For FAT and network folders: reserve the name with an empty file, then replace that."""
    try:
        open(target, "x").close()
    except FileExistsError:
        raise _exists(target) from None
    try:
        os.replace(temporary, target)
    except BaseException:
        target.unlink()
        raise


def _exists(target: Path) -> BadInput:
    return BadInput("{target} exists already and was not overwritten.", target=printable(target))


def _not_writable(folder: Path, detail: str = "") -> BadInput:
    return BadInput("The folder {folder} cannot be written to.", detail, folder=printable(folder))


def _explained(error: OSError, target: Path) -> RestorerError:
    folder = printable(target.parent)
    if error.errno in _FULL:
        return RestorerError(
            "There is no space left in {folder} for this file.", str(error), folder=folder
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _not_writable(target.parent, str(error))
    if error.errno == errno.ENAMETOOLONG:
        return BadInput("The name {name} is too long.", str(error), name=printable(target.name))
    return RestorerError(
        "{target} could not be written ({strerror}).",
        str(error),
        target=printable(target),
        strerror=error.strerror,
    )

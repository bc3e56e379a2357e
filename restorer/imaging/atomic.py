"""Files appear whole or not at all, and never over another one unasked."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from restorer.errors import BadInput, RestorerError
from restorer.imaging.names import printable

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def atomic_file(path: Path | str, *, force: bool = False) -> Iterator[BinaryIO]:
    """A binary file open for reading and writing that becomes `path` when the block ends well.

    It is written beside `path` under a name of its own, flushed to the disk, then put in place.
    Leaving the block by an exception, KeyboardInterrupt included, removes it.

    Raises:
        BadInput: `path` exists and `force` is not given, or the folder cannot be written.
        RestorerError: the disk is full or failed.
    """
    target = Path(os.path.realpath(path))  # through a link, as ordinary writing goes
    check_target(target, force=force)
    temporary = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        try:
            with open(temporary, "x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _publish(temporary, target, force)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
    except OSError as error:
        raise _explained(error, target) from error


def check_target(path: Path | str, *, force: bool = False) -> None:
    """Tell early, before any work, what `atomic_file` would refuse.

    Raises:
        BadInput: `path` is a folder, has no folder, is too long a name, exists and `force` is not
            given, or its folder cannot be written.
    """
    try:
        _check(Path(path), force)
    except OSError as error:
        raise _explained(error, Path(path)) from error


def _check(target: Path, force: bool) -> None:
    name = printable(target)
    if target.is_dir():
        raise BadInput(f"{name} is a folder; give the name of a file.")
    if not target.parent.is_dir():
        raise BadInput(f"The folder {printable(target.parent)} does not exist.")
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
    """For FAT and network folders: take the name with an empty file, then move over it."""
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
    return BadInput(f"{printable(target)} exists already and was not overwritten.")


def _not_writable(folder: Path, detail: str = "") -> BadInput:
    return BadInput(f"The folder {printable(folder)} cannot be written to.", detail)


def _explained(error: OSError, target: Path) -> RestorerError:
    folder = printable(target.parent)
    if error.errno in _FULL:
        return RestorerError(f"There is no space left in {folder} for this file.", str(error))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _not_writable(target.parent, str(error))
    if error.errno == errno.ENAMETOOLONG:
        return BadInput(f"The name {printable(target.name)} is too long.", str(error))
    return RestorerError(
        f"{printable(target)} could not be written ({error.strerror}).", str(error)
    )

"""A person's models: taken in, checked, thrown away. No torch.

What is taken in are weights (safetensors), configurations and vocabularies; pickles and programs
stay outside. SHA-256 sums are kept beside the weights in the form of `sha256sum`.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from restorer.engine.models import BUNDLED, ModelInfo, describe, find_model, models_folder
from restorer.errors import BadInput, ModelRefused, RestorerError
from restorer.imaging.names import printable
from restorer.latent.files import INDEX

SUMS = "SHA256SUMS"

#: What belongs to a model, besides folders.
_KEPT = (".safetensors", ".json", ".txt", ".md", ".model")

_CHUNK = 1 << 20

#: (bytes done, bytes in all); may raise to stop.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Unusable:
    """What lies in the library and cannot be used, and why."""

    name: str
    path: Path
    reason: str


def unusable() -> list[Unusable]:
    """What `all_models` leaves out."""
    found = []
    for path in sorted(models_folder().glob("[!.]*")):
        try:
            describe(path)
        except ModelRefused as error:
            found.append(Unusable(path.name, path, error.sentence))
    return found


def add(source: Path, name: str | None = None, on_progress: OnProgress | None = None) -> ModelInfo:
    """Copy a model into the library, whole or not at all.

    Args:
        source: a folder or a single file that `describe` accepts.
        name: what to call it; None takes the folder's name.
        on_progress: told after every piece.

    Raises:
        ModelRefused: if it is no model, not safe to load, or brings a program.
        BadInput: if the name is taken or cannot be one.
        RestorerError: if it could not be copied.
    """
    info = describe(source)
    single = source.is_file()
    name = name or (source.stem if single else source.resolve().name)
    _refuse_programs(source)
    files = [path for path in sorted(source.rglob("*")) if _belongs(path, source)]
    if single:  # in a folder of its own, with what may say more about it
        beside = source.with_suffix(".yaml")
        files, source = [source, *([beside] if beside.is_file() else [])], source.parent
    total = sum(path.stat().st_size for path in files)
    with _new_folder(name) as folder:
        sums, done = [], 0
        for path in files:
            there = folder / path.relative_to(source)
            there.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with path.open("rb") as reading, there.open("xb") as writing:
                while piece := reading.read(_CHUNK):
                    writing.write(piece)
                    digest.update(piece)
                    done += len(piece)
                    if on_progress is not None:
                        on_progress(done, total)
            if path.suffix == ".safetensors":
                sums.append(f"{digest.hexdigest()}  {path.relative_to(source).as_posix()}\n")
        (folder / SUMS).write_text("".join(sums), encoding="utf-8")
    return describe(models_folder() / name, name if info.name != name else None)


def verify(name: str, on_progress: OnProgress | None = None) -> int:
    """Compare the weights with their sums; how many files were compared, 0 if there are no sums.

    Raises:
        ModelRefused: if a file is missing or another one, or there is no such model.
    """
    info = find_model(name)
    folder = _folder(info)
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    wanted = [line.split(maxsplit=1) for line in lines if line.strip()]
    total = sum(path.stat().st_size for _, file in wanted if (path := folder / file).exists())
    done = 0
    for expected, file in wanted:
        digest = hashlib.sha256()
        try:
            with (folder / file).open("rb") as reading:
                while piece := reading.read(_CHUNK):
                    digest.update(piece)
                    done += len(piece)
                    if on_progress is not None:
                        on_progress(done, total)
        except OSError as error:
            raise ModelRefused(f"“{file}” of “{info.title}” is missing.", str(error)) from error
        if digest.hexdigest() != expected:
            raise ModelRefused(
                f"“{file}” of “{info.title}” is not what it was when it was taken in.",
                f"expected {expected}, found {digest.hexdigest()}",
            )
    return len(wanted)


def remove(name: str) -> Path:
    """Delete a model of the library; returns the folder that is gone.

    Raises:
        BadInput: for the bundled model and for folders elsewhere.
        RestorerError: if it cannot be deleted.
    """
    folder = own_folder(name)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise RestorerError(
            f"“{name}” could not be removed ({error.strerror}).", str(error)
        ) from error
    return folder


def own_folder(name: str) -> Path:
    """Where a person's own model lies.

    Raises:
        BadInput: if there is none of this name in the library.
    """
    folder = models_folder() / name
    if not _is_name(name) or not folder.is_dir():
        raise BadInput(f"There is no model of your own called “{name}”.")
    return folder


def check_name(name: str) -> Path:
    """Where a new model of this name goes.

    Raises:
        BadInput: if it is taken, or cannot be one.
    """
    if not _is_name(name) or name in BUNDLED:
        raise BadInput(f"“{name}” cannot be the name of a model; choose another.")
    target = models_folder() / name
    if target.exists():
        raise BadInput(f"There is a model called “{name}” already; choose another name.")
    return target


def is_kept(file: Path) -> bool:
    """Whether a file is of a kind that belongs to a model."""
    return file.suffix in _KEPT


@contextmanager
def _new_folder(name: str) -> Iterator[Path]:
    """A folder of the library that appears when the block ends well."""
    target = check_name(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
        try:
            yield part
            part.chmod(0o755)
            part.rename(target)
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(part)
    except OSError as error:
        where = printable(target.parent)
        raise RestorerError(
            f"The model could not be copied to {where} ({error.strerror}).", str(error)
        ) from error


def _folder(info: ModelInfo) -> Path:
    """Where its sums lie: the network of a pipeline in pixels lies one folder further in."""
    inner = info.path.name == "unet" and (info.path.parent / INDEX).is_file()
    return info.path.parent if inner else info.path


def _is_name(name: str) -> bool:
    return bool(name) and name[0] != "." and Path(name).name == name


def _belongs(path: Path, source: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
    return path.is_file() and is_kept(path) and not hidden


def _refuse_programs(source: Path) -> None:
    program = next((path for path in sorted(source.rglob("*.py"))), None)
    if program is not None:
        raise ModelRefused(
            f"“{source.name}” brings a program ({program.name}); only weights and configurations "
            "are taken in."
        )

"""The library of a person's models: adding, verifying, removing. No torch.

What is taken in are weights (safetensors), configurations and vocabularies; pickles and programs
stay outside. SHA-256 sums are kept beside the weights in the form of `sha256sum`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from restorer.engine.models import BUNDLED, ModelInfo, describe, find_model, models_folder
from restorer.errors import BadInput, ModelRefused, RestorerError
from restorer.imaging.atomic import hold, sweep
from restorer.imaging.names import printable
from restorer.latent import walk

SUMS = "SHA256SUMS"

#: What belongs to a model, besides folders.
_STORED = (".safetensors", ".json", ".txt", ".md", ".model")

_CHUNK = 1 << 20
_PART = re.compile(r"\.part-.*")
_LONGEST_NAME = 255  # bytes, of a folder on every file system in use

#: (bytes done, bytes in all); may raise to stop.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Unusable:
    """An unusable entry of the library, and the reason."""

    name: str
    path: Path
    reason: str


def unusable() -> list[Unusable]:
    """The entries that `all_models` skips."""
    found = []
    for path in sorted(models_folder().glob("[!.]*")):
        try:
            describe(path)
        except ModelRefused as error:
            found.append(Unusable(path.name, path, error.sentence))
    return found


def add(source: Path, name: str | None = None, on_progress: OnProgress | None = None) -> ModelInfo:
    """Load a model once as a check, and copy it into the library, completely or not at all.

    Args:
        source: a folder or a single file that `describe` accepts.
        name: what to call it; None takes the folder's name.
        on_progress: told after every piece.

    Raises:
        ModelRefused: if it is no model, not safe to load, cannot be loaded, or brings a program.
        BadInput: if the name is taken or cannot be one.
        RestorerError: if it could not be copied.
    """
    from restorer.engine.trial import load_once  # torch comes with it

    info = describe(source)
    single = source.is_file()
    name = name or (source.stem if single else source.resolve().name)
    check_name(name)
    load_once(info)
    files = _single_file(source) if single else _folder_files(source)
    total = sum(path.stat().st_size for path in files.values())
    with _new_folder(name) as folder:
        sums, done = [], 0
        for to, path in files.items():
            there = folder / to
            there.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with path.open("rb") as reading, there.open("xb") as writing:
                while piece := reading.read(_CHUNK):
                    writing.write(piece)
                    digest.update(piece)
                    done += len(piece)
                    if on_progress is not None:
                        on_progress(done, total)
            if there.suffix == ".safetensors":
                sums.append(f"{digest.hexdigest()}  {to}\n")
        (folder / SUMS).write_text("".join(sums), encoding="utf-8")
        describe(folder)  # or it is not taken in
    return describe(models_folder() / name, name if info.name != name else None)


def verify(name: str, on_progress: OnProgress | None = None) -> int:
    """Compare the weights with their checksums; returns the number of files, 0 without sums.

    Raises:
        ModelRefused: if a file is missing or another one, or there is no such model.
    """
    info = find_model(name)
    folder = info.path
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return 0
    except (OSError, UnicodeDecodeError) as error:
        raise ModelRefused(
            "The checksums of “{title}” cannot be read.", str(error), title=info.title
        ) from error
    wanted = [line.split(maxsplit=1) for line in lines if line.strip()]
    if any(len(parts) != 2 for parts in wanted):
        raise ModelRefused("The checksums of “{title}” cannot be read.", title=info.title)
    places = [walk.find(folder, file) for _, file in wanted]
    total = sum(path.stat().st_size for path in places if path is not None)
    done = 0
    for (expected, file), path in zip(wanted, places, strict=True):
        digest = hashlib.sha256()
        if path is None:
            raise ModelRefused("“{file}” of “{title}” is missing.", file=file, title=info.title)
        try:
            with path.open("rb") as reading:
                while piece := reading.read(_CHUNK):
                    digest.update(piece)
                    done += len(piece)
                    if on_progress is not None:
                        on_progress(done, total)
        except OSError as error:
            raise ModelRefused(
                "“{file}” of “{title}” cannot be read.", str(error), file=file, title=info.title
            ) from error
        if digest.hexdigest() != expected:
            raise ModelRefused(
                "“{file}” of “{title}” has changed since it was added.",
                f"expected {expected}, found {digest.hexdigest()}",
                file=file,
                title=info.title,
            )
    return len(wanted)


def weights_digest(info: ModelInfo) -> str:
    """SHA-256 of a model's weights: of the file, or of the sums of several as `sha256sum` lists.

    Sums that lie beside the weights are taken as they stand; `verify` compares them.

    Raises:
        RestorerError: if they cannot be read.
    """
    try:
        text = walk.read_text(info.path, SUMS) if info.path.is_dir() else None
        lines = [line for line in (text or "").splitlines() if line.strip()] or _sums(info.path)
    except OSError as error:
        raise ModelRefused("“{title}” cannot be read.", str(error), title=info.title) from error
    if len(lines) == 1:
        return lines[0].split()[0]
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _sums(path: Path) -> list[str]:
    files = [path] if path.is_file() else sorted(path.rglob("*.safetensors"))
    names = [file.name if file is path else file.relative_to(path).as_posix() for file in files]
    stats = [file.stat() for file in files]
    return [
        f"{_file_digest(file, stat.st_size, stat.st_mtime_ns)}  {name}"
        for file, name, stat in zip(files, names, stats, strict=True)
    ]


@lru_cache
def _file_digest(file: Path, size: int, changed: int) -> str:
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def remove(name: str) -> Path:
    """Delete a model of the library; returns its former folder.

    Raises:
        BadInput: for the bundled model and for folders elsewhere.
        RestorerError: if it cannot be deleted.
    """
    folder = own_folder(name)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise RestorerError(
            "“{name}” could not be removed ({strerror}).",
            str(error),
            name=name,
            strerror=error.strerror,
        ) from error
    return folder


def own_folder(name: str) -> Path:
    """The folder of a person's own model.

    Raises:
        BadInput: if there is none of this name in the library.
    """
    folder = models_folder() / name
    if not _is_name(name) or not folder.is_dir():
        raise BadInput("There is no model of your own called “{name}”.", name=printable(name))
    return folder


def check_name(name: str) -> Path:
    """The folder for a new model of this name.

    Raises:
        BadInput: if it is taken, or cannot be one.
    """
    if not _is_name(name) or not name.isprintable() or name in BUNDLED:
        raise BadInput(
            "“{name}” cannot be the name of a model; choose another.", name=printable(name)
        )
    target = models_folder() / name
    if target.exists():
        raise BadInput("There is a model called “{name}” already; choose another name.", name=name)
    return target


def is_stored(file: Path) -> bool:
    """Whether a file of this kind belongs to a model."""
    return file.suffix in _STORED


@contextmanager
def _new_folder(name: str) -> Iterator[Path]:
    """A new folder of the library, which appears only if the block succeeds."""
    target = check_name(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, _PART)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
        try:
            with hold(part):
                yield part
            part.chmod(0o755)
            part.rename(target)
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(part)
    except OSError as error:
        where = printable(target.parent)
        raise RestorerError(
            "The model could not be copied to {where} ({strerror}).",
            str(error),
            where=where,
            strerror=error.strerror,
        ) from error


def _is_name(name: str) -> bool:
    plain = name[:1] not in ("", ".") and Path(name).name == name
    return plain and len(os.fsencode(name)) <= _LONGEST_NAME


def _single_file(source: Path) -> dict[str, Path]:
    """Put a single file into a folder of its own, with its accompanying files."""
    config = source.with_suffix(".yaml").name
    found = {source.name: source.resolve(), config: walk.find(source.parent, config)}
    return {name: path for name, path in found.items() if path is not None}


def _folder_files(source: Path) -> dict[str, Path]:
    """The files of a model folder: the real path of each by its relative name.

    Raises:
        ModelRefused: if there is a program among it, or a link leads out of it.
    """
    found = {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.suffix.lower() == ".py":
            raise ModelRefused(
                "“{name}” contains a program ({program}); only weights and configuration "
                "files are accepted.",
                name=source.name,
                program=path.name,
            )
        hidden = any(part.startswith(".") for part in Path(name).parts)
        real = walk.find(source, name) if is_stored(path) and not hidden else None
        if real is not None:
            found[name] = real
    return found

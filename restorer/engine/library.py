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

from restorer.engine.models import ModelInfo, describe, find_model, models_folder
from restorer.errors import BadInput, ModelRefused, RestorerError
from restorer.imaging.names import printable

SUMS = "SHA256SUMS"

#: What belongs to a model, besides folders.
_KEPT = (".safetensors", ".json", ".txt", ".md", ".model")

_CHUNK = 1 << 20

#: (bytes done, bytes in all); may raise to stop.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class HubModel:
    """What the hub says of a model before anything is fetched; `bytes` of what would be."""

    name: str
    licence: str
    bytes: int
    files: tuple[str, ...]


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


def look_up(name: str) -> HubModel:
    """Ask the Hugging Face hub about a model; nothing is fetched.

    Raises:
        ModelRefused: if there is no such model, or it has no safetensors.
        RestorerError: if the hub cannot be reached.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    try:
        found = HfApi().model_info(name, files_metadata=True)
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelRefused(f"The hub has no model called “{name}”.", str(error)) from error
    except Exception as error:  # whatever its HTTP library of the day raises
        raise _unreachable(error) from error
    sizes = {file.rfilename: file.size or 0 for file in found.siblings or []}
    wanted = tuple(sorted(file for file in sizes if file.endswith(_KEPT)))
    if not any(file.endswith(".safetensors") for file in wanted):
        raise ModelRefused(f"“{name}” has no safetensors weights; others can run code.")
    card = found.card_data
    licence = str(card.get("license") or "not stated") if card is not None else "not stated"
    return HubModel(name, licence, sum(sizes[file] for file in wanted), wanted)


def fetch(model: HubModel, name: str | None = None) -> ModelInfo:
    """Fetch what `look_up` found and take it in. Raises as `add` does, or if the net fails."""
    from huggingface_hub import HfApi

    with tempfile.TemporaryDirectory(prefix="restorer-hub-") as folder:
        try:
            for file in model.files:
                HfApi().hf_hub_download(model.name, file, local_dir=folder)
        except Exception as error:  # as above
            raise _unreachable(error) from error
        return add(Path(folder), name or model.name.split("/")[-1])


def verify(name: str, on_progress: OnProgress | None = None) -> int:
    """Compare the weights with their sums; how many files were compared, 0 if there are no sums.

    Raises:
        ModelRefused: if a file is missing or another one, or there is no such model.
    """
    info = find_model(name)
    try:
        lines = (info.path / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    wanted = [line.split(maxsplit=1) for line in lines if line.strip()]
    total = sum(path.stat().st_size for _, file in wanted if (path := info.path / file).exists())
    done = 0
    for expected, file in wanted:
        digest = hashlib.sha256()
        try:
            with (info.path / file).open("rb") as reading:
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


@contextmanager
def _new_folder(name: str) -> Iterator[Path]:
    """A folder of the library that appears when the block ends well."""
    if not _is_name(name):
        raise BadInput(f"“{name}” cannot be the name of a model; give another with --name.")
    target = models_folder() / name
    if target.exists():
        raise BadInput(f"There is a model called “{name}” already; give another with --name.")
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


def _is_name(name: str) -> bool:
    return bool(name) and name[0] != "." and Path(name).name == name


def _belongs(path: Path, source: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
    return path.is_file() and path.suffix in _KEPT and not hidden


def _refuse_programs(source: Path) -> None:
    program = next((path for path in sorted(source.rglob("*.py"))), None)
    if program is not None:
        raise ModelRefused(
            f"“{source.name}” brings a program ({program.name}); only weights and configurations "
            "are taken in."
        )


def _unreachable(error: Exception) -> RestorerError:
    return RestorerError(
        "The Hugging Face hub could not be reached; give a folder instead.",
        f"{type(error).__name__}: {error}",
    )

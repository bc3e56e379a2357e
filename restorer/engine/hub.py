"""Models of the Hugging Face hub: looked up first, fetched on request. No torch.

All of it happens in a process of its own: it can be ended in the middle of a file, and that models
are otherwise loaded without a net stays as it is here.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path, PurePosixPath
from typing import Any

from restorer.engine import library
from restorer.engine.library import OnProgress
from restorer.engine.models import NOT_STATED, ModelInfo
from restorer.errors import ModelRefused, RestorerError
from restorer.imaging.atomic import hold
from restorer.latent import files

#: As the person set it; who loads a model sets it too, which is after this is imported.
_OFFLINE = os.environ.get("HF_HUB_OFFLINE", "")

#: Parts of a pipeline that are of use, besides those with weights.
_PARTS = (*files.WEIGHTED, "tokenizer", "tokenizer_2", "scheduler", "low_res_scheduler")

_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class HubModel:
    """What the hub says about a model before anything is fetched; `bytes` is the download size."""

    name: str
    licence: str
    bytes: int
    files: tuple[str, ...]


def look_up(name: str, on_wait: Callable[[], None] = lambda: None) -> HubModel:
    """Ask the hub about a model; nothing is fetched.

    Args:
        name: owner and name, with a slash between.
        on_wait: called every now and then; may raise to stop.

    Raises:
        ModelRefused: if there is no such model, or it has no safetensors.
        RestorerError: if the hub cannot be reached.
    """
    sizes, licence = _apart(_ask, (name,), on_wait)
    wanted = _of_use(sizes)
    if not any(file.endswith(".safetensors") for file in wanted):
        raise ModelRefused(
            "“{name}” has no safetensors weights; other formats can run code.", name=name
        )
    return HubModel(name, licence, sum(sizes[file] for file in wanted), wanted)


def fetch(
    model: HubModel, name: str | None = None, on_progress: OnProgress = lambda done, total: None
) -> ModelInfo:
    """Fetch what `look_up` found and take it in. Raises as `library.add` does, or if the net fails.

    Args:
        model: what to fetch.
        name: what to call it; None for its own name.
        on_progress: told now and then, first of what is fetched, then of what is copied.
    """
    name = name or model.name.split("/")[-1]
    shelf = library.check_name(name).parent  # before anything large is fetched
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=shelf) as place, hold(place):
        folder = Path(place)

        def on_wait() -> None:
            there = (path.stat().st_size for path in folder.rglob("*") if path.is_file())
            on_progress(min(sum(there), model.bytes), model.bytes)

        _apart(_fetch, (model.name, model.files, folder), on_wait)
        return library.add(folder, name, on_progress)


def _of_use(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """The files of a repository that are needed, each weight once."""
    found = [PurePosixPath(file) for file in sizes if library.is_stored(Path(file))]
    found = [path for path in found if ".." not in path.parts and not path.is_absolute()]
    if any(path.parts[0] == "unet" for path in found):  # one file besides holds all of it again
        found = [path for path in found if path.parts[0] in _PARTS or _about(path)]
    whole = {path.parent for path in found if path.suffix == ".safetensors" and _plain(path)}
    other = {p for p in found if p.suffix == ".safetensors" and not _plain(p)}
    wanted = [p for p in found if p not in other or (p.parent not in whole and "fp16" in p.name)]
    return tuple(sorted(map(str, wanted)))


def _plain(weights: PurePosixPath) -> bool:
    return not any(word in weights.name for word in (".fp16", "non_ema", "open_clip"))


def _about(path: PurePosixPath) -> bool:
    return len(path.parts) == 1 and path.suffix != ".safetensors"


# In a process of its own.


def _ask(name: str) -> tuple[dict[str, int], str]:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    try:
        found = HfApi().model_info(name, files_metadata=True)
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelRefused(
            "The hub has no model called “{name}”.", str(error), name=name
        ) from error
    except Exception as error:  # whatever its HTTP library of the day raises
        raise _unreachable(error) from error
    card = found.card_data
    licence = str(card.get("license") or NOT_STATED) if card is not None else NOT_STATED
    return {file.rfilename: file.size or 0 for file in found.siblings or []}, licence


def _fetch(name: str, wanted: tuple[str, ...], folder: Path) -> None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        for file in wanted:
            HfApi().hf_hub_download(name, file, local_dir=folder)
    except GatedRepoError as error:
        raise ModelRefused(
            "“{name}” is available only to people who have accepted its terms on the "
            "hub and logged in (hf auth login).",
            str(error),
            name=name,
        ) from error
    except Exception as error:  # as above
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> RestorerError:
    return RestorerError(
        "The Hugging Face hub could not be reached; give a folder instead.",
        f"{type(error).__name__}: {error}",
    )


def _apart(
    work: Callable[..., Any], arguments: tuple[Any, ...], on_wait: Callable[[], None]
) -> Any:
    """Do work in a separate process, which ends when `on_wait` raises."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(
        target=_answer, args=(there, _OFFLINE, work, arguments), name="restorer-hub", daemon=True
    )
    child.start()
    there.close()
    try:
        while not here.poll(_EVERY_SECONDS):
            on_wait()
        answer = here.recv()
    except EOFError as error:  # it ended without an answer
        raise _unreachable(error) from error
    finally:
        child.kill()
        child.join()
        here.close()
    if isinstance(answer, _Problem):
        raise answer.kind(answer.said, answer.detail, **answer.values)
    return answer


@dataclass(frozen=True)
class _Problem:
    """An error on its way to another process."""

    kind: type[RestorerError]
    said: str
    detail: str
    values: dict[str, object]


def _answer(
    there: Connection, offline: str, work: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked ends this
    os.environ["HF_HUB_OFFLINE"] = offline  # read when huggingface_hub is imported
    try:
        there.send(work(*arguments))
    except RestorerError as error:
        there.send(_Problem(type(error), error.said, error.detail, error.values))

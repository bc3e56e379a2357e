"""The state of an installation: facts for a bug report, and what cannot work here.

`SECTIONS` is the list of what is looked at; a new one is a function and a row.
"""

from __future__ import annotations

import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from safetensors import SafetensorError
from safetensors.numpy import load_file

from restorer import __version__
from restorer.crashes import requirements
from restorer.engine import library
from restorer.engine.models import all_models, find_model, models_folder
from restorer.engine.task import BUILTIN_MODEL
from restorer.errors import ModelRefused
from restorer.logs import log_file, log_folder
from restorer.resources import resource_path

if TYPE_CHECKING:
    from torch import Tensor

    from restorer.diffusion.hardware import Precision

#: Less free space than this is said to be trouble, in bytes.
LITTLE = 1e9

#: Extras that are for people who work on the program.
_WORKSHOP = ("dev", "bench", "docs", "learn", "release")

_SIDE = 512  # of the picture that the network is timed with
_NOISE = 25.0  # in it, 0-255 scale


@dataclass(frozen=True)
class ComputeOptions:
    """Where and how precisely to compute, as for `restorer restore`."""

    device: str = "auto"
    precision: Precision = "auto"


@dataclass(frozen=True)
class Check:
    """One line of the report: the subject, the finding, and a sentence about its fault if any.

    `trouble` is empty where all is well.
    """

    name: str
    value: str | float | bool
    trouble: str = ""


def examine(asked: ComputeOptions) -> Iterator[tuple[str, list[Check]]]:
    """Yield each section's title and lines as soon as they are known.

    Raises:
        BadInput: if there is no such device, or it does not compute so precisely.
    """
    for title, section in SECTIONS.items():
        yield title, list(section(asked))


def _versions(_: ComputeOptions) -> Iterator[Check]:
    yield Check("Restorer", __version__)
    yield Check("Python", platform.python_version())
    yield Check("system", platform.platform())
    for name, version, extra in requirements():
        if not extra:
            missing = "" if version else f"{name} is missing; install Restorer again."
            yield Check(name, version or "missing", missing)


def _extras(_: ComputeOptions) -> Iterator[Check]:
    for name, version, extra in requirements():
        if extra and extra not in _WORKSHOP:
            yield Check(f"{name} [{extra}]", version or "not installed")


def _computing(asked: ComputeOptions) -> Iterator[Check]:
    import torch

    from restorer.diffusion import hardware, timing

    place = hardware.choose_device(asked.device)
    chosen = hardware.choose_autocast(place, asked.precision)
    yield Check("device", hardware.title(place))
    yield Check("processor", timing.processor())
    yield Check("threads", torch.get_num_threads())
    yield Check("precision", hardware.precision_name(chosen))
    yield Check("chosen because", _reason(place.type, asked.precision))
    try:
        model = find_model(BUILTIN_MODEL)
        denoiser = model.role.load(model, place, asked.precision).denoiser
    except ModelRefused as error:
        yield Check("one evaluation of the network", "none", error.sentence)
        return
    seconds = _timed(denoiser)
    yield Check(f"one evaluation of the network, {_SIDE} x {_SIDE}, s", round(seconds, 3))
    yield Check("that per megapixel, s", round(seconds * 1e6 / _SIDE**2, 2))


def _reason(kind: str, precision: str) -> str:
    from restorer.diffusion import timing

    if precision != "auto":
        return "it was asked for"
    measured = f"both were timed once, see {_anonymous(timing.memory())}"
    return measured if kind == "cpu" else "the card computes in it"


def _timed(denoiser: Callable[[Tensor, float], Tensor]) -> float:
    """Seconds of the faster of two evaluations, including the wait for the answer."""
    import torch

    x = torch.zeros(1, 3, _SIDE, _SIDE)
    seconds = []
    with torch.inference_mode():
        denoiser(x[..., :64, :64], 2 * _NOISE / 255)
        for _ in range(2):
            begun = time.perf_counter()
            denoiser(x, 2 * _NOISE / 255).sum().item()
            seconds.append(time.perf_counter() - begun)
    return min(seconds)


def _memory(_: ComputeOptions) -> Iterator[Check]:
    memory = psutil.virtual_memory()
    yield Check("memory, GB", _giga(memory.total))
    yield Check("free memory, GB", _giga(memory.available))
    places = {"temporary files": Path(tempfile.gettempdir()), "own models": models_folder()}
    for name, folder in places.items():
        free = shutil.disk_usage(_existing(folder)).free
        little = (
            f"There is little room left for {name} ({_anonymous(folder)})." if free < LITTLE else ""
        )
        yield Check(f"free disk for {name}, GB", _giga(free), little)


def _logs(_: ComputeOptions) -> Iterator[Check]:
    file = log_file()
    nowhere = "" if file else f"No log can be written in {_anonymous(log_folder())}."
    yield Check("log file", _anonymous(file) if file else "none", nowhere)
    yield Check("crash reports", len(list(log_folder().glob("crash-*.txt"))))


def _models(_: ComputeOptions) -> Iterator[Check]:
    for model in all_models():
        try:
            count = library.verify(model.name)
        except ModelRefused as error:
            yield Check(model.name, "damaged", error.sentence)
        else:
            yield Check(model.name, "verified" if count else "has no sums to compare with")
    for other in library.unusable():
        yield Check(other.name, "cannot be used", other.reason)


def _finders(_: ComputeOptions) -> Iterator[Check]:
    """The networks for measuring: they have no configuration, and nobody selects them."""
    for file in sorted(resource_path("models").glob("*/model.safetensors")):
        name = file.parent.name
        try:
            load_file(file)
        except (OSError, SafetensorError) as error:
            trouble = f"{name} cannot be read ({error}); install Restorer again."
            yield Check(name, "damaged", trouble)
        else:
            yield Check(name, "can be read")


def _giga(count: float) -> float:
    return round(count / 1e9, 1)


def _anonymous(path: Path) -> str:
    """The path for a bug report, without the person's name."""
    return str(path).replace(str(Path.home()), "~")


def _existing(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    return next(place for place in (folder, *folder.parents) if place.exists())


SECTIONS: dict[str, Callable[[ComputeOptions], Iterator[Check]]] = {
    "versions": _versions,
    "optional": _extras,
    "computing": _computing,
    "room": _memory,
    "logs": _logs,
    "models": _models,
    "networks that find damage": _finders,
}
"""By title, in the order in which they are told."""

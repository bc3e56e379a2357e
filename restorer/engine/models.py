"""The available models, their metadata, and whether they are safe to load.

A model is a folder with `config.json`, its weights as safetensors, and a model card
(`README.md` with a YAML head, as on the Hugging Face hub). No torch here.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path
from safetensors import SafetensorError, safe_open

from restorer.diffusion.schedule import LINEAR, Schedule
from restorer.engine import card
from restorer.engine.model_kinds import MODEL_KINDS, ModelKind, recognised
from restorer.errors import ModelRefused
from restorer.imaging.names import printable
from restorer.latent import files, walk
from restorer.latent.adapters import addition
from restorer.latent.traits import Traits, read_traits, text_width
from restorer.resources import resource_path
from restorer.words import marked as _
from restorer.words import tr

CONFIG = "config.json"
WEIGHTS = f"{walk.DIFFUSERS}.safetensors"
CARD = "README.md"

#: What ships with the program, in resources/models.
BUNDLED = tuple(name for kind in MODEL_KINDS.values() for name in kind.bundled)

#: The licence of a model that does not say.
NOT_STATED = _("not stated")

#: Weight files that may run code when they are opened.
_PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")


@dataclass(frozen=True)
class ModelInfo:
    """A model as a person sees it in a list; `bytes` and `parameters` are counts.

    Attributes:
        kind: a name in `MODEL_KINDS`, which says what it can do.
        latent: what a latent model can do.
        text_width: of the text that a latent model or a ControlNet listens to; they go together
            where it is the same.
        labels: that a classifier knows.
        part: the folder in `path` that the network lies in; empty for `path` itself.
    """

    name: str
    title: str
    licence: str
    bytes: int
    parameters: int
    path: Path
    kind: str = "prior"
    latent: Traits | None = None
    text_width: int = 0
    labels: tuple[str, ...] = ()
    part: str = ""

    @property
    def role(self) -> ModelKind:
        """What it is for."""
        return MODEL_KINDS[self.kind]


def schedule_of(latent: ModelInfo | None) -> Schedule:
    """The noise schedule of a model with prompts; None stands for any that works on pixels."""
    return LINEAR if latent is None or latent.latent is None else latent.latent.betas.schedule


def models_folder() -> Path:
    """Where a person's own models live."""
    return user_data_path("restorer", appauthor=False) / "models"


def all_models() -> list[ModelInfo]:
    """The bundled models first, then a person's own; unusable folders are skipped."""
    found = [describe(resource_path("models", name), name) for name in BUNDLED]
    folder = models_folder()
    for path in sorted(folder.glob("[!.]*")):
        try:
            found.append(describe(path))
        except ModelRefused:
            continue  # asked for by name, it is refused with the reason
    return found


def find_model(name: str) -> ModelInfo:
    """The model of this name, or in this folder.

    Raises:
        ModelRefused: if there is none, or it is damaged or not safe to load.
    """
    if name in BUNDLED:
        return describe(resource_path("models", name), name)
    path = None
    with suppress(OSError, RuntimeError):  # too long for a name; a home nobody has
        places = (models_folder() / name, Path(name).expanduser())
        path = next((place for place in places if place.exists()), None)
    if path is None:
        raise ModelRefused(
            "There is no model called “{name}”, and no folder of that name.", name=name
        )
    return describe(path)


def describe(path: Path, name: str | None = None) -> ModelInfo:
    """Read the metadata of a model folder without loading the model.

    Raises:
        ModelRefused: if it cannot or must not be loaded.
    """
    if files.is_model(path):
        return _describe_latent(path, name)
    name, part = name or path.name, ""
    if walk.find(path.parent, files.INDEX) is not None and path.name == "unet":
        path = path.parent  # the scheduler lies beside
    if walk.find(path, files.INDEX) is not None and (path / "unet").is_dir():
        part = "unet"  # a pipeline of one network in pixels, such as DDPMPipeline
    weights = _safe_weights(path, part)
    config = walk.read_config(path, walk.part_path(part, CONFIG))
    key = "model_type" if weights.stem == walk.TRANSFORMERS else "_class_name"
    kind = recognised(str(config.get(key)), str(config.get("shown", "")))
    if kind is None:
        raise ModelRefused(
            "“{name}” is not a model that Restorer can use.",
            f"class {config.get(key)!r}, known are "
            f"{[name for row in MODEL_KINDS.values() for name in row.classes]}",
            name=path.name,
        )
    about = card.head(walk.read_text(path, CARD))
    title = card.one_line(about, "title", printable(name))
    ours = path.is_relative_to(resource_path("models"))
    return ModelInfo(
        name=name,
        title=tr(title) if ours else title,
        licence=card.one_line(about, "license", NOT_STATED),
        bytes=sum(file.stat().st_size for file in weights.files.values()),
        parameters=sum(map(count_parameters, weights.files.values())),
        path=path,
        kind=kind,
        text_width=text_width(path) if MODEL_KINDS[kind].leads else 0,
        labels=tuple(map(str, config.get("labels", ()))) if MODEL_KINDS[kind].judges else (),
        part=part,
    )


def _describe_latent(path: Path, name: str | None) -> ModelInfo:
    single = files.single_file(path)
    weights = [single] if single is not None else [file for _, file in files.weight_files(path)]
    about = card.head(walk.read_text(path, CARD) if path.is_dir() else None)
    title = printable(path.stem if path.is_file() else name or path.name)
    return ModelInfo(
        name=name or path.name,
        title=card.one_line(about, "title", title),
        licence=card.one_line(about, "license", NOT_STATED),
        bytes=sum(file.stat().st_size for file in weights),
        parameters=sum(files.part_parameters(path).values()),
        path=path,
        kind="latent",
        latent=read_traits(path),
        text_width=text_width(path),
    )


def _safe_weights(path: Path, part: str) -> walk.Weights:
    """Of a folder with one network."""
    if not path.is_dir():
        if path.suffix.lower() in _PICKLES:
            raise ModelRefused(
                "“{name}” is a pickle file, which can run code; only safetensors are loaded.",
                name=path.name,
            )
        _refuse_addition(path)
        raise ModelRefused("“{name}” is no model that Restorer knows.", name=printable(path.name))
    for stem in (walk.TRANSFORMERS, walk.DIFFUSERS):
        found = walk.weights(path, part, stem)
        if found is not None:
            return found
    if any(file.suffix.lower() in _PICKLES for file in (path / part).glob("*")):
        raise ModelRefused(
            "The weights in “{name}” are pickle files, which can run code; only "
            "safetensors are loaded.",
            name=path.name,
        )
    for file in sorted((path / part).glob("*.safetensors"))[:8]:
        _refuse_addition(file)
    raise ModelRefused(
        "“{name}” has no weights ({weights}).", name=printable(path.name), weights=WEIGHTS
    )


def _refuse_addition(file: Path) -> None:
    """Raise `ModelRefused` for what belongs to a model, or is one of another kind."""
    if file.suffix.lower() == ".safetensors" and file.is_file() and (what := addition(file)):
        raise ModelRefused(
            "“{name}” is {what}, not a model of its own that Restorer can use.",
            name=printable(file.name),
            what=what,
        )


def count_parameters(weights: Path) -> int:
    """Number of parameters in a safetensors file; `ModelRefused` if it is damaged."""
    try:
        with safe_open(weights, framework="np") as tensors:
            return sum(math.prod(tensors.get_slice(key).get_shape()) for key in tensors.keys())  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelRefused(
            "The weights in “{name}” are damaged.", str(error), name=weights.parent.name
        ) from error

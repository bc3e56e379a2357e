"""Which models there are, what they say of themselves, and whether they are safe to load.

A model is a folder with `config.json`, one safetensors file of weights, and a model card
(`README.md` with a YAML head, as on the Hugging Face hub). No torch here.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from platformdirs import user_data_path
from safetensors import SafetensorError, safe_open

from restorer.engine.task import BUILTIN_MODEL, CAMERA_MODEL, CLASSIFIER
from restorer.errors import ModelRefused
from restorer.latent import files
from restorer.latent.traits import Traits, read_traits, text_width
from restorer.resources import resource_path

CONFIG = "config.json"
WEIGHTS = "diffusion_pytorch_model.safetensors"
#: What transformers calls them.
CLIP_WEIGHTS = "model.safetensors"
CARD = "README.md"

Kind = Literal["prior", "unconditional", "latent", "controlnet", "classifier", "clip"]

#: Kinds that restore by themselves.
RESTORING = ("prior", "unconditional", "latent")

#: The classes of a single network that can be loaded, and what they are.
KNOWN_CLASSES: dict[str, Kind] = {
    "PriorUNet": "prior",
    "UNet2DModel": "unconditional",
    "ControlNetModel": "controlnet",
    "NoiseClassifier": "classifier",
}

#: What ships with the program, in resources/models.
BUNDLED = (BUILTIN_MODEL, CAMERA_MODEL, CLASSIFIER)

#: Weight files that may run code when they are opened.
_PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")


@dataclass(frozen=True)
class ModelInfo:
    """A model as a person sees it in a list; `bytes` and `parameters` are counts.

    `kind` says what it can do: "prior" and "unconditional" (diffusers' `UNet2DModel`) restore in
    pixels, "latent" with a prompt; "controlnet" leads a latent model, "classifier" one in pixels
    by labels, "clip" by any words.

    Attributes:
        latent: what a latent model can do.
        text_width: of the text that a latent model or a ControlNet listens to; they go together
            where it is the same.
        labels: that a classifier knows.
    """

    name: str
    title: str
    licence: str
    bytes: int
    parameters: int
    path: Path
    kind: Kind = "prior"
    latent: Traits | None = None
    text_width: int = 0
    labels: tuple[str, ...] = ()


def models_folder() -> Path:
    """Where a person's own models live."""
    return user_data_path("restorer", appauthor=False) / "models"


def list_models() -> list[ModelInfo]:
    """Those of `all_models` that restore: the built-in prior is the first."""
    return [model for model in all_models() if model.kind in RESTORING]


def all_models() -> list[ModelInfo]:
    """The bundled models first, then a person's own; folders that cannot be used are left out."""
    found = [describe(resource_path("models", name), name) for name in BUNDLED]
    folder = models_folder()
    for path in sorted(folder.glob("[!.]*")):
        try:
            found.append(describe(path))
        except ModelRefused:
            continue  # asked for by name, it is refused with the reason
    return found


def leaders_of(model: ModelInfo) -> list[ModelInfo]:
    """The ControlNets among `all_models` that can lead a latent model."""
    return [
        other
        for other in all_models()
        if other.kind == "controlnet" and other.text_width == model.text_width
    ]


def judges() -> list[ModelInfo]:
    """Those of `all_models` that a pixel model can be pushed by: classifiers, and CLIP."""
    return [model for model in all_models() if model.kind in ("classifier", "clip")]


def find_model(name: str) -> ModelInfo:
    """The model of this name, or in this folder.

    Raises:
        ModelRefused: if there is none, or it is damaged or not safe to load.
    """
    if name in BUNDLED:
        return describe(resource_path("models", name), name)
    for path in (models_folder() / name, Path(name).expanduser()):
        if path.exists():
            return describe(path)
    raise ModelRefused(f"There is no model called “{name}”, and no folder of that name.")


def describe(path: Path, name: str | None = None) -> ModelInfo:
    """Look at a model folder without loading it.

    Raises:
        ModelRefused: if it cannot or must not be loaded.
    """
    if files.is_model(path):
        return _describe_latent(path, name)
    name, card = name or path.name, _card_head(path / CARD)
    if (path / files.INDEX).is_file() and (path / "unet").is_dir():
        path = path / "unet"  # a pipeline of one network in pixels, such as DDPMPipeline
    weights = path / (CLIP_WEIGHTS if (path / CLIP_WEIGHTS).is_file() else WEIGHTS)
    _refuse_pickles(path, weights)
    config = _config(path)
    kind = KNOWN_CLASSES.get(str(config.get("_class_name")))
    if weights.name == CLIP_WEIGHTS:
        kind = "clip" if config.get("model_type") == "clip" else None
    if kind is None:
        raise ModelRefused(
            f"“{path.name}” is not a model that Restorer can use.",
            f"class {config.get('_class_name')!r}, known are {list(KNOWN_CLASSES)}",
        )
    return ModelInfo(
        name=name,
        title=str(card.get("title", name)),
        licence=str(card.get("license", "not stated")),
        bytes=weights.stat().st_size,
        parameters=count_parameters(weights),
        path=path,
        kind=kind,
        text_width=text_width(path) if kind == "controlnet" else 0,
        labels=tuple(map(str, config.get("labels", ()))) if kind == "classifier" else (),
    )


def _describe_latent(path: Path, name: str | None) -> ModelInfo:
    single = files.single_file(path)
    weights = files.weight_files(path) if single is None else [single]
    card = _card_head(path / CARD)
    title = path.stem if path.is_file() else name or path.name
    return ModelInfo(
        name=name or path.name,
        title=str(card.get("title", title)),
        licence=str(card.get("license", "not stated")),
        bytes=sum(file.stat().st_size for file in weights),
        parameters=sum(files.part_parameters(path).values()),
        path=path,
        kind="latent",
        latent=read_traits(path),
        text_width=text_width(path),
    )


def _refuse_pickles(path: Path, weights: Path) -> None:
    if not path.is_dir():
        if path.suffix.lower() in _PICKLES:
            raise ModelRefused(
                f"“{path.name}” is a pickle file, which can run code; only safetensors are loaded."
            )
        raise ModelRefused(f"“{path.name}” is not a model folder.")
    if weights.is_file():
        return
    if any(file.suffix.lower() in _PICKLES for file in path.iterdir()):
        raise ModelRefused(
            f"The weights in “{path.name}” are pickle files, which can run code; "
            "only safetensors are loaded."
        )
    raise ModelRefused(f"“{path.name}” has no weights ({WEIGHTS}).")


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelRefused(
            f"“{path.name}” has no readable {CONFIG}.", f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(config, dict):
        raise ModelRefused(f"“{path.name}” has no readable {CONFIG}.", "not an object")
    return config


def count_parameters(weights: Path) -> int:
    """How many numbers a safetensors file holds; `ModelRefused` if it is damaged."""
    try:
        with safe_open(weights, framework="np") as tensors:
            return sum(math.prod(tensors.get_slice(key).get_shape()) for key in tensors.keys())  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelRefused(
            f"The weights in “{weights.parent.name}” are damaged.", str(error)
        ) from error


def _card_head(card: Path) -> dict[str, Any]:
    """The YAML head of a model card; a model without a card is still a model."""
    try:
        text = card.read_text(encoding="utf-8")
        head = yaml.safe_load(text.split("---\n")[1])
    except (OSError, UnicodeDecodeError, IndexError, yaml.YAMLError):
        return {}
    return head if isinstance(head, dict) else {}

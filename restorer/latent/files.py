"""Files of Stable-Diffusion-type models, read without torch."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from restorer.errors import ModelRefused
from restorer.latent import walk
from restorer.latent.headers import inspect

INDEX = "model_index.json"

#: What every folder must have; XL has a second text encoder and tokenizer.
PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")

#: Parts with weights, of which the last two may be missing.
WEIGHTED = ("unet", "vae", "text_encoder", "text_encoder_2", "tiny_vae", "controlnet")

_FAMILY = "StableDiffusion"


def read_index(path: Path) -> dict[str, Any] | None:
    """`model_index.json` of a folder of this kind, None for any other folder.

    Raises:
        ModelRefused: if it is damaged, or leads out of the folder.
    """
    if walk.find(path, INDEX) is None:
        return None
    index = walk.read_config(path, INDEX)
    return index if str(index.get("_class_name", "")).startswith(_FAMILY) else None


def single_file(path: Path) -> Path | None:
    """A single-file model: the path itself, or the only file in a folder.

    Raises:
        ModelRefused: if it leads out of the folder.
    """
    if path.is_file():
        return path if path.suffix.lower() == ".safetensors" else None
    there = list(path.glob("*.safetensors"))
    if len(there) != 1 or any((path / name).exists() for name in (INDEX, "config.json")):
        return None
    return there[0] if walk.find(path, there[0].name) is not None else None


def is_model(path: Path) -> bool:
    """Whether this is a folder, or a single file, of this kind.

    Raises:
        ModelRefused: for a safetensors file that is damaged.
    """
    single = single_file(path)
    if single is not None:
        return inspect(single) is not None
    return read_index(path) is not None


def weight_files(path: Path) -> list[tuple[str, Path]]:
    """The safetensors files that are loaded from a folder, each with the part it belongs to.

    Raises:
        ModelRefused: if a part is missing, has no safetensors weights, or leads out of the folder.
    """
    missing = [part for part in PARTS if not (path / part).is_dir()]
    if missing:
        raise ModelRefused(
            "“{name}” is not complete: {missing} is missing.",
            name=path.name,
            missing=", ".join(missing),
        )
    there = [part for part in WEIGHTED if (path / part).is_dir()]
    return [(part, file) for part in there for file in part_weights(path, part).files.values()]


def part_weights(path: Path, part: str) -> walk.Weights:
    """The weights of one part of a folder.

    Raises:
        ModelRefused: if there are none in safetensors, or they lead out of the folder.
    """
    stem = walk.TRANSFORMERS if part.startswith("text_encoder") else walk.DIFFUSERS
    found = walk.weights(path, part, stem)
    if found is None:
        raise ModelRefused(
            "The part “{part}” of “{name}” has no safetensors weights; other formats "
            "can run code and are not loaded.",
            part=part,
            name=path.name,
        )
    return found


def part_parameters(path: Path) -> dict[str, int]:
    """Number of parameters in each part of a model.

    Raises:
        ModelRefused: if it is not complete, or damaged.
    """
    if (single := single_file(path)) is not None:
        seen = inspect(single)
        return {} if seen is None else seen.parameters
    parts: dict[str, int] = {}
    for part, file in weight_files(path):
        try:
            with safe_open(file, framework="np") as tensors:
                names = list(tensors.keys())
                count = sum(math.prod(tensors.get_slice(name).get_shape()) for name in names)
        except (SafetensorError, OSError) as error:
            raise ModelRefused(
                "The weights in “{name}” are damaged.", str(error), name=path.name
            ) from error
        parts[part] = parts.get(part, 0) + count
    return parts

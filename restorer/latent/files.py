"""What a Stable-Diffusion-type model looks like on disk, told without torch."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from restorer.errors import ModelRefused
from restorer.latent.single import inspect

INDEX = "model_index.json"

#: What every folder must have; XL has a second text encoder and tokenizer.
PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")

#: Parts with weights, of which the last two may be missing.
WEIGHTED = ("unet", "vae", "text_encoder", "text_encoder_2", "tiny_vae", "controlnet")

_FAMILY = "StableDiffusion"


def read_index(path: Path) -> dict[str, Any] | None:
    """`model_index.json` of a folder of this kind, None for any other folder."""
    try:
        index = json.loads((path / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(index, dict) and str(index.get("_class_name", "")).startswith(_FAMILY)
    return index if known else None


def single_file(path: Path) -> Path | None:
    """The whole model in one file: the path itself, or all there is in a folder."""
    if path.is_file():
        return path if path.suffix.lower() == ".safetensors" else None
    there = list(path.glob("*.safetensors"))
    has_config = any((path / name).exists() for name in (INDEX, "config.json"))
    return there[0] if len(there) == 1 and not has_config else None


def is_model(path: Path) -> bool:
    """Whether this is a folder, or a single file, of this kind.

    Raises:
        ModelRefused: for a safetensors file that is damaged.
    """
    single = single_file(path)
    if single is not None:
        return inspect(single) is not None
    return read_index(path) is not None


def weight_files(path: Path) -> list[Path]:
    """The safetensors files that are loaded from a folder.

    Raises:
        ModelRefused: if a part is missing, or has no safetensors weights.
    """
    missing = [part for part in PARTS if not (path / part).is_dir()]
    if missing:
        raise ModelRefused(f"“{path.name}” is not complete: {', '.join(missing)} is missing.")
    found: list[Path] = []
    for part in WEIGHTED:
        folder = path / part
        if not folder.is_dir():
            continue
        variant = variant_of(folder)
        pattern = "*.safetensors" if variant is None else f"*.{variant}*.safetensors"
        found += [
            file
            for file in sorted(folder.glob(pattern))
            if variant is not None or ".fp16" not in file.name
        ]
    return found


def part_parameters(path: Path) -> dict[str, int]:
    """How many numbers each part of a model holds.

    Raises:
        ModelRefused: if it is not complete, or damaged.
    """
    if (single := single_file(path)) is not None:
        seen = inspect(single)
        return {} if seen is None else seen.parameters
    parts: dict[str, int] = {}
    for file in weight_files(path):
        try:
            with safe_open(file, framework="np") as tensors:
                names = list(tensors.keys())
                count = sum(math.prod(tensors.get_slice(name).get_shape()) for name in names)
        except (SafetensorError, OSError) as error:
            raise ModelRefused(f"The weights in “{path.name}” are damaged.", str(error)) from error
        parts[file.parent.name] = parts.get(file.parent.name, 0) + count
    return parts


def variant_of(folder: Path) -> str | None:
    """What stands in the names of a part's weights: "fp16" if there are no others, or None.

    Raises:
        ModelRefused: if there are no safetensors weights at all.
    """
    names = [file.name for file in folder.glob("*.safetensors")]
    if not names:
        raise ModelRefused(
            f"The part “{folder.name}” of “{folder.parent.name}” has no safetensors weights; "
            "others can run code and are not loaded."
        )
    return "fp16" if all(".fp16" in name for name in names) else None

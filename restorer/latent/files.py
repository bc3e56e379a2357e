"""What a Stable-Diffusion-type model looks like on disk, told without torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from restorer.errors import ModelRefused

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


def unet_channels(path: Path) -> int:
    """How many channels the U-Net of a folder takes: 4, 9 (filling) or 7 (enlarging).

    Raises:
        ModelRefused: if its configuration cannot be read.
    """
    try:
        config = json.loads((path / "unet" / "config.json").read_text(encoding="utf-8"))
        return int(config["in_channels"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelRefused(
            f"“{path.name}” has no readable unet/config.json.", str(error)
        ) from error


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

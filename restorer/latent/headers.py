"""Reads the header of a single-file model (safetensors) without torch.

Stable Diffusion was first published so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from restorer.errors import ModelRefused
from restorer.latent import standard_shapes, walk

_UNET = "model.diffusion_model."
_FIRST = _UNET + "input_blocks.0.0.weight"
_LISTENS = "attn2.to_k.weight"


@dataclass(frozen=True)
class SingleFile:
    """The facts in the header of such a file.

    Attributes:
        width: of the text that the U-Net listens to.
        channels: that the U-Net takes.
        prediction: what it predicts.
        parameters: how many each part has, by the first word of their names.
    """

    width: int
    channels: int
    prediction: str
    parameters: dict[str, int]


def inspect(path: Path) -> SingleFile | None:
    """Read the header of a file; None if it is no such model.

    What is predicted is read from the file's own metadata, then from a `.yaml` file of the same
    name beside it; else models like SD 2 are taken to predict v, all others noise.

    Raises:
        ModelRefused: if the file is damaged.
    """
    try:
        with safe_open(path, framework="np") as tensors:
            names = list(tensors.keys())
            if _FIRST not in names:
                return None
            shapes = {name: tensors.get_slice(name).get_shape() for name in names}
            metadata = tensors.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise ModelRefused("“{name}” is damaged.", str(error), name=path.name) from error
    parameters: dict[str, int] = {}
    for name, shape in shapes.items():
        part = name.split(".")[0]
        parameters[part] = parameters.get(part, 0) + math.prod(shape)
    heard = [shape for name, shape in shapes.items() if name.endswith(_LISTENS) and _UNET in name]
    if not heard:
        return None
    width = heard[0][1]
    prediction = _prediction(path, metadata, width)
    return SingleFile(width, shapes[_FIRST][1], prediction, parameters)


def _prediction(path: Path, metadata: dict[str, str], width: int) -> str:
    said = metadata.get("modelspec.prediction_type", "")
    if said:
        return "v_prediction" if said.startswith("v") else "epsilon"
    config = walk.read_text(path.parent, path.with_suffix(".yaml").name)
    if config is not None:
        text = config.replace("'", '"')
        return "v_prediction" if 'parameterization: "v"' in text else "epsilon"
    return "v_prediction" if standard_shapes.FAMILIES.get(width) == "sd2" else "epsilon"

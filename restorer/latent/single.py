"""A whole model in one safetensors file, as Stable Diffusion was first published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open

from restorer.errors import ModelRefused
from restorer.latent import known, walk

if TYPE_CHECKING:
    import torch

    from restorer.latent.model import LatentModel

_UNET = "model.diffusion_model."
_FIRST = _UNET + "input_blocks.0.0.weight"
_LISTENS = "attn2.to_k.weight"


@dataclass(frozen=True)
class SingleFile:
    """What the header of such a file tells.

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
    """Look at a file without loading it; None if it is no such model.

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
        raise ModelRefused(f"“{path.name}” is damaged.", str(error)) from error
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
    beside = walk.read_text(path.parent, path.with_suffix(".yaml").name)
    if beside is not None:
        text = beside.replace("'", '"')
        return "v_prediction" if 'parameterization: "v"' in text else "epsilon"
    return "v_prediction" if known.FAMILIES.get(width) == "sd2" else "epsilon"


def load_single(
    path: Path,
    device: torch.device,
    dtype: torch.dtype,
    *,
    offload: bool = False,
    config: Path | None = None,
) -> LatentModel:
    """Such a file as a model.

    Args:
        path: the file.
        device, dtype, offload: as for a folder.
        config: a model's folder without weights, for shapes that are not known here.

    Raises:
        ModelRefused: if it is damaged or of a kind that is not known.
    """
    from restorer.latent.load import checked, from_components, libraries, refuse_not_finite

    info = inspect(path)
    if info is None or (config is None and info.width not in known.FAMILIES):
        raise ModelRefused(f"“{path.name}” is not Stable Diffusion 1, 2 or XL.")
    diffusers, _ = libraries()
    with TemporaryDirectory(prefix="restorer-model-", ignore_cleanup_errors=True) as made:
        if config is None:
            config = Path(made) / "shapes"
            known.write_folder(config, known.FAMILIES[info.width], info.channels, info.prediction)
        weights = Path(made) / "model.safetensors"  # by its name it is told from a pickle
        walk.link(path.resolve(), weights)
        two = (config / "text_encoder_2").is_dir()
        kind = diffusers.StableDiffusionXLPipeline if two else diffusers.StableDiffusionPipeline
        without = {"add_watermarker": False} if two else {"safety_checker": None}
        try:
            pipeline = kind.from_single_file(
                str(weights),
                config=str(config),
                local_files_only=True,
                torch_dtype=dtype,
                **without,
            )
        except Exception as error:  # the library has many ways of failing on what it cannot read
            raise ModelRefused(f"“{path.name}” cannot be read as a model.", str(error)) from error
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if pipeline.components.get(part) is not None:
            refuse_not_finite(pipeline.components[part], f"“{path.name}”")
    model = from_components(pipeline.components, device, dtype, zero_negative=two, offload=offload)
    return checked(model, path)

"""Model folders into memory: safetensors only, nothing from the net, no code of the model's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from restorer.diffusion.weights import not_finite
from restorer.errors import ModelRefused
from restorer.latent.files import read_index, variant_of
from restorer.latent.model import LatentModel, TextEncoder

_NEEDS_TRANSFORMERS = (
    "Models with prompts need the package transformers; install it with: "
    "pip install 'restorer[latent]'"
)


def load_folder(
    path: Path, device: torch.device, dtype: torch.dtype, *, offload: bool = False
) -> LatentModel:
    """A folder as diffusers' pipelines save it.

    Raises:
        ModelRefused: if it is damaged, not complete, or of a kind that is not known.
    """
    index = read_index(path)
    if index is None:
        raise ModelRefused(f"“{path.name}” is not a Stable-Diffusion-type model folder.")
    diffusers, transformers = libraries()
    texts = [_text(path, "", transformers, index, dtype)]
    if (path / "text_encoder_2").is_dir():
        texts.append(_text(path, "_2", transformers, index, dtype))
    vae = load_part(diffusers.AutoencoderKL, path / "vae", torch.float32)
    tiny, control = path / "tiny_vae", path / "controlnet"
    low_res = path / "low_res_scheduler"
    model = LatentModel(
        unet=load_part(diffusers.UNet2DConditionModel, path / "unet", dtype),
        vae=vae,
        texts=tuple(texts),
        scheduler=_scheduler(path / "scheduler"),
        low_res=_scheduler(low_res) if low_res.is_dir() else None,
        tiny_vae=load_part(diffusers.AutoencoderTiny, tiny, dtype) if tiny.is_dir() else None,
        controlnet=load_part(diffusers.ControlNetModel, control, dtype)
        if control.is_dir()
        else None,
        zero_negative=bool(index.get("force_zeros_for_empty_prompt", len(texts) == 2)),
        device=device,
        dtype=dtype,
        vae_dtype=vae_dtype(vae, dtype),
        offload=offload,
    )
    model.vae.to(dtype=model.vae_dtype)
    return checked(model, path)


def from_components(
    parts: dict[str, Any],
    device: torch.device,
    dtype: torch.dtype,
    *,
    zero_negative: bool,
    offload: bool,
) -> LatentModel:
    """A model from the parts of a pipeline, by their names there."""
    texts = [
        TextEncoder(parts[f"tokenizer{suffix}"], parts[f"text_encoder{suffix}"])
        for suffix in ("", "_2")
        if parts.get(f"text_encoder{suffix}") is not None
    ]
    precise = vae_dtype(parts["vae"], dtype)
    return LatentModel(
        unet=parts["unet"],
        vae=parts["vae"].to(dtype=precise),
        texts=tuple(texts),
        scheduler=dict(parts["scheduler"].config),
        zero_negative=zero_negative,
        device=device,
        dtype=dtype,
        vae_dtype=precise,
        offload=offload,
    )


def load_controlnet(path: Path, dtype: torch.dtype) -> Any:
    """A ControlNet's own folder."""
    diffusers, _ = libraries()
    return load_part(diffusers.ControlNetModel, path, dtype)


def checked(model: LatentModel, path: Path) -> LatentModel:
    """The model, if the loop can drive it."""
    channels = int(model.unet.config.in_channels)
    if not (channels == model.channels or model.fills or model.enlarges):
        raise ModelRefused(
            f"“{path.name}” takes {channels} channels; only 4 (any picture), 9 (filling) and "
            "7 (enlarging) are known here."
        )
    if model.unet.config.time_cond_proj_dim is not None:
        raise ModelRefused(f"“{path.name}” is a distilled model of a kind that is not known here.")
    return model


def vae_dtype(vae: Any, dtype: torch.dtype) -> torch.dtype:
    """Some VAEs overflow in float16 and say so."""
    return torch.float32 if dtype == torch.float16 and vae.config.force_upcast else dtype


def libraries() -> tuple[Any, Any]:
    """diffusers and transformers, told to stay offline and quiet.

    Raises:
        ModelRefused: if transformers is not installed.
    """
    from restorer.diffusion.library import diffusers

    try:
        import transformers
    except ImportError as error:
        raise ModelRefused(_NEEDS_TRANSFORMERS, str(error)) from error
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return diffusers, transformers


def load_part(kind: Any, folder: Path, dtype: torch.dtype, name: str = "torch_dtype") -> Any:
    """One network of a folder; `name` is what its library calls the dtype.

    Raises:
        ModelRefused: if it is damaged or not complete.
    """
    variant = variant_of(folder)
    try:
        network, report = kind.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            variant=variant,
            **{name: dtype},
        )
    except Exception as error:  # each library has its own ways of failing on damaged files
        raise ModelRefused(
            f"The part “{folder.name}” of “{folder.parent.name}” is damaged.", str(error)
        ) from error
    missing = [key for key in report["missing_keys"] if not key.endswith("position_ids")]
    if missing:
        raise ModelRefused(
            f"The part “{folder.name}” of “{folder.parent.name}” is not complete.", str(missing[:8])
        )
    refuse_not_finite(network, f"The part “{folder.name}” of “{folder.parent.name}”")
    return network


def refuse_not_finite(network: Any, name: str) -> None:
    """Raise `ModelRefused` for weights that are not numbers, or too large for its precision."""
    if weight := not_finite(network):
        raise ModelRefused(f"{name} is damaged: not all of its weights are numbers.", weight)


def _text(
    path: Path, suffix: str, transformers: Any, index: dict[str, Any], dtype: torch.dtype
) -> TextEncoder:
    declared = index.get(f"text_encoder{suffix}") or [None, "CLIPTextModel"]
    if declared[1] not in ("CLIPTextModel", "CLIPTextModelWithProjection"):
        raise ModelRefused(f"“{path.name}” reads prompts with {declared[1]}, not with CLIP.")
    kind = getattr(transformers, declared[1])
    encoder = load_part(kind, path / f"text_encoder{suffix}", dtype, "dtype")
    try:
        tokenizer = transformers.CLIPTokenizer.from_pretrained(
            path / f"tokenizer{suffix}", local_files_only=True
        )
    except (OSError, ValueError, TypeError) as error:
        raise ModelRefused(f"The tokenizer of “{path.name}” is damaged.", str(error)) from error
    return TextEncoder(tokenizer, encoder)


def _scheduler(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "scheduler_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelRefused(
            f"“{folder.parent.name}” has no readable {folder.name}.", str(error)
        ) from error
    return dict(config)

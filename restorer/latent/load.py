"""Loads models: only safetensors, offline, and without code from the model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from restorer.diffusion.weights import not_finite
from restorer.errors import ModelRefused
from restorer.latent import standard_shapes, walk
from restorer.latent.files import part_weights, read_index
from restorer.latent.headers import inspect
from restorer.latent.model import LatentModel, TextEncoder
from restorer.words import marked as _
from restorer.words import tr

_NEEDS_TRANSFORMERS = _(
    "Models with prompts need the package transformers; install it with: pip "
    "install 'restorer[latent]'"
)


def load_folder(
    path: Path, device: torch.device, dtype: torch.dtype, *, offload: bool = False
) -> LatentModel:
    """Load a folder as saved by a pipeline of diffusers.

    Raises:
        ModelRefused: if it is damaged, not complete, or of a kind that is not known.
    """
    index = read_index(path)
    if index is None:
        raise ModelRefused("“{name}” is not a Stable-Diffusion-type model folder.", name=path.name)
    diffusers, transformers = libraries()
    texts = [_text(path, "", transformers, index, dtype)]
    if (path / "text_encoder_2").is_dir():
        texts.append(_text(path, "_2", transformers, index, dtype))
    vae = _network(diffusers.AutoencoderKL, path, "vae", torch.float32)

    def besides(kind: Any, part: str) -> Any:
        return _network(kind, path, part, dtype) if (path / part).is_dir() else None

    low_res = (path / "low_res_scheduler").is_dir()
    model = LatentModel(
        unet=_network(diffusers.UNet2DConditionModel, path, "unet", dtype),
        vae=vae,
        texts=tuple(texts),
        scheduler=_scheduler(path, "scheduler"),
        low_res=_scheduler(path, "low_res_scheduler") if low_res else None,
        tiny_vae=besides(diffusers.AutoencoderTiny, "tiny_vae"),
        controlnet=besides(diffusers.ControlNetModel, "controlnet"),
        zero_negative=bool(index.get("force_zeros_for_empty_prompt", len(texts) == 2)),
        device=device,
        dtype=dtype,
        vae_dtype=vae_dtype(vae, dtype),
        offload=offload,
    )
    model.vae.to(dtype=model.vae_dtype)
    return _checked(model, path)


def load_single(
    path: Path,
    device: torch.device,
    dtype: torch.dtype,
    *,
    offload: bool = False,
    config: Path | None = None,
) -> LatentModel:
    """Load a single-file model.

    Args:
        path: the file.
        device, dtype, offload: as for a folder.
        config: a model's folder without weights, for shapes that are not known here.

    Raises:
        ModelRefused: if it is damaged or of a kind that is not known.
    """
    info = inspect(path)
    if info is None or (config is None and info.width not in standard_shapes.FAMILIES):
        raise ModelRefused("“{name}” is not Stable Diffusion 1, 2 or XL.", name=path.name)
    diffusers, _ = libraries()
    with TemporaryDirectory(prefix="restorer-model-", ignore_cleanup_errors=True) as made:
        if config is None:
            config = Path(made) / "shapes"
            family = standard_shapes.FAMILIES[info.width]
            standard_shapes.write_folder(config, family, info.channels, info.prediction)
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
            raise ModelRefused(
                "“{name}” cannot be read as a model.", str(error), name=path.name
            ) from error
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if pipeline.components.get(part) is not None:
            _refuse_not_finite(pipeline.components[part], f"“{path.name}”")
    model = _from_components(pipeline.components, device, dtype, zero_negative=two, offload=offload)
    return _checked(model, path)


def _from_components(
    parts: dict[str, Any],
    device: torch.device,
    dtype: torch.dtype,
    *,
    zero_negative: bool,
    offload: bool,
) -> LatentModel:
    """A model from the named parts of a pipeline."""
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
    return _network(diffusers.ControlNetModel, path, "", dtype)


def _checked(model: LatentModel, path: Path) -> LatentModel:
    """The model, if the loop can drive it."""
    channels = int(model.unet.config.in_channels)
    if not (channels == model.channels or model.fills or model.enlarges):
        raise ModelRefused(
            "“{name}” takes {channels} channels; only 4 (any picture), 9 (filling) "
            "and 7 (enlarging) are known here.",
            name=path.name,
            channels=channels,
        )
    if model.unet.config.time_cond_proj_dim is not None:
        raise ModelRefused(
            "“{name}” is a distilled model of a kind that is not known here.", name=path.name
        )
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


def load_part(
    kind: Any,
    config: Mapping[str, Any],
    weights: walk.Weights,
    dtype: torch.dtype,
    *,
    said: str,
    name: str = "torch_dtype",
) -> Any:
    """One network of these weights, from a folder made for it alone.

    Args:
        kind: its class, of diffusers or transformers.
        config, weights: as sifted and found by `restorer.latent.walk`.
        dtype: of its numbers.
        said: what to call it in an error.
        name: what its library calls the dtype.

    Raises:
        ModelRefused: if it is damaged or not complete.
    """
    try:
        with walk.staged_network(config, weights) as folder:
            network, report = kind.from_pretrained(
                folder,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                **{name: dtype},
            )
    except Exception as error:  # each library has its own ways of failing on damaged files
        raise ModelRefused("{said} is damaged.", str(error), said=said) from error
    missing = [key for key in report["missing_keys"] if not key.endswith("position_ids")]
    if missing:
        raise ModelRefused("{said} is not complete.", str(missing[:8]), said=said)
    _refuse_not_finite(network, said)
    return network


def _refuse_not_finite(network: Any, name: str) -> None:
    """Raise `ModelRefused` for weights that are not finite in its precision."""
    if weight := not_finite(network):
        raise ModelRefused(
            "{name} is damaged: not all of its weights are numbers.", weight, name=name
        )


def load_tokenizer(transformers: Any, folder: Path, part: str) -> Any:
    """The tokenizer of CLIP from a part of a model.

    Raises:
        ModelRefused: if it is missing or damaged.
    """
    try:
        with walk.staged_tokenizer(folder, part) as made:
            return transformers.CLIPTokenizer.from_pretrained(made, local_files_only=True)
    except ModelRefused:
        raise
    except Exception as error:  # as above
        raise ModelRefused(
            "The tokenizer of “{name}” is damaged.", str(error), name=folder.name
        ) from error


def _network(kind: Any, path: Path, part: str, dtype: torch.dtype) -> Any:
    """One of diffusers' kind."""
    said = (
        tr("The part “{part}” of “{name}”", part=part, name=path.name)
        if part
        else tr("“{name}”", name=path.name)
    )
    config = walk.class_config(kind, path, part)
    return load_part(kind, config, part_weights(path, part), dtype, said=said)


def _text(
    path: Path, suffix: str, transformers: Any, index: dict[str, Any], dtype: torch.dtype
) -> TextEncoder:
    declared = index.get(f"text_encoder{suffix}") or [None, "CLIPTextModel"]
    name = declared[1] if isinstance(declared, list) and len(declared) == 2 else declared
    if name not in ("CLIPTextModel", "CLIPTextModelWithProjection"):
        raise ModelRefused(
            "“{name}” reads prompts with {reader}, not with CLIP.", name=path.name, reader=name
        )
    part = f"text_encoder{suffix}"
    encoder = load_part(
        getattr(transformers, name),
        walk.text_config(path, part),
        part_weights(path, part),
        dtype,
        said=tr("The part “{part}” of “{name}”", part=part, name=path.name),
        name="dtype",
    )
    return TextEncoder(load_tokenizer(transformers, path, f"tokenizer{suffix}"), encoder)


def _scheduler(path: Path, part: str) -> dict[str, Any]:
    return walk.read_config(path, f"{part}/scheduler_config.json")

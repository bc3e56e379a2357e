"""A tiny model written as one file under the names that Stable Diffusion was published with."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_UNET = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
_VAE_ATTENTION = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}


def unet_name(name: str, layers: int, attends: set[str]) -> str:
    """The old name of a U-Net's tensor; `attends` are up blocks with attention."""
    n = layers + 1
    for new, old in _UNET.items():
        if name.startswith(new + "."):
            name = old + name[len(new) :]
    where = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name)
    if where:
        way, i, part, j, rest = where[1], int(where[2]), where[3], int(where[4]), where[5]
        if way == "down" and part == "downsamplers":
            name = f"input_blocks.{n * (i + 1)}.0.op.{rest.removeprefix('conv.')}"
        elif way == "up" and part == "upsamplers":
            place = 2 if f"up_blocks.{i}" in attends else 1
            name = f"output_blocks.{n * i + layers}.{place}.{rest}"
        else:
            at = f"input_blocks.{n * i + j + 1}" if way == "down" else f"output_blocks.{n * i + j}"
            name = f"{at}.{0 if part == 'resnets' else 1}.{rest}"
    head, _, tail = name.rpartition(".")
    stem, _, last = head.rpartition(".")
    if last in _RESNET and "transformer_blocks" not in name:
        name = f"{stem}.{_RESNET[last]}.{tail}"
    return "model.diffusion_model." + name


def vae_name(name: str, blocks: int) -> str:
    """The old name of a VAE's tensor."""
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    if "mid_block.attentions.0" in name:
        name = name.replace("mid_block.attentions.0", "mid.attn_1")
        for new, old in _VAE_ATTENTION.items():
            name = name.replace(f".{new}.", f".{old}.")
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(
        r"up_blocks\.(\d)\.resnets\.(\d)",
        lambda m: f"up.{blocks - 1 - int(m[1])}.block.{m[2]}",
        name,
    )
    name = re.sub(
        r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{blocks - 1 - int(m[1])}.upsample", name
    )
    return "first_stage_model." + name


_OPEN_CLIP = {
    "embeddings.position_embedding.weight": "positional_embedding",
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "final_layer_norm": "ln_final",
    "encoder.layers": "transformer.resblocks",
    "layer_norm": "ln_",
    "fc1": "c_fc",
    "fc2": "c_proj",
    "self_attn": "attn",
}


def open_clip(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A text encoder as OpenCLIP names it: SD 2's, and the second of XL."""
    tensors = {}
    for name, tensor in weights.items():
        if name == "text_projection.weight":
            tensors["text_projection"] = tensor.T
            continue
        name = name.removeprefix("text_model.")
        for new, old in _OPEN_CLIP.items():
            name = name.replace(new, old)
        if ".q_proj." in name:  # query, key and value are one there
            together = [weights[_other(weights, name, part)] for part in "qkv"]
            name, tensor = name.replace("q_proj.", "in_proj_"), torch.cat(together)
        if "k_proj." not in name and "v_proj." not in name:
            tensors[name] = tensor
    return tensors


def _other(weights: dict[str, Tensor], name: str, part: str) -> str:
    """What transformers calls the query, key or value of the query with this old name."""
    layer, kind = re.search(r"resblocks\.(\d+)\..*\.(\w+)$", name).groups()
    tail = f"encoder.layers.{layer}.self_attn.{part}_proj.{kind}"
    return next(found for found in weights if found.endswith(tail))


def save_original(pipeline, path: Path) -> None:
    """Write the weights of a pipeline like SD 1, like SD 2 (it predicts v) or like XL."""
    tensors = {}
    unet = pipeline.unet.state_dict()
    attends = {name[:11] for name in unet if ".attentions." in name and name[:2] == "up"}
    for name, tensor in unet.items():
        tensors[unet_name(name, pipeline.unet.config.layers_per_block, attends)] = tensor
    blocks = len(pipeline.vae.config.block_out_channels)
    for name, tensor in pipeline.vae.state_dict().items():
        old = vae_name(name, blocks)
        if ".attn_1." in old and old.endswith("weight") and ".norm." not in old:
            tensor = tensor[:, :, None, None]  # they were convolutions
        tensors[old] = tensor
    first = pipeline.text_encoder.state_dict()
    second = getattr(pipeline, "text_encoder_2", None)
    if pipeline.scheduler.config.prediction_type == "v_prediction":
        tensors |= _under("cond_stage_model.model.", open_clip(first))
    elif second is None:
        tensors |= _under("cond_stage_model.transformer.", _text(first))
    else:
        tensors |= _under("conditioner.embedders.0.transformer.", _text(first))
        tensors |= _under("conditioner.embedders.1.model.", open_clip(second.state_dict()))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)


def _text(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"text_model.{name.removeprefix('text_model.')}": w for name, w in weights.items()}


def _under(prefix: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in weights.items()}

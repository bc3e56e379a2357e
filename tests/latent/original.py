"""A tiny model written as one file under the names that Stable Diffusion was published with."""

from __future__ import annotations

import re
from pathlib import Path

from safetensors.torch import save_file

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


def save_original(pipeline, path: Path) -> None:
    """Write the weights of a pipeline like SD 1."""
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
    for name, tensor in pipeline.text_encoder.state_dict().items():
        text = name if name.startswith("text_model.") else f"text_model.{name}"
        tensors[f"cond_stage_model.transformer.{text}"] = tensor
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)

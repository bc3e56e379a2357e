"""Recognises files that are no models by themselves, from the names of their tensors."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open

from restorer.words import marked as _
from restorer.words import tr

_LORA = (
    *("lora_unet_", "lora_te", ".lora_down.", ".lora_up.", ".lora.down.", ".lora.up."),
    *("_lora.down", "_lora.up", ".lora_A.", ".lora_B.", ".hada_w1_", ".lokr_w"),
)
_WORDS = ("emb_params", "string_to_param", "clip_l", "clip_g", "t5xxl")
_MOST_WORDS = 4  # tensors of a textual inversion
_WIDTHS = (768, 1024, 1280, 2048, 4096)  # of the words of CLIP and T5
_PARTS = {
    "ip_adapter.": _("an IP-Adapter"),
    "control_model.": _("a ControlNet in one file"),
    "controlnet_cond_embedding.": _("a ControlNet without its configuration"),
    "double_blocks.": _("a FLUX model"),
    "model.diffusion_model.double_blocks.": _("a FLUX model"),
    "joint_blocks.": _("a Stable Diffusion 3 model"),
    "model.diffusion_model.joint_blocks.": _("a Stable Diffusion 3 model"),
    "decoder.conv_in.": _("a VAE"),
    "first_stage_model.": _("a VAE"),
    "text_model.encoder.": _("a text encoder"),
    "down_blocks.": _("a U-Net without its configuration"),
}


def addition(path: Path) -> str:
    """What kind of file it is, such as "a LoRA"; "" if unknown."""
    try:
        with safe_open(path, framework="np") as tensors:
            names = list(tensors.keys())
            few = names if len(names) <= _MOST_WORDS else []
            shapes = [tuple(tensors.get_slice(name).get_shape()) for name in few]
    except (SafetensorError, OSError):
        return ""
    if any(mark in name for name in names for mark in _LORA):
        return tr("a LoRA")
    if few and all(name in _WORDS for name in few):
        return tr("a textual inversion")
    if few and all("." not in name for name in few) and all(map(_are_words, shapes)):
        return tr("a textual inversion")  # named after the word that it stands for
    found = (tr(what) for start, what in _PARTS.items() if any(n.startswith(start) for n in names))
    return next(found, "")


def _are_words(shape: tuple[int, ...]) -> bool:
    """Whether tensors are the embeddings of one or several words."""
    return len(shape) in (1, 2) and shape[-1] in _WIDTHS

"""The configurations of Stable Diffusion 1, 2 and XL, which a single file does not contain.

Configurations as the models were published with; no torch here.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Literal

from restorer.resources import resource_path

Family = Literal["sd1", "sd2", "xl"]

#: Told apart by the width of the text that the U-Net listens to.
FAMILIES: dict[int, Family] = {768: "sd1", 1024: "sd2", 2048: "xl"}

#: Tokens of CLIP: 512 bytes, merged pairs, and the two at either end.
_TOKENS = 49408

#: Of them all.
SCHEDULE: dict[str, Any] = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "set_alpha_to_one": False,
}

_UNETS: dict[Family, dict[str, Any]] = {
    "sd1": {"cross_attention_dim": 768, "attention_head_dim": 8, "sample_size": 64},
    "sd2": {
        "cross_attention_dim": 1024,
        "attention_head_dim": [5, 10, 20, 20],
        "use_linear_projection": True,
        "sample_size": 96,
    },
    "xl": {
        "block_out_channels": [320, 640, 1280],
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        "transformer_layers_per_block": [1, 2, 10],
        "attention_head_dim": [5, 10, 20],
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
        "sample_size": 128,
    },
}

_VAE = {
    "_class_name": "AutoencoderKL",
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
}

#: Width, inner width, layers, heads, width of the pooled answer, activation.
_TEXTS: dict[str, tuple[int, int, int, int, int, str]] = {
    "ViT-L/14": (768, 3072, 12, 12, 768, "quick_gelu"),
    "ViT-H/14": (1024, 4096, 23, 16, 512, "gelu"),
    "ViT-bigG/14": (1280, 5120, 32, 20, 1280, "gelu"),
}


def unet(family: Family, channels: int = 4) -> dict[str, Any]:
    """The U-Net's configuration."""
    own = {"_class_name": "UNet2DConditionModel", "in_channels": channels, "out_channels": 4}
    return own | _UNETS[family]


def vae(family: Family) -> dict[str, Any]:
    """The VAE's."""
    xl = family == "xl"
    return _VAE | {"scaling_factor": 0.13025 if xl else 0.18215, "sample_size": 1024 if xl else 512}


def texts(family: Family) -> list[dict[str, Any]]:
    """Those of the text encoders, one or two."""
    names = {"sd1": ["ViT-L/14"], "sd2": ["ViT-H/14"], "xl": ["ViT-L/14", "ViT-bigG/14"]}[family]
    keys = (
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "projection_dim",
        "hidden_act",
    )
    common = {"vocab_size": _TOKENS, "max_position_embeddings": 77, "model_type": "clip_text_model"}
    common |= {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    return [common | dict(zip(keys, _TEXTS[name], strict=True)) for name in names]


def write_folder(folder: Path, family: Family, channels: int, prediction: str) -> None:
    """Everything of a model's folder but the weights."""
    classes = ["CLIPTextModel", "CLIPTextModelWithProjection"]
    index: dict[str, Any] = {
        "_class_name": f"StableDiffusion{'XL' * (family == 'xl')}Pipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "scheduler": ["diffusers", "DDIMScheduler"],
    }
    parts = {
        "unet/config.json": unet(family, channels),
        "vae/config.json": vae(family),
        "scheduler/scheduler_config.json": SCHEDULE | {"prediction_type": prediction},
    }
    for n, config in enumerate(texts(family)):
        suffix = "" if n == 0 else "_2"
        index[f"text_encoder{suffix}"] = ["transformers", classes[n]]
        index[f"tokenizer{suffix}"] = ["transformers", "CLIPTokenizer"]
        parts[f"text_encoder{suffix}/config.json"] = config | {"architectures": [classes[n]]}
        # SD 2 and the second encoder of XL fill up with "!", the first with the end
        pad = "!" if n == 1 or family == "sd2" else "<|endoftext|>"
        write_tokenizer(folder / f"tokenizer{suffix}", pad)
    if family != "xl":
        index |= {"safety_checker": [None, None], "feature_extractor": [None, None]}
    else:
        index["force_zeros_for_empty_prompt"] = True
    for name, values in (parts | {"model_index.json": index}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def write_tokenizer(folder: Path, pad: str = "<|endoftext|>") -> None:
    """CLIP's tokenizer as a folder."""
    pairs = resource_path("clip", "bpe_simple_vocab_16e6.txt.gz")
    with gzip.open(pairs, "rt", encoding="utf-8") as lines:
        merges = lines.read().split("\n")[1 : _TOKENS - 512 - 2 + 1]
    letters = byte_letters()
    tokens = [*letters, *(letter + "</w>" for letter in letters)]
    tokens += ["".join(pair.split()) for pair in merges] + ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: number for number, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    text = "\n".join(["#version: 0.2", *merges, ""])
    (folder / "merges.txt").write_text(text, encoding="utf-8")
    settings = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": pad}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def byte_letters() -> list[str]:
    """A printable letter for every byte, in CLIP's order: those that are one first."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = len([byte for byte in range(256) if byte not in plain])
    return [chr(byte) for byte in plain] + [chr(256 + n) for n in range(others)]

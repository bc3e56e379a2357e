"""Tiny Stable-Diffusion-shaped models with random weights, made from configuration."""

from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    ControlNetModel,
    DDIMScheduler,
    DDPMScheduler,
    StableDiffusionPipeline,
    StableDiffusionUpscalePipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

from restorer.latent.standard_shapes import byte_letters

SIDE = 64


def tokenizer(folder: Path) -> CLIPTokenizer:
    """CLIP's tokenizer without merges: every letter is a token."""
    letters = byte_letters()
    tokens = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>"]
    vocabulary = {token: n for n, token in enumerate([*tokens, "<|endoftext|>"])}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    return CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77
    )


def text_encoder(tokens: CLIPTokenizer, kind=CLIPTextModel, width: int = 16):
    return kind(
        CLIPTextConfig(
            vocab_size=len(tokens),
            hidden_size=width,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=77,
            projection_dim=width,
            bos_token_id=tokens.bos_token_id,
            eos_token_id=tokens.eos_token_id,
            pad_token_id=tokens.pad_token_id,
        )
    ).eval()


def clip(folder: Path, **vision) -> CLIPModel:
    """CLIP with its tokenizer, saved to a folder."""
    tokens = tokenizer(folder)
    text = text_encoder(tokens).config
    seen = {"image_size": 32, "patch_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    sizes = {"hidden_size": 16, "intermediate_size": 32}
    config = CLIPConfig(
        text_config=text.to_dict(), vision_config=seen | sizes | vision, projection_dim=16
    )
    model = CLIPModel(config).eval()
    model.save_pretrained(folder)
    return model


def unet(
    in_channels: int = 4, *, xl: bool = False, second: int = 16, **options
) -> UNet2DConditionModel:
    """`second` is the width of XL's second text encoder."""
    if xl:
        options |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + second,
        }
    return UNet2DConditionModel(
        **{
            "block_out_channels": (8, 16),
            "layers_per_block": 1,
            "sample_size": 8,
            "in_channels": in_channels,
            "out_channels": 4,
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "cross_attention_dim": 16 + second if xl else 16,
            "attention_head_dim": 2,
            "norm_num_groups": 4,
        }
        | options
    ).eval()


def vae(blocks: int = 4) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8,) * blocks,
        latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        norm_num_groups=4,
        sample_size=SIDE,
    ).eval()


def tiny_vae() -> AutoencoderTiny:
    return AutoencoderTiny(
        encoder_block_out_channels=(8,) * 4,
        decoder_block_out_channels=(8,) * 4,
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
    ).eval()


def controlnet(*, xl: bool = False) -> ControlNetModel:
    """Its last layers are zero as made, which would say nothing; they are not here."""
    options = {}
    if xl:
        options = {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + 16,
        }
    net = ControlNetModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        in_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        cross_attention_dim=32 if xl else 16,
        conditioning_embedding_out_channels=(8, 8, 8, 8),
        attention_head_dim=2,
        norm_num_groups=4,
        **options,
    ).eval()
    for block in (*net.controlnet_down_blocks, net.controlnet_mid_block):
        torch.nn.init.normal_(block.weight, std=0.3)
    torch.nn.init.normal_(net.controlnet_cond_embedding.conv_out.weight, std=3.0)
    return net


def scheduler(prediction: str = "epsilon") -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type=prediction,
    )


def stable_diffusion(
    folder: Path, in_channels: int = 4, *, prediction: str = "epsilon", seed: int = 0, **parts
) -> StableDiffusionPipeline:
    """Save a model like Stable Diffusion 1 or 2 to a folder."""
    torch.manual_seed(seed)
    tokens = tokenizer(folder.with_name(folder.name + "-tokens"))
    pipeline = StableDiffusionPipeline(
        tokenizer=tokens,
        text_encoder=text_encoder(tokens),
        unet=parts.pop("unet", None) or unet(in_channels),
        vae=parts.pop("vae", None) or vae(),
        scheduler=scheduler(prediction),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return _saved(pipeline, folder, parts)


def stable_diffusion_xl(
    folder: Path, in_channels: int = 4, *, second: int = 16, seed: int = 0, **parts
) -> StableDiffusionXLPipeline:
    """Save a model like Stable Diffusion XL to a folder; `second` as in `unet`."""
    torch.manual_seed(seed)
    tokens = tokenizer(folder.with_name(folder.name + "-tokens"))
    pipeline = StableDiffusionXLPipeline(
        tokenizer=tokens,
        tokenizer_2=tokens,
        text_encoder=text_encoder(tokens),
        text_encoder_2=text_encoder(tokens, CLIPTextModelWithProjection, second),
        unet=unet(in_channels, xl=True, second=second),
        vae=vae(),
        scheduler=scheduler(),
        add_watermarker=False,
    )
    return _saved(pipeline, folder, parts)


def upscaler(folder: Path, *, seed: int = 0) -> StableDiffusionUpscalePipeline:
    """Save a model like Stable Diffusion's upscaler, which makes pictures four times as large."""
    torch.manual_seed(seed)
    tokens = tokenizer(folder.with_name(folder.name + "-tokens"))
    pipeline = StableDiffusionUpscalePipeline(
        tokenizer=tokens,
        text_encoder=text_encoder(tokens),
        unet=unet(7, num_class_embeds=1000),
        vae=vae(3),
        scheduler=scheduler("v_prediction"),
        low_res_scheduler=DDPMScheduler(beta_schedule="squaredcos_cap_v2"),
    )
    return _saved(pipeline, folder, {})


def _saved(pipeline, folder: Path, parts):
    pipeline.save_pretrained(folder, safe_serialization=True)
    for name, part in parts.items():
        part.save_pretrained(folder / name, safe_serialization=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline

"""Encodes prompts as conditions of the U-Net with one or two CLIP encoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from restorer.latent.model import LatentModel, TextEncoder


@dataclass(frozen=True, eq=False)
class Conditions:
    """One row per U-Net evaluation: [prompt], or [negative, prompt] with guidance.

    Attributes:
        states: (B, tokens, width), for cross-attention.
        pooled: (B, width) of the second encoder (XL), or None.
    """

    states: Tensor
    pooled: Tensor | None = None


def encode(model: LatentModel, prompt: str, negative: str, guidance: float) -> Conditions:
    """The conditions of a task.

    Guidance of at most 1 means none; with both texts the same there is nothing to be guided
    away from, and the half of the work is left out.
    """
    positive = _encoded(model, prompt)
    zeros = model.zero_negative and not negative
    if guidance <= 1 or (prompt == negative and not zeros):
        return positive
    away = _zeros_like(positive) if zeros else _encoded(model, negative)
    pooled = None
    if positive.pooled is not None and away.pooled is not None:
        pooled = torch.cat([away.pooled, positive.pooled])
    return Conditions(torch.cat([away.states, positive.states]), pooled)


def _encoded(model: LatentModel, prompt: str) -> Conditions:
    outputs = [_output(model, text, prompt) for text in model.texts]
    if not model.two_texts:
        return Conditions(outputs[0][0].to("cpu", torch.float32))
    # XL reads the last layer but one of both, and the pooled answer of the second
    states = torch.cat([output.hidden_states[-2] for output in outputs], dim=-1)
    return Conditions(states.to("cpu", torch.float32), outputs[1][0].to("cpu", torch.float32))


def _output(model: LatentModel, text: TextEncoder, prompt: str) -> Any:
    tokens = text.tokenizer(
        prompt,
        padding="max_length",
        max_length=text.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    mask = None
    if getattr(text.encoder.config, "use_attention_mask", False):
        mask = tokens.attention_mask.to(model.device)
    with torch.inference_mode(), model.on_device(text.encoder):
        return text.encoder(
            tokens.input_ids.to(model.device), attention_mask=mask, output_hidden_states=True
        )


def _zeros_like(conditions: Conditions) -> Conditions:
    pooled = conditions.pooled
    return Conditions(
        torch.zeros_like(conditions.states), None if pooled is None else torch.zeros_like(pooled)
    )

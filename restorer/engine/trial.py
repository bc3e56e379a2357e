"""Loads a model once as a check, before it is reported as usable."""

from __future__ import annotations

from contextlib import suppress

import torch

from restorer.diffusion.classifier import NoiseClassifier
from restorer.engine.models import ModelInfo
from restorer.engine.networks import load_network
from restorer.errors import OutOfMemory


def load_once(info: ModelInfo) -> None:
    """Load a model on the processor, and release it.

    One that does not fit into the memory now may fit later, or elsewhere.

    Raises:
        ModelRefused: if it is damaged, or not what its files say.
    """
    place = torch.device("cpu")
    with suppress(OutOfMemory, MemoryError):
        if info.role.loads_alone:
            info.role.load(info, place, "auto")
        elif info.role.leads:
            from restorer.latent.load import load_controlnet  # diffusers comes with it

            load_controlnet(info.path, torch.float32)
        elif info.role.words:
            from restorer.latent.clip import load_clip  # transformers comes with it

            load_clip(info.path, place)
        else:
            load_network(NoiseClassifier, info)

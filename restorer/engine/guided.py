"""Guidance towards a label or words, as a Denoiser."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from restorer.diffusion.classifier import NoiseClassifier
from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.guidance import Guided, GuidedByResult
from restorer.engine.models import ModelInfo, find_model
from restorer.engine.networks import load_network
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput, ModelRefused


def guided(denoiser: Denoiser, task: RestorationTask, device: torch.device) -> Denoiser:
    """The denoiser, guided towards the label or the words of the task.

    Args:
        denoiser: to be pushed.
        task: its `classifier` knows labels, or is CLIP, which understands words.
        device: where CLIP computes.

    Raises:
        ModelRefused: if the classifier is missing, damaged or none.
        BadInput: if it does not know the label.
    """
    info = find_model(task.classifier)
    if not info.role.judges:
        raise ModelRefused("“{title}” is no classifier.", title=info.title)
    pushed: Denoiser = info.role.load(denoiser, task, info, device)
    return pushed


def guided_by_label(
    denoiser: Denoiser, task: RestorationTask, info: ModelInfo, device: torch.device
) -> Denoiser:
    """Guide by a classifier that knows the label. Raises as `guided`."""
    network = load_network(NoiseClassifier, info)
    labels = list(network.config["labels"])
    if task.toward not in labels:
        known = " or ".join(labels)
        raise BadInput(
            "“{title}” knows {known}, not “{toward}”; for any words, use CLIP.",
            title=info.title,
            known=known,
            toward=task.toward,
        )
    network = network.eval().requires_grad_(False)
    judge = partial(network.log_probability, label=labels.index(task.toward))
    return Guided(denoiser, judge, task.push)


def guided_by_words(
    denoiser: Denoiser, task: RestorationTask, info: ModelInfo, device: torch.device
) -> Denoiser:
    """Guide by CLIP, which understands any words. Raises as `guided`."""
    from restorer.latent.clip import load_clip  # transformers comes with it

    clip = load_clip(info.path, device)
    words = clip.words(task.toward)

    def likelihood(x0: Tensor) -> Tensor:
        return clip.scale * clip.similarity(x0, words)

    return GuidedByResult(denoiser, likelihood, task.push)

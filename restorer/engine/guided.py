"""A task's wish for a label, as a guided Denoiser."""

from __future__ import annotations

from functools import partial

from restorer.diffusion.classifier import NoiseClassifier
from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.guidance import Guided
from restorer.engine.models import find_model
from restorer.engine.networks import load_network
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput, ModelRefused


def guided(denoiser: Denoiser, task: RestorationTask) -> Denoiser:
    """The denoiser, pushed towards the label that the task names.

    Raises:
        ModelRefused: if the classifier is missing, damaged or none.
        BadInput: if it does not know the label.
    """
    info = find_model(task.classifier)
    if info.kind != "classifier":
        raise ModelRefused(f"“{info.title}” is no classifier.")
    network = load_network(NoiseClassifier, info)
    labels = list(network.config["labels"])
    if task.toward not in labels:
        known = " or ".join(labels)
        raise BadInput(f"“{info.title}” knows {known}, not “{task.toward}”.")
    network = network.eval().requires_grad_(False)
    judge = partial(network.log_probability, label=labels.index(task.toward))
    return Guided(denoiser, judge, task.push)

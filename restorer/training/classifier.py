"""Training of a classifier of noisy pictures, for classifier guidance.

    python -m restorer.training.classifier OUT photo=FOLDER painting=FOLDER
        --held-out photo=FOLDER painting=FOLDER [--minutes 8]

As in Dhariwal & Nichol (2021): cross-entropy on x_t at every noise level, as many crops of each
label. OUT becomes a model folder whose card holds the accuracy by noise level.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
import yaml
from torch import Tensor
from tqdm import tqdm

from restorer.diffusion.classifier import NoiseClassifier
from restorer.engine import hardware
from restorer.errors import BadInput
from restorer.training.crops import Crops, Floats
from restorer.training.loss import noised
from restorer.training.network import write_model
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe
from restorer.training.state import moving_average

_CROP = 96
_BATCH = 32  # of each label
_RATE = 1e-3
_HELD_OUT = 200  # crops of each label
#: Noise levels of the card, 0-255 scale.
_LEVELS = (5, 15, 25, 50, 100, 255)

Folders = Mapping[str, Path]


def train_classifier(
    folders: Folders, held_out: Folders, out: Path, minutes: float, licence: str, seed: int = 0
) -> dict[int, float]:
    """Train, write the model folder, and return the accuracy (0..1) by noise level.

    Args:
        folders: where the pictures of each label are.
        held_out: the same for pictures to measure on: others, and not parts of the same.
        out: folder to make.
        minutes: how long.
        licence: what the pictures, and so the model, may be used for.

    Raises:
        BadInput: for folders that cannot be used.
    """
    if set(folders) != set(held_out) or len(folders) < 2:
        raise BadInput("Give at least two labels, each with a folder to train and one to measure.")
    labels = tuple(folders)
    torch.manual_seed(seed)
    network = NoiseClassifier(labels).to(memory_format=torch.channels_last)
    average = moving_average(network, 0.995)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-2)
    crops = [_crops(folders[label], _BATCH, seed) for label in labels]
    autocast = hardware.choose_autocast(torch.device("cpu"))
    begun, step, progress = time.monotonic(), 0, 0.0
    with tqdm(total=100.0, bar_format="{l_bar}{bar}| {remaining} left{postfix}") as bar:
        while progress < 1:
            x_t, sigma, _ = _noisy(crops, step)
            with torch.autocast("cpu", autocast, enabled=autocast is not None):
                logits = network.windows(x_t, sigma).float()
            loss = F.cross_entropy(logits.flatten(0, 1), _targets(logits))
            for group in optimizer.param_groups:
                group["lr"] = _RATE * 0.5 * (1 + math.cos(math.pi * progress))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            average.update_parameters(network)
            step += 1
            progress = min(1.0, (time.monotonic() - begun) / (60 * minutes))
            bar.set_postfix_str(f", loss {loss.item():.3f}", refresh=False)
            bar.update(100 * progress - bar.n)
    best = cast(NoiseClassifier, average.module).eval()
    accuracy = measure(best, [_crops(held_out[label], _HELD_OUT, seed) for label in labels])
    out.mkdir(parents=True, exist_ok=True)
    write_model(out, best, _card(labels, accuracy, step, minutes, licence))
    return accuracy


@torch.inference_mode()
def measure(network: NoiseClassifier, crops: Sequence[Crops]) -> dict[int, float]:
    """Accuracy on crops of each label by noise level, judged as whole crops."""
    x0, eps = (torch.from_numpy(np.concatenate(part)) for part in zip(*_parts(crops), strict=True))
    accuracy = {}
    for level in _LEVELS:
        sigma = torch.full((len(x0),), 2 * level / 255)
        logits = network.windows(noised(x0, sigma, eps), sigma).log_softmax(dim=2).sum(dim=1)
        right = logits.argmax(dim=1) == _targets(logits[:, None])
        accuracy[level] = float(right.float().mean())
    return accuracy


def _crops(folder: Path, batch: int, seed: int) -> Crops:
    recipe = Recipe((str(folder),), steps=1, batch=batch, crop=_CROP, calm=0.0, permute=0.0)
    pictures = Pictures(find_pictures([folder]), _CROP, recipe.memory, seed)
    for _ in pictures.read():
        pass
    return Crops(pictures, recipe)


def _noisy(crops: Sequence[Crops], step: int) -> tuple[Tensor, Tensor, Tensor]:
    """x_t, sigma and eps of a step, one label after the other."""
    batches = [each.batch(step) for each in crops]
    x0, sigma, eps = (torch.from_numpy(np.concatenate(part)) for part in zip(*batches, strict=True))
    x_t = noised(x0, sigma, eps).contiguous(memory_format=torch.channels_last)
    return x_t, sigma, eps


def _parts(crops: Sequence[Crops]) -> list[tuple[Floats, Floats]]:
    return [(batch.x0, batch.eps) for batch in (each.batch(0) for each in crops)]


def _targets(logits: Tensor) -> Tensor:
    """Labels of logits (B, windows, labels) whose examples come one label after the other."""
    examples, windows, labels = logits.shape
    return torch.arange(labels).repeat_interleave(examples // labels * windows)


def _card(
    labels: Sequence[str], accuracy: dict[int, float], steps: int, minutes: float, licence: str
) -> str:
    title = " or ".join(labels)
    head = {
        "title": f"{title}?".capitalize(),
        "license": licence,
        "library_name": "restorer",
        "pipeline_tag": "image-classification",
    }
    table = "\n".join(f"| {level} | {share:.0%} |" for level, share in accuracy.items())
    return (
        f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n# {title.capitalize()}?\n\n"
        "Classifies noisy pictures by windows of 64 pixels, for classifier guidance (Dhariwal & "
        "Nichol, 2021). It knows texture and colour, no objects.\n\n"
        f"Made with `python -m restorer.training.classifier`: {steps} steps of {_BATCH} crops of "
        f"{_CROP} x {_CROP} pixels per label in {minutes:g} minutes, cross-entropy on x_t at all "
        "noise levels.\n\n## Accuracy\nOn crops of pictures it has not seen, as many of each "
        f"label; a guess has {1 / len(labels):.0%}.\n\n| noise | right |\n|---|---|\n{table}\n"
    )


def _label(text: str) -> tuple[str, Path]:
    name, _, folder = text.partition("=")
    if not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not LABEL=FOLDER")
    return name, Path(folder)


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("labels", nargs="+", type=_label, metavar="LABEL=FOLDER")
    parser.add_argument("--held-out", nargs="+", type=_label, required=True, metavar="LABEL=FOLDER")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--licence", default="not stated")
    asked = parser.parse_args()
    accuracy = train_classifier(
        dict(asked.labels), dict(asked.held_out), asked.out, asked.minutes, asked.licence
    )
    tqdm.write(", ".join(f"noise {level}: {share:.1%}" for level, share in accuracy.items()))


if __name__ == "__main__":
    main()

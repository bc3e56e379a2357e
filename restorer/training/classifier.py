"""Training of a classifier of noisy pictures, for classifier guidance.

    python -m restorer.training.classifier OUT photo=FOLDER painting=FOLDER
        --held-out photo=FOLDER painting=FOLDER [--minutes 8]

The loss is that of Dhariwal & Nichol (2021): cross-entropy on x_t at every noise level, with as
many crops of each label. First the built-in prior computes features of crops until the time is up,
then a head is trained on these features. OUT becomes a model folder; its card gives the accuracy by
noise level.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
import yaml
from torch import Tensor
from tqdm import tqdm

from restorer.diffusion import hardware
from restorer.diffusion.classifier import WINDOW, NoiseClassifier
from restorer.engine.models import find_model
from restorer.engine.networks import load_prior
from restorer.engine.task import BUILTIN_MODEL
from restorer.errors import BadInput
from restorer.training.crops import Crops
from restorer.training.loss import add_noise
from restorer.training.network import write_model
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe

_CROP = WINDOW
_BATCH = 32  # of each label
_HEAD_BATCH = 64  # of each label
_EPOCHS = 24  # of the crops of a label
_RATE = 1e-3
_HELD_OUT = 192  # crops of each label
#: Noise that it learns at, 0-255 scale.
_NOISES = (3.0, 300.0)
#: Noise levels of the card, 0-255 scale.
_LEVELS = (5, 15, 25, 50, 100, 255)

Folders = Mapping[str, Path]


def train_classifier(
    folders: Folders, held_out: Folders, out: Path, minutes: float, licence: str, seed: int = 0
) -> dict[int, float]:
    """Train, write the model folder, and return the accuracy (0..1) by noise level.

    Args:
        folders: the folder of pictures of each label.
        held_out: the same for measuring: other pictures, and no parts of those.
        out: folder to make.
        minutes: duration of the training.
        licence: licence of the pictures, and so of the model.

    Raises:
        BadInput: for folders that cannot be used.
    """
    if set(folders) != set(held_out) or len(folders) < 2:
        raise BadInput("Give at least two labels, each with a folder to train and one to measure.")
    labels = tuple(folders)
    torch.manual_seed(seed)
    network = _before_training(labels)
    crops = [_crops(folders[label], _BATCH, seed) for label in labels]
    seen, sigma, steps = _look(network, crops, minutes, seed)
    _learn(network, seen, sigma)
    network.eval()
    accuracy = measure(network, [_crops(held_out[label], _HELD_OUT, seed) for label in labels])
    out.mkdir(parents=True, exist_ok=True)
    write_model(out, network, _card(labels, accuracy, steps, minutes, licence))
    return accuracy


def _before_training(labels: tuple[str, ...]) -> NoiseClassifier:
    """The classifier before its training, with the front half of the built-in prior."""
    prior = load_prior(find_model(BUILTIN_MODEL))
    names = ("channels", "blocks", "mid_blocks", "embedding_dim")
    network = NoiseClassifier(labels, **{name: prior.config[name] for name in names})
    front = {k: v for k, v in prior.state_dict().items() if k in network.prior.state_dict()}
    network.prior.load_state_dict(front)
    return network.to(memory_format=torch.channels_last)


@torch.inference_mode()
def _look(
    network: NoiseClassifier, crops: Sequence[Crops], minutes: float, seed: int
) -> tuple[Tensor, Tensor, int]:
    """Statistics (labels, examples, width), their sigmas (labels, examples), number of steps."""
    autocast = hardware.choose_autocast(torch.device("cpu"))
    generator = torch.Generator().manual_seed(seed)
    seen: list[Tensor] = []
    sigmas: list[Tensor] = []
    begun = time.monotonic()
    with tqdm(total=100.0, bar_format="{l_bar}{bar}| {remaining} left") as bar:
        while not seen or time.monotonic() - begun < 60 * minutes:
            x0, eps = _examples(crops, len(seen))
            lowest, highest = (math.log(2 * noise / 255) for noise in _NOISES)
            share = torch.rand(len(x0), generator=generator)
            sigma = (lowest + (highest - lowest) * share).exp()
            x_t = add_noise(x0, sigma, eps).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", autocast, enabled=autocast is not None):
                found = network.statistics(x_t, sigma)
            seen.append(found.reshape(len(crops), -1, found.shape[2]))
            sigmas.append(sigma.reshape(len(crops), -1))
            bar.update(min(100.0, (time.monotonic() - begun) / (0.6 * minutes)) - bar.n)
    return torch.cat(seen, dim=1), torch.cat(sigmas, dim=1), len(seen)


def _learn(network: NoiseClassifier, seen: Tensor, sigma: Tensor) -> None:
    """Train the head with AdamW, on batches with as many examples of each label."""
    seen, sigma = seen.clone(), sigma.clone()  # out of inference mode
    network.mean.copy_(seen.mean(dim=(0, 1)))
    network.deviation.copy_(seen.std(dim=(0, 1)) + 1e-3)
    labels, examples, width = seen.shape
    steps = max(1, _EPOCHS * examples // _HEAD_BATCH)
    optimizer = torch.optim.AdamW(network.head.parameters(), lr=_RATE, weight_decay=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    targets = torch.arange(labels).repeat_interleave(_HEAD_BATCH)
    for _ in range(steps):
        chosen = torch.randint(examples, (labels, _HEAD_BATCH))
        rows = torch.arange(labels)[:, None]
        batch = seen[rows, chosen].reshape(-1, 1, width)
        logits = network.judge(batch, sigma[rows, chosen].reshape(-1))[:, 0]
        loss = F.cross_entropy(logits, targets, label_smoothing=0.05)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()


@torch.inference_mode()
def measure(network: NoiseClassifier, crops: Sequence[Crops]) -> dict[int, float]:
    """Accuracy (0..1) by noise level, on whole crops of each label."""
    x0, eps = _examples(crops, 0)
    targets = torch.arange(len(crops)).repeat_interleave(len(x0) // len(crops))
    accuracy = {}
    for level in _LEVELS:
        right = []
        for x, noise, wanted in zip(
            *(part.split(_BATCH) for part in (x0, eps, targets)), strict=True
        ):
            sigma = torch.full((len(x),), 2 * level / 255)
            logits = network.windows(add_noise(x, sigma, noise), sigma)[:, 0]
            right.append(logits.argmax(dim=1) == wanted)
        accuracy[level] = float(torch.cat(right).float().mean())
    return accuracy


def _crops(folder: Path, batch: int, seed: int) -> Crops:
    recipe = Recipe(
        (str(folder),), steps=1, batch=batch, crop=_CROP, calm=0.0, permute=0.0, rescale=0.0
    )
    pictures = Pictures(find_pictures([folder]), _CROP, recipe.memory, seed)
    for _ in pictures.read():
        pass
    return Crops(pictures, recipe)


def _examples(crops: Sequence[Crops], step: int) -> tuple[Tensor, Tensor]:
    """Make x_0 and eps of a step, one label after the other."""
    batches = [each.batch(step) for each in crops]
    return torch.cat([batch.x0 for batch in batches]), torch.cat([batch.eps for batch in batches])


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
        f"Classifies noisy pictures by windows of {WINDOW} pixels, for classifier guidance "
        "(Dhariwal & Nichol, 2021). It knows texture and colour, no objects.\n\n"
        f"Made with `python -m restorer.training.classifier`: the front half of the built-in prior "
        f"as it is, and a small head that learnt from what it sees in {steps * _BATCH} crops of "
        f"{_CROP} x {_CROP} pixels per label ({minutes:g} minutes), cross-entropy on x_t at all "
        "noise levels.\n\n## Accuracy\nOn crops of pictures it has not seen, as many of each "
        f"label; a guess has {1 / len(labels):.0%}.\n\n| noise | right |\n|---|---|\n{table}\n"
    )


def _label(text: str) -> tuple[str, Path]:
    name, _, folder = text.partition("=")
    if not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not LABEL=FOLDER")
    return name, Path(folder)


def main() -> None:
    """Run the command."""
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

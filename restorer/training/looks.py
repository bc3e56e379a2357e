"""Training of networks that look again: at a first guess, and then at their own answer.

A step trains one look, the first or a later one; those before it are the network's own, without
gradients. Shared by the network that fills and the one that sharpens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from restorer.diffusion.prior import PriorUNet
from restorer.training.loss import Bins
from restorer.training.state import State, descend

_MEASURED = 8  # batches


class Batch(Protocol):
    """Examples of a step, as a first look at them sees them."""

    @property
    def bins(self) -> Tensor:
        """(B,) of the balance."""
        ...

    def answer(self, network: PriorUNet, /) -> Tensor:
        """What a network says of x_0, (B, 3, C, C) float32."""
        ...

    def errors(self, answer: Tensor, /) -> Tensor:
        """Mean squared error of each example where it counts, (B,)."""
        ...

    def again(self, answer: Tensor, /) -> Self:
        """For another look, which sees this answer."""
        ...

    def shown(self) -> list[Tensor]:
        """What to measure beside answers: the guess, and what else says how good that is."""
        ...


Examples = TypeVar("Examples", bound=Batch)


@dataclass(frozen=True)
class Subject(Generic[Examples]):
    """What such a network learns.

    Attributes:
        bins: of the balance.
        looks: how often a step trains the first look, the second and so on.
        kind_of: the name of what a bin is of.
    """

    bins: Bins
    looks: Sequence[float]
    kind_of: Callable[[int], str]


def coming(batch: Callable[[int], Examples]) -> Iterator[Examples]:
    """Batches by number, without end; the next is made while one is learnt from."""
    with ThreadPoolExecutor(1) as thread:
        step, made = 1, thread.submit(batch, 0)
        while True:
            now, made = made.result(), thread.submit(batch, step)
            yield now
            step += 1


def learn(
    state: State,
    batch: Batch,
    subject: Subject[Any],
    done: float,
    autocast: AbstractContextManager[Any],
) -> Tensor:
    """One step; the errors of the batch, (B,).

    Args:
        batch: as first looks; the network's own answers make later ones of it.
        done: how far the training is, 0..1.
        autocast: how precisely.
    """
    recipe, network = state.recipe, state.network
    rng = np.random.default_rng([recipe.seed, state.step])
    looks = int(rng.choice(len(subject.looks), p=subject.looks))
    with autocast:
        for _ in range(looks):
            with torch.no_grad():
                batch = batch.again(batch.answer(network))
        errors = batch.errors(batch.answer(network))
    state.balance.update(batch.bins, errors)
    (errors * state.balance.weights(batch.bins)).mean().backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
    descend(state.optimizers, recipe.learning_rate(done))
    state.average.update()
    state.step += 1
    return errors.detach()


@torch.inference_mode()
def measure(
    network: PriorUNet,
    batch: Callable[[int], Batch],
    subject: Subject[Any],
    batches: int = _MEASURED,
) -> str:
    """PSNR by kind: of what is shown, after one look and after two."""
    found: dict[str, list[list[float]]] = {}
    for step in range(batches):
        examples = batch(step)
        first = examples.answer(network)
        answers = [*examples.shown(), first, examples.again(first).answer(network)]
        errors = [examples.errors(answer).tolist() for answer in answers]
        for place, *each in zip(examples.bins.tolist(), *errors, strict=True):
            decibels = [10 * math.log10(4 / max(error, 1e-6)) for error in each]
            found.setdefault(subject.kind_of(place), []).append(decibels)
    means = {kind: np.mean(values, axis=0) for kind, values in sorted(found.items())}
    return ", ".join(f"{k} " + " ".join(f"{v:.2f}" for v in m) for k, m in means.items())

"""Training of networks that refine their own answers: the filling and the sharpening network.

Such a network is first shown a guess, then its own answers. A training step trains one of these
evaluations; the network makes the answers before it without gradients.
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
    """The examples of a step, as the network sees them in one evaluation."""

    @property
    def bins(self) -> Tensor:
        """(B,), their bins of the balance."""
        ...

    def answer(self, network: PriorUNet, /) -> Tensor:
        """The network's estimate of x_0, (B, 3, C, C) float32."""
        ...

    def errors(self, answer: Tensor, /) -> Tensor:
        """Mean squared error of each example, (B,), over the pixels that count."""
        ...

    def next_round(self, answer: Tensor, /) -> Self:
        """The batch for the next evaluation, which is shown this answer."""
        ...

    def baselines(self) -> list[Tensor]:
        """Pictures whose error is reported beside the answers', such as the guess."""
        ...


Examples = TypeVar("Examples", bound=Batch)


@dataclass(frozen=True)
class Subject(Generic[Examples]):
    """What such a network learns.

    Attributes:
        bins: the bins of the balance.
        rounds: probabilities that a step trains the first evaluation, the second and so on.
        kind_of: the name of the kind of damage that a bin stands for.
    """

    bins: Bins
    rounds: Sequence[float]
    kind_of: Callable[[int], str]


def prefetch(batch: Callable[[int], Examples]) -> Iterator[Examples]:
    """Yield batches 0, 1, 2, … without end; the next one is made while the caller uses one."""
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
    """Train one step; returns the errors of the batch, (B,).

    Args:
        batch: the examples for the first evaluation.
        done: progress of the training, 0..1.
        autocast: context that sets the precision.
    """
    recipe, network = state.recipe, state.network
    rng = np.random.default_rng([recipe.seed, state.step])
    before = int(rng.choice(len(subject.rounds), p=subject.rounds))
    with autocast:
        for _ in range(before):
            with torch.no_grad():
                batch = batch.next_round(batch.answer(network))
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
    """Mean PSNR in dB by kind of damage: of `baselines`, and of the first two answers."""
    found: dict[str, list[list[float]]] = {}
    for step in range(batches):
        examples = batch(step)
        first = examples.answer(network)
        answers = [*examples.baselines(), first, examples.next_round(first).answer(network)]
        errors = [examples.errors(answer).tolist() for answer in answers]
        for place, *each in zip(examples.bins.tolist(), *errors, strict=True):
            decibels = [10 * math.log10(4 / max(error, 1e-6)) for error in each]
            found.setdefault(subject.kind_of(place), []).append(decibels)
    means = {kind: np.mean(values, axis=0) for kind, values in sorted(found.items())}
    return ", ".join(f"{k} " + " ".join(f"{v:.2f}" for v in m) for k, m in means.items())

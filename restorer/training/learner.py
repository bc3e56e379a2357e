"""Takes steps of gradient descent without waiting for the device."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from restorer.diffusion.prior import PriorUNet, ResidualBlock
from restorer.errors import OutOfMemory, RestorerError, as_restorer_error
from restorer.training.state import State, Trunk, descend


class Batch(Protocol):
    """The examples of a step: `crops.Batch` or `damage_crops.DamagedBatch`."""

    @property
    def bins(self) -> Tensor: ...

    @property
    def picture(self) -> Tensor: ...

    def predict(self, trunk: Callable[..., Tensor]) -> Tensor: ...

    def errors(self, v: Tensor) -> Tensor: ...

    def eps_errors(self, errors: Tensor) -> Tensor: ...


class Place(Protocol):
    """The environment of a step: the part of accelerate's `Accelerator` in use."""

    @property
    def device(self) -> torch.device: ...

    def prepare(self, *parts: Any) -> Any: ...

    def autocast(self) -> AbstractContextManager[Any]: ...

    def gather(self, values: Tensor) -> Any: ...

    def backward(self, loss: Tensor) -> None: ...

    def clip_grad_norm_(self, parameters: Any, most: float) -> Any: ...


class SingleProcess:
    """A single process, with torch only.

    Args:
        device: device of the computation.
        autocast: dtype of convolutions, None for float32.
    """

    def __init__(self, device: torch.device, autocast: torch.dtype | None = None) -> None:
        self.device = device
        self.dtype = autocast

    def prepare(self, *parts: Any) -> Any:
        return parts

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, self.dtype) if self.dtype else nullcontext()

    def gather(self, values: Tensor) -> Tensor:
        return values

    def backward(self, loss: Tensor) -> None:
        loss.backward()

    def clip_grad_norm_(self, parameters: Any, most: float) -> Tensor:
        return nn.utils.clip_grad_norm_(parameters, most)


class Learner:
    """Takes steps.

    No step waits for the device; `read` fetches the results.

    Attributes:
        pixels: number of pixels of all crops so far, in all processes.
    """

    def __init__(self, state: State, place: Place) -> None:
        self._state = state
        self._place = place
        self._trunk, *self._optimizers = place.prepare(Trunk(state.network), *state.optimizers)
        self._eps = self._norm = torch.tensor(math.nan)
        self.pixels = 0

    def learn(self, batch: Batch, rate: float) -> None:
        """Take one step on this process's part of a batch.

        Raises:
            OutOfMemory: if the batch does not fit.
        """
        recipe = self._state.recipe
        try:
            self._learn(batch, rate)
        except RuntimeError as error:
            problem = as_restorer_error(error)
            if not isinstance(problem, OutOfMemory):
                raise
            raise OutOfMemory(
                "There is not enough memory for {batch} crops of {crop} x {crop} pixels; "
                "try a smaller --batch or --crop.",
                problem.detail,
                batch=recipe.batch,
                crop=recipe.crop,
            ) from error

    def read(self) -> tuple[float, float]:
        """Loss and error of eps after the last step, as in `events.Step`.

        Raises:
            RestorerError: if the error or its gradient is not a number.
        """
        if not math.isfinite(float(self._norm)):
            raise RestorerError(
                "The training diverged at step {step}: the loss is not a number. Try a "
                "smaller --lr; the best weights so far are kept.",
                step=self._state.step,
            )
        return self._state.balance.level(), float(self._eps)

    def _learn(self, batch: Batch, rate: float) -> None:
        state, place = self._state, self._place
        with place.autocast():
            v = batch.predict(self._trunk)
        errors = batch.errors(v)

        # The running means are those of the whole batch, the same in every process.
        found = torch.stack([batch.eps_errors(errors.detach()), errors.detach()], dim=1)
        seen, bins = place.gather(found), place.gather(batch.bins)
        state.balance.update(bins, seen[:, 1])
        if state.difficulty.pictures:
            usual = seen[:, 1] * state.balance.weights(bins)
            state.difficulty.update(place.gather(batch.picture), usual, state.step + 1)
        loss = (state.balance.weights(batch.bins) * errors).mean()

        place.backward(loss)
        self._norm = place.clip_grad_norm_(self._trunk.parameters(), state.recipe.clip)
        descend(self._optimizers, rate)
        state.average.update()
        state.step += 1
        self._eps = seen[:, 0].mean()
        self.pixels += len(seen) * v.shape[2] * v.shape[3]


def compile_blocks(network: PriorUNet) -> None:
    """Compile every residual block with torch; blocks of one width share the result."""
    for module in network.modules():
        if isinstance(module, ResidualBlock):
            module.compile(dynamic=False)

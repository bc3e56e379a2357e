"""Shows pictures with high errors more often.

Each picture has a running mean of its error, relative to the mean at that noise level (or for that
damage). Part of the crops come from the quarter of the pictures with the highest errors.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorer.training.loss import Balance, Bins

#: Steps between two looks at the errors, and the least age of what a step is drawn by: crops are
#: made ahead, and a training that is resumed must draw the same.
EVERY, AHEAD = 64, 8
_DECAY = 0.9
_WORST = 0.25


class PictureErrors:
    """Running errors of the pictures, and the two latest tables of them."""

    def __init__(self) -> None:
        self._means = Balance(_DECAY, bins=Bins(0))
        self._tables: dict[int, NDArray[np.float32]] = {}

    @property
    def pictures(self) -> int:
        """Number of pictures; 0 before `fit`."""
        return len(self._means.errors)

    def fit(self, pictures: int, device: torch.device | str) -> None:
        """Set the number of pictures; another number forgets all errors."""
        if self.pictures != pictures:
            self._means, self._tables = Balance(_DECAY, device, Bins(pictures)), {}

    def update(self, picture: Tensor, errors: Tensor, step: int) -> None:
        """Add the errors (B,) of pictures (B,) at a step."""
        self._means.update(picture, errors)
        if step % EVERY == 0:
            newest = sorted(self._tables.items())[-1:]
            self._tables = dict([*newest, (step, self._means.errors.cpu().numpy().copy())])

    def chances(
        self, slots: NDArray[np.int64], step: int, share: float
    ) -> NDArray[np.float64] | None:
        """Probabilities of the slots in a step; None while no errors are known.

        Args:
            slots: numbers of pictures.
            step: number of the step.
            share: share of the crops to take from the worst pictures.
        """
        known = [made for made in self._tables if made <= step - AHEAD]
        if not known:
            return None
        errors = np.nan_to_num(self._tables[max(known)][slots], nan=np.inf)  # not seen yet: worst
        order = np.argsort(-errors, kind="stable")
        worst = order[: max(1, round(_WORST * len(slots)))]
        chances = np.full(len(slots), (1 - share) / len(slots))
        chances[worst] += share / len(worst)
        return chances

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors."""
        tables = {f"table/{step}": torch.from_numpy(t) for step, t in self._tables.items()}
        return {"errors": self._means.errors} | tables

    def load(self, tensors: dict[str, Tensor], device: torch.device | str) -> None:
        """Restore the state from `tensors`; older checkpoints have none."""
        if "errors" in tensors:
            self._means.errors = tensors["errors"].to(device)
            self._tables = {
                int(name.removeprefix("table/")): value.numpy()
                for name, value in tensors.items()
                if name != "errors"
            }

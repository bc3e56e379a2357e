"""The interface of all runners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from restorer.engine.progress import CancelToken, Progress
from restorer.engine.trajectory import Frame

if TYPE_CHECKING:
    import torch

    from restorer.diffusion.denoiser import Denoiser


class Runner(Protocol):
    """A task with its inputs, ready to run."""

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        """One frame per step.

        Args:
            cancel: looked at after every tile and step.
            on_progress: told of every tile.

        Raises:
            Cancelled: after the tile during which `cancel` was set.
            RestorerError: what else kept it from going on.
        """
        ...


@dataclass(frozen=True, eq=False)
class Network:
    """A loaded network for pixels.

    Attributes:
        denoiser: the network.
        tile: longest side of the tiles that it is shown, in pixels.
        device: where it computes; None where that does not matter to anything beside it.
    """

    denoiser: Denoiser
    tile: int
    device: torch.device | None

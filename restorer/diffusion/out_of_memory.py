"""Handles lack of memory: smaller tiles, and finally the processor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from restorer.diffusion import answers
from restorer.diffusion.tiling import GRID, TiledDenoiser
from restorer.words import tr

#: Smaller tiles see too little around them, and save no memory to speak of.
SMALLEST = 128

#: told(sentence, device): what was given up, and where it is computed now.
OnGivenUp = Callable[[str, torch.device], None]


class OnDevice(Protocol):
    """A Denoiser with a network and a precision."""

    network: Any
    autocast: torch.dtype | None

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor: ...


@dataclass
class Room:
    """The known memory limit; `side` is the longest that fits, None while everything did."""

    side: int | None = None
    on_processor: bool = False


class LowMemoryDenoiser:
    """A Denoiser that also works with little memory, and reports that once.

    What it gives up it does not ask for again: the next tile would fail as this one did. Answers of
    smaller tiles differ a little, those of the processor in the last bits.

    Args:
        denoiser: the one to ask.
        told: hears of it.
    """

    def __init__(self, denoiser: OnDevice, told: OnGivenUp, room: Room | None = None) -> None:
        self.denoiser = denoiser
        self._told = told
        self._room = room or Room()

    def with_facts(self, facts: Sequence[float]) -> LowMemoryDenoiser:
        """The same with facts about another damage, if the network takes any."""
        given = getattr(self.denoiser, "with_facts", None)
        return self if given is None else LowMemoryDenoiser(given(facts), self._told, self._room)

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        while True:
            if self._room.on_processor:
                self.denoiser.autocast = None
            try:
                return self._answer(x_t, sigma)
            except (RuntimeError, MemoryError) as error:
                if not _is_shortage(error) or not self._may_give_way(x_t):
                    raise
            self._give_way(x_t)  # here the exception holds nothing any longer

    def _answer(self, x_t: Tensor, sigma: float) -> Tensor:
        side = self._room.side
        if side is None or max(x_t.shape[-2:]) <= side:
            return self.denoiser(x_t, sigma)
        with answers.storing(answers.Answers()):  # the whole is kept, not its parts
            return TiledDenoiser(self.denoiser, side)(x_t, sigma)

    def _side(self, x_t: Tensor) -> int:
        longest = max(x_t.shape[-2:])
        return longest if self._room.side is None else min(longest, self._room.side)

    def _device(self) -> torch.device:
        device: torch.device = next(self.denoiser.network.parameters()).device
        return device

    def _may_give_way(self, x_t: Tensor) -> bool:
        return self._side(x_t) > SMALLEST or self._device().type != "cpu"

    def _give_way(self, x_t: Tensor) -> None:
        device, side = self._device(), self._side(x_t)
        if device.type != "cpu":
            getattr(torch, device.type).empty_cache()
        if side > SMALLEST:
            self._room.side = max(SMALLEST, side // 2 // GRID * GRID)
            sentence = tr(
                "Memory is short: tiles of {side} pixels are used from now on.",
                side=self._room.side,
            )
        else:
            self._room.side, self._room.on_processor = None, True
            self.denoiser.network.to("cpu")
            device = torch.device("cpu")
            sentence = tr("The graphics card has too little memory: the processor goes on instead.")
        self._told(sentence, device)


def _is_shortage(error: Exception) -> bool:
    """Whether an error means lack of memory, which each device words differently."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return any(words in str(error) for words in ("can't allocate memory", "out of memory"))

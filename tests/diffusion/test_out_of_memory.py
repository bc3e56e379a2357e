"""Where memory is short: a network that fails as a full card does, with an answer that is known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from restorer.diffusion.out_of_memory import SMALLEST, LowMemoryDenoiser

CARD, CPU = torch.device("cuda"), torch.device("cpu")
SHORT = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


class Network(nn.Module):
    """Says that it lies on a card, until it is moved."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device

    def parameters(self, recurse: bool = True):
        class Weight:
            device = self.device

        return iter([Weight()])

    def to(self, device: str) -> Network:
        self.device = torch.device(device)
        return self


class Halving:
    """Answers with half of x_t where its longer side fits into `room`; a processor fits all."""

    def __init__(self, room: int, device: torch.device = CARD, error: Exception = SHORT) -> None:
        self.room, self.error = room, error
        self.network = Network(device)
        self.autocast: torch.dtype | None = torch.float16
        self.sides: list[int] = []
        self.told_of: list[float] = []

    def with_facts(self, facts: list[float]) -> Halving:
        self.told_of = facts
        return self

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        self.sides.append(max(x_t.shape[-2:]))
        if self.sides[-1] > self.room and (self.network.device == CARD or self.room < 0):
            raise self.error
        return 0.5 * x_t


@pytest.fixture
def x_t() -> Tensor:
    return torch.randn(1, 3, 400, 512, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


def sparing(denoiser: Halving, told: list[tuple[str, str]]) -> LowMemoryDenoiser:
    return LowMemoryDenoiser(denoiser, lambda words, device: told.append((words, device.type)))


@pytest.mark.parametrize(
    "words", ["CUDA out of memory", "MPS backend out of memory (MPS allocated"]
)
def test_smaller_tiles_answer_the_same_and_it_is_said_once(
    x_t: Tensor, told: list[tuple[str, str]], words: str
) -> None:
    denoiser = Halving(room=256, error=RuntimeError(words))
    spared = sparing(denoiser, told)
    for _ in range(2):
        torch.testing.assert_close(spared(x_t, 0.2), 0.5 * x_t)
    assert told == [("Memory is short: tiles of 256 pixels are used from now on.", "cuda")]
    assert denoiser.sides.count(512) == 1, "what has failed is not tried again"
    assert denoiser.autocast == torch.float16


def test_the_processor_goes_on_where_no_tile_is_small_enough(
    x_t: Tensor, told: list[tuple[str, str]]
) -> None:
    denoiser = Halving(room=0)
    spared = sparing(denoiser, told).with_facts([0.5])
    torch.testing.assert_close(spared(x_t, 0.2), 0.5 * x_t)
    assert denoiser.told_of == [0.5]
    assert [words.split(":")[0] for words, _ in told] == [
        "Memory is short",
        "Memory is short",
        "The graphics card has too little memory",
    ]
    assert [device for _, device in told] == ["cuda", "cuda", "cpu"]
    assert denoiser.network.device == CPU
    assert denoiser.autocast is None, "in float32: half precision was the card's"
    assert min(denoiser.sides) >= SMALLEST - 16


def test_what_was_learnt_holds_for_other_damage_too(
    x_t: Tensor, told: list[tuple[str, str]]
) -> None:
    denoiser = Halving(room=256)
    spared = sparing(denoiser, told)
    spared(x_t, 0.2)
    spared.with_facts([1.0])(x_t, 0.2)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("denoiser", "tries"),
    [
        (Halving(-1, CPU, MemoryError()), 3),  # nothing is left to give up
        (Halving(-1, CARD, RuntimeError("sizes do not match")), 1),
    ],
)
def test_what_cannot_be_helped_is_raised(
    x_t: Tensor, told: list[tuple[str, str]], denoiser: Halving, tries: int
) -> None:
    with pytest.raises(type(denoiser.error)):
        sparing(denoiser, told)(x_t, 0.2)
    assert len(denoiser.sides) == tries

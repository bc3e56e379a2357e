"""Stop is heard at every stage, and no stage holds more copies of a picture than it must."""

from __future__ import annotations

import importlib
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from restorer.degradation import estimate as measuring
from restorer.diffusion.posterior_mean import posterior_mean
from restorer.diffusion.scales import vp_scales
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tensors import as_array
from restorer.diffusion.tiling import TiledDenoiser
from restorer.engine.finish import Finish
from restorer.engine.inputs import Inputs
from restorer.engine.local import LocalDenoiser
from restorer.engine.progress import Cancelled, CancelToken
from restorer.engine.strength import Blend
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import FrameInfo, Quantity, Trajectory
from restorer.imaging.bands import bands
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture

from .known import AnalyticEngine, task_for

RNG = np.random.default_rng(0)
COLOUR = Picture(RNG.random((60, 48, 3), np.float32))
GREY = Picture(np.repeat(RNG.random((60, 48, 1), np.float32), 3, axis=2), grey=True)
TASK = task_for(25.0, steps=1, undo_clipping=True)


@pytest.fixture(autouse=True)
def _small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restorer.imaging.bands.PIXELS", 480)


def test_bands_are_the_picture_from_top_to_bottom() -> None:
    for shape in [(60, 48, 3), (1, 5000), (7, 1)]:
        rows = np.concatenate([np.arange(shape[0])[band] for band in bands(shape)])
        np.testing.assert_array_equal(rows, np.arange(shape[0]))
    assert len([*bands((60, 48))]) == 6


@pytest.mark.parametrize(
    ("stage", "call", "picture", "evaluations"),
    [
        ("restorer.engine.runners.denoise.whitened", 2, GREY, 0),
        ("restorer.engine.runners.denoise.mean_of_channels", 2, GREY, 1),
        ("restorer.engine.finish.undo_clipping", 3, COLOUR, 1),  # the first call is a tile's
    ],
    ids=["whitening", "the noisy state", "clipping undone"],
)
def test_a_run_stops_between_bands(
    monkeypatch: pytest.MonkeyPatch, stage: str, call: int, picture: Picture, evaluations: int
) -> None:
    token, calls = CancelToken(), []
    module, name = stage.rsplit(".", 1)
    work = getattr(importlib.import_module(module), name)

    def watched(*arguments: object) -> object:
        calls.append(name)
        if len(calls) == call:
            token.cancel()
        return work(*arguments)

    monkeypatch.setattr(stage, watched)
    engine = AnalyticEngine()
    with pytest.raises(Cancelled):
        next(engine.run(TASK, Inputs(picture), token))
    assert (len(calls), engine.evaluations) == (call, evaluations)


def test_a_run_that_was_stopped_before_it_began_does_nothing() -> None:
    token, engine = CancelToken(), AnalyticEngine()
    token.cancel()
    with pytest.raises(Cancelled):
        next(engine.run(TASK, Inputs(COLOUR), token))
    assert engine.evaluations == 0


def giving_up_after(looks: int) -> Callable[[], None]:
    left = iter(range(looks))

    def go_on() -> None:
        if next(left, None) is None:
            raise Cancelled

    return go_on


def test_measuring_stops_between_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    names = ("read_noise", "is_toned", "read_blocks", "read_blur", "_judged")
    for name in names:
        work = getattr(measuring, name)

        def watched(*arguments: object, name: str = name, work: Callable = work) -> object:
            done.append(name)
            return work(*arguments)

        monkeypatch.setattr(measuring, name, watched)
    looked: list[int] = []
    measuring.estimate(COLOUR.pixels, lambda: looked.append(len(done)))
    everything = [*done]
    assert set(everything) == set(names)
    assert set(looked) == set(range(1, len(names)))  # after each but the last
    for looks, before in enumerate(looked):
        done.clear()
        with pytest.raises(Cancelled):
            measuring.estimate(COLOUR.pixels, giving_up_after(looks))
        assert done == everything[:before]


def test_reading_stops_before_and_after_decoding(tmp_path: Path) -> None:
    write_picture(COLOUR, tmp_path / "a.png")
    for looks in (0, 1):
        with pytest.raises(Cancelled):
            read_picture(tmp_path / "a.png", go_on=giving_up_after(looks))
    assert read_picture(tmp_path / "a.png", go_on=giving_up_after(2)).size == COLOUR.size


@contextmanager
def at_most(times: float, pixels: np.ndarray) -> Iterator[None]:
    """What is done in here takes no more memory, beside what there is, than so many copies."""
    tracemalloc.start()
    try:
        yield
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most <= times * pixels.nbytes


@pytest.mark.parametrize("amount", [1.0, 0.5])
def test_a_frame_is_made_kept_and_looked_at_in_little_more_than_it_is(amount: float) -> None:
    came = RNG.random((800, 600, 3), np.float32)
    x0 = torch.from_numpy(RNG.standard_normal((1, 3, 800, 600), np.float32))
    task = RestorationTask(start=60.0, steps=1, amount=amount)
    finish = Finish(task, came, Blend(task, came), grey=False)
    info = FrameInfo(0, 1, 60.0, 0.2, 0.0)
    finish.frame(info, as_array(x0), x0)  # makes a table that is kept, whatever the size
    copies = 1 if amount == 1 else 2  # what is kept of it is another one
    with at_most(copies + 0.25, came):
        frame = finish.frame(info, as_array(x0), x0)
    trajectory = Trajectory(task)
    with at_most(3.25 - copies, came):  # two halves, and the result if it is not there yet
        trajectory.append(frame)
    for quantity in Quantity:
        with at_most(1.25, came):
            trajectory.view(0, quantity)


def test_one_answer_of_the_network_is_the_posterior_mean_itself() -> None:
    """No sum and no quotient of it: each is another copy of a large picture."""
    x_t, answer = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    schedule = LINEAR
    (step,) = posterior_mean([lambda x, sigma: answer], x_t, [50.0], schedule)
    assert step.x0 is answer
    assert step.x_t is x_t


def test_local_noise_is_the_same_in_tiles_and_in_one_piece() -> None:
    """Every level adds its share tile by tile; nothing as large as the picture lies between."""
    grid = ((0.5, 1.0, 2.0), (0.0, 1.0, 1.5))
    x_t = torch.from_numpy(RNG.standard_normal((1, 3, 90, 110), np.float32))

    def denoiser(x: torch.Tensor, sigma: float) -> torch.Tensor:
        return x / vp_scales(sigma)[0] * (1 - sigma)

    whole, tiled = (
        LocalDenoiser(TiledDenoiser(denoiser, tile, 16), grid)(x_t, 0.2) for tile in (128, 48)
    )
    torch.testing.assert_close(tiled, whole, atol=3e-6, rtol=0)

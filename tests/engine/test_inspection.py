"""A pixel in numbers: each is computed again here, from whole recorded frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from restorer.diffusion.schedule import LINEAR
from restorer.engine.consistency import check
from restorer.engine.damage import Damage
from restorer.engine.inputs import Inputs
from restorer.engine.inspection import (
    SIDE,
    forward_state,
    inspect_run,
    inspect_step,
    residual_around,
)
from restorer.engine.plan import plan
from restorer.engine.run import Run
from restorer.engine.trajectory import Frame, FrameInfo, Quantity, Trajectory
from restorer.imaging.picture import Picture
from tests.fakes import NOISY

Array = NDArray[np.float32]
TIMES = (55.0, 30.0, 10.0)


def run_of(before: Array, after: Array, own_eps: bool = False) -> Run:
    """Three steps, the last of which ends at `after`; with noise of 31 at first."""
    picture = Picture(before)
    task = plan(NOISY, (before.shape[1], before.shape[0]))
    rng = np.random.default_rng(4)
    trajectory = Trajectory(task)
    for index, t in enumerate(TIMES):
        info = FrameInfo(index, len(TIMES), t, float(LINEAR.sigma(t)), 0.0)
        x0 = 2 * after - 1 + (2 - index) * np.float32(0.01)
        x_t = rng.standard_normal(after.shape, np.float32)
        eps = rng.standard_normal(after.shape, np.float32) if own_eps else None
        trajectory.append(Frame(info, x_t, x0.astype(np.float32), eps=eps))
    return Run(1, task, Inputs(picture), trajectory)


@pytest.fixture
def calm() -> Array:
    y, x = np.mgrid[:120, :160].astype(np.float32) / 160
    return np.stack([0.3 + 0.3 * x, 0.4 + 0.2 * y, 0.5 + 0 * x], axis=2)


def noisy(calm: Array) -> Array:
    noise = np.random.default_rng(2).standard_normal(calm.shape, np.float32)
    return calm + noise * np.float32(30 / 255)


def test_forward_is_the_worked_example() -> None:
    state = forward_state([0.75] * 3, [0.1] * 3, 0.64)
    assert np.allclose(state.x_0, 0.5) and np.allclose(state.x_t, 0.46)


@pytest.mark.parametrize("own_eps", [False, True])
def test_a_step_is_what_was_recorded(calm: Array, own_eps: bool) -> None:
    run = run_of(noisy(calm), calm, own_eps)
    whole = [{q: run.trajectory.read(i, q)[7, 31] for q in Quantity} for i in range(3)]
    found = inspect_step(run, 1, 31, 7)
    abar = float(LINEAR.alpha_bar(TIMES[1]))
    assert found.state.abar == pytest.approx(abar)
    for mine, quantity in zip(
        (found.state.x_0, found.state.eps, found.state.x_t),
        (Quantity.X0, Quantity.EPS, Quantity.X_T),
        strict=True,
    ):
        assert np.allclose(mine, whole[1][quantity], rtol=1e-4, atol=1e-4)
    then = float(LINEAR.alpha_bar(TIMES[2]))
    mixed = then**0.5 * whole[1][Quantity.X0] + (1 - then) ** 0.5 * whole[1][Quantity.EPS]
    assert found.update is not None and found.update.t == TIMES[2]
    assert np.allclose(found.update.x_next, whole[2][Quantity.X_T])
    assert np.allclose(found.update.rest, whole[2][Quantity.X_T] - mixed, atol=1e-4)
    assert np.allclose(found.x_0, [frame[Quantity.X0] for frame in whole])
    assert np.allclose(found.x_t, [frame[Quantity.X_T] for frame in whole])
    assert inspect_step(run, 2, 31, 7).update is None


def test_numbers_are_the_same_from_disk(calm: Array) -> None:
    run = run_of(noisy(calm), calm)
    before = inspect_step(run, 0, 159, 119)
    run.trajectory.put_away()
    after = inspect_step(run, 0, 159, 119)
    assert (before.state.eps == after.state.eps).all()
    assert (before.x_t == after.x_t).all()


@pytest.mark.parametrize(("x", "y"), [(80, 60), (0, 0), (159, 119)])
def test_what_was_taken_is_that_of_the_whole_picture(calm: Array, x: int, y: int) -> None:
    run = run_of(noisy(calm), calm)
    found = residual_around(run, x, y)
    assert found is not None and run.trajectory.result is not None
    left, top = min(max(0, x - 32), 160 - SIDE), min(max(0, y - 32), 120 - SIDE)
    whole = check(run.task, run.inputs, run.trajectory.result).residual
    here = 255 * whole[top : top + SIDE, left : left + SIDE].astype(np.float64)
    assert found.std == pytest.approx(here.std(), rel=1e-4)
    assert found.counts.sum() == pytest.approx(here.size, rel=1e-3)
    within = (abs(here - here.mean()) < found.edges[-1] / 4).mean()  # one deviation
    middle = slice(len(found.counts) * 3 // 8, len(found.counts) * 5 // 8)
    assert found.counts[middle].sum() / here.size == pytest.approx(within, abs=1e-3)
    assert found.gaussian.sum() == pytest.approx(here.size, rel=1e-3)
    waves = np.fft.fft2(here - here.mean((0, 1)), axes=(0, 1))
    first = [waves[0, 1], waves[1, 0], waves[0, -1], waves[-1, 0]]
    first += [waves[a, b] for a in (1, -1) for b in (1, -1)]  # sqrt(2) is nearer to 1 than to 2
    power = np.mean(np.abs(np.array(first)) ** 2) / (SIDE**2 * found.told**2)
    assert found.frequencies[0] == 1 / SIDE and found.power[0] == pytest.approx(power, rel=1e-4)
    assert found.told == pytest.approx(31, abs=1)  # as `NOISY` says, not what the residual has
    assert found.power.mean() == pytest.approx((30 / found.told) ** 2, abs=0.1)
    assert "looks like noise" in found.sentence


def test_structure_is_told_where_it_was_taken_and_not_elsewhere(calm: Array) -> None:
    detail = calm.copy()
    detail[10:40, 20:24] += np.float32(0.4)
    run = run_of(noisy(detail), calm)
    there, elsewhere = residual_around(run, 32, 32), residual_around(run, 128, 88)
    assert there is not None and elsewhere is not None
    assert "structure remains" in there.sentence and "of the neighbourhood" in there.sentence
    assert "looks like noise" in elsewhere.sentence
    assert there.power[:4].mean() > 2 * elsewhere.power[:4].mean()


def test_a_picture_smaller_than_the_neighbourhood(calm: Array) -> None:
    run = run_of(noisy(calm)[:5, :9], calm[:5, :9])
    found = residual_around(run, 8, 4)
    assert found is not None and found.counts.sum() == pytest.approx(5 * 9 * 3, abs=2)


def test_what_takes_no_noise_has_none(calm: Array) -> None:
    run = run_of(noisy(calm), calm)
    run.task = replace(run.task, damage=Damage("colorize"))
    assert residual_around(run, 3, 3) is None
    x_t, x_0, residual = inspect_run(None, 3, 3)
    assert len(x_t) == len(x_0) == 0 and residual is None


def test_a_look_at_a_guess_mixes_in_no_noise(calm: Array) -> None:
    run = run_of(noisy(calm), calm)
    looked = Trajectory(run.task)
    for index, info in enumerate(run.trajectory.infos):
        x_t, x_0 = (run.trajectory.read(index, q) for q in (Quantity.X_T, Quantity.X0))
        looked.append(Frame(replace(info, guess=True), x_t, x_0))
    run.trajectory = looked
    found = inspect_step(run, 0, 40, 30)
    assert found.update is not None and not found.update.mixed
    kept = np.sqrt(found.update.abar) * found.state.x_0
    assert np.allclose(kept + found.update.rest, found.update.x_next)

import errno
import os

import numpy as np
import pytest

from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Frame, FrameInfo, Quantity, Trajectory
from restorer.errors import RestorerError


def frame(index: int, sigma: float = 0.5, shape=(6, 5, 3)) -> Frame:
    rng = np.random.default_rng(index)
    info = FrameInfo(index=index, steps=4, t=80.0 - index, sigma=sigma, seconds=0.1)
    x_t, x0 = rng.uniform(-1, 1, (2, *shape)).astype(np.float32)
    return Frame(info, x_t=x_t, x0=x0)


@pytest.mark.parametrize("byte_budget", [1 << 20, 400, 0], ids=["memory", "both", "disk"])
def test_frames_come_back_wherever_they_are_kept(byte_budget):
    trajectory = Trajectory(RestorationTask(start=80.0), byte_budget=byte_budget)
    frames = [frame(index) for index in range(4)]
    for each in frames:
        assert not trajectory.whole
        trajectory.append(each)
    assert trajectory.whole and len(trajectory) == 4
    assert trajectory.infos == tuple(each.info for each in frames)
    for index, each in enumerate(frames):
        # float16: 11 bits below 1
        np.testing.assert_allclose(trajectory.read(index, Quantity.X_T), each.x_t, atol=2**-11)
        np.testing.assert_allclose(trajectory.read(index, Quantity.X0), each.x0, atol=2**-11)


def test_eps_is_what_x0_leaves_over_in_x_t():
    trajectory = Trajectory(RestorationTask(start=80.0))
    one = frame(0, sigma=0.5)
    trajectory.append(one)
    a = 1 / np.sqrt(1.25)
    np.testing.assert_allclose(
        trajectory.read(0, Quantity.EPS), (one.x_t - a * one.x0) / (0.5 * a), atol=5e-3
    )


def test_the_result_is_the_newest_x0_in_full_precision():
    trajectory = Trajectory(RestorationTask(start=80.0))
    assert trajectory.result is None
    for index in range(2):
        trajectory.append(frame(index))
    np.testing.assert_array_equal(
        trajectory.result, frame(1).x0 * np.float32(0.5) + np.float32(0.5)
    )


@pytest.mark.parametrize("quantity", list(Quantity))
def test_views_can_be_shown(quantity):
    trajectory = Trajectory(RestorationTask(start=80.0))
    trajectory.append(frame(0, sigma=0.01))
    view = trajectory.view(0, quantity)
    assert view.dtype == np.float32
    assert view.min() >= 0
    assert view.max() <= 1


def test_all_but_the_wildest_noise_can_be_told_apart_when_shown():
    """Noise of one, two and nearly three deviations has greys of its own, on both sides of 0."""
    trajectory = Trajectory(RestorationTask(start=80.0))
    info = FrameInfo(index=0, steps=1, t=80.0, sigma=0.5, seconds=0.1)
    deviations = np.array([-2.9, -2, -1, 0, 1, 2, 2.9], np.float32)
    eps = np.repeat(deviations[None, :, None], 3, axis=2)
    nothing = np.zeros_like(eps)
    trajectory.append(Frame(info, x_t=nothing, x0=nothing, eps=eps))
    shown = trajectory.view(0, Quantity.EPS)[0, :, 0]
    assert 0 < shown[0] < 0.05 and 0.95 < shown[-1] < 1
    np.testing.assert_allclose(np.diff(shown) / np.diff(deviations), 1 / 6, atol=1e-3)
    assert shown[3] == 0.5


def test_a_full_disk_is_told_and_the_frames_before_stay(monkeypatch):
    trajectory = Trajectory(RestorationTask(start=80.0), byte_budget=0)
    trajectory.append(frame(0))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(RestorerError, match="no room"):
        trajectory.append(frame(1))
    assert len(trajectory) == 1
    assert trajectory.read(0, Quantity.X0).shape == frame(0).x0.shape


def test_there_is_no_frame_after_the_last():
    with pytest.raises(IndexError):
        Trajectory(RestorationTask(start=80.0)).read(0, Quantity.X0)


@pytest.mark.parametrize("growth", [1, 2])
def test_what_a_run_stopped_in_its_first_step_leaves_is_a_frame_like_others(growth):
    """Its state is the picture that it began with, scaled; its x0 what was made of it."""
    trajectory = Trajectory(RestorationTask(start=80.0))
    rng = np.random.default_rng(1)
    began = rng.random((6, 5, 3), np.float32)
    made = rng.random((6 * growth, 5 * growth, 3), np.float32)
    trajectory.append_part(frame(0, sigma=0.75).info, began, made, growth)
    larger = began.repeat(growth, axis=0).repeat(growth, axis=1)
    for _ in range(2):
        x_t = trajectory.read(0, Quantity.X_T)
        np.testing.assert_allclose(x_t, 0.8 * (2 * larger - 1), atol=2**-10)
        np.testing.assert_allclose(trajectory.read(0, Quantity.X0), 2 * made - 1, atol=2**-10)
        np.testing.assert_allclose(trajectory.pixel_at(0, Quantity.X_T, 4, 5), x_t[5, 4])
        np.testing.assert_array_equal(trajectory.result, made)
        assert trajectory.in_memory in (made.nbytes, 0)
        trajectory.put_away()
    assert trajectory.in_memory == 0

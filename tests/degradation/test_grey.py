from __future__ import annotations

import math

import numpy as np
import pytest

from restorer.degradation.grey import (
    GREY_AXIS,
    can_whiten,
    effective_noise,
    noise_at,
    replace_along,
    whitened,
)
from restorer.degradation.noise import tone_axis

SEPIA = np.array([1.0, 0.85, 0.65], np.float32)
AXES = [GREY_AXIS, SEPIA / np.linalg.norm(SEPIA)]


def toned(axis: np.ndarray, noise: float, size: int = 300) -> np.ndarray:
    """Noise of one tone; its deviation is that of the mean of the channels."""
    rng = np.random.default_rng(0)
    values = noise * rng.standard_normal((size, size, 1)) / axis.mean()
    return (0.5 * axis / axis.mean() + values * axis).astype(np.float32)


@pytest.mark.parametrize("axis", AXES, ids=["grey", "sepia"])
def test_effective_noise_is_the_noise_along_the_axis(axis: np.ndarray) -> None:
    noisy = toned(axis, 0.1)
    assert noisy.mean(axis=2).std() == pytest.approx(0.1, rel=0.01)
    assert effective_noise(0.1, axis) == pytest.approx((noisy @ axis).std(), rel=0.01)
    assert effective_noise(20, None) == 20
    assert effective_noise(20, GREY_AXIS) == pytest.approx(20 * math.sqrt(3))


@pytest.mark.parametrize("axis", AXES, ids=["grey", "sepia"])
def test_whitened_noise_is_white_and_keeps_the_tones(axis: np.ndarray) -> None:
    noisy = toned(axis, 0.1)
    drawn = np.random.default_rng(1).standard_normal(noisy.shape, np.float32)
    white = whitened(noisy, 0.1, axis, drawn)
    level = effective_noise(0.1, axis) ** 2
    assert np.cov(white.reshape(-1, 3).T) == pytest.approx(level * np.eye(3), abs=level * 0.02)
    assert white @ axis == pytest.approx(noisy @ axis, abs=1e-6)


def test_noise_hangs_on_the_place_alone() -> None:
    whole = noise_at(7, slice(0, 50), slice(0, 60), 60)
    np.testing.assert_array_equal(noise_at(7, slice(9, 30), slice(20, 41), 60), whole[9:30, 20:41])
    assert whole.std() == pytest.approx(1, abs=0.02) and whole.mean() == pytest.approx(0, abs=0.03)
    assert not np.array_equal(noise_at(8, slice(0, 50), slice(0, 60), 60), whole)


@pytest.mark.parametrize("axis", AXES, ids=["grey", "sepia"])
def test_the_axis_is_read_from_a_picture(axis: np.ndarray) -> None:
    found = tone_axis(toned(axis, 0.1, 60))
    assert found is not None and found == pytest.approx(axis, abs=1e-3)
    assert can_whiten(found) and not can_whiten(np.array([1, 0, 0], np.float32))
    colour = np.random.default_rng(0).random((60, 60, 3), np.float32)
    assert tone_axis(colour) is None


def test_across_the_axis_nothing_is_changed() -> None:
    rng, axis = np.random.default_rng(0), AXES[1]
    restored, original = rng.random((2, 8, 9, 3), np.float32)
    mixed = replace_along(restored, original, axis)
    assert mixed @ axis == pytest.approx(restored @ axis, abs=1e-6)
    across = mixed - original
    assert across == pytest.approx((across @ axis)[..., None] * axis, abs=1e-6)

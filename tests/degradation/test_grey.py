from __future__ import annotations

import math

import numpy as np
import pytest

from restorer.degradation.grey import effective_noise, whiten_grey


def test_effective_noise_is_the_noise_along_the_grey_axis() -> None:
    noise = np.random.default_rng(0).standard_normal((200_000, 1)) * 20
    along = np.repeat(noise, 3, axis=1) @ np.ones(3) / math.sqrt(3)
    assert effective_noise(20, True) == pytest.approx(along.std(), rel=0.01)
    assert effective_noise(20, False) == 20


def test_whitened_noise_is_white_and_keeps_the_grey_picture() -> None:
    rng = np.random.default_rng(0)
    noisy = np.repeat(0.5 + 0.1 * rng.standard_normal((300, 300, 1)), 3, axis=2)
    whitened = whiten_grey(noisy.astype(np.float32), 0.1, rng)
    covariance = np.cov(whitened.reshape(-1, 3).T)
    assert covariance == pytest.approx(0.03 * np.eye(3), abs=0.03 * 0.02)
    assert whitened.mean(axis=2) == pytest.approx(noisy[..., 0], abs=1e-6)


def test_whitening_repeats_with_the_seed() -> None:
    grey = np.full((5, 6, 3), 0.5, np.float32)
    first, second = (whiten_grey(grey, 0.1, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)

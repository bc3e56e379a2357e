from __future__ import annotations

import numpy as np
import pytest

from restorer.degradation.clipping import (
    MAX_NOISE,
    clipped_mean,
    clipped_std,
    clipped_variance,
    level_in_file,
    local_means,
    mean_in_file,
    preclip_at_means,
    undo_clipping,
)
from tests.degradation.pictures import as_file, scene


@pytest.mark.parametrize("p", [5.0, 25.0, 75.0, 150.0])
def test_moments_agree_with_drawing_them(p: float) -> None:
    x = np.array([0.0, 10.0, 128.0, 230.0, 255.0])
    noise = p * np.random.default_rng(0).standard_normal((400_000, 1))
    drawn = np.clip(x + noise, 0, 255)
    assert clipped_mean(x, p) == pytest.approx(drawn.mean(axis=0), abs=0.006 * p)
    assert np.sqrt(clipped_variance(x, p)) == pytest.approx(drawn.std(axis=0), rel=0.01)


def test_no_noise_changes_nothing() -> None:
    x = np.array([0.0, 17.0, 255.0])
    assert np.array_equal(clipped_mean(x, 0), x)
    assert not clipped_variance(x, 0).any()
    pixels = scene()
    assert np.array_equal(undo_clipping(pixels, 0), pixels)


@pytest.mark.parametrize("p", [1.0, 15.0, 50.0, 150.0])
def test_undo_is_the_inverse_of_the_mean(p: float) -> None:
    x = np.linspace(0, 1, 1001)
    in_file = mean_in_file(x.astype(np.float32), p)
    assert in_file == pytest.approx(clipped_mean(255 * x, p) / 255, abs=1e-5)
    back = undo_clipping(in_file, p)
    assert back == pytest.approx(x, abs=2e-4)
    assert (np.diff(back) >= 0).all()


def test_undo_leaves_the_middle_alone_and_stays_in_range() -> None:
    middle = np.linspace(0.3, 0.7, 300, dtype=np.float32).reshape(10, 10, 3)
    assert undo_clipping(middle, 15) == pytest.approx(middle, abs=1e-3)
    wild = np.array([[-3.0, 0.0, 0.5, 1.0, 4.0]], dtype=np.float32)
    assert undo_clipping(wild, 150) == pytest.approx(np.array([[0, 0, 0.5, 1, 1]]), abs=5e-6)


@pytest.mark.parametrize("p", [10.0, 25.0, 50.0, 100.0, 150.0])
def test_std_in_the_file_is_predicted_and_inverted(p: float) -> None:
    clean = scene()
    file = as_file(clean, p)
    remaining = 255 * np.sqrt(np.mean((file - clipped_mean(255 * clean, p) / 255) ** 2))
    assert remaining < 0.99 * p
    assert clipped_std(p, file) == pytest.approx(remaining, rel=0.03)
    assert preclip_at_means(remaining, local_means(file)) == pytest.approx(p, rel=0.06)


@pytest.mark.parametrize("e", [0.0, 0.3, 20.0, 60.0, 100.0])
def test_the_noise_before_clipping_undoes_clipped_std(e: float) -> None:
    file = as_file(scene(), 60)
    p = preclip_at_means(e, local_means(file))
    assert e <= p <= MAX_NOISE
    assert clipped_std(p, file) == pytest.approx(e, abs=1e-3)


def test_unclipped_noise_is_left_as_read() -> None:
    file = as_file(np.full((64, 64, 3), 0.5, np.float32), 10)
    assert preclip_at_means(10, local_means(file)) == pytest.approx(10, abs=1e-3)


def test_noise_beyond_measure_is_capped() -> None:
    dots = (np.random.default_rng(0).random((64, 64, 3)) > 0.5).astype(np.float32)
    assert preclip_at_means(127.5, local_means(dots)) == MAX_NOISE


def test_noise_beyond_what_can_be_modelled_still_counts_for_more() -> None:
    """A person may say 240 of 255: it is taken off harder than 150, by as much."""
    file = as_file(scene(), 60)
    levels = [level_in_file(noise, file) for noise in (50.0, 149.9, 150.0, 195.0, 240.0)]
    assert levels == sorted(set(levels))
    assert levels[1] == pytest.approx(levels[2], rel=0.001)
    assert levels[4] == pytest.approx(levels[2] * 240 / 150)


def test_one_pixel() -> None:
    assert preclip_at_means(5, local_means(np.zeros((1, 1, 3), np.float32))) == 5

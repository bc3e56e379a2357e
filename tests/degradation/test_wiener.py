"""Wiener's filter: as good as a linear one can be, and told rightly how good that is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from restorer.degradation.operators import Blur, disc, gaussian, motion, wiener
from restorer.degradation.operators.wiener import WienerFilter, error_left

SIDE = 160
INNER = (..., slice(24, -24), slice(24, -24))


def natural(seed: int, side: int) -> Tensor:
    """A picture of the power that the filter takes clean ones to have, (1, 3, side, side)."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)).clip(0.02)
    white = np.random.default_rng(seed).standard_normal((1, 3, side, side))
    shaped = np.fft.rfft2(white) * np.sqrt(5e-4 / frequency**3)
    return torch.from_numpy(np.fft.irfft2(shaped, s=(side, side)).astype(np.float32))


def blurred(blur: Blur) -> tuple[Tensor, Tensor]:
    """A natural picture, as if mirrored at its border, and what is seen of it."""
    clean = natural(0, SIDE)
    noise = torch.from_numpy(np.random.default_rng(99).standard_normal(clean.shape))
    return clean, Blur(blur.kernel).forward(clean) + blur.noise * noise.float()


@pytest.mark.parametrize(
    ("kernel", "noise"),
    [(k, n) for k in (gaussian(1.6), disc(3)) for n in (0.5, 2, 10)] + [(motion(9, 30), 10)],
)
def test_the_error_that_is_left_is_the_one_that_is_told(kernel: Tensor, noise: float) -> None:
    blur = Blur(kernel, 2 * noise / 255)
    clean, seen = blurred(blur)
    guess = WienerFilter(blur).deblur(seen)
    left = float((guess - clean)[INNER].square().mean().sqrt())
    assert error_left(blur) == pytest.approx(left, rel=0.03)
    assert left < float((seen - clean)[INNER].square().mean().sqrt())


def test_a_blur_without_noise_counts_as_one_with_that_of_rounding() -> None:
    told = [error_left(Blur(gaussian(1.6), noise)) for noise in (0.0, 1e-3, 1.2e-3)]
    assert told[0] == told[1] < told[2]


def test_the_network_is_asked_as_it_was_trained() -> None:
    """It was shown answers that err by half of the guess, and held to a quarter of that."""
    assert (wiener.AGAIN, wiener.SURE) == (0.5, 0.25)


def test_more_noise_and_a_wider_blur_leave_more() -> None:
    told = [error_left(Blur(gaussian(width), noise)) for width, noise in
            ((1.0, 0.005), (1.0, 0.05), (2.0, 0.05))]  # fmt: skip
    assert told == sorted(told) and told[0] < 0.8 * told[1] < 0.7 * told[2]


def test_no_other_trust_in_the_picture_does_better() -> None:
    blur = Blur(gaussian(1.6), 4 / 255)
    clean, seen = blurred(blur)

    def error(noise: float) -> float:
        guess = WienerFilter(Blur(blur.kernel, noise)).deblur(seen)
        return float((guess - clean)[INNER].square().mean())

    assert error(blur.noise) < min(error(0.5 * blur.noise), error(2 * blur.noise))


def test_an_answer_is_moved_towards_what_explains_the_picture() -> None:
    blur = Blur(disc(2), 1 / 255)
    clean, seen = blurred(blur)
    inverse = WienerFilter(blur)
    answer = clean + 0.05 * torch.from_numpy(
        np.random.default_rng(3).standard_normal(clean.shape).astype(np.float32)
    )
    moved = inverse.correct(answer, seen, 0.05)
    of_answer, of_moved = (
        float((picture - clean)[INNER].square().mean().sqrt()) for picture in (answer, moved)
    )
    assert of_moved < 0.9 * of_answer
    sure = inverse.correct(answer, seen, 1e-5)  # of an answer that hardly errs, little is moved
    assert float((sure - answer).abs().max()) < 1e-3


def test_what_is_right_stays() -> None:
    blur = Blur(gaussian(1.0), 0.01)
    flat = torch.full((1, 3, 40, 56), 0.25)
    inverse = WienerFilter(blur)
    assert torch.allclose(inverse.deblur(flat), flat, atol=2e-3)
    assert torch.allclose(inverse.correct(flat, flat, 0.1), flat, atol=1e-5)


def test_large_pictures_are_filtered_in_blocks_that_nobody_sees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blur = Blur(disc(2), 2 / 255)
    clean, seen = blurred(blur)
    inverse = WienerFilter(blur)
    whole = inverse.deblur(seen), inverse.correct(clean, seen, 0.1)
    monkeypatch.setattr(wiener, "_CORE", 40)
    monkeypatch.setattr(wiener, "_MARGIN", 56)
    parts = inverse.deblur(seen), inverse.correct(clean, seen, 0.1)
    for one, other in zip(whole, parts, strict=True):
        off = (one - other).abs()
        assert 0 < float(off.max()) < 0.02 and float(off.mean()) < 0.001


@pytest.mark.parametrize("size", [(5, 9), (1, 1), (3, 40)])
def test_pictures_smaller_than_the_kernel(size: tuple[int, int]) -> None:
    inverse = WienerFilter(Blur(gaussian(2.5), 0.02))
    y = torch.rand((1, 3, *size))
    assert inverse.deblur(y).shape == y.shape
    assert torch.isfinite(inverse.correct(y, y, 0.1)).all()


def test_a_kernel_is_as_wide_as_its_name_says() -> None:
    assert Blur(gaussian(1.6)).width == pytest.approx(1.6, rel=0.01)
    assert Blur(disc(3)).width == pytest.approx(1.5, rel=0.04)
    assert Blur(motion(12, 30)).width == pytest.approx(12 / 24**0.5, rel=0.05)

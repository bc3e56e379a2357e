"""The schedules against diffusers, and the ways between t, sigma and noise."""

import numpy as np
import pytest
from diffusers import DDPMScheduler
from hypothesis import given
from hypothesis import strategies as st

from restorer.diffusion.schedule import LINEAR, Schedule, cosine, linear, noise_words, scaled_linear


@pytest.mark.parametrize(
    ("schedule", "theirs"),
    [
        (linear(), DDPMScheduler(beta_schedule="linear")),
        (
            scaled_linear(),
            DDPMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
        ),
        (cosine(), DDPMScheduler(beta_schedule="squaredcos_cap_v2")),
    ],
    ids=["linear", "scaled_linear", "cosine"],
)
def test_equals_diffusers(schedule: Schedule, theirs: DDPMScheduler) -> None:
    np.testing.assert_allclose(schedule.betas, theirs.betas.numpy(), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(
        schedule.alphas_cumprod, theirs.alphas_cumprod.numpy(), rtol=1e-4, atol=1e-7
    )


@pytest.mark.parametrize(
    ("noise", "t", "signal"),
    [
        (2, 1.2, 0.9999),
        (5, 7.7, 0.9992),
        (10, 19.7, 0.9969),
        (15, 31.9, 0.9931),
        (25, 56.2, 0.9813),
        (35, 80.0, 0.9643),
        (50, 114.4, 0.931),
        (75, 167.2, 0.862),
        (100, 213.8, 0.787),
        (127.5, 258.1, 0.707),
        (255, 396, 0.447),
        (500, 523, 0.247),
        (1000, 637.5, 0.1265),
    ],
)
def test_where_a_noisy_picture_stands(noise: float, t: float, signal: float) -> None:
    """The design's table of t* for the linear schedule, to the digits it is printed with.

    (It prints 638 and 0.127 for noise 1000, which is t = 637.48.)
    """
    schedule = LINEAR
    assert float(schedule.t_from_noise(noise)) == pytest.approx(t, abs=0.5 if noise > 255 else 0.06)
    assert float(schedule.alpha_bar(schedule.t_from_noise(noise))) ** 0.5 == pytest.approx(
        signal, abs=5e-4
    )


NAMED = {"linear": linear(), "cosine": cosine(), "scaled_linear": scaled_linear()}


@pytest.mark.parametrize("name", NAMED)
def test_there_and_back(name: str) -> None:
    schedule = NAMED[name]
    t = np.random.default_rng(0).uniform(0, len(schedule) - 1, 500)
    np.testing.assert_allclose(schedule.t_from_sigma(schedule.sigma(t)), t, atol=1e-6)
    np.testing.assert_allclose(schedule.t_from_noise(schedule.noise(t)), t, atol=1e-6)
    np.testing.assert_allclose(
        schedule.snr_db(t), 10 * np.log10(schedule.alpha_bar(t) / (1 - schedule.alpha_bar(t)))
    )
    whole = np.arange(len(schedule))
    np.testing.assert_allclose(schedule.sigma(whole), schedule.sigmas)
    np.testing.assert_allclose(schedule.alpha_bar(whole), schedule.alphas_cumprod)


def test_t_stays_on_the_schedule() -> None:
    schedule = LINEAR
    assert schedule.t_from_noise(0) == 0
    assert schedule.t_from_noise(0.5) == 0
    assert schedule.t_from_noise(1e9) == 999
    assert schedule.sigma(-3) == schedule.sigma(0)
    assert schedule.sigma(5000) == schedule.sigma(999)
    assert float(schedule.noise(0)) == pytest.approx(1.275, abs=1e-3)


def test_spaced() -> None:
    schedule = LINEAR
    np.testing.assert_allclose(schedule.spaced(56.2, 1), [56.2])
    np.testing.assert_allclose(schedule.spaced(90.0, 3), [90, 60, 30])
    with pytest.raises(ValueError, match="at least 1"):
        schedule.spaced(90.0, 0)


def test_geometric() -> None:
    schedule = LINEAR
    times = schedule.geometric(90.0, 5)
    sigmas = schedule.sigma(times)
    assert times[0] == pytest.approx(90.0)
    assert sigmas[-1] == pytest.approx(0.02)
    np.testing.assert_allclose(sigmas[1:] / sigmas[:-1], sigmas[1] / sigmas[0])
    np.testing.assert_allclose(schedule.geometric(0.5, 3), schedule.spaced(0.5, 3))
    np.testing.assert_allclose(schedule.geometric(90.0, 1), [90.0])


@pytest.mark.parametrize(
    ("t", "words"),
    [
        (30, ("noise", "14")),
        (395, ("noise", "254")),
        (400, ("sqrt(1 - abar)", "0.90")),
        (999, ("sqrt(1 - abar)", "1.00")),
    ],
)
def test_a_noise_is_told_on_the_scale_of_pictures_as_far_as_that_goes(
    t: float, words: tuple[str, str]
) -> None:
    assert noise_words(float(LINEAR.sigma(t))) == words


NAMES = st.sampled_from(sorted(NAMED))


@given(NAMES, st.floats(0, 999))
def test_every_time_is_told_by_its_noise(name: str, t: float) -> None:
    schedule = NAMED[name]
    for there, back in (
        (schedule.sigma, schedule.t_from_sigma),
        (schedule.noise, schedule.t_from_noise),
    ):
        assert float(back(there(t))) == pytest.approx(t, abs=1e-4)
    a = float(schedule.alpha_bar(t))
    assert a == pytest.approx(1 / (1 + 10 ** (-float(schedule.snr_db(t)) / 10)), rel=1e-9)


@given(NAMES, st.floats(0.5, 999), st.integers(1, 60))
def test_times_fall_from_where_the_picture_stands(name: str, t: float, steps: int) -> None:
    schedule = NAMED[name]
    for times in (schedule.spaced(t, steps), schedule.geometric(t, steps)):
        assert len(times) == steps
        assert times[0] == pytest.approx(t, abs=1e-4)
        assert (np.diff(times) < 0).all() and times[-1] >= 0

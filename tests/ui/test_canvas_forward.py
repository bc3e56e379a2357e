"""The live forward process against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from restorer.diffusion.forward.picture import add_noise
from restorer.ui.canvas import Canvas
from restorer.ui.canvas.forward import ForwardNoise, _clipped_moments, noise_field
from restorer.ui.widgets.qimage import to_bytes
from tests.ui.test_canvas import render


def flat(value: float, height: int = 600, width: int = 800) -> np.ndarray:
    return np.full((height, width, 3), value, np.float32)


@pytest.mark.parametrize("zoom", [0.3, 1.0, 2.0, 4.0])
def test_abar_1_is_the_picture(canvas: Canvas, zoom: float) -> None:
    canvas.set_original(np.random.default_rng(0).random((600, 800, 3), np.float32))
    canvas.viewport.zoom_to(zoom)
    plain = render(canvas)
    canvas.show_forward(1.0)
    assert np.abs(render(canvas).astype(int) - plain).max() <= (1 if zoom == 2 else 0)


def test_none_ends_it(canvas: Canvas) -> None:
    canvas.set_original(flat(0.4))
    canvas.show_forward(0.3)
    assert len(np.unique(render(canvas))) > 100
    canvas.show_forward(None)
    canvas.viewport.actual()
    assert np.all(render(canvas) == 102)


@pytest.mark.parametrize("alpha_bar", [0.9999, 0.99, 0.9])
def test_mean_and_deviation_are_those_of_the_kernel(canvas: Canvas, alpha_bar: float) -> None:
    canvas.set_original(flat(0.6))
    canvas.viewport.actual()
    canvas.show_forward(alpha_bar)
    shown = render(canvas).astype(np.float64)
    assert shown.mean() == pytest.approx(127.5 + np.sqrt(alpha_bar) * 25.5, abs=0.4)
    rounding = 1 / 12
    deviation = np.sqrt(127.5**2 * (1 - alpha_bar) + rounding)
    assert shown.std() == pytest.approx(deviation, rel=0.02)


def test_almost_no_signal_is_clipped_white_noise(canvas: Canvas) -> None:
    canvas.set_original(flat(0.9))
    canvas.viewport.actual()
    canvas.show_forward(4e-5)  # the last step of the linear schedule
    shown = render(canvas).astype(np.float64)
    noise = np.random.default_rng(5).standard_normal(200_000) * 127.5
    assert shown.mean() == pytest.approx(127.5, abs=1.5)
    assert shown.std() == pytest.approx(np.clip(noise, -127.5, 127.5).std(), rel=0.02)
    neighbours = np.corrcoef(shown[:, :-1].ravel(), shown[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 0.02


def test_it_is_the_forward_process_of_the_diffusion_room() -> None:
    crop = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    x_0 = crop / 127.5 - 1
    shown = to_bytes(ForwardNoise(crop, left=7, top=1000, zoom=1).render(0.7))
    rows, columns = np.arange(1000, 1040) % 1024, np.arange(7, 67)
    eps = noise_field()[rows][:, columns].astype(np.float64)
    x_t = add_noise(x_0, eps, 0.7)
    expected = np.clip(127.5 * (x_t + 1), 0, 255)
    assert np.abs(shown - expected).max() <= 0.51


def test_noise_stays_with_the_picture(canvas: Canvas) -> None:
    canvas.set_original(flat(0.5))
    canvas.viewport.actual()
    canvas.show_forward(0.5)
    before = render(canvas)
    canvas.viewport.pan(QPointF(-10, -20))
    assert np.array_equal(render(canvas)[:-20, :-10], before[20:, 10:])


def test_the_noise_is_put_on_the_picture_as_it_came(canvas: Canvas) -> None:
    canvas.set_original(flat(0.2))
    canvas.layers.set_shown(flat(0.8))
    canvas.viewport.actual()
    canvas.show_forward(1.0)
    assert np.all(render(canvas) == 51)


@pytest.mark.parametrize("alpha_bar", [0.99, 0.5, 0.05])
@pytest.mark.parametrize("value", [0.5, 0.8])
@pytest.mark.parametrize("scale", [2, 5])
def test_seen_from_afar_it_looks_like_the_averaged_file(
    alpha_bar: float, value: float, scale: int
) -> None:
    rng = np.random.default_rng(2)
    height, width = 120 * scale, 160 * scale
    x_t = np.sqrt(alpha_bar) * (2 * value - 1) + np.sqrt(1 - alpha_bar) * rng.standard_normal(
        (height, width), np.float32
    )
    file = np.clip(127.5 * (x_t + 1), 0, 255)
    afar = file.reshape(120, scale, 160, scale).mean((1, 3))
    crop = np.full((120, 160, 3), round(value * 255), np.uint8)
    shown = to_bytes(ForwardNoise(crop, 0, 0, zoom=1 / scale).render(alpha_bar)).astype(np.float64)
    assert shown.mean() == pytest.approx(afar.mean(), abs=3)
    assert shown.std() == pytest.approx(np.hypot(afar.std(), 1 / 12), rel=0.15)


@pytest.mark.parametrize("deviation", [5.0, 60.0, 127.5])
def test_moments_of_clipped_noise(deviation: float) -> None:
    means = np.array([-120.0, 0.0, 50.0])
    noise = np.random.default_rng(3).standard_normal((400_000, 1)) * deviation
    drawn = np.clip(means + noise, -127.5, 127.5)
    mean, spread = _clipped_moments(means, deviation)
    assert np.allclose(mean, drawn.mean(0), atol=0.6)
    assert np.allclose(spread, drawn.std(0), atol=0.5)


def test_alpha_bar_is_checked(canvas: Canvas) -> None:
    with pytest.raises(ValueError, match="alpha_bar"):
        canvas.show_forward(1.2)

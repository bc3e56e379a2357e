"""PSNR and SSIM against scikit-image and against what they must be."""

import math

import numpy as np
import pytest
import torch

from restorer.diffusion import perceptual
from restorer.diffusion.metrics import ciede2000, psnr, ssim, to_8_bit


def _pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:60, 0:75] / 20
    clean = np.stack([0.5 + 0.4 * np.sin(x * k + y) for k in (1, 2, 3)], axis=2)
    return clean, clean + rng.normal(0, 0.1, clean.shape)


def test_psnr_of_a_known_error() -> None:
    black, grey = np.zeros((4, 4, 3)), np.full((4, 4, 3), 51 / 255)
    assert psnr(black, grey) == pytest.approx(20 * math.log10(5))
    assert psnr(grey, grey + 0.4 / 255) == math.inf, "less than half a level is no error"
    assert psnr(black, black - 3) == math.inf, "clipped before comparing"


def test_like_scikit_image() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    clean, noisy = _pair()
    a, b = to_8_bit(clean), to_8_bit(noisy)
    theirs = metrics.peak_signal_noise_ratio(a, b, data_range=255)
    assert psnr(clean, noisy) == pytest.approx(theirs)
    theirs = metrics.structural_similarity(
        a,
        b,
        data_range=255,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert ssim(clean, noisy) == pytest.approx(theirs, abs=1e-9)


def test_ssim_ends() -> None:
    clean, noisy = _pair()
    assert ssim(clean, clean) == pytest.approx(1)
    assert -1 < ssim(clean, 1 - clean) < 0 < ssim(clean, noisy) < 1
    with pytest.raises(ValueError, match="at least 11"):
        ssim(clean[:10], noisy[:10])


def test_colour_differences_as_scikit_image_has_them() -> None:
    color = pytest.importorskip("skimage.color")
    rng = np.random.default_rng(0)
    a = rng.random((4000, 3))
    b = np.clip(a + 0.1 * rng.standard_normal(a.shape) * rng.random((4000, 1)), 0, 1)
    b[:50] = b[:50].mean(axis=1, keepdims=True)  # greys have no hue
    theirs = color.deltaE_ciede2000(color.rgb2lab(a), color.rgb2lab(b))
    assert ciede2000(a, b) == pytest.approx(theirs, abs=0.03)
    assert ciede2000(a, a).max() == 0


def test_looks_are_compared_by_weights_that_a_package_brings(monkeypatch):
    pair = [pixels.astype(np.float32) for pixels in (*_pair(), _pair()[0] + 0.02)]
    clean, noisy, near = (np.clip(np.tile(pixels, (2, 1, 1)), 0, 1)[:64, :64] for pixels in pair)
    assert perceptual.st_lpips(clean, noisy) is None or perceptual.st_lpips(clean, clean) == 0
    generator = torch.Generator().manual_seed(0)
    shapes = {
        "net.slice1.0": (64, 3, 11, 11),
        "net.slice2.5": (192, 64, 5, 5),
        "net.slice3.9": (384, 192, 3, 3),
        "net.slice4.11": (256, 384, 3, 3),
        "net.slice5.13": (256, 256, 3, 3),
    }
    weights = {
        f"{name}.weight": torch.randn(shape, generator=generator) / shape[1] ** 0.5 / shape[2]
        for name, shape in shapes.items()
    } | {f"{name}.bias": torch.zeros(shape[0]) for name, shape in shapes.items()}
    widths = enumerate(shape[0] for shape in shapes.values())
    weights |= {f"lin{n}.model.1.weight": torch.ones(1, wide, 1, 1) / wide for n, wide in widths}
    monkeypatch.setattr(perceptual, "_weights", lambda: weights)
    assert perceptual.st_lpips(clean, clean) == 0
    assert 0 < perceptual.st_lpips(clean, near) < perceptual.st_lpips(clean, noisy)
    assert perceptual.st_lpips(clean[:50], noisy[:50]) is None  # too small for its last layers

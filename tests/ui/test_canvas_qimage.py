"""numpy and QImage: exact, in sRGB, and owned by nobody else."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QColorSpace, QImage

from restorer.imaging import scratch
from restorer.resources import resource_path
from restorer.ui.widgets import qimage
from restorer.ui.widgets.icons import icon_pixmap
from restorer.ui.widgets.qimage import build_pyramid, from_qimage, to_bytes, to_pyramid, to_qimage


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (33, 7), (70, 129)])
def test_pixels_are_rounded_to_bytes(size: tuple[int, int]) -> None:
    pixels = noise(*size)
    assert np.array_equal(to_bytes(to_qimage(pixels)), np.rint(pixels * 255).astype(np.uint8))


def test_what_lies_outside_is_clipped() -> None:
    pixels = np.array([[[-0.5, 0.5, 1.5]]], np.float32)
    assert to_bytes(to_qimage(pixels)).ravel().tolist() == [0, 128, 255]


def test_bytes_are_taken_as_they_are() -> None:
    pixels = np.arange(2 * 5 * 3, dtype=np.uint8).reshape(2, 5, 3)
    assert np.array_equal(to_bytes(to_qimage(pixels)), pixels)


def test_the_image_does_not_depend_on_the_array() -> None:
    pixels = noise(40, 40)
    expected = np.rint(pixels * 255).astype(np.uint8)
    image = to_qimage(pixels)
    pixels[:] = 0
    del pixels
    gc.collect()
    assert np.array_equal(to_bytes(image), expected)


def test_a_wide_profile_is_converted_to_srgb() -> None:
    p3 = QColorSpace(QColorSpace.NamedColorSpace.DisplayP3).iccProfile().data()
    # P3 (0.3, 0.6, 0.4) is a more saturated green than the same numbers in sRGB.
    shown = to_bytes(to_qimage(np.full((1, 1, 3), (0.3, 0.6, 0.4), np.float32), p3))[0, 0]
    assert shown[0] < 0.3 * 255 - 5
    assert abs(int(shown[1]) - 0.6 * 255) < 5
    # A grey is the same grey in both.
    grey = to_bytes(to_qimage(np.full((1, 1, 3), 0.5, np.float32), p3))[0, 0]
    assert np.abs(grey.astype(int) - 128).max() <= 1


def test_srgb_as_a_profile_changes_nothing() -> None:
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb).iccProfile().data()
    pixels = noise(8, 8)
    assert np.array_equal(to_bytes(to_qimage(pixels, srgb)), to_bytes(to_qimage(pixels)))


def test_a_grey_profile_works_on_three_equal_channels() -> None:
    gamma_18 = QColorSpace(
        QPointF(0.3127, 0.3290), QColorSpace.TransferFunction.Gamma, 1.8
    ).iccProfile()
    shown = to_bytes(to_qimage(np.full((1, 1, 3), 0.5, np.float32), gamma_18.data()))[0, 0]
    linear = 0.5**1.8
    expected = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(shown - expected).max() <= 1.5


@pytest.mark.parametrize("icc", [b"", b"garbage", b"g" * 400])
def test_a_broken_profile_means_srgb(icc: bytes) -> None:
    pixels = noise(8, 8)
    assert np.array_equal(to_bytes(to_qimage(pixels, icc)), to_bytes(to_qimage(pixels)))


def test_alpha_becomes_transparency() -> None:
    alpha = np.array([[0, 0.5, 1]], np.float32)
    image = to_qimage(np.ones((1, 3, 3), np.float32), alpha=alpha)
    assert [image.pixelColor(x, 0).alpha() for x in range(3)] == [0, 128, 255]


def test_from_qimage_inverts_to_qimage() -> None:
    pixels = np.rint(noise(9, 13) * 255).astype(np.float32) / np.float32(255)
    back, alpha, icc = from_qimage(to_qimage(pixels))
    assert np.allclose(back, pixels, atol=1e-7)
    assert alpha is None
    assert icc is None


def test_sixteen_bits_survive() -> None:
    image = QImage(2, 1, QImage.Format.Format_RGBA64)
    image.fill(QColor.fromRgba64(12345, 54321, 1, 65535))
    pixels, alpha, _ = from_qimage(image)
    assert np.rint(pixels[0, 0] * 65535).astype(int).tolist() == [12345, 54321, 1]
    assert alpha is None


def test_a_pasted_profile_and_transparency_are_kept() -> None:
    image = QImage(2, 2, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 20, 30, 51))
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3))
    pixels, alpha, icc = from_qimage(image)
    assert np.allclose(pixels[0, 0] * 255, (10, 20, 30), atol=1e-4)
    assert alpha is not None
    assert np.allclose(alpha, 0.2)
    assert icc is not None
    assert QColorSpace.fromIccProfile(icc).primaries() == QColorSpace.Primaries.DciP3D65


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (513, 300)])
def test_pyramid_halves_down_to_small(size: tuple[int, int]) -> None:
    height, width = size
    pyramid = build_pyramid(to_qimage(np.full((height, width, 3), 0.5, np.float32)))
    assert pyramid.size == (width, height)
    for larger, smaller in zip(pyramid.levels, pyramid.levels[1:], strict=False):
        assert smaller.width() == max(1, larger.width() // 2)
        assert smaller.height() == max(1, larger.height() // 2)
    last = pyramid.levels[-1]
    assert max(last.width(), last.height()) <= 64
    assert np.all(to_bytes(last) == 128)


def test_level_is_never_smaller_than_what_is_drawn() -> None:
    pyramid = build_pyramid(to_qimage(np.zeros((1024, 1024, 3), np.float32)))
    for scale in (0.06, 0.1, 0.25, 0.3, 0.5, 0.51, 0.99, 1, 2):
        level = pyramid.level_for(scale)
        assert level.width() >= min(1, scale) * 1024 - 1
        assert level.width() < 2.01 * max(64, scale * 1024)


@pytest.mark.parametrize("icc", [False, True])
def test_a_large_picture_looks_the_same_with_its_bytes_beside_it(
    monkeypatch: pytest.MonkeyPatch, icc: bool
) -> None:
    pixels = np.random.default_rng(0).random((130, 97, 3), np.float32)
    profile = bytes(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb).iccProfile().data())
    usual = to_pyramid(pixels, profile if icc else None)
    monkeypatch.setattr(qimage, "_LARGE", 0)
    monkeypatch.setattr(scratch, "BUDGET", 0)
    monkeypatch.setattr(scratch, "_LEAST", 0)
    monkeypatch.setattr("restorer.imaging.bands.PIXELS", 1000)
    large = to_pyramid(pixels, profile if icc else None)
    assert usual.held is None
    assert scratch.is_in_file(large.held)
    assert large.levels == usual.levels


def test_an_icon_whose_file_is_missing_is_empty(qapp: object) -> None:
    pixmap = icon_pixmap("none-such", QColor("red"))
    assert to_bytes(pixmap.toImage()).max() == 0
    there = icon_pixmap(next(resource_path("icons").glob("*.svg")).stem, QColor("red"))
    assert to_bytes(there.toImage()).max() > 0

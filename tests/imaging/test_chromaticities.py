"""Colours told in numbers become a profile, and that is said."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from restorer.imaging.code_points import TOLD
from restorer.imaging.colour import as_srgb
from restorer.imaging.read import read_bytes
from restorer.imaging.write import write_picture
from tests.imaging.test_stale_xmp import PIXELS, saved, with_chunks


def chrm(*corners: float) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(100_000 * value) for value in corners))


SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
ADOBE = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
DAMAGED = "What the file says of its colours could not be read and was left out."
GAMMA = (b"gAMA", struct.pack(">I", 45455))


def test_gamma_and_primaries_become_a_profile_of_the_same_colours(tmp_path: Path) -> None:
    data = with_chunks((b"gAMA", struct.pack(">I", 45470)), chrm(*ADOBE))
    picture = read_bytes(data)
    assert picture.icc is not None and picture.notes == (TOLD,)
    np.testing.assert_array_equal(np.rint(picture.pixels * 255), PIXELS)
    write_picture(picture, tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as image:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        back = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
    # by hand: linear light, from Adobe's primaries to sRGB's, encoded
    linear = (PIXELS / 255) ** 2.2
    matrix = np.array([[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]])
    inside = np.clip(linear @ matrix.T, 0, 1)
    encoded = np.where(inside < 0.0031308, 12.92 * inside, 1.055 * inside ** (1 / 2.4) - 0.055)
    assert np.abs(np.asarray(back) - encoded * 255).max() < 3


def test_linear_light_becomes_a_profile_and_a_grey_one_is_converted() -> None:
    linear = (b"gAMA", struct.pack(">I", 100_000))
    assert read_bytes(with_chunks(linear)).icc is not None
    ramp = np.arange(240, dtype=np.uint8).reshape(12, 20)
    grey = read_bytes(with_chunks(linear, pixels=ramp))
    x = ramp / 255
    expected = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    assert np.abs(grey.pixels[..., 0] - expected).max() < 0.3 / 255
    assert grey.grey


def test_srgb_in_numbers_is_srgb_and_a_profile_counts_first(srgb_profile: bytes) -> None:
    for chunks in ((GAMMA,), (GAMMA, chrm(*SRGB)), ((b"sRGB", b"\0"), chrm(*ADOBE))):
        assert read_bytes(with_chunks(*chunks)).icc is None
    icc = (b"iCCP", b"x\0\0" + zlib.compress(srgb_profile))
    assert read_bytes(with_chunks(icc, chrm(*ADOBE))).icc == srgb_profile


def test_damaged_colours_cost_themselves_only() -> None:
    for bad in ((b"gAMA", b"\0\0\0\0"), (b"gAMA", b""), (b"cHRM", bytes(32)), (b"cHRM", b"x")):
        picture = read_bytes(with_chunks(bad))
        np.testing.assert_array_equal(np.rint(picture.pixels * 255), PIXELS)
        assert picture.icc is None
        assert picture.notes == (DAMAGED,)


def tiff_in_numbers(pixels: np.ndarray, **numbers: np.ndarray) -> bytes:
    """As scanners write them: tags of white, corners and curve, and no profile."""
    tags, file = [], io.BytesIO()
    for code, value in zip((318, 319), (numbers.get("white"), numbers.get("corners")), strict=True):
        if value is not None:
            pairs = [number for one in value for number in (round(one * 100_000), 100_000)]
            tags.append((code, "2I", len(value), pairs, True))
    if (curve := numbers.get("curve")) is not None:
        tags.append((301, "H", curve.size, curve.ravel().tolist(), True))
    tifffile.imwrite(file, pixels, metadata=None, extratags=tags)
    return file.getvalue()


def power(*exponents: float, bits: int = 8) -> np.ndarray:
    x = np.linspace(0, 1, 1 << bits)
    return np.rint(65535 * np.stack([x**exponent for exponent in exponents])).astype(np.uint16)


def test_colours_of_a_tiff_in_numbers_become_the_profile_that_a_png_gets() -> None:
    picture = read_bytes(tiff_in_numbers(PIXELS, white=ADOBE[:2], corners=ADOBE[2:]))
    of_png = read_bytes(with_chunks(chrm(*ADOBE))).icc
    assert picture.notes == (TOLD,) and of_png is not None
    assert picture.icc is not None and picture.icc[128:] == of_png[128:]  # before is the time
    assert read_bytes(tiff_in_numbers(PIXELS, white=SRGB[:2], corners=SRGB[2:])).icc is None
    assert read_bytes(tiff_in_numbers(PIXELS, curve=power(2.2))).notes == ()


@pytest.mark.parametrize("bits", [8, 16])
def test_each_channel_of_a_tiff_has_its_curve(bits: int) -> None:
    pixels = PIXELS if bits == 8 else PIXELS.astype(np.uint16) * 257
    picture = read_bytes(tiff_in_numbers(pixels, curve=power(1, 2.2, 1.8, bits=bits)))
    assert picture.icc is not None and picture.notes == (TOLD,)
    shown = as_srgb(picture.pixels, picture.icc)
    light = (PIXELS / 255) ** [1, 2.2, 1.8]
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert shown is not None and np.abs(shown - expected).max() < 1 / 255


def test_a_grey_tiff_in_numbers_is_converted_and_damage_costs_the_numbers_only() -> None:
    ramp = np.arange(240, dtype=np.uint8).reshape(12, 20)
    grey = read_bytes(tiff_in_numbers(ramp, curve=power(1)))
    assert grey.grey and grey.icc is None and len(grey.notes) == 2
    assert grey.pixels[5, 10, 0] == pytest.approx(0.69, abs=0.01)  # 110 / 255 of the light
    assert read_bytes(tiff_in_numbers(ramp, white=(0.3, 0.3))).notes == ()
    for bad in ({"corners": np.zeros(6)}, {"curve": power(1)[:, :99]}, {"white": np.ones(1)}):
        picture = read_bytes(tiff_in_numbers(PIXELS, **bad))
        assert (picture.icc, picture.notes) == (None, (DAMAGED,))
        np.testing.assert_array_equal(np.rint(picture.pixels * 255), PIXELS)


@pytest.mark.parametrize(("space", "letters", "wide"), [(65535, "R03", True), (1, "R98", False)])
def test_adobe_rgb_as_cameras_say_it(space: int, letters: str, wide: bool) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({40961: space, 40965: {1: letters, 2: b"0100"}})
    picture = read_bytes(saved("JPEG", PIXELS, exif=exif.tobytes()))
    assert (picture.icc is not None) == wide and picture.notes == (TOLD,) * wide

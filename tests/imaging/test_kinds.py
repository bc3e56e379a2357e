"""Grey, palettes, CMYK, LAB and odd TIFFs become what `Picture` promises."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import write_picture


def saved(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def tiff(array: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, array, metadata=None, **options)
    return file.getvalue()


def levels(picture: Picture, white: int = 255) -> np.ndarray:
    return np.rint(picture.pixels * white).astype(int)


RAMP = np.arange(240, dtype=np.uint8).reshape(12, 20)


@pytest.mark.parametrize("format", ["PNG", "GIF", "TIFF", "BMP"])
def test_palette(format: str) -> None:
    image = Image.fromarray(np.dstack([RAMP, RAMP[::-1], RAMP // 2])).quantize(16)
    picture = read_bytes(saved(image, format))
    np.testing.assert_array_equal(levels(picture), np.asarray(image.convert("RGB")))
    assert (picture.bits, picture.grey, picture.alpha) == (8, False, None)


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_palette_with_transparency(format: str) -> None:
    image = Image.fromarray(np.dstack([RAMP, RAMP[::-1], RAMP // 2])).quantize(16)
    picture = read_bytes(saved(image, format, transparency=3))
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha == 0, np.asarray(image) == 3)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "GIF"])
def test_one_bit(format: str) -> None:
    image = Image.fromarray(RAMP).convert("1")
    picture = read_bytes(saved(image, format))
    np.testing.assert_array_equal(levels(picture)[..., 0], np.asarray(image) * 255)
    assert picture.bits == 8


@pytest.mark.parametrize("bits", [8, 16])
def test_colour_key_of_a_png_becomes_alpha(bits: int) -> None:
    grey = RAMP.astype(np.uint16) * 257 if bits == 16 else RAMP
    key = int(grey[3, 4])
    picture = read_bytes(saved(Image.fromarray(grey), transparency=key))
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha == 0, grey == key)
    assert picture.bits == bits


def test_only_the_first_frame_of_an_animation_with_a_note() -> None:
    frames = [Image.new("RGB", (8, 8), c) for c in ("#ff0000", "#00ff00")]
    for format in ("GIF", "WEBP", "PNG", "TIFF"):
        data = saved(frames[0], format, save_all=True, append_images=frames[1:], lossless=True)
        picture = read_bytes(data)
        assert levels(picture)[4, 4].tolist() == [255, 0, 0]
        assert len(picture.notes) == 1
        assert picture.notes[0].startswith("Only the first")


def test_cmyk_without_a_profile() -> None:
    image = Image.new("CMYK", (4, 4), (255, 0, 0, 0))
    for format in ("JPEG", "TIFF"):
        picture = read_bytes(saved(image, format))
        assert np.abs(levels(picture) - [0, 255, 255]).max() <= 2
        assert "approximate" in picture.notes[0]
        assert picture.icc is None


def cmyk_profile() -> bytes:
    """A small ICC profile of a printer: the Lab colours of the sixteen full ink combinations."""
    inks = np.indices((2, 2, 2, 2)).reshape(4, -1).T
    light = (1 - inks[:, :3]) * (1 - inks[:, 3:])
    lab = np.column_stack(
        [
            light.mean(1) * 230 + 12,
            128 + 60 * (light[:, 0] - light[:, 1]),
            128 + 60 * (light[:, 1] - light[:, 2]),
        ]
    )
    ramp = bytes(range(256))
    identity = struct.pack(">9i", *(np.eye(3, dtype=int) * 65536).ravel())
    head = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    table = head + identity + 4 * ramp + lab.astype(np.uint8).tobytes() + 3 * ramp
    tags = struct.pack(">I4sII", 1, b"A2B0", 144, len(table))
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x", 144 + len(table), 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp"
    )
    return header + d50 + bytes(128 - len(header) - len(d50)) + tags + table


def test_cmyk_with_a_profile_agrees_with_image_cms() -> None:
    profile = cmyk_profile()
    array = np.random.default_rng(0).integers(0, 256, (16, 16, 4)).astype(np.uint8)
    image = Image.frombytes("CMYK", (16, 16), array.tobytes())
    srgb = ImageCms.createProfile("sRGB")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    expected = np.asarray(ImageCms.profileToProfile(image, source, srgb, outputMode="RGB"))
    picture = read_bytes(saved(image, "TIFF", icc_profile=profile))
    assert np.abs(picture.pixels * 255 - expected).max() <= 1
    assert picture.notes == ("CMYK was converted to sRGB.",)
    assert picture.icc is None


@pytest.mark.parametrize("bits", [8, 16])
def test_lab_tiff_agrees_with_the_formulas(bits: int) -> None:
    rng = np.random.default_rng(0)
    lab = np.dstack([rng.integers(5, 250, (9, 9)), *rng.integers(-20, 20, (2, 9, 9))])
    if bits == 8:
        stored = (lab.astype(np.int64) & 255).astype(np.uint8)
    else:
        stored = ((lab * [257, 256, 256]).astype(np.int64) & 65535).astype(np.uint16)
    picture = read_bytes(tiff(stored, photometric="cielab"))
    assert picture.notes == ("LAB was converted to sRGB.",)
    assert picture.bits == bits

    skimage_color = pytest.importorskip("skimage.color")
    plain = lab * [100 / 255, 1, 1]
    # D50 white as ICC has it; scikit-image's 2-degree D50 agrees with it closely.
    xyz = skimage_color.lab2xyz(plain, illuminant="D50")
    bradford = np.array(
        [
            [3.1338561, -1.6168667, -0.4906146],
            [-0.9787684, 1.9161415, 0.0334540],
            [0.0719453, -0.2289914, 1.4052427],
        ]
    )
    linear = np.clip(xyz @ bradford.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(picture.pixels - encoded).max() < 1 / 255


@pytest.mark.parametrize("bits", [8, 16])
def test_a_grey_profile_becomes_srgb_grey(tmp_path: Path, bits: int) -> None:
    profile = imagecodecs.cms_profile("gray", gamma=1.0)
    assert profile[16:20] == b"GRAY"
    grey = RAMP.astype(np.uint16) * 257 if bits == 16 else RAMP
    picture = read_bytes(tiff(grey, photometric="minisblack", iccprofile=profile))
    linear = RAMP / 255
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(picture.pixels[..., 1] - expected).max() < 0.3 / 255
    assert (picture.grey, picture.icc, picture.bits) == (True, None, bits)
    assert "grey profile" in picture.notes[0]


def test_a_profile_that_does_not_fit_is_left_out() -> None:
    profile = imagecodecs.cms_profile("gray", gamma=2.2)
    for icc in (profile, b"nonsense" * 40):
        picture = read_bytes(saved(Image.new("RGB", (4, 4)), "PNG", icc_profile=icc))
        assert picture.icc is None
        assert "does not fit" in picture.notes[0]


def test_a_grey_file_with_an_rgb_profile_keeps_it(tmp_path: Path, srgb_profile: bytes) -> None:
    picture = read_bytes(saved(Image.fromarray(RAMP), "JPEG", icc_profile=srgb_profile))
    assert (picture.grey, picture.icc) == (True, srgb_profile)
    write_picture(picture, tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as image:
        assert (image.mode, image.info["icc_profile"]) == ("RGB", srgb_profile)


# ---- TIFF ------------------------------------------------------------------------------------

RNG = np.random.default_rng(5)
COLOUR16 = RNG.integers(0, 65536, (30, 40, 3)).astype(np.uint16)


@pytest.mark.parametrize(
    "options",
    [
        {"planarconfig": "contig"},
        {"planarconfig": "separate"},
        {"tile": (16, 16)},
        {"compression": "lzw", "predictor": True},
        {"compression": "zstd"},
        {"compression": "jpegxl", "compressionargs": {"lossless": True}},
        {"bigtiff": True},
        {"byteorder": ">"},
    ],
    ids=str,
)
def test_layouts_of_a_tiff(options: dict[str, object]) -> None:
    array = COLOUR16
    if options.get("planarconfig") == "separate":
        array = np.ascontiguousarray(np.moveaxis(array, -1, 0))
    picture = read_bytes(tiff(array, photometric="rgb", **options))
    np.testing.assert_array_equal(levels(picture, 65535), COLOUR16)
    assert picture.bits == 16


def test_white_is_zero() -> None:
    picture = read_bytes(tiff(RAMP, photometric="miniswhite"))
    np.testing.assert_array_equal(levels(picture)[..., 0], 255 - RAMP.astype(int))


def test_jpeg_in_tiff() -> None:
    smooth = np.asarray(Image.linear_gradient("L").convert("RGB"))
    picture = read_bytes(tiff(smooth, photometric="rgb", compression="jpeg"))
    assert np.abs(levels(picture) - smooth.astype(int)).max() <= 6


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_ycbcr_without_jpeg(compression: str) -> None:
    smooth = Image.fromarray(np.dstack([RAMP, RAMP[::-1], RAMP // 2]))
    picture = read_bytes(saved(smooth.convert("YCbCr"), "TIFF", compression=compression))
    assert np.abs(levels(picture) - np.asarray(smooth).astype(int)).max() <= 3
    assert picture.bits == 8


def test_premultiplied_alpha_is_undone() -> None:
    straight = RNG.integers(0, 256, (20, 20, 3)) / 255
    alpha = RNG.integers(128, 256, (20, 20)) / 255
    stored = np.rint(np.dstack([straight * alpha[..., None], alpha]) * 65535).astype(np.uint16)
    picture = read_bytes(tiff(stored, photometric="rgb", extrasamples=["assocalpha"]))
    assert np.abs(picture.pixels - straight).max() < 1e-4
    assert picture.alpha is not None
    assert np.abs(picture.alpha - alpha).max() < 1e-5


def test_a_channel_without_a_meaning_is_left_out() -> None:
    stored = np.zeros((8, 8, 4), np.uint8)
    picture = read_bytes(tiff(stored, photometric="rgb", extrasamples=["unspecified"]))
    assert picture.alpha is None
    assert len(picture.notes) == 1


def test_floats_out_of_range() -> None:
    within = RNG.random((40, 40, 3)).astype(np.float32)
    assert read_bytes(tiff(within, photometric="rgb")).notes == ()
    for dtype in (np.float16, np.float64):
        back = read_bytes(tiff(within.astype(dtype), photometric="rgb"))
        assert np.abs(back.pixels - within).max() < 1e-3
        assert back.bits == 32

    overshoot = within.copy()
    overshoot[0, 0, 0], overshoot[0, 0, 1] = 7.0, -1.0
    clipped = read_bytes(tiff(overshoot, photometric="rgb"))
    assert clipped.pixels[0, 0, :2].tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(clipped.pixels[1:], within[1:])
    assert "clipped" in clipped.notes[0]

    scaled = read_bytes(tiff(within * 255, photometric="rgb"))
    assert np.abs(scaled.pixels * within.max() - within).max() < 1e-6
    assert "black to white" in scaled.notes[0]

    broken = within.copy()
    broken[0, 0, 1] = np.nan
    damaged = read_bytes(tiff(broken, photometric="rgb"))
    assert damaged.pixels[0, 0, 1] == 0 and "not finite" in damaged.notes[0]


def test_32_bit_integers() -> None:
    stored = (COLOUR16.astype(np.uint64) * 65537).astype(np.uint32)
    picture = read_bytes(tiff(stored, photometric="rgb"))
    np.testing.assert_allclose(picture.pixels, COLOUR16 / 65535, atol=1e-6)
    assert picture.bits == 32


def test_a_stack_of_slices_or_spectral_channels_is_refused() -> None:
    with pytest.raises(BadInput, match="TIFF that Restorer cannot show"):
        read_bytes(
            tiff(np.zeros((8, 8, 31), np.uint8), photometric="minisblack", planarconfig="contig")
        )


def test_complex_numbers_are_refused_truly() -> None:
    with pytest.raises(BadInput, match="is a TIFF of numbers that Restorer cannot read"):
        read_bytes(tiff(np.zeros((8, 8), np.complex64), photometric="minisblack"))


def test_heic_with_ten_bits(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    ramp = np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[None, :, None], 3, 2)
    array = np.ascontiguousarray(np.repeat(ramp, 48, 0))
    heif = pillow_heif.from_bytes("RGB;16", (64, 48), array.tobytes())
    heif.save(tmp_path / "x.heic", quality=100, chroma=444)
    picture = read_picture(tmp_path / "x.heic")
    assert (picture.size, picture.bits, picture.format) == ((64, 48), 16, "HEIF")
    assert np.abs(picture.pixels - array / 65535).max() < 0.01

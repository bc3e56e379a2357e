"""OpenEXR: light of any brightness, opened, changed and saved with its range."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from restorer.errors import BadInput
from restorer.imaging.levels import encode_light, restore_levels
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import write_picture

OpenEXR = pytest.importorskip("OpenEXR")

RNG = np.random.default_rng(0)
#: From a shadow to the sun, and a little below black.
SCENE = np.exp(RNG.uniform(-8, 6, (24, 40, 3))).astype(np.float32)
SCENE[0, 0] = -0.02


def exr(channels: dict[str, np.ndarray], **header: object) -> bytes:
    file = io.BytesIO()
    planes = {name: np.ascontiguousarray(plane) for name, plane in channels.items()}
    OpenEXR.File({"type": OpenEXR.scanlineimage, **header}, planes).write(file)
    return file.getvalue()


def planes(light: np.ndarray, prefix: str = "") -> dict[str, np.ndarray]:
    return {prefix + name: light[..., i] for i, name in enumerate("RGB")}


def stored(path: Path) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        pixels = {name: channel.pixels for name, channel in file.channels().items()}
        return dict(file.header()), pixels  # closed, it forgets them


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_the_range_is_kept(kind: type, tmp_path: Path) -> None:
    values = SCENE.astype(kind)
    picture = read_bytes(exr(planes(values)), "x.exr")
    assert (picture.format, picture.bits, picture.icc) == ("EXR", 32, None)
    assert picture.pixels.min() == 0 and picture.pixels.max() == 1
    (note,) = picture.notes
    assert note.startswith("Light from -0.0") and note.endswith(" is taken as black to white.")
    path = tmp_path / "y.exr"
    assert write_picture(picture, path) == ()
    _, back = stored(path)
    got = np.stack([back[name] for name in "RGB"], axis=2)
    assert got.dtype == kind
    np.testing.assert_allclose(got, values, rtol=2e-6 if kind is np.float32 else 0, atol=2e-7)


def test_light_up_to_white_looks_as_srgb_does(tmp_path: Path) -> None:
    light = np.full((8, 9, 3), 0.2140411, np.float32)
    picture = read_bytes(exr(planes(light)), "x.exr")
    np.testing.assert_allclose(picture.pixels, 0.5, atol=1e-5)
    assert picture.notes == ()
    write_picture(picture, tmp_path / "x.png")
    assert np.rint(read_picture(tmp_path / "x.png").pixels * 255).max() in (127, 128)


def test_another_format_says_that_the_range_is_gone(tmp_path: Path) -> None:
    picture = read_bytes(exr(planes(np.maximum(SCENE, 0))), "x.exr")
    for suffix in ("png", "tif", "pfm"):
        *_, note = write_picture(picture, tmp_path / f"x.{suffix}")
        assert "does not keep the file's own range: 0 to " in note


def test_what_was_no_light_becomes_light(tmp_path: Path) -> None:
    write_picture(Picture(np.full((8, 9, 3), 0.5, np.float32)), tmp_path / "x.exr")
    _, back = stored(tmp_path / "x.exr")
    np.testing.assert_allclose(back["G"], 0.2140411, atol=1e-6)


def test_transparency_resolution_and_xmp_are_kept(tmp_path: Path) -> None:
    alpha = RNG.uniform(0.2, 1, (24, 40)).astype(np.float32)
    alpha[:4] = 0
    premultiplied = np.abs(SCENE) * alpha[..., None]
    xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    xmp += '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
    data = exr({**planes(premultiplied), "A": alpha}, xDensity=300.0, xmp=xmp)
    picture = read_bytes(data, "x.exr")
    np.testing.assert_array_equal(picture.alpha, alpha)
    assert picture.dpi == pytest.approx((300, 300)) and picture.xmp == xmp.encode()
    assert write_picture(picture, tmp_path / "y.exr") == ()
    header, back = stored(tmp_path / "y.exr")
    assert header["xDensity"] == pytest.approx(300) and header["xmp"] == xmp
    for index, name in enumerate("RGB"):
        np.testing.assert_allclose(back[name], premultiplied[..., index], rtol=3e-6, atol=1e-6)


def test_grey_and_layers_are_found_and_the_rest_is_said() -> None:
    grey = read_bytes(exr({"Y": np.abs(SCENE[..., 0])}), "x.exr")
    assert grey.grey and grey.pixels.shape == (24, 40, 3)
    layers = planes(SCENE, "beauty.") | {"depth.Z": SCENE[..., 0]}
    picture = read_bytes(exr(layers, owner="A. Person"), "x.exr")
    assert picture.notes[1:] == (
        "1 channels beyond the colours were left out.",
        "What the file says beside its picture was left out: owner.",
    )


def test_other_primaries_are_converted_without_a_loss_of_range() -> None:
    wide = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)
    light = np.zeros((6, 7, 3), np.float32)
    light[:3], light[3:, :, 1] = 0.25, 0.5
    picture = read_bytes(exr(planes(light), chromaticities=wide), "x.exr")
    assert picture.notes[-1] == "The colours were converted to the primaries of sRGB."
    assert picture.levels is not None
    back = restore_levels(picture.pixels, picture.levels)
    np.testing.assert_allclose(back[0, 0], 0.25, atol=1e-4)
    # the green of Rec. 2020 in Rec. 709 (ITU-R BT.2087)
    np.testing.assert_allclose(back[5, 0], 0.5 * np.array([-0.5876, 1.1329, -0.1006]), atol=2e-3)


def test_values_that_are_no_numbers_are_said() -> None:
    light = SCENE.copy()
    light[3, 4] = np.nan, np.inf, -np.inf
    picture = read_bytes(exr(planes(light)), "x.exr")
    assert picture.notes[0] == "Values that are not finite numbers were set to black or white."
    assert np.isfinite(picture.pixels).all()


def test_the_curve_is_smooth_and_comes_back() -> None:
    light = np.geomspace(1e-6, 6e4, 4000, dtype=np.float32).reshape(40, 100, 1)
    pixels, levels, _ = encode_light(light, "float32")
    steps = np.diff(pixels.reshape(-1).astype(np.float64)) / np.diff(np.log(light.reshape(-1)))
    at_white = np.searchsorted(light.reshape(-1), 1)
    assert steps[at_white] == pytest.approx(steps[at_white - 3], rel=0.02)
    np.testing.assert_allclose(restore_levels(pixels, levels), light, rtol=3e-6, atol=1e-7)


def test_damage_and_what_is_no_picture_end_in_sentences() -> None:
    whole = exr(planes(SCENE))
    for data in (whole[:200], whole[: len(whole) // 2], whole[:4] + bytes(300)):
        for allowed in (False, True):
            with pytest.raises(BadInput, match="is damaged"):
                read_bytes(data, "x.exr", allow_truncated=allowed)
    with pytest.raises(BadInput, match="without a picture"):
        read_bytes(exr({"id": SCENE[..., 0]}), "x.exr")
    with pytest.raises(BadInput, match="kind of OpenEXR"):
        read_bytes(exr(planes(np.ones((4, 5, 3), np.uint32))), "x.exr")


def test_primaries_that_are_no_colours_cost_no_picture() -> None:
    picture = read_bytes(exr(planes(SCENE), chromaticities=(0.0,) * 8), "x.exr")
    assert any("primaries are no colours" in note for note in picture.notes)
    np.testing.assert_array_equal(picture.pixels, read_bytes(exr(planes(SCENE)), "x.exr").pixels)


def test_a_single_colour_is_taken_as_grey() -> None:
    picture = read_bytes(exr({"G": SCENE[..., 0]}), "x.exr")
    assert picture.grey and picture.size == SCENE.shape[1::-1]


def test_without_the_package_a_sentence_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = exr(planes(SCENE))
    monkeypatch.setitem(sys.modules, "OpenEXR", None)
    with pytest.raises(BadInput, match=r"install the package OpenEXR .*restorer\[exr\]"):
        read_bytes(data, "x.exr")
    with pytest.raises(BadInput, match=r"OpenEXR needs the package OpenEXR"):
        write_picture(Picture(np.zeros((4, 5, 3), np.float32)), tmp_path / "x.exr")

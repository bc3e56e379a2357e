"""Camera raw files are developed with LibRaw; without it a sentence names the package."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import ImageCms

from restorer.errors import BadInput
from restorer.imaging.colour import as_srgb
from restorer.imaging.formats import suffix_for_result
from restorer.imaging.light import to_light
from restorer.imaging.raw_files import is_raw
from restorer.imaging.read import read_bytes, read_pages, read_picture
from restorer.imaging.write import write_picture
from tests.imaging.test_which_picture import RAW_FILES, SMALL

# A sensor that sees the primaries of sRGB, by lamps in which it is half blind for red.
FROM_XYZ = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
NEUTRAL = np.array([0.5, 1.0, 0.7])
SCENE = np.array([[[0.8, 0.3, 0.2], [0.2, 0.6, 0.3]], [[0.5, 0.5, 0.5], [0.25, 0.2, 0.7]]])


def rationals(values: np.ndarray) -> tuple[int, ...]:
    return tuple(int(n) for value in values.ravel() for n in (round(value * 10_000), 10_000))


def dng(scene: np.ndarray = SCENE, cell: int = 32, orientation: int = 1, **more: object) -> bytes:
    """A scene (rows, columns, 3) of sRGB values, each a square, as a DNG that a camera made."""
    light = to_light(scene.repeat(cell, 0).repeat(cell, 1)) * 0.9 * NEUTRAL
    mosaic = np.empty(light.shape[:2])
    for y, x, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[y::2, x::2] = light[y::2, x::2, channel]
    above = [
        (50706, "B", 4, (1, 4, 0, 0), True),
        (50708, "s", 0, "Box Brownie", True),
        (271, "s", 0, "Kodak", True),
        (306, "s", 0, "1931:05:06 07:08:09", True),
        (274, "H", 1, orientation, True),
        (50721, "2i", 9, rationals(FROM_XYZ), True),
        (50778, "H", 1, 21, True),
        (50728, "2I", 3, rationals(NEUTRAL), True),
    ]
    below = [
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, (0, 1, 1, 2), True),
        (50714, "H", 1, 512, True),
        (50717, "H", 1, 16383, True),
    ]
    values = (512 + mosaic * (16383 - 512)).round().astype(np.uint16)
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as tif:
        about = {"photometric": "rgb", "metadata": None, "extratags": above}
        tif.write(SMALL, subfiletype=1, subifds=1, **about)
        tif.write(values, photometric=32803, metadata=None, extratags=below, **more)
    return file.getvalue()


def test_a_raw_file_is_developed_in_wide_colours_and_upright(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    picture = read_bytes(dng(orientation=6), "shot.dng")
    assert (picture.size, picture.bits, picture.format) == ((64, 64), 16, "RAW")
    assert picture.notes == (
        "This is a camera raw file (DNG), developed with the white balance of the camera, "
        "in colours of Rec. 2020.",
    )
    assert picture.icc is not None
    profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.icc))
    assert ImageCms.getProfileDescription(profile).strip() == "Rec.2020 RGB"
    assert picture.exif is not None and b"1931" in picture.exif
    srgb = as_srgb(picture.pixels, picture.icc)
    assert srgb is not None
    got = to_light(srgb[16::32, 16::32]) / 0.9
    np.testing.assert_allclose(got, np.rot90(to_light(SCENE), -1), atol=0.02)

    out = tmp_path / "x.tif"
    assert write_picture(picture, out) == ()
    again = read_picture(out)
    assert (again.bits, again.icc, again.notes) == (16, picture.icc, ())
    np.testing.assert_array_equal(again.pixels, picture.pixels)
    with tifffile.TiffFile(out) as tif:
        assert tif.pages.first.tags.valueof(271) == "Kodak"
        assert tif.pages.first.tags.valueof(274, 1) == 1


def test_without_the_cameras_white_balance_the_picture_gives_one() -> None:
    pytest.importorskip("rawpy")
    tag = struct.pack("<HH", 50728, 5)
    data = dng(np.float64([0.3, 0.5, 0.4, 0.6]).reshape(2, 2, 1).repeat(3, axis=2))
    assert data.count(tag) == 1
    picture = read_bytes(data.replace(tag, struct.pack("<HH", 50732, 5)), "shot.dng")
    assert "white balance found in the picture itself" in picture.notes[0]
    srgb = as_srgb(picture.pixels, picture.icc)
    assert srgb is not None
    squares = srgb[16::32, 16::32]
    np.testing.assert_allclose(squares - squares.mean(axis=2, keepdims=True), 0, atol=0.02)  # grey


def test_a_raw_file_has_one_page(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    path = tmp_path / "shot.dng"
    path.write_bytes(dng())
    assert [page.size for page in read_pages(path)] == [(64, 64)]


@pytest.mark.parametrize("kind", [kind for kind, data in RAW_FILES.items() if is_raw(data)])
def test_one_that_libraw_cannot_read_ends_in_a_sentence(kind: str) -> None:
    pytest.importorskip("rawpy")
    with pytest.raises(BadInput) as caught:
        read_bytes(RAW_FILES[kind], "shot")
    wanted = f"shot is a camera raw file ({kind}) that LibRaw cannot develop."
    assert caught.value.sentence == wanted


@pytest.mark.parametrize("kind", list(RAW_FILES))
def test_without_the_package_a_sentence_names_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    named = f" ({kind})" if kind else ""
    with pytest.raises(BadInput) as caught:
        read_bytes(RAW_FILES[kind], "shot")
    wanted = f"shot is a camera raw file{named}; install the package rawpy to open these "
    assert caught.value.sentence.startswith(wanted + "(pip install 'restorer[raw]')")


def test_a_raw_file_that_claims_to_be_huge_is_refused() -> None:
    pytest.importorskip("rawpy")
    data = dng()
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        tags = tif.pages.first.pages[0].tags
        places = [tags[code].valueoffset for code in (256, 257)]
    huge = bytearray(data)
    for place in places:
        huge[place : place + 2] = (40_000).to_bytes(2, "little")
    with pytest.raises(BadInput, match="shot"):
        read_bytes(bytes(huge), "shot")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.NEF", ".tif"), ("a.dng", ".tif"), ("a.JPG", ".JPG"), ("a.gif", ".png"), ("a", ".png")],
)
def test_what_a_result_is_called(name: str, suffix: str) -> None:
    assert suffix_for_result(Path(name)) == suffix

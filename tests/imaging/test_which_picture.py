"""Of files that hold several pictures the right one is opened, and no raw file's thumbnail."""

from __future__ import annotations

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from restorer.engine.damage_files import read_map
from restorer.errors import BadInput
from restorer.imaging.mask_files import read_mask
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import write_picture

SMALL = np.full((6, 8, 3), 40, np.uint8)
LARGE = np.full((24, 32, 3), 200, np.uint8)
OTHER = np.full((24, 32, 3), 90, np.uint8)


def tiff(*pages: tuple[np.ndarray, dict[str, object]]) -> bytes:
    """A TIFF of pages, each with its options; a page with `subifds` is followed by those."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as tif:
        for array, options in pages:
            defaults = {"photometric": "rgb", "metadata": None}
            tif.write(array, **(defaults | options))
    return file.getvalue()


def sensor(make: str = "", **more: object) -> bytes:
    """As cameras write raw files: a thumbnail, and below it what the sensor saw."""
    tags = [(271, "s", 0, make, True)] if make else []
    first = {"subfiletype": 1, "subifds": 1, "extratags": tags, **more}
    raw = np.zeros((48, 64), np.uint16)
    data = tiff((SMALL, first), (raw, {"photometric": "minisblack"}))
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        tag = tif.pages.first.pages[0].tags[262]
        position = tag.valueoffset
    return data[:position] + (32803).to_bytes(2, "little") + data[position + 2 :]


DNG = [(50706, "B", 4, (1, 4, 0, 0), True)]
RAW_FILES = {
    "DNG": tiff((SMALL, {"subfiletype": 1, "extratags": DNG})),
    "NEF": sensor("NIKON CORPORATION"),
    "ARW": sensor("SONY"),
    "PEF": sensor("PENTAX Corporation"),
    "SRW": sensor("SAMSUNG"),
    "3FR": sensor("Hasselblad"),
    "": sensor("Box Brownie"),
    "CR2": b"II*\0\x10\0\0\0CR\2\0" + bytes(200),
    "CR3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(200),
    "ORF": b"IIRO\x08\0\0\0" + bytes(200),
    "RW2": b"IIU\0\x18\0\0\0" + bytes(200),
    "RAF": b"FUJIFILMCCD-RAW 0201" + bytes(200),
    "X3F": b"FOVb" + bytes(200),
    "MRW": b"\0MRM" + bytes(200),
    "CRW": b"II\x1a\0\0\0HEAPCCDR" + bytes(200),
    "IIQ": b"II*\0\x20\0\0\0IIII" + bytes(200),
}


@pytest.mark.parametrize("old", [False, True])
def test_the_full_page_is_taken_where_a_thumbnail_comes_first(old: bool) -> None:
    tags = [(255, "H", 1, 2, True)]  # what came before NewSubfileType
    small = {"extratags": tags} if old else {"subfiletype": 1}
    picture = read_bytes(tiff((SMALL, small), (LARGE, {})))
    assert picture.size == (32, 24)
    assert np.rint(picture.pixels.mean() * 255) == 200
    assert picture.notes == ()


def test_the_full_page_is_taken_of_a_pyramid() -> None:
    # below a thumbnail, as scanners write; below the picture, as pyramids have smaller ones
    thumb = tiff((SMALL, {"subfiletype": 1, "subifds": 1}), (LARGE, {}))
    pyramid = tiff((LARGE, {"subifds": 1}), (SMALL, {"subfiletype": 1}))
    chain = tiff((LARGE, {}), (LARGE[::2, ::2], {"subfiletype": 1}), (SMALL, {"subfiletype": 1}))
    untold = tiff((SMALL, {"subifds": 1}), (LARGE, {}))
    for data in (thumb, pyramid, chain, untold):
        picture = read_bytes(data)
        assert (picture.size, picture.notes) == ((32, 24), ())


def test_the_largest_is_taken_where_all_are_called_reduced() -> None:
    data = tiff((SMALL, {"subfiletype": 1}), (LARGE, {"subfiletype": 1}))
    assert read_bytes(data).size == (32, 24)
    assert read_bytes(tiff((SMALL, {"subfiletype": 1}))).size == (8, 6)


def test_the_exif_of_the_first_page_counts_for_the_full_one(tmp_path: Path) -> None:
    author = [(315, "s", 0, "A. Person", True)]
    data = tiff((SMALL, {"subfiletype": 1, "subifds": 1, "extratags": author}), (LARGE, {}))
    exif = read_bytes(data).exif
    assert exif is not None and b"A. Person" in exif


def test_of_several_pages_a_note_says_how_many() -> None:
    picture = read_bytes(tiff((LARGE, {}), (OTHER, {}), (SMALL, {"subfiletype": 1}), (OTHER, {})))
    assert np.rint(picture.pixels.mean() * 255) == 200
    assert picture.notes == ("Only the first of 3 pages was opened.",)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_frames_a_note_says_how_many_or_they_are_refused(
    format: str, tmp_path: Path
) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    file = io.BytesIO()
    frames[0].save(file, format, save_all=True, append_images=frames[1:], lossless=True)
    what = "pages" if format == "TIFF" else "frames"
    picture = read_bytes(file.getvalue())
    assert picture.notes == (f"Only the first of 3 {what} was opened.",)
    assert np.rint(picture.pixels[0, 0] * 255).tolist() == [255, 0, 0]
    (tmp_path / "x").write_bytes(file.getvalue())
    with pytest.raises(BadInput, match="x has several frames or pages"):
        read_picture(tmp_path / "x", one_only=True)
    frames[0].save(tmp_path / "x", format)
    assert read_picture(tmp_path / "x", one_only=True).size == (8, 8)


def test_a_damaged_second_page_does_not_cost_the_first() -> None:
    data = tiff((LARGE, {}), (OTHER, {}))
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        offset = tif.pages[1].offset
    assert read_bytes(data[: offset + 4]).size == (32, 24)


# ---- ranges ----------------------------------------------------------------------------------

RAMP = np.linspace(0, 1, 24 * 32).reshape(24, 32)
RANGES = {
    "Hounsfield": (RAMP * 2182 - 680).round().astype(np.int16),
    "photons": (RAMP * 46364 + 6768).astype(np.float32),
    "counts": (RAMP * 5000).round().astype(np.uint32),
    "signed floats": (RAMP * 4 - 2).astype(np.float32),
    "deep": (RAMP * 4e9).astype(np.int64).astype(np.int32),
    "long counts": (RAMP * 255).round().astype(np.uint64),
    "long": np.linspace(-(2**63), 2**63 - 1024, RAMP.size).astype(np.int64).reshape(RAMP.shape),
}


@pytest.mark.parametrize("name", list(RANGES))
def test_a_range_of_its_own_is_told_and_goes_back_into_a_tiff(tmp_path: Path, name: str) -> None:
    values = RANGES[name]
    path, again = tmp_path / "x.tif", tmp_path / "y.tif"
    tifffile.imwrite(path, values, photometric="minisblack")
    picture = read_picture(path)
    low, high = min(0, values.min()), values.max()
    assert picture.notes == (f"Values from {low:g} to {high:g} are taken as black to white.",)
    assert picture.pixels.max() == 1
    assert write_picture(picture, again) == ()
    back = tifffile.imread(again)
    assert back.dtype == values.dtype
    np.testing.assert_allclose(back, values, rtol=0, atol=2e-7 * (float(high) - float(low)))

    (*_, note) = write_picture(picture, tmp_path / "x.png")
    own = f"{low:g} to {high:g}"
    assert note == f"PNG does not keep the file's own range: {own} became 0 to 65535."


def test_a_range_beside_transparency_is_told_to_be_lost(tmp_path: Path) -> None:
    values = np.dstack([RANGES["Hounsfield"]] * 4)
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, values, photometric="rgb", extrasamples=["unassalpha"])
    lost = "Beside transparency the file's own range is not kept."
    assert lost in read_picture(path).notes
    tifffile.imwrite(path, values.astype(np.uint16), photometric="rgb", extrasamples=["unassalpha"])
    assert read_picture(path).notes == ()


def test_bright_lights_are_kept_and_rounding_is_not_a_range(tmp_path: Path) -> None:
    """A sun of one part in a hundred is a range of its own; a handful of pixels is ringing."""
    values = RAMP.astype(np.float32)
    path, again = tmp_path / "x.tif", tmp_path / "y.tif"
    values[4:6, 4:8] = 5.0
    tifffile.imwrite(path, values, photometric="minisblack")
    picture = read_picture(path)
    assert picture.notes == ("Values from 0 to 5 are taken as black to white.",)
    write_picture(picture, again)
    np.testing.assert_allclose(tifffile.imread(again), values, atol=1e-5)

    large = np.tile(RAMP.astype(np.float32), (4, 4))
    large[0, :5] = 5.0
    tifffile.imwrite(path, large, photometric="minisblack")
    picture = read_picture(path)
    assert picture.notes == ("Values outside 0..1 were clipped.",)
    np.testing.assert_allclose(picture.pixels[8:, :, 0], large[8:], atol=1e-6)


@pytest.mark.parametrize(("top", "white"), [(4000, 4095), (255, 255), (16383, 16383)])
@pytest.mark.parametrize("suffix", ["tif", "png"])
@pytest.mark.parametrize("coloured", [False, True])
def test_the_bits_of_a_detector_in_sixteen_are_its_range(
    tmp_path: Path, top: int, white: int, suffix: str, coloured: bool
) -> None:
    values = (RAMP * top).round().astype(np.uint16)
    if coloured:
        values = np.dstack([values, values // 2, values // 3])
    path, again = tmp_path / f"x.{suffix}", tmp_path / f"y.{suffix}"
    save(values, path)
    picture = read_picture(path)
    shown = picture.pixels if coloured else picture.pixels[..., 0]
    np.testing.assert_allclose(shown, values / white, atol=1e-6)
    assert picture.notes == (
        f"The values end below {white + 1} of 65536; {white} is taken as white.",
    )
    assert write_picture(picture, again) == ()
    np.testing.assert_array_equal(load(again), values)
    (*_, note) = write_picture(picture, tmp_path / "x.jpg")
    assert note == f"JPEG does not keep the file's own range: 0 to {white} became 0 to 255."


def test_a_dark_mask_of_sixteen_bits_stays_dark(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    save(np.full((4, 5), 13_107, np.uint16), path)  # a fifth
    assert (read_mask(path, (5, 4)) == 51).all()
    assert read_map(path, read_picture(path), "map") == pytest.approx(0.2)


@pytest.mark.parametrize("top", [0, 100, 16384, 65535])
def test_other_values_of_sixteen_bits_are_what_they_are(tmp_path: Path, top: int) -> None:
    values = (RAMP * top).round().astype(np.uint16)
    for path in (tmp_path / "x.png", tmp_path / "x.tif"):
        save(values, path)
        picture = read_picture(path)
        assert (picture.notes, picture.levels) == ((), None)
        np.testing.assert_allclose(picture.pixels[..., 0], values / 65535, atol=1e-6)


def save(values: np.ndarray, path: Path) -> None:
    if path.suffix == ".png":
        path.write_bytes(imagecodecs.png_encode(values))
    else:
        tifffile.imwrite(path, values, photometric="rgb" if values.ndim == 3 else "minisblack")


def load(path: Path) -> np.ndarray:
    read = imagecodecs.png_decode if path.suffix == ".png" else imagecodecs.tiff_decode
    return np.squeeze(read(path.read_bytes()))


def test_signed_values_that_are_not_negative_stay_signed(tmp_path: Path) -> None:
    values = (RAMP * 20000).round().astype(np.int16)
    tifffile.imwrite(tmp_path / "x.tif", values)
    picture = read_picture(tmp_path / "x.tif")
    assert picture.notes == ()
    assert picture.pixels.max() == pytest.approx(20000 / 32767)
    write_picture(picture, tmp_path / "y.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "y.tif"), values)


def test_a_changed_picture_keeps_to_the_range(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", RANGES["Hounsfield"])
    picture = read_picture(tmp_path / "x.tif")
    write_picture(picture.with_pixels(picture.pixels * 3 - 1), tmp_path / "y.tif")
    back = tifffile.imread(tmp_path / "y.tif")
    assert (back.min(), back.max()) == (-680 - 2182, -680 + 2 * 2182)


@pytest.mark.parametrize("extra", [1, 2])
def test_channels_without_a_meaning_are_told(extra: int) -> None:
    stored = np.zeros((8, 8, 3 + extra), np.uint8)
    kinds = ["unspecified"] * extra
    picture = read_bytes(tiff((stored, {"extrasamples": kinds})))
    assert picture.alpha is None
    (note,) = picture.notes
    assert "left out" in note

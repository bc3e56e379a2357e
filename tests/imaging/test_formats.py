"""Every row of the table of formats, so that a new one needs no test of its own."""

from __future__ import annotations

import runpy
import struct
from pathlib import Path

import numpy as np
import pytest

from restorer.errors import BadInput
from restorer.imaging.formats import (
    FORMATS,
    SaveOptions,
    format_for,
    readable_suffixes,
    recognised,
    ways_to_save,
)
from restorer.imaging.geo import packed
from restorer.imaging.ifd import Value
from restorer.imaging.metadata import NAMES
from restorer.imaging.picture import Levels, Picture
from restorer.imaging.read import read_picture
from restorer.imaging.texts import from_comment
from restorer.imaging.write import write_picture
from tests.imaging.pictures import random_pixels

ROOT = Path(__file__).parents[2]
WRITABLE = [name for name, format in FORMATS.items() if format.encoder]
written = pytest.mark.parametrize("name", WRITABLE)
IPTC = b"\x1c\x02\x19\x00\x04fish"
GEO = packed({33550: Value(12, struct.pack("<3d", 10, 10, 0)), 42113: Value(2, b"-9999\0")})
HDR = bytes((9, 16, 0, 1))


def smooth(height: int = 24, width: int = 40) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x / width, y / height, (x + y) / (width + height)], axis=2)


def path_of(name: str, folder: Path) -> Path:
    return folder / f"x{FORMATS[name].suffixes[0]}"


def test_no_two_formats_share_a_suffix() -> None:
    suffixes = readable_suffixes()
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in suffixes)


@written
def test_what_is_written_is_recognised_and_nearly_the_same(name: str, tmp_path: Path) -> None:
    for bits in FORMATS[name].depths:
        picture = Picture(smooth(), bits=bits)
        path = path_of(name, tmp_path)
        assert format_for(path) == name
        assert write_picture(picture, path, bits=bits, force=True) == ()
        assert recognised(path.read_bytes()) is FORMATS[name]
        back = read_picture(path)
        assert (back.format, back.bits, back.size) == (name, bits, picture.size)
        assert np.abs(back.pixels - picture.pixels).max() < 0.08


@written
def test_best_quality_loses_nothing_where_the_table_says_so(name: str, tmp_path: Path) -> None:
    for bits in FORMATS[name].depths:
        picture = Picture(random_pixels(17, 23, bits), bits=bits)
        path = path_of(name, tmp_path)
        write_picture(picture, path, quality=100, bits=bits, force=True)
        back = read_picture(path)
        exact = bool(np.abs(back.pixels - picture.pixels).max() < 1e-6)
        assert exact == FORMATS[name].lossless


@written
def test_metadata_is_kept_or_its_loss_is_told(
    name: str, tmp_path: Path, srgb_profile: bytes, exif_blob: bytes, xmp_blob: bytes
) -> None:
    values = {
        "icc": srgb_profile,
        "exif": exif_blob,
        "xmp": xmp_blob,
        "dpi": (300.0, 300.0),
        "cicp": HDR,
        "geo": GEO,
        "iptc": IPTC,
        "texts": from_comment(b"A boat"),
    }
    assert set(values) == set(NAMES)
    for field, value in values.items():
        path = path_of(name, tmp_path)
        notes = write_picture(Picture(smooth(), **{field: value}), path, force=True)
        back = getattr(read_picture(path), field)
        if field in FORMATS[name].keeps:
            assert notes == ()
            assert back is not None
            if field != "exif":  # which TIFF lays out anew
                assert back == pytest.approx(value, 1e-3) if field == "dpi" else back == value
        else:
            assert back is None
            assert len(notes) == 1 and NAMES[field] in notes[0]


@written
def test_transparency_is_kept_or_laid_on_white(name: str, tmp_path: Path) -> None:
    alpha = np.zeros((24, 40), np.float32)
    alpha[:, 20:] = 1
    path = path_of(name, tmp_path)
    notes = write_picture(Picture(smooth(), alpha=alpha), path)
    back = read_picture(path)
    if FORMATS[name].alpha:
        assert back.alpha is not None and np.abs(back.alpha - alpha).max() < 0.02
        assert notes == ()
    else:
        assert back.pixels[:, :18].min() > 0.97
        assert any("transparency" in note for note in notes)


@written
def test_a_range_of_its_own_is_kept_or_its_loss_is_told(name: str, tmp_path: Path) -> None:
    for type_, bits in (("int16", 16), ("uint16", 16), ("float32", 32)):
        levels = Levels(0, 1023, type_)
        path = path_of(name, tmp_path)
        grey = np.repeat(smooth()[..., :1], 3, axis=2)
        notes = write_picture(Picture(grey, bits=bits, grey=True, levels=levels), path, force=True)
        told = [note for note in notes if "range" in note]
        assert bool(told) == (type_ not in FORMATS[name].levels)


@written
def test_too_long_a_side_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    side = FORMATS[name].side
    if side is not None:
        path = path_of(name, tmp_path)
        with pytest.raises(BadInput, match=f"ends at {side} pixels"):
            write_picture(Picture(np.zeros((1, side + 1, 3), np.float32)), path)
        assert not path.exists()


@written
def test_a_cut_file_is_a_sentence_or_a_part(name: str, tmp_path: Path) -> None:
    path = path_of(name, tmp_path)
    write_picture(Picture(random_pixels(64, 64, 8)), path)
    whole = path.read_bytes()
    for size in (len(whole) // 2, 24):
        path.write_bytes(whole[:size])
        with pytest.raises(BadInput):
            read_picture(path)


def test_the_desktop_opens_every_format() -> None:
    entry = (ROOT / "packaging" / "restorer.desktop").read_text()
    (types,) = (line for line in entry.splitlines() if line.startswith("MimeType="))
    known = types.removeprefix("MimeType=").strip(";").split(";")
    assert known == [format.mime for format in FORMATS.values()]


def test_another_name_is_refused_with_those_that_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        format_for(tmp_path / "x.gif")
    for name in WRITABLE:
        assert all(suffix in refused.value.sentence for suffix in FORMATS[name].suffixes)


def test_the_page_about_formats_is_the_table() -> None:
    program = runpy.run_path(str(ROOT / "benchmarks" / "formats.py"))
    assert program["table"]() in (ROOT / "docs" / "formats.md").read_text()


def test_the_ways_to_save_can_all_be_taken(tmp_path: Path) -> None:
    ways = ways_to_save()
    assert list(ways)[: len(WRITABLE)] == [
        f"{FORMATS[name].title} ({FORMATS[name].pattern})" for name in WRITABLE
    ]
    assert "JPEG, quality 85 (*.jpg *.jpeg *.jfif *.jpe)" in ways and "PNG, 16 bits (*.png)" in ways
    for number, (format, options) in enumerate(ways.values()):
        path = tmp_path / f"{number}{format.suffixes[0]}"
        write_picture(Picture(smooth()), path, quality=options.quality, bits=options.bits)
        back = read_picture(path)
        assert options.bits in (None, back.bits)


@pytest.mark.parametrize(
    ("name", "options"),
    [("PNG", SaveOptions(80)), ("JPEG", SaveOptions(0)), ("JPEG", SaveOptions(bits=16))],
)
def test_what_a_format_does_not_offer_is_refused(name: str, options: SaveOptions) -> None:
    with pytest.raises(BadInput):
        options.check(name)

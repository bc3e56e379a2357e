"""Nothing of files that other programs wrote is lost without a word, as docs/formats.md says."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

import benchmarks.kept as kept
from restorer.imaging.read import read_bytes
from restorer.imaging.texts import iptc_of

IPTC = b"\x1c\x02\x19\x00\x04fish"
AMONG_OTHERS = b"8BIM\x03\xed\x03abc\0\0\0\0" + b"8BIM\x04\x04\0\0\0\0\0\x09" + IPTC


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, str]]:
    folder = tmp_path_factory.mktemp("kept")
    return {(s.kind, s.writer): kept.compared(s, folder) for s in kept.samples()}


def test_everything_is_kept_or_said(found: dict[tuple[str, str], dict[str, str]]) -> None:
    assert len(found) >= 11
    for sample, facts in found.items():
        for name, became in facts.items():
            assert became == "" or became.startswith("kept"), (sample, name, became)
    jpeg = found[("JPEG", "Pillow")]
    assert {name for name in kept.FACTS if jpeg[name]} >= {"bits", "profile", "EXIF", "GPS", "XMP"}


def test_the_page_says_the_same(found: dict[tuple[str, str], dict[str, str]]) -> None:
    rows = [
        line.split("|")[1:-1] for line in kept.PAGE.read_text().split(kept.MARKS[0])[1].split("\n")
    ]
    said = {(row[0].strip(), row[1].strip()): row[2:] for row in rows if len(row) > 2}
    for sample, facts in found.items():
        assert [word.strip() for word in said[sample]] == [facts[name] for name in kept.FACTS]


def test_a_loss_would_be_seen() -> None:
    assert kept._became("EXIF", "a", None, ()).startswith("**")
    assert kept._became("EXIF", "a", None, ("The EXIF data was left out.",)) == "said"
    assert kept._became("bits", 16, 8, ()).startswith("**")
    assert kept._became("GPS", None, None, ()) == ""


@pytest.mark.parametrize("name", [b"iptc", b"IPTC profile"])  # ImageMagick's, and exiftool's
@pytest.mark.parametrize("body", [IPTC, AMONG_OTHERS])
def test_iptc_that_other_programs_put_into_png_is_read(
    tmp_path: Path, name: bytes, body: bytes
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    plain = (tmp_path / "x.png").read_bytes()
    text = b"\n%s\n%8d\n%s\n" % (name, len(body), body.hex().encode())
    chunk = b"zTXtRaw profile type iptc\0\0" + zlib.compress(text)
    whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    picture = read_bytes(plain[:33] + whole + plain[33:])
    assert picture.iptc == IPTC and picture.notes == ()
    cut = re.sub(rb"\d+", b"12345", text, count=1)
    chunk = b"zTXtRaw profile type iptc\0\0" + zlib.compress(cut)
    whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (note,) = read_bytes(plain[:33] + whole + plain[33:]).notes
    assert "IPTC data could not be read" in note
    assert iptc_of(b"8BIM\x03\xed\0\0\0\0\0\0") is None

"""Headers that say how large a picture is, before anything of it is unpacked."""

from __future__ import annotations

import struct

import imagecodecs
import numpy as np
import pytest

from restorer.imaging.jxl_header import read_header
from restorer.imaging.segments import jpeg_frame

#: A frame of 12 bits a sample, 300 high and 200 wide.
FRAME = b"\xff\xc1" + struct.pack(">HBHHB", 8, 12, 300, 200, 1) + bytes(8)


@pytest.mark.parametrize(
    "size",
    [(64, 64), (96, 80), (64, 48), (96, 64), (128, 72), (80, 64), (128, 64), (50, 30), (700, 8)],
)
def test_a_jpeg_xl_may_say_its_width_as_a_ratio(size: tuple[int, int]) -> None:
    width, height = size
    header = read_header(imagecodecs.jpegxl_encode(np.zeros((height, width, 3), np.uint8)))
    assert (header.width, header.height) == size


@pytest.mark.parametrize(
    "before",
    [b"", b"\xff\x01", b"\xff\xd0\xff\x01", b"\xff", b"\xff\xe0\x00\x04ab", b"\xff\xc4\x00\x02"],
    ids=["nothing", "a marker alone", "two", "a filling byte", "a segment", "tables"],
)
def test_the_frame_of_a_jpeg_is_found_behind_other_markers(before: bytes) -> None:
    assert jpeg_frame(b"\xff\xd8" + before + FRAME) == (12, 200, 300)


def test_a_jpeg_without_a_frame_claims_nothing() -> None:
    assert jpeg_frame(b"\xff\xd8\xff\xe0\x00\x04ab") is None

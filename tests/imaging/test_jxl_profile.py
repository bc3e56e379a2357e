"""Colour profiles in JPEG XL: those of other programs are read, ours are kept."""

from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageCms

from restorer.imaging.code_points import D65, with_gamma
from restorer.imaging.colour import in_srgb
from restorer.imaging.jxl_codes import NumberReader
from restorer.imaging.jxl_header import Bits
from restorer.imaging.jxl_profile import _carry_out, _Source, _unpack_tags
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import write_picture

# Eight by eight pixels of (120, 60, 30) in the colours of Adobe RGB, by cjxl 0.7: without loss, and
# at quality 90. Their profile has 600 bytes.
_BOTH = (
    "66OKWR598<i|V{?Y0$?Pdx#nqTErGwg3PIpu=8Zl#f9Otkr3`|VRtr((X|ya8jUWk!D|Zxkae_mMu49<SIvye9JoU;fC"
    "2v(mR9`AVyNrHMJ_9OC<G{4o61V3nd<V+`b*X;H;~IZz5$ND!sg1Ro}$uW0oKlz0h-E|ma^thd#$W*RHtdIp#q%h?Z5x"
    "dQ=Y~<f%XgOzyIzV>c9W?D}udTDDZJE=OXyD1c&k=CJ`>=L4DmoXd6(_^ZA*#@-p8t`St85s%*=b9iXFLLCPIcJA~Fcd"
    "|WhPE(Z"
)
EXACT = "{|Z4s2yYDo" + _BOTH + "t#0RUhCOBjn4!a+kFzCZ*3hwm-`0000000000"
LOSSY = (
    "{|Z4s3U3Vq" + _BOTH + "V-2mt`l0A1x0000##ql_E8oa_1WLx;t*jq40;wQXTZqR2QlNhfef5-Y&Q1qfpR12gxg"
    "eSla=0s"
)
PROFILE = "45aced574b7cf7885bcb866b9b533dccea17d23a30ca1eb51478bd3725e68a16"


def test_the_profile_of_another_program_is_read_to_the_byte() -> None:
    picture = read_bytes(base64.b85decode(EXACT))
    assert picture.icc is not None and picture.notes == ()
    assert hashlib.sha256(picture.icc).hexdigest() == PROFILE
    np.testing.assert_array_equal(np.rint(255 * picture.pixels[0, 0]), [120, 60, 30])


def test_what_libjxl_converts_has_the_same_colours() -> None:
    exact, lossy = (read_bytes(base64.b85decode(file)) for file in (EXACT, LOSSY))
    assert lossy.notes == ("The colours were converted to sRGB.",)
    shown, kept = (in_srgb(p.pixels, p.icc).mean((0, 1)) for p in (lossy, exact))
    np.testing.assert_allclose(shown, kept, atol=0.02)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("alpha", [None, np.full((20, 24), 0.5, np.float32)])
def test_a_profile_is_kept_whatever_it_is(tmp_path: Path, bits: int, alpha: object) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wide = with_gamma(D65, (0.708, 0.292, 0.17, 0.797, 0.131, 0.046), 1.9)
    pixels = np.random.default_rng(0).random((20, 24, 3), np.float32)
    made = bytearray(wide)
    made[4:8], made[40:44] = b"lcms", b"SUNW"
    for number, icc in enumerate((srgb, wide, bytes(made))):
        path = tmp_path / f"{number}.jxl"
        assert write_picture(Picture(pixels, icc=icc, bits=bits, alpha=alpha), path) == ()  # type: ignore[arg-type]
        back = read_picture(path)
        assert back.icc == icc and back.bits == bits
        assert np.abs(back.pixels - pixels).max() <= 0.51 / (2**bits - 1)


def test_a_damaged_profile_is_said() -> None:
    data = bytearray(base64.b85decode(EXACT))
    data[224] ^= 0xFF
    (note,) = read_bytes(bytes(data)).notes
    assert "colour profile" in note


def test_commands_that_this_profile_has_not() -> None:
    """Numbers of two and four bytes put together again, and such that go on as before."""
    numbers = struct.pack(">6H", *range(100, 700, 100))
    apart = numbers[::2] + numbers[1::2]
    icc = bytearray()
    source = _Source(bytes((2, 12)) + apart)
    source.split(2)
    _carry_out(source, icc)
    assert icc == numbers
    going_on = bytes((4, 1 | 1 << 2, 4)) + bytes(4)  # of two bytes, as a line goes on
    source = _Source(going_on)
    source.split(3)
    _carry_out(source, icc)
    assert icc[-4:] == struct.pack(">2H", 700, 800)
    tags = bytearray(128)
    source = _Source(bytes((4, 64 | 128 | 2, 0xFC, 1, 30, 3, 0)))
    source.split(7)
    _unpack_tags(source, tags)
    names = [bytes(tags[i : i + 4]) for i in range(132, len(tags), 12)]
    assert names == [b"rTRC", b"gTRC", b"bTRC", b"rXYZ", b"gXYZ", b"bXYZ"]
    assert struct.unpack(">2I", tags[-8:]) == (252 + 30 + 40, 20)


def test_numbers_that_repeat_are_read() -> None:
    """One code of one symbol, 224 + 1: from the second number on what was there."""
    told = [
        (1, 1),
        (0, 2),
        (0, 2),
        (8, 4),
    ]  # repeats from 224 on, three at least, lengths as they are
    told += [
        (1, 1),
        (1, 2),
        (0, 1),
        (1, 1),
    ]  # two codes, told plainly: the numbers', the distances'
    told += [(1, 1), (15, 4), (15, 4)]  # prefix codes
    told += [(1, 1), (7, 4), (98, 7), (0, 1)]  # of 227 symbols, and of one
    told += [(1, 2), (1, 2), (7, 8), (226, 8)]  # two symbols: 7, and to repeat 5
    told += [(0, 1), (1, 1)]
    written = "".join(f"{number:0{count}b}"[::-1] for number, count in told)
    data = int(written[::-1], 2).to_bytes(len(written) // 8 + 2, "little")
    numbers = NumberReader(Bits(data), 1)
    assert [numbers.read(0) for _ in range(6)] == [7] * 6

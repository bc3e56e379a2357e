"""The header of a JPEG XL stream: its size and its colours (ISO/IEC 18181-1, annex D)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import imagecodecs

from restorer.imaging.code_points import D65, Corners, White, with_gamma
from restorer.imaging.iso_media import boxes

BARE = b"\xff\n"  # how a stream without boxes begins
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_SRGB, _CUSTOM = 1, 2  # primaries, and white, by number
_WHITES = {1: D65, 10: (1 / 3, 1 / 3), 11: (0.314, 0.351)}
_CORNERS: dict[int, Corners] = {
    _SRGB: (0.64, 0.33, 0.3, 0.6, 0.15, 0.06),
    9: (0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
_LINEAR, _SRGB_CURVE = 8, 13
_GAMMAS = {_LINEAR: 1.0, _SRGB_CURVE: None, 17: 2.6}
_PQ, _HLG = 16, 18  # transfer functions by number
_GREY = 1
_ALPHA, _BLACK = 0, 4  # kinds of further channels


@dataclass(frozen=True)
class Header:
    """What stands in front of the frames.

    Attributes:
        has_icc: the colours are those of a profile that only the decoder can read.
        grey: one channel of colour.
        white, corners: x and y of it, and of red, green and blue.
        transfer: by number, as H.273 counts.
        gamma: in place of `transfer`, as a power.
        transfer_at: the bit of the stream at which `transfer` begins; 0 where it is not written.
        black: there is a channel of black ink.
        xyb: the samples are in a space of their own, and become those colours.
        colours_at, colours_end: the bits between which the colours are told.
        told: the colours are told one by one.
        ends_at: the bit at which all this ends, and a profile would begin; 0 if not looked for.
    """

    width: int
    height: int
    animated: bool = False
    has_icc: bool = False
    grey: bool = False
    white: White = D65
    corners: Corners = _CORNERS[_SRGB]
    transfer: int = 13
    gamma: float | None = None
    transfer_at: int = 0
    black: bool = False
    xyb: bool = True
    colours_at: int = 0
    colours_end: int = 0
    told: bool = False
    ends_at: int = 0

    @property
    def hdr(self) -> bytes | None:
        """The code points of HDR colours, as PNG holds them."""
        return bytes((9, self.transfer, 0, 1)) if self.transfer in (_PQ, _HLG) else None

    def profile(self) -> bytes | None:
        """An ICC profile for colours that are not sRGB and not HDR."""
        if self.hdr:
            return None
        gamma = self.gamma or _GAMMAS.get(self.transfer)
        if self.has_icc:  # of it libjxl makes the light of sRGB
            gamma = 1.0
        if self.grey:
            return None if gamma is None else imagecodecs.cms_profile("gray", gamma=gamma)
        if gamma is None and (self.white, self.corners) == (D65, _CORNERS[_SRGB]):
            return None
        return with_gamma(self.white, self.corners, gamma)


def codestream(data: bytes) -> bytes:
    """The codestream of a file as far as the first part of it goes, which holds the header.

    Raises:
        ValueError: there is none.
    """
    if data.startswith(BARE):
        return data
    for kind, body in boxes(data):
        if kind == b"jxlc":
            return body
        if kind == b"jxlp":
            return body[4:]
    raise ValueError("no codestream")


def read_header(stream: bytes) -> Header:
    """The header of a codestream.

    Raises:
        ValueError: it is none, or cut short.
    """
    bits = Bits(stream)
    if bits.take(16) != 0x0AFF:
        raise ValueError("no codestream")
    width, height = _size(bits)
    if bits.take(1):  # all is as usual
        return Header(width, height)
    animated, more = False, bits.take(1)
    if more:
        bits.take(3)  # orientation, which the decoder sees to
        if bits.take(1):
            _size(bits)
        if bits.take(1):
            return Header(width, height)  # a preview: what follows is seldom, and not looked at
        animated = bool(bits.take(1))
        if animated:
            return Header(width, height, animated=True)
    _depth(bits)
    bits.take(1)
    extra = [_extra_channel(bits) for _ in range(bits.number((0, 0), (0, 1), (4, 2), (12, 1)))]
    xyb = bool(bits.take(1))
    begin = bits.taken
    header = replace(_colours(bits, width, height), xyb=xyb, black=_BLACK in extra)
    with suppress(ValueError):  # what is cut short here matters to a profile only
        if header.told:
            bits.enum()  # the rendering intent
        header = replace(header, colours_at=begin, colours_end=bits.taken)
        plain = not more or bits.take(1)  # the tones of a screen are as usual
        if plain and bits.u64() == 0 and bits.take(1):  # no extensions, transforms as usual
            return replace(header, ends_at=bits.taken)
    return header


def with_srgb_curve(stream: bytes) -> bytes:
    """A codestream whose header told of linear light, and tells of the curve of sRGB.

    Where its samples are stored as they are, they are taken for coded so; else they are decoded so.

    Raises:
        ValueError: it tells of something else.
    """
    header = read_header(stream)
    if header.transfer != _LINEAR:
        raise ValueError("no linear light")
    first = header.transfer_at + 2  # both numbers are less 2, in four bits
    head = int.from_bytes(stream[:64], "little") ^ (_LINEAR - 2 ^ _SRGB_CURVE - 2) << first
    return head.to_bytes(len(stream[:64]), "little") + stream[64:]


def _colours(bits: Bits, width: int, height: int) -> Header:
    if bits.take(1):
        return Header(width, height)
    has_icc = bool(bits.take(1))
    grey = bits.enum() == _GREY
    if has_icc:
        return Header(width, height, has_icc=True, grey=grey)
    white = _WHITES.get(number := bits.enum(), D65)
    if number == _CUSTOM:
        white = bits.place(), bits.place()
    corners = _CORNERS[_SRGB]
    if not grey:
        corners = _CORNERS.get(number := bits.enum(), corners)
        if number == _CUSTOM:
            corners = tuple(bits.place() for _ in range(6))
    if bits.take(1):
        gamma = 1e7 / max(1, bits.take(24))
        return Header(
            width, height, grey=grey, white=white, corners=corners, gamma=gamma, told=True
        )
    at, transfer = bits.taken, bits.enum()
    return Header(
        width,
        height,
        grey=grey,
        white=white,
        corners=corners,
        transfer=transfer,
        transfer_at=at,
        told=True,
    )


def _size(bits: Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        if small:
            return 8 * (bits.take(5) + 1)
        return bits.number((9, 1), (13, 1), (18, 1), (30, 1))

    height = side()
    ratio = _RATIOS.get(bits.take(3))
    return (side() if ratio is None else height * ratio[0] // ratio[1]), height


def _depth(bits: Bits) -> None:
    if bits.take(1):
        bits.number((0, 32), (0, 16), (0, 24), (6, 1))
        bits.take(4)
    else:
        bits.number((0, 8), (0, 10), (0, 12), (6, 1))


def _extra_channel(bits: Bits) -> int:
    """Its kind."""
    if bits.take(1):
        return _ALPHA
    kind = bits.enum()
    _depth(bits)
    bits.number((0, 0), (0, 3), (0, 4), (3, 1))
    bits.take(8 * bits.number((0, 0), (4, 0), (5, 16), (10, 48)))
    if kind == _ALPHA:
        bits.take(1)
    elif kind == 2:
        bits.take(64)
    elif kind == 5:
        bits.number((0, 1), (2, 0), (4, 3), (8, 19))
    return kind


class Bits:
    """Numbers of any length, least significant bit first."""

    def __init__(self, data: bytes, most: int = 4096) -> None:
        self._data = data[:most]
        self.taken = 0

    def take(self, count: int) -> int:
        first, last = self.taken // 8, (self.taken + count + 7) // 8
        if last > len(self._data):
            raise ValueError("cut short")
        found = int.from_bytes(self._data[first:last], "little") >> self.taken % 8
        self.taken += count
        return found & ((1 << count) - 1)

    def number(self, *forms: tuple[int, int]) -> int:
        """One of four forms: so many bits, and what is added to them."""
        count, offset = forms[self.take(2)]
        return self.take(count) + offset

    def u64(self) -> int:
        """A number of up to 64 bits."""
        form = self.take(2)
        if form < 3:
            return self.take(4 * form) + (0, 1, 17)[form]
        number, shift = self.take(12), 12
        while shift < 64 and self.take(1):
            count = min(8, 64 - shift)
            number |= self.take(count) << shift
            shift += count
        return number

    def enum(self) -> int:
        return self.number((0, 0), (0, 1), (4, 2), (6, 18))

    def place(self) -> float:
        """x or y of a colour."""
        packed = self.number((19, 0), (19, 1 << 19), (20, 1 << 20), (21, 1 << 21))
        return (packed >> 1 if packed % 2 == 0 else -(packed + 1 >> 1)) / 1e6

"""A colour profile in the header of a JPEG XL stream (ISO/IEC 18181-1, annex E.4).

It is written in the plainest way that the format knows, every byte a code of eight bits.
"""

from __future__ import annotations

from restorer.imaging.jxl_codes import NumberReader
from restorer.imaging.jxl_header import Bits, Header, read_header

_HEADER = 128  # bytes of a profile that are held against what most have
_INSERT = 1  # the command: bytes as they are
_MOST, _CONTEXTS = 1 << 19, 41
_TAGS = (
    *(b"cprt", b"wtpt", b"bkpt", b"rXYZ", b"gXYZ", b"bXYZ", b"kXYZ", b"rTRC", b"gTRC", b"bTRC"),
    *(b"kTRC", b"chad", b"desc", b"chrm", b"dmnd", b"dmdd", b"lumi"),
)
_OF_TWENTY = (b"rXYZ", b"gXYZ", b"bXYZ", b"kXYZ", b"wtpt", b"bkpt", b"lumi")
_TYPES = (b"XYZ ", b"desc", b"text", b"mluc", b"para", b"curv", b"sf32", b"gbd ")
# Every context takes the one code, whose 256 symbols have eight bits: (value, bits) in order.
_CODE = (
    *((0, 1), (1, 1), (0, 2)),  # nothing is repeated; one code for all contexts
    *((1, 1), (15, 4)),  # a prefix code, whose symbols are numbers
    *((1, 1), (7, 4), (127, 7)),  # 256 of them
    (0, 2),  # the length of each, by a code of a single word: 8
    *((2 if length == 8 else 0, 2) for length in (*range(1, 5), 0, 5, 17, 6, 16, *range(7, 16))),
)


def with_profile(stream: bytes, icc: bytes) -> bytes:
    """A lossless codestream whose samples are in the colours of a profile.

    Raises:
        ValueError: the header holds what is not expected, or the samples are no RGB or grey.
    """
    header = read_header(stream)
    if header.xyb or not header.ends_at or header.has_icc:
        raise ValueError("not a plain lossless stream")
    bits = Bits(stream)
    out = [(bits.take(1), 1) for _ in range(header.ends_at)]
    told = [(0, 1), (1, 1), (int(header.grey), 2)]  # not as usual, a profile, of grey or colours
    out[header.colours_at : header.colours_end] = told
    packed = _packed(icc)
    out += [*_u64(len(packed)), *_CODE]
    out += [(int(f"{byte:08b}"[::-1], 2), 8) for byte in packed]
    written = "".join(f"{number:0{count}b}"[::-1] for number, count in out if count)
    head = int(written[::-1], 2).to_bytes((len(written) + 7) // 8, "little")
    return head + stream[(header.ends_at + 7) // 8 :]


def profile_in(stream: bytes, header: Header) -> bytes | None:
    """The profile of a codestream; None if it has none.

    Raises:
        ValueError: it cannot be read.
    """
    if not header.has_icc:
        return None
    if not header.ends_at:
        raise ValueError("a header with more than is looked at")
    bits = Bits(stream, most=_MOST)
    bits.take(header.ends_at)
    size = bits.u64()
    if size > _MOST:
        raise ValueError("too long")
    numbers, packed = NumberReader(bits, _CONTEXTS), bytearray(2)
    for i in range(size):
        packed.append(numbers.read(_context(i, packed[-1], packed[-2])))
    if not numbers.whole:
        raise ValueError("cut short")
    return _unpacked(bytes(packed[2:]))


def _context(index: int, last: int, before: int) -> int:
    """Of the next byte, by those before it."""
    return 0 if index <= _HEADER else 1 + _class(last) + 8 * min(4, _class_before(before))


def _class(byte: int) -> int:
    if chr(byte).isascii() and chr(byte).isalpha():
        return 0
    if byte in b"0123456789.,":
        return 1
    if byte < 2:
        return 2 + byte
    return 4 if byte < 16 else 6 if byte == 255 else 5 if byte > 240 else 7


def _class_before(byte: int) -> int:
    first = _class(byte)
    return first if first < 2 else 2 if byte < 16 else 3 if byte > 240 else 4


def _packed(icc: bytes) -> bytes:
    body = icc[_HEADER:]
    commands = _leb(0) + bytes((_INSERT,)) + _leb(len(body))  # no list of tags
    head = bytes((byte - usual) % 256 for byte, usual in zip(icc, _usual(icc), strict=False))
    return _leb(len(icc)) + _leb(len(commands)) + commands + head + body


def _unpacked(packed: bytes) -> bytes:
    """The profile that commands make of bytes (E.4.3 to E.4.5)."""
    source = _Source(packed)
    size = source.number()
    source.split(source.number())
    icc = bytearray()
    while len(icc) < min(size, _HEADER):
        icc.append((source.bytes(1)[0] + _usual(icc, size)[len(icc)]) % 256)
    if size > _HEADER:
        _unpack_tags(source, icc)
    while source.more:
        _carry_out(source, icc)
    if len(icc) != size:
        raise ValueError("another length than was told")
    return bytes(icc)


class _Source:
    """Commands with their numbers, and the bytes that they move."""

    def __init__(self, packed: bytes) -> None:
        self._packed, self._at, self._end, self._data = packed, 0, len(packed), len(packed)

    def split(self, commands: int) -> None:
        """So many bytes from here on are commands, the rest is data."""
        self._end = self._data = self._at + commands

    @property
    def more(self) -> bool:
        return self._at < self._end

    def command(self) -> int:
        if not self.more:
            raise ValueError("commands end early")
        self._at += 1
        return self._packed[self._at - 1]

    def number(self) -> int:
        number = shift = 0
        while shift < 35:
            byte = self.command()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
        raise ValueError("a number too large")

    def bytes(self, count: int) -> bytes:
        self._data += count
        if self._data > len(self._packed):
            raise ValueError("data ends early")
        return self._packed[self._data - count : self._data]


def _unpack_tags(source: _Source, icc: bytearray) -> None:
    count = source.number() - 1
    if count < 0:
        return
    icc += count.to_bytes(4, "big")
    start, size = _HEADER + 12 * count, 0
    while source.more and (command := source.command()) & 63:
        code = command & 63
        if code > len(_TAGS) + 3:
            raise ValueError("no such tag")
        name = (
            source.bytes(4) if code == 1 else {2: b"rTRC", 3: b"rXYZ"}.get(code) or _TAGS[code - 4]
        )
        start += size
        start = source.number() if command & 64 else start
        size = 20 if name in _OF_TWENTY else size
        size = source.number() if command & 128 else size
        places = [(name, start)]
        if code == 2:
            places += [(b"gTRC", start), (b"bTRC", start)]
        if code == 3:
            places += [(b"gXYZ", start + size), (b"bXYZ", start + 2 * size)]
        for tag, place in places:
            icc += tag + place.to_bytes(4, "big") + size.to_bytes(4, "big")


def _carry_out(source: _Source, icc: bytearray) -> None:
    command = source.command()
    if command == _INSERT:
        icc += source.bytes(source.number())
    elif command in (2, 3):
        icc += _shuffled(source.bytes(source.number()), 2 * command - 2)
    elif command == 4:
        _predict(source, icc)
    elif command == 10:
        icc += b"XYZ " + bytes(4) + source.bytes(12)
    elif 16 <= command < 16 + len(_TYPES):
        icc += _TYPES[command - 16] + bytes(4)
    else:
        raise ValueError("no such command")


def _predict(source: _Source, icc: bytearray) -> None:
    """Numbers that go on as those a stride before them did."""
    flags = source.command()
    width, order = (flags & 3) + 1, flags >> 2 & 3
    stride = source.number() if flags & 16 else width
    data = source.bytes(source.number())
    if width == 3 or order == 3 or stride < width or len(icc) < stride * (order + 1):
        raise ValueError("no such prediction")
    data = data if width == 1 else _shuffled(data, width)
    begin = len(icc)
    for i, byte in enumerate(data):
        place = begin + i // width * width
        p, q, r = (
            int.from_bytes(icc[place - n * stride : place - n * stride + width], "big")
            if n <= order + 1
            else 0
            for n in (1, 2, 3)
        )
        expected = (p, 2 * p - q, 3 * p - 3 * q + r)[order]
        icc.append((byte + (expected >> 8 * (width - 1 - i % width))) % 256)


def _shuffled(data: bytes, width: int) -> bytes:
    """Bytes of numbers that were apart, first all the highest, together again."""
    rows = -(-len(data) // width)
    out, place, first = bytearray(), 0, 0
    for _ in data:
        out.append(data[place])
        place += rows
        if place >= len(data):
            first += 1
            place = first
    return bytes(out)


def _usual(icc: bytes | bytearray, size: int | None = None) -> bytearray:
    """What the header of a profile is expected to be, as far as `icc` tells."""
    usual = bytearray(_HEADER)
    usual[:4] = (len(icc) if size is None else size).to_bytes(4, "big")
    for place, text in ((8, b"\4"), (12, b"mntrRGB XYZ "), (36, b"acsp")):
        usual[place : place + len(text)] = text
    usual[68:80] = bytes((0, 0, 246, 214, 0, 1, 0, 0, 0, 0, 211, 45))
    if len(icc) >= 8:
        usual[80:84] = icc[4:8]
    for maker in (b"APPL", b"MSFT"):
        if icc[40:41] == maker[:1]:
            usual[41:44] = maker[1:]
    for maker in (b"SGI ", b"SUNW"):
        if icc[40:42] == maker[:2]:
            usual[42:44] = maker[2:]
    return usual


def _leb(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes((*out, number))


def _u64(number: int) -> list[tuple[int, int]]:
    out = [(3, 2), (number & 4095, 12)]
    number >>= 12
    while number:
        out += [(1, 1), (number & 255, 8)]
        number >>= 8
    return [*out, (0, 1)]

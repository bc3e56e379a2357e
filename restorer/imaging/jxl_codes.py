"""Numbers as JPEG XL packs them: prefix codes and ANS, with repeats (ISO/IEC 18181-1, annex C)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from restorer.imaging.jxl_header import Bits

_TOTAL = 12  # bits of the sum of all frequencies
_FINAL = 0x130000  # the state when all is read
_LENGTHS = (1, 2, 3, 4, 0, 5, 17, 6, 16, *range(7, 16))  # in this order lengths of lengths come
_OF_LENGTHS = {(2, 0): 0, (2, 1): 4, (2, 2): 3, (3, 3): 2, (4, 7): 1, (4, 15): 5}
_OF_FREQUENCIES = {
    **{(3, 0): 10, (3, 2): 7, (3, 4): 6, (3, 5): 8, (3, 6): 9, (4, 3): 3, (4, 7): 5, (4, 9): 4},
    **{(4, 11): 1, (4, 15): 2, (5, 17): 0, (6, 33): 11, (7, 1): 12, (7, 65): 13},
}
_SAME = 13  # the length that says: as many as the one before

Symbol = Callable[[], int]


@dataclass(frozen=True)
class _Split:
    """How a symbol and the bits behind it make a number (C.3.3)."""

    exponent: int
    high: int = 0
    low: int = 0

    @staticmethod
    def read(bits: Bits, most: int) -> _Split:
        exponent = bits.take(most.bit_length())
        if exponent == most:
            return _Split(exponent)
        high = bits.take(exponent.bit_length())
        if exponent > most or high > exponent:
            raise ValueError("no such split")
        low = bits.take((exponent - high).bit_length())
        if high + low > exponent:
            raise ValueError("no such split")
        return _Split(exponent, high, low)

    def number(self, bits: Bits, symbol: int) -> int:
        if symbol < 1 << self.exponent:
            return symbol
        inside = self.high + self.low
        count = self.exponent - inside + (symbol - (1 << self.exponent) >> inside)
        if count > 32:
            raise ValueError("a number too large")
        low = symbol & (1 << self.low) - 1
        top = symbol >> self.low & (1 << self.high) - 1 | 1 << self.high
        return (top << count | bits.take(count)) << self.low | low


class NumberReader:
    """Reads number after number, each in one of several contexts.

    Args:
        bits: where the codes begin.
        contexts: how many there are.

    Raises:
        ValueError: the stream is damaged; so does `read`.
    """

    def __init__(self, bits: Bits, contexts: int) -> None:
        self._bits, self._seen = bits, list[int]()
        self._repeats = bool(bits.take(1))
        if self._repeats:
            self._first = bits.number((0, 224), (0, 512), (0, 4096), (15, 8))
            self._least = bits.number((0, 3), (0, 4), (2, 5), (8, 9))
            self._lengths = _Split.read(bits, 8)
            contexts += 1
        self._codes = _code_of_each(bits, contexts) if contexts > 1 else [0]
        count = max(self._codes) + 1
        prefix = bits.take(1)
        most = 15 if prefix else 5 + bits.take(2)
        self._splits = [_Split.read(bits, most) for _ in range(count)]
        self._state = 0
        if prefix:
            sizes = [_length(bits, 4) + 1 for _ in range(count)]
            self._symbols: list[Symbol] = [_prefix_code(bits, size) for size in sizes]
        else:
            tables = [_alias_table(_frequencies(bits), most) for _ in range(count)]
            self._symbols = [self._by_state(table, most) for table in tables]
            self._state = bits.take(32)
        self._prefix = bool(prefix)
        self._copy = self._from = 0

    def read(self, context: int) -> int:
        """The next number."""
        if not self._copy:
            symbol = self._symbols[self._codes[context]]()
            if not self._repeats or symbol < self._first:
                number = self._splits[self._codes[context]].number(self._bits, symbol)
                self._seen.append(number)
                return number
            self._copy = self._lengths.number(self._bits, symbol - self._first) + self._least
            last = self._codes[-1]
            back = self._splits[last].number(self._bits, self._symbols[last]()) + 1
            self._from = len(self._seen) - min(back, len(self._seen))
        number = self._seen[self._from] if self._from < len(self._seen) else 0
        self._copy, self._from = self._copy - 1, self._from + 1
        self._seen.append(number)
        return number

    @property
    def whole(self) -> bool:
        """Whether the stream ends as one does of which all has been read."""
        return self._prefix or self._state == _FINAL

    def _by_state(self, table: list[tuple[int, int, int, int, int]], log: int) -> Symbol:
        inside = _TOTAL - log

        def symbol() -> int:
            value = self._state & (1 << _TOTAL) - 1
            index, place = value >> inside, value & (1 << inside) - 1
            cut, other, offset, own, others = table[index]
            found, here, frequency = (
                (index, place, own) if place < cut else (other, offset + place, others)
            )
            self._state = frequency * (self._state >> _TOTAL) + here
            if self._state < 1 << 16:
                self._state = self._state << 16 | self._bits.take(16)
            return found

        return symbol


def _code_of_each(bits: Bits, contexts: int) -> list[int]:
    """Which code each context takes (C.2.2)."""
    if bits.take(1):
        count = bits.take(2)
        return [bits.take(count) for _ in range(contexts)]
    moved, numbers = bits.take(1), NumberReader(bits, 1)
    found = [numbers.read(0) for _ in range(contexts)]
    if moved:
        front = list(range(256))
        for i, index in enumerate(found):
            found[i] = front.pop(index)
            front.insert(0, found[i])
    if max(found) > 255 or not numbers.whole:
        raise ValueError("too many codes")
    return found


def _length(bits: Bits, count: int) -> int:
    """A small number, in `count` bits the length of it."""
    if not bits.take(1):
        return 0
    length = bits.take(count)
    return bits.take(length) + (1 << length)


def _looked_up(bits: Bits, table: dict[tuple[int, int], int]) -> int:
    code = 0
    for length in range(8):
        if (length, code) in table:
            return table[length, code]
        code |= bits.take(1) << length
    raise ValueError("no such code")


def _prefix_code(bits: Bits, size: int) -> Symbol:
    """As in Brotli (RFC 7932, 3.4 and 3.5)."""
    if size == 1:
        return lambda: 0
    skipped = bits.take(2)
    lengths = _few_lengths(bits, size) if skipped == 1 else _lengths(bits, size, skipped)
    return _canonical(bits, lengths)


def _few_lengths(bits: Bits, size: int) -> dict[int, int]:
    count = bits.take(2) + 1
    symbols = [bits.take((size - 1).bit_length()) for _ in range(count)]
    each = ((0,), (1, 1), (1, 2, 2), (2, 2, 2, 2))[count - 1]
    if count == 4 and bits.take(1):
        each = (1, 2, 3, 3)
    return dict(zip(symbols, each, strict=True))


def _lengths(bits: Bits, size: int, skipped: int) -> dict[int, int]:
    outer, room = dict[int, int](), 32
    for symbol in _LENGTHS[skipped:]:
        if room <= 0:
            break
        length = _looked_up(bits, _OF_LENGTHS)
        if length:
            outer[symbol] = length
            room -= 32 >> length
    if len(outer) == 1:
        outer = dict.fromkeys(outer, 0)
    read, found = _canonical(bits, outer), list[int]()
    last, repeated, times, room = 8, 0, 0, 1 << 15
    while len(found) < size and room > 0:
        code = read()
        if code < 16:
            times = 0
            found.append(code)
            last = code or last
            room -= (1 << 15 >> code) if code else 0
            continue
        length = last if code == 16 else 0
        times, repeated = (times if repeated == length else 0), length
        before = times
        times = (times - 2 << code - 14) if times else 0
        times += bits.take(code - 14) + 3
        found += [length] * (times - before)
        room -= (times - before << 15 - length) if length else 0
    if len(found) > size or room:
        raise ValueError("no code")
    return {symbol: length for symbol, length in enumerate(found) if length}


def _canonical(bits: Bits, lengths: dict[int, int]) -> Symbol:
    table, code, before = dict[tuple[int, int], int](), 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in lengths.items()):
        code <<= length - before
        table[length, code], before = symbol, length
        code += 1

    def symbol_of() -> int:
        code = 0
        for length in range(16):
            if (length, code) in table:
                return table[length, code]
            code = code << 1 | bits.take(1)
        raise ValueError("no such code")

    return symbol_of


def _frequencies(bits: Bits) -> list[int]:
    """Of each symbol, in all `1 << _TOTAL` (C.2.5)."""
    if bits.take(1):
        two = bits.take(1)
        symbols = [_length(bits, 3) for _ in range(two + 1)]
        found = [0] * (max(symbols) + 1)
        found[symbols[0]] = bits.take(_TOTAL) if two else 1 << _TOTAL
        if two:
            found[symbols[1]] = (1 << _TOTAL) - found[symbols[0]]
        return found
    if bits.take(1):
        size = _length(bits, 3) + 1
        each, rest = divmod(1 << _TOTAL, size)
        return [each + (i < rest) for i in range(size)]
    log = 0
    while log < 3 and bits.take(1):
        log += 1
    shift = (bits.take(log) | 1 << log) - 1
    return _listed_frequencies(bits, _length(bits, 3) + 3, shift)


def _listed_frequencies(bits: Bits, size: int, shift: int) -> list[int]:
    logs, same = [0] * size, [0] * size
    i = 0
    while i < size:
        logs[i] = _looked_up(bits, _OF_FREQUENCIES)
        if logs[i] == _SAME:
            same[i] = _length(bits, 3) + 4
            i += same[i] - 1
        i += 1
    largest = max((log for log in logs if log != _SAME), default=0)
    left_out = logs.index(largest)
    found, left, i = [0] * size, 0, 0
    for i, log in enumerate(logs):
        if same[i]:
            left, value = same[i], found[i - 1] if i else 0
        if left:
            left -= 1
            found[i] = value
        elif i != left_out and log:
            known = max(0, min(log - 1, shift - (_TOTAL - log + 1 >> 1)))
            found[i] = (1 << log - 1) + (bits.take(known) << log - 1 - known)
    found[left_out] = (1 << _TOTAL) - sum(found)
    if found[left_out] <= 0:
        raise ValueError("frequencies beyond their sum")
    return found


def _alias_table(frequencies: Sequence[int], log: int) -> list[tuple[int, int, int, int, int]]:
    """(cut, other symbol, its offset, own frequency, the other's) a bucket (C.2.6)."""
    size, room = 1 << log, 1 << _TOTAL - log
    if len(frequencies) > size:
        raise ValueError("too many symbols")
    all_of = [*frequencies, *[0] * (size - len(frequencies))]
    if 1 << _TOTAL in all_of:
        only = all_of.index(1 << _TOTAL)
        return [(0, only, room * i, 0, 1 << _TOTAL) for i in range(size)]
    cuts, others, offsets = list(all_of), [0] * size, [0] * size
    over = [i for i, cut in enumerate(cuts) if cut > room]
    under = [i for i, cut in enumerate(cuts) if cut < room]
    while over:
        full, poor = over.pop(), under.pop()
        cuts[full] -= room - cuts[poor]
        others[poor], offsets[poor] = full, cuts[full]
        if cuts[full] != room:
            (under if cuts[full] < room else over).append(full)
    return [
        (0, i, 0, all_of[i], all_of[i])
        if cut == room
        else (cut, others[i], offsets[i] - cut, all_of[i], all_of[others[i]])
        for i, cut in enumerate(cuts)
    ]

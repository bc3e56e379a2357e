"""Netpbm's PBM, PGM, PPM and PAM of 8 and 16 bits, plain and packed, and PFM with floats."""

from __future__ import annotations

import re
from typing import BinaryIO

import numpy as np

from restorer.imaging.levels import normalise_levels
from restorer.imaging.raster import LEAST, Kind, Raster, Samples, Unreadable, check_held, check_size
from restorer.imaging.texts import from_comment, to_comment

_SPACE = rb"(?:\s|#[^\n]*\n)+"
_HEAD = re.compile(rb"P([1-6])" + _SPACE + rb"(\d{1,9})" + _SPACE + rb"(\d{1,9})")
_MOST = re.compile(_SPACE + rb"(\d{1,5})")
_FLOATS = re.compile(rb"P([Ff])\s+(\d{1,9})\s+(\d{1,9})\s+(-?[\d.eE+-]{1,20})\s")
_COMMENTS = re.compile(rb"#([^\n]*)")
_BITMAPS, _COLOURED, _PLAIN = (1, 4), (3, 6), (1, 2, 3)


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read a picture; with `partial`, what a truncated file holds (the rest is black)."""
    if data[1:2] in b"Ff":
        return _decode_floats(data, partial)
    if data.startswith(b"P7"):
        return _decode_any(data, partial)
    head = _HEAD.match(data)
    if head is None:
        raise ValueError("no header")
    kind, width, height = (int(group) for group in head.groups())
    check_size(width, height)
    end, most = head.end(), 1
    if kind not in _BITMAPS:
        found = _MOST.match(data, end)
        if found is None or not 1 <= int(found[1]) <= 65535:
            raise ValueError("no largest value")
        end, most = found.end(), int(found[1])
    if kind not in _PLAIN and not data[end : end + 1].isspace():
        raise ValueError("no space before the values")
    channels = 3 if kind in _COLOURED else 1
    bits = 1 if kind in _BITMAPS else 8 if most < 256 else 16
    size = (height, (width + 7) // 8) if kind == 4 else (height, width * channels)
    check_held(width, height, (len(data) - end) * (8 if bits == 1 else 1) / LEAST)
    if kind in _PLAIN:
        values, there = _plain(data[end:], size, kind == 1)
    else:
        values, there = _packed(data[end + 1 :], size, ">u2" if bits == 16 else "u1")
    if there < 1 and not partial:
        raise EOFError("values are missing")
    if kind == 4:
        values = np.unpackbits(values.astype(np.uint8), axis=1)[:, :width]
    if bits == 1:
        values = 1 - np.minimum(values, 1)  # 1 is black
    samples = np.minimum(values, most).astype(np.uint16 if bits == 16 else np.uint8)
    return Raster(
        samples=samples.reshape(height, width, channels),
        kind="rgb" if channels == 3 else "grey",
        white=float(most),
        bits=max(8, bits),
        format="PPM",
        complete=there,
        texts=from_comment(b"\n".join(map(bytes.strip, _COMMENTS.findall(data[:end])))),
    )


def _decode_any(data: bytes, partial: bool) -> Raster:
    """PAM: its header has named fields, and its values may include transparency."""
    text, found, _ = data[:4096].partition(b"ENDHDR\n")
    if not found:
        raise ValueError("no end of the header")
    lines = [line.split(None, 1) for line in text.splitlines()]
    told = {line[0]: line[1] for line in lines if len(line) == 2}
    width, height, depth, most = (
        int(told[name][:9]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
    )
    check_size(width, height)
    if not 1 <= depth <= 4 or not 1 <= most <= 65535:
        raise Unreadable("is a PAM picture with channels that Restorer cannot show")
    body = data[len(text) + len(found) :]
    bits = 8 if most < 256 else 16
    check_held(width, height, len(body) / LEAST)
    values, there = _packed(body, (height, width * depth), ">u2" if bits == 16 else "u1")
    if there < 1 and not partial:
        raise EOFError("values are missing")
    samples = np.minimum(values, most).astype(np.uint16 if bits == 16 else np.uint8)
    samples = samples.reshape(height, width, depth)
    has_alpha = depth in (2, 4)
    return Raster(
        samples=samples[..., : depth - has_alpha],
        kind="rgb" if depth > 2 else "grey",
        white=float(most),
        bits=bits,
        format="PPM",
        alpha=samples[..., -1] if has_alpha else None,
        complete=there,
        texts=from_comment(b"\n".join(map(bytes.strip, re.findall(rb"(?m)^#(.*)$", text)))),
    )


def encode(raster: Raster, file: BinaryIO) -> None:
    """Write 8 or 16 bits, grey as PGM, colours as PPM; floats as PFM.

    Raises:
        ValueError: there are other texts than one comment.
    """
    height, width, channels = raster.samples.shape
    if raster.bits == 32:
        file.write(b"P%s\n%d %d\n-1.0\n" % (b"F" if channels == 3 else b"f", width, height))
        file.write(raster.samples[::-1].astype("<f4").tobytes())
        return
    number, most = (6 if channels == 3 else 5), 2**raster.bits - 1
    said = b"".join(b"# %s\n" % line for line in (to_comment(raster.texts) or b"").splitlines())
    file.write(b"P%d\n%s%d %d\n%d\n" % (number, said, width, height, most))
    file.write(raster.samples.astype("u1" if raster.bits == 8 else ">u2").tobytes())


def _decode_floats(data: bytes, partial: bool) -> Raster:
    """PFM: rows from the bottom up; the sign of the scale tells the order of bytes."""
    head = _FLOATS.match(data)
    if head is None:
        raise ValueError("no header")
    width, height, scale = int(head[2]), int(head[3]), float(head[4])
    channels = 3 if head[1] == b"F" else 1
    check_size(width, height)
    check_held(width, height, (len(data) - head.end()) / 4 / LEAST)
    if scale == 0:
        raise Unreadable("says nothing about the order of its bytes")
    size = height, width * channels
    values, there = _packed(data[head.end() :], size, ">f4" if scale > 0 else "<f4")
    if there < 1 and not partial:
        raise EOFError("values are missing")
    samples, levels, notes = normalise_levels(
        values.astype(np.float32).reshape(height, width, channels)[::-1]
    )
    kind: Kind = "rgb" if channels == 3 else "grey"
    return Raster(samples, kind, 1.0, 32, "PFM", levels=levels, notes=notes, complete=there)


def _packed(data: bytes, size: tuple[int, int], kind: str) -> tuple[Samples, float]:
    """(rows, columns) of numbers, and the share of them that was read."""
    wanted = size[0] * size[1] * np.dtype(kind).itemsize
    there = min(1.0, len(data) / max(1, wanted))
    values = np.frombuffer(data[:wanted].ljust(wanted, b"\0"), kind)
    return values.reshape(size), there


def _plain(data: bytes, size: tuple[int, int], bitmap: bool) -> tuple[Samples, float]:
    """The same, written as text; the digits of a bitmap need no space between them."""
    text = re.sub(rb"#[^\n]*", b"", data)
    words = re.findall(rb"[01]" if bitmap else rb"\d+", text)[: size[0] * size[1]]
    values = np.zeros(size[0] * size[1], np.int64)
    values[: len(words)] = [min(int(word[:6]), 65535) for word in words]
    return values.reshape(size), len(words) / max(1, values.size)

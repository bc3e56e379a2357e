"""What codecs exchange with the rest of the program: samples as in the file, and metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from restorer.imaging import scratch
from restorer.imaging.bands import compute_bands
from restorer.imaging.picture import Metadata, Pixels
from restorer.words import tr

Samples = NDArray[Any]
Kind = Literal["grey", "rgb", "cmyk", "lab"]

MAX_PIXELS = 250_000_000
"""The largest picture opened. In memory it takes 3 GB (three float32 a pixel); Pillow's own limit
(89 megapixels) is below what cameras and scanners make today."""

_SMALL = 1 << 20  # pixels that are worth no question
LEAST = 1 / 20
"""The share of a large picture below which it is not worth the memory of the whole."""

_BLANK = 1 << 24  # pixels without content that are opened
_SPARSE = 4096  # pixels a byte, beyond which a larger picture is all but blank

_BAND = 1 << 22  # samples turned into integers at a time: keeps the temporaries small


class Unreadable(Exception):
    """A codec cannot read this; the message continues the sentence "holiday.png ..."."""

    def __init__(self, what: str, /, **values: object) -> None:
        super().__init__(tr(what, **values))


@dataclass(frozen=True, eq=False)
class Raster(Metadata):
    """Samples of one picture; for writing, they are in the units of its `levels`.

    Attributes:
        samples: (H, W, C) with C = 1, 3 or 4 by `kind`; `white` stands for 1.0.
        alpha: (H, W), same type and scale as `samples`, not premultiplied.
        infrared: (H, W), same type and scale, as `Picture.infrared`; never written.
        bits: 8 to 16, or 32 (float).
        complete: the share of the file that could be read, 0..1.
        several: there are other frames or pages in the file, which were left out.
    """

    samples: Samples
    kind: Kind
    white: float
    bits: int
    format: str
    alpha: Samples | None = None
    infrared: Samples | None = None
    notes: tuple[str, ...] = ()
    complete: float = 1.0
    several: bool = False

    @property
    def stacked(self) -> Samples:
        """(H, W, C) with alpha as the last channel; grey without alpha is (H, W)."""
        if self.alpha is not None:
            return np.concatenate([self.samples, self.alpha[..., None]], axis=2)
        return self.samples[..., 0] if self.samples.shape[2] == 1 else self.samples


def check_size(width: int, height: int) -> None:
    """Refuse, before allocating memory, a size in the header that no machine can hold.

    Raises:
        Unreadable: no pixels, or more than `MAX_PIXELS`.
    """
    if width <= 0 or height <= 0:
        raise Unreadable("has no pixels")
    if width * height > MAX_PIXELS:
        raise Unreadable(
            "claims to be {width} x {height} pixels; the limit is {limit} megapixels",
            width=width,
            height=height,
            limit=MAX_PIXELS // 10**6,
        )


def check_held(width: int, height: int, most: float) -> None:
    """Refuse, before allocating memory, a size that only a blank or forged file can claim.

    Args:
        width, height: as the header claims.
        most: pixels that a picture in so many bytes can have.

    Raises:
        Unreadable: the header claims more.
    """
    if width * height > max(_SMALL, most):
        raise Unreadable(
            "claims to be {width} x {height} pixels, far more than a picture in so few bytes has",
            width=width,
            height=height,
        )


def most_unbounded(size: int) -> float:
    """For `check_held`, where the compression has no bound: a blank picture takes no bytes at all.

    Args:
        size: of the file in bytes.
    """
    return max(_BLANK, size * _SPARSE)


def to_float(samples: Samples, white: float, channels: int | None = None) -> Pixels:
    """float32 in C order, `white` becomes 1.0; one channel is repeated to `channels` if given.

    What is that already comes back as it is.
    """
    done = samples.dtype == np.float32 and white == 1 and samples.flags.c_contiguous
    if done and channels in (None, samples.shape[-1]):
        return samples
    shape = samples.shape if channels is None else (*samples.shape[:2], channels)
    return compute_bands(
        shape, lambda rows: np.divide(samples[rows], np.float32(white), dtype=np.float32)
    )


def to_integers(pixels: Pixels, bits: int) -> Samples:
    """uint8 or uint16: the nearest of the 2**bits values, so that reading returns the same."""
    white = np.float32(2**bits - 1)
    flat = np.ascontiguousarray(pixels).reshape(-1)
    out = scratch.empty(flat.shape, np.uint8 if bits == 8 else np.uint16)
    for start in range(0, flat.size, _BAND):
        scratch.release()
        band = flat[start : start + _BAND] * white
        np.rint(band, out=band)
        out[start : start + _BAND] = np.clip(band, 0, white, out=band)
    return out.reshape(pixels.shape)

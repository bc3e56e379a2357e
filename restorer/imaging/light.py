"""Between values as files have them and light: the curve of sRGB (IEC 61966-2-1), primaries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from restorer.words import tr

Array = NDArray[np.floating[Any]]

#: x and y of red, green, blue and white of Rec. 709, which is meant where a file does not say.
REC_709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def to_light(values: Array) -> NDArray[np.float32]:
    """From sRGB values in 0..1 to light in 0..1; negative values count as 0."""
    v = np.maximum(np.asarray(values, np.float32), np.float32(0))
    light: NDArray[np.float32] = np.where(
        v <= 0.04045, v / np.float32(12.92), ((v + np.float32(0.055)) / np.float32(1.055)) ** 2.4
    ).astype(np.float32)
    return light


def from_light(light: Array) -> NDArray[np.float32]:
    """From light in 0..1 to sRGB values in 0..1; negative values count as 0."""
    x = np.maximum(np.asarray(light, np.float32), np.float32(0))
    values: NDArray[np.float32] = np.where(
        x <= 0.0031308,
        np.float32(12.92) * x,
        np.float32(1.055) * x ** (1 / 2.4) - np.float32(0.055),
    ).astype(np.float32)
    return values


def to_rec_709(chromaticities: Any) -> NDArray[np.float64]:
    """(3, 3): light of other primaries to that of Rec. 709, whites onto each other (Bradford).

    Args:
        chromaticities: x and y of red, green, blue and white, eight numbers.

    Raises:
        ValueError: those are no colours.
    """
    ours, white = _to_xyz(REC_709)
    theirs, other = _to_xyz(chromaticities)
    scale = np.diag((_BRADFORD @ white) / (_BRADFORD @ other))
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ scale @ _BRADFORD @ theirs
    return np.linalg.inv(ours) @ adapted


def as_rec_709(light: Array, chromaticities: Any) -> tuple[Array, tuple[str, ...]]:
    """Light of a file in the primaries of Rec. 709, and what to say of that.

    Args:
        light: (H, W, 3).
        chromaticities: as the file says; where they are no colours, the light stays as it is.
    """
    if np.allclose(chromaticities, REC_709, atol=1e-3):
        return light, ()
    try:
        turned = light @ to_rec_709(chromaticities).astype(np.float32).T
    except ValueError:
        return light, (tr("The file's primaries are no colours; those of sRGB were taken."),)
    return turned, (tr("The colours were converted to the primaries of sRGB."),)


def _to_xyz(chromaticities: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3, 3) from light to XYZ, and white, of brightness 1."""
    x, y = np.asarray(chromaticities, np.float64).reshape(4, 2).T
    if not (y > 1e-3).all():
        raise ValueError("a colour without brightness")
    xyz: NDArray[np.float64] = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    amounts = np.linalg.solve(xyz[:, :3], xyz[:, 3])  # LinAlgError is a ValueError
    return xyz[:, :3] * amounts, xyz[:, 3]

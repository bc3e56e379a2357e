"""Fits models into memory: precision and place of the networks, and savings while they run.

Pure functions of numbers, so that every machine can be tried here. The figures per pixel are
rough upper bounds for Stable-Diffusion-shaped networks whose first level is 320 wide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "bfloat16", "float16"]

_BYTES: dict[str, int] = {"float32": 4, "bfloat16": 2, "float16": 2}

#: Numbers kept at once for one latent by a guided U-Net, and for one pixel by the VAE's decoder.
_PER_LATENT = 60_000
_PER_PIXEL = 2_500

#: What is left to others of the memory that is free.
_SPARE = 0.9

#: Longest side of a tile in latents: what models were trained on and a half more, at most.
_SMALLEST_TILE = 64


@dataclass(frozen=True)
class Placement:
    """How the networks are loaded: precision, and whether they visit the device only to work."""

    precision: Precision
    offload: bool


@dataclass(frozen=True)
class MemorySavings:
    """The savings for a picture.

    Attributes:
        tile: longest side of the U-Net's tiles, in latents.
        tile_vae: encode and decode in tiles.
        slice_attention: attention head by head.
    """

    tile: int
    tile_vae: bool
    slice_attention: bool


def place(
    device: str, free: float, parameters: Mapping[str, int], *, half: Precision = "float16"
) -> Placement:
    """The most exact way of loading that fits.

    Args:
        device: "cpu", "cuda" or "mps".
        free: bytes free there.
        parameters: how many each part has.
        half: the 16-bit type that the device computes in.

    On a GPU half precision is the rule: models are trained so, and it is twice as fast. On a CPU
    it is taken only where float32 does not fit; there is nowhere to offload to.
    """
    room = _SPARE * free
    total, largest = sum(parameters.values()), max(parameters.values())
    if device == "cpu":
        fits = 4 * total <= room
        return Placement("float32" if fits else "bfloat16", offload=False)
    work = _PER_LATENT * _SMALLEST_TILE**2 * _BYTES[half]
    if device == "cuda" and 2 * (4 * total + 2 * work) <= room:
        return Placement("float32", offload=False)
    return Placement(half, offload=2 * total + work > room and largest < total)


def savings(
    free: float, size: tuple[int, int], factor: int, precision: str, trained: int
) -> MemorySavings:
    """Choose the savings for a picture.

    Args:
        free: bytes free on the device once the model is there.
        size: (height, width) in latents.
        factor: pixels to a latent, along each side.
        precision: of the networks.
        trained: the side that the U-Net was trained on, in latents: where the memory allows,
            tiles are up to half as large again, but larger ones show things twice.
    """
    room = _SPARE * free
    width = _BYTES[precision]
    height, length = size
    best = max(_SMALLEST_TILE, trained + trained // 2) // 8 * 8
    fitting = int((room / (_PER_LATENT * width)) ** 0.5) // 8 * 8
    tile = max(_SMALLEST_TILE, min(best, fitting))
    pixels = height * length * factor**2
    return MemorySavings(
        tile=tile,
        tile_vae=pixels * _PER_PIXEL * width > room,
        slice_attention=fitting < _SMALLEST_TILE,
    )

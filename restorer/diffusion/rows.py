"""Arithmetic on whole states, a few rows at a time, which holds only its result in memory.

Like `samplers`, which calls it, this module does not import torch when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import TYPE_CHECKING

from restorer.imaging import bands, scratch

if TYPE_CHECKING:
    import torch
    from torch import Tensor

#: Values drawn at a time. Torch draws them sixteen at a time, and the last sixteen in another way.
_DRAWN, _SIXTEEN = 1 << 20, 16

#: Bytes of a plane from which on what was freed goes back at once: glibc keeps several of them, and
#: smaller ones are soon asked for again.
_TRIMMED = 1 << 24


def by_rows(made: Callable[..., Tensor], *whole: Tensor) -> Tensor:
    """`made(*whole)`, computed row by row, for functions of single rows of tensors (B, C, H, W).

    Tensors after the first may be masks, (B, 1, H, W).
    """
    height, width = whole[0].shape[-2:]
    plain = _is_plain(whole[0]) and all(_is_plain(x) or _is_mask(x) for x in whole[1:])
    if height * width <= bands.PIXELS or not plain:
        return made(*whole)
    out = empty_like(whole[0])
    for rows in bands.bands((height, width)):
        out[..., rows, :] = made(*(x[..., rows, :] for x in whole))
    return out


def by_planes(made: Callable[[Tensor], Tensor], whole: Tensor) -> Tensor:
    """`made(whole)`, computed plane by plane, for functions of single planes of (B, C, H, W)."""
    import torch

    if whole.shape[-2] * whole.shape[-1] <= bands.PIXELS or not _is_plain(whole):
        return made(whole)
    out: Tensor | None = None
    for batch, channel in product(range(whole.shape[0]), range(whole.shape[1])):
        bands.raise_if_stopped()
        plane = made(whole[batch : batch + 1, channel : channel + 1])
        if out is None:
            shape = *whole.shape[:2], *plane.shape[-2:]
            out = torch.from_numpy(scratch.empty(shape))
        out[batch, channel] = plane[0, 0]
        size = plane.nbytes
        del plane
        scratch.release()
        if size >= _TRIMMED:
            scratch.trim()
    assert out is not None
    return out


def flipped(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """(B, C, H, W) mirrored along some of the last two axes, -2 and -1."""
    height, width = x.shape[-2:]
    if height * width <= bands.PIXELS or not _is_plain(x):
        return x.flip(axes)
    out = empty_like(x)
    for rows in bands.bands((height, width)):
        mirrored = slice(height - rows.stop, height - rows.start) if -2 in axes else rows
        out[..., rows, :] = x[..., mirrored, :].flip(axes)
    return out


def stacked(parts: Iterable[Tensor], pictures: int) -> Tensor:
    """Stack parts (B, C, H, W) into one batch, made one after the other."""
    import torch

    each = iter(parts)
    first = next(each)
    if first.shape[-2] * first.shape[-1] <= bands.PIXELS or not _is_plain(first):
        return torch.cat([first, *each])
    out = torch.from_numpy(scratch.empty((pictures, *first.shape[1:])))
    part: Tensor | None = first
    del first
    start = 0
    while part is not None:
        out[start : start + len(part)] = part
        start += len(part)
        del part  # before the next is made
        part = next(each, None)
    return out


def empty_like(x: Tensor, size: tuple[int, int] | None = None) -> Tensor:
    """An uninitialised tensor of the same shape; on the CPU it may be in a file.

    Args:
        size: (height, width) in place of those of x.
    """
    import torch

    shape = (*x.shape[:-2], *(size or x.shape[-2:]))
    if not _is_plain(x):
        return x.new_empty(shape)
    return torch.from_numpy(scratch.empty(shape))


def zeros_like(x: Tensor) -> Tensor:
    """The same, filled with zeros."""
    import torch

    shape = tuple(x.shape)
    return torch.from_numpy(scratch.zeros(shape)) if _is_plain(x) else torch.zeros_like(x)


def noise_like(x: Tensor, generator: torch.Generator) -> Tensor:
    """Noise drawn on the generator's device, so that a seed gives the same noise everywhere."""
    if x.numel() <= _DRAWN or generator.device.type != "cpu" or not _is_plain(x):
        noise = x.new_empty(x.shape, device=generator.device).normal_(generator=generator)
        return noise.to(x.device)
    noise = empty_like(x)
    values = noise.view(-1)
    start = 0
    for stop in range(_DRAWN, len(values) - _SIXTEEN, _DRAWN):
        values[start:stop].normal_(generator=generator)
        start = stop
        scratch.release()
    values[start:].normal_(generator=generator)
    return noise


def _is_mask(x: Tensor) -> bool:
    """Whether a tensor on the CPU holds true and false."""
    return x.device.type == "cpu" and x.element_size() == 1 and not x.is_floating_point()


def _is_plain(x: Tensor) -> bool:
    """Whether a tensor is on the CPU in float32 and needs no gradient."""
    plain = x.device.type == "cpu" and x.is_floating_point() and x.element_size() == 4
    return plain and not x.requires_grad

"""Holds pictures in one tensor of bytes, from which all crops of a step are gathered at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from restorer.training.pictures import Bytes

#: Share of a device's free memory that pictures may take; beyond it they stay with the processor.
_SHARE = 0.3


class Store:
    """Slots for pictures, all in one (pixels, 3) uint8 tensor.

    The tensor lies on the device if it fits, else in pinned memory, which the device reads
    directly.

    Args:
        areas: number of pixels of each slot.
        device: device of the crops.

    Attributes:
        offsets, heights, widths: position and size of each slot in pixels; 0 x 0 if it is empty.
        pixels: the tensor.
    """

    def __init__(self, areas: Sequence[int], device: torch.device | str) -> None:
        device = torch.device(device)
        room = np.asarray(areas, np.int64)
        self.offsets = np.concatenate([np.zeros(1, np.int64), room.cumsum()])[:-1]
        self.heights, self.widths = np.zeros((2, len(room)), np.int64)
        self._room = room
        place = device if 3 * int(room.sum()) <= _budget(device) else torch.device("cpu")
        pinned = device.type == "cuda" and place.type == "cpu"
        shape = int(room.sum()), 3
        self.pixels = torch.empty(shape, dtype=torch.uint8, device=place, pin_memory=pinned)

    def put(self, slot: int, picture: Bytes) -> None:
        """Put a picture (H, W, 3) into a slot; rows without room are dropped."""
        height, width = picture.shape[:2]
        height = min(height, int(self._room[slot]) // width)
        rows = torch.from_numpy(np.ascontiguousarray(picture[:height]).reshape(-1, 3))
        start = int(self.offsets[slot])
        self.pixels[start : start + height * width] = rows.to(self.pixels.device)
        self.heights[slot], self.widths[slot] = height, width

    def picture(self, slot: int) -> Bytes:
        """The picture in a slot, (H, W, 3) uint8."""
        start, height, width = (int(a[slot]) for a in (self.offsets, self.heights, self.widths))
        rows = self.pixels[start : start + height * width].cpu()
        whole: Bytes = rows.reshape(height, width, 3).numpy()
        return whole

    def take(self, places: Tensor) -> Tensor:
        """The pixels at positions (...), (..., 3) uint8."""
        return self.pixels.index_select(0, places.flatten()).view(*places.shape, 3)


def _budget(device: torch.device) -> float:
    """Number of bytes for pictures on a device."""
    match device.type:
        case "cuda":
            return _SHARE * torch.cuda.mem_get_info(device)[0]
        case "mps":
            return _SHARE * torch.mps.recommended_max_memory()
    return float("inf")

"""Masks as files, off the main thread."""

from __future__ import annotations

from pathlib import Path

from restorer.document.masks.painted import PaintedMask, Values


def read_mask(path: Path, size: tuple[int, int]) -> Values:
    """(H, W) 0..255, the brightness of a picture of this (width, height).

    Raises:
        BadInput: if it cannot be read or has another size.
    """
    from restorer.imaging import mask_files

    return mask_files.read_mask(path, size)


def write_mask(mask: PaintedMask, path: Path, force: bool) -> None:
    """Write a mask as a grey PNG, whole or not at all.

    Raises:
        BadInput: if the file is there already and not `force`, or cannot be written.
    """
    from restorer.imaging import mask_files

    mask_files.write_mask(mask.values.copy(), path, force=force)

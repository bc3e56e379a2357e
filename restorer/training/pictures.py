"""Finds, checks and decodes pictures to train on, as far as memory allows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from restorer.errors import BadInput, RestorerError
from restorer.imaging.formats import readable_suffixes
from restorer.imaging.names import printable
from restorer.imaging.read import read_picture
from restorer.words import tr

if TYPE_CHECKING:  # who only looks at folders does without torch
    import torch

    from restorer.training.store import Store

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

#: Below this standard deviation (0-255) a picture holds nothing to learn from.
_FLAT = 2.0

#: Side of the pieces that are kept of larger pictures where not all fit into memory.
_PIECE = 1024

#: Crops served before the oldest piece makes room for a new one.
_CROPS_PER_PIECE = 64


def find_pictures(folders: Sequence[str | Path], leave_out: Sequence[Path] = ()) -> list[Path]:
    """All picture files in these folders and their subfolders, by suffix; sorted.

    Raises:
        BadInput: if a folder is missing or has no readable picture.
    """
    unwanted = {path.resolve() for path in leave_out}
    found: dict[Path, None] = {}
    for name in folders:
        folder = Path(name).expanduser()
        if not folder.is_dir():
            what = tr("is not a folder") if folder.exists() else tr("does not exist")
            raise BadInput(
                "{folder} {what}; training needs folders of pictures.",
                folder=printable(folder),
                what=what,
            )
        here = list(_walk(folder, unwanted))
        if not here:
            raise BadInput(
                "There are no pictures in {folder} to train on.", folder=printable(folder)
            )
        found |= dict.fromkeys(here)
    return sorted(found)


def _walk(folder: Path, unwanted: set[Path]) -> Iterator[Path]:
    suffixes = readable_suffixes()
    for parent, folders, files in os.walk(folder):
        place = Path(parent).resolve()
        folders[:] = [name for name in folders if name[0] != "." and place / name not in unwanted]
        if place in unwanted:
            continue
        for name in files:
            if name[0] != "." and name.lower().endswith(suffixes):
                yield place / name


class Pictures:
    """A pool of decoded pictures that crops are cut from.

    If all pictures fit into `memory`, the pool holds them all. Otherwise it is a window that slides
    along an endless shuffled deck of the pictures and holds a piece of each. Its content depends
    only on the seed and the number of crops served, so a resumed training sees the same.

    Args:
        files: at least one.
        least: the least side of a usable picture, in pixels.
        memory: bytes for decoded pictures.
        seed: seed of the deck and the pieces.
        device: device of the crops.

    Attributes:
        files: the files whose size is right.
        skipped: a sentence for each file that turned out to be unusable so far.
        whole: whether the pool holds all pictures; then slots are indices of `files`.
        window: number of slots of the pool.
    """

    def __init__(
        self,
        files: Sequence[Path],
        least: int,
        memory: int,
        seed: int,
        device: torch.device | str = "cpu",
    ) -> None:
        self.skipped: dict[Path, str] = {}
        self._least = least
        self._seed = seed
        self._device = device
        self._sizes = {path: size for path in files if (size := self._size(path)) is not None}
        self.files = list(self._sizes)
        pixels = sum(width * height for width, height in self._sizes.values())
        self.whole = 3 * pixels <= memory
        piece = max(_PIECE, least)
        self.window = len(self.files) if self.whole else max(1, memory // (3 * piece**2))
        self._filled: dict[int, int] = {}  # slot: position in the deck whose piece is in it

    @cached_property
    def store(self) -> Store:
        """The pixels; the first call allocates the memory."""
        from restorer.training.store import Store

        if self.whole:
            return Store([width * height for width, height in self._sizes.values()], self._device)
        return Store([max(_PIECE, self._least) ** 2] * self.window, self._device)

    def read(self) -> Iterator[int]:
        """Fill the pool and yield the count up to `window`; this finds unusable files early."""
        for position in range(self.window):
            self._fill(position)
            yield position + 1

    def slots(self, served: int) -> Numbers:
        """Slots to draw from after this number of crops; with little memory they change over time.

        Raises:
            BadInput: if no picture can be used.
        """
        first = 0 if self.whole else served // _CROPS_PER_PIECE
        for position in range(first, first + self.window):
            self._fill(position)
        found: Numbers = np.flatnonzero(self.store.heights)
        if not len(found):
            raise BadInput("None of the pictures can be trained on.", str(self.skipped))
        return found

    def pick(self, number: int, rng: np.random.Generator) -> Bytes:
        """The picture or piece for crop `number`, (H, W, 3) uint8, no side below `least`.

        Raises:
            BadInput: if no picture can be used.
        """
        return self.store.picture(int(rng.choice(self.slots(number))))

    def usable(self) -> list[Path]:
        """The files that have not turned out to be unusable."""
        return [path for path in self.files if path not in self.skipped]

    def _fill(self, position: int) -> None:
        """Put the piece at a position of the deck into its slot, or the next usable one."""
        slot = position % self.window if self.window else 0
        if self._filled.get(slot) == position:
            return
        self._filled[slot] = position
        for place in [position] if self.whole else range(position, position + len(self.files)):
            pixels = self._decode(self._file(place))
            if pixels is not None:
                self.store.put(slot, pixels if self.whole else self._cut(pixels, position))
                return

    def _file(self, position: int) -> Path:
        if self.whole:
            return self.files[position]
        deal, place = divmod(position, len(self.files))
        return self.files[_shuffled(len(self.files), self._seed, deal)[place]]

    def _cut(self, pixels: Bytes, position: int) -> Bytes:
        rng = np.random.default_rng([self._seed, position, 1])
        side = max(_PIECE, self._least)
        top = int(rng.integers(max(0, pixels.shape[0] - side) + 1))
        left = int(rng.integers(max(0, pixels.shape[1] - side) + 1))
        return pixels[top : top + side, left : left + side]

    def _size(self, path: Path) -> tuple[int, int] | None:
        try:
            try:
                with Image.open(path) as image:
                    size = image.size
            except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
                size = read_picture(path).size  # kinds that Pillow does not know, or a reason
        except RestorerError as error:
            self.skipped[path] = error.sentence
            return None
        if min(size) < self._least:
            self.skipped[path] = tr(
                "{path} is too small ({width} x {height}); crops are {least} x {least}.",
                path=printable(path),
                width=size[0],
                height=size[1],
                least=self._least,
            )
            return None
        return size

    def _decode(self, path: Path) -> Bytes | None:
        if path in self.skipped:
            return None
        try:
            pixels = np.rint(read_picture(path).pixels * 255).astype(np.uint8)
        except RestorerError as error:
            self.skipped[path] = error.sentence
            return None
        if float(pixels.std()) < _FLAT:
            self.skipped[path] = tr(
                "{path} is flat; there is nothing to learn from it.", path=printable(path)
            )
            return None
        return pixels


@lru_cache(maxsize=4)
def _shuffled(count: int, seed: int, deal: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, deal, 0]).permutation(count)

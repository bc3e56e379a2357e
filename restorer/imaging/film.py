"""Films: some pictures after one another, as GIF, animated WebP or MP4.

Encoders are heard of only between two pictures, and one large picture takes them seconds. So they
work in a thread of their own, into memory: who waits can stop at any moment, and nothing is written
before all is there.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restorer.errors import BadInput
from restorer.imaging.atomic import atomic_file, check_target
from restorer.imaging.names import printable

_HEARD = 0.05  # seconds between two looks whether the film is wanted still
_RATE = 25  # frames a second of an MP4; the others hold each picture as long as it is shown
_COLOURS = 255  # of a picture in a GIF


@dataclass(frozen=True, eq=False)
class FilmFrame:
    """One picture of a film, (H, W, 3) uint8 in sRGB, and how long it is shown."""

    pixels: NDArray[np.uint8]
    seconds: float


def film_suffixes() -> list[str]:
    """The suffixes of films that can be written here; ".mp4" only where PyAV is installed."""
    return [suffix for suffix in _KINDS if suffix != ".mp4" or find_spec("av") is not None]


def check_film(path: Path, force: bool) -> None:
    """Raise `BadInput` if writing this film is bound to fail."""
    suffix = path.suffix.lower()
    if suffix not in _KINDS:
        known = ", ".join(_KINDS)
        raise BadInput(
            "“{path}” names no kind of film; use {known}.", path=printable(path), known=known
        )
    if suffix not in film_suffixes():
        raise BadInput("MP4 needs PyAV (pip install restorer[film]); GIF and WebP need nothing.")
    check_target(path, force=force)


def write_film(
    stills: Sequence[FilmFrame],
    path: Path,
    *,
    force: bool = False,
    told: Callable[[int, int], object] = lambda done, total: None,
) -> None:
    """Write the pictures, all of one size, in the format that the suffix names; all or nothing.

    Args:
        told: asked many times a second, how many are encoded, of how many; what it raises ends it.

    Raises:
        BadInput: another suffix, no PyAV for MP4, `path` exists without `force`.
        RestorerError: the disk is full or failed.
        ValueError: there are no pictures.
    """
    if not stills:
        raise ValueError("a film needs at least one picture")
    check_film(path, force)
    encoded = _Encoding(_KINDS[path.suffix.lower()], stills).wait(told)
    with atomic_file(path, force=force) as file:
        file.write(encoded)


class _Abandoned(Exception):
    """Nobody is waiting for the film any more."""


class _Encoding:
    """An encoder at work in its thread."""

    def __init__(self, encode: _Encode, stills: Sequence[FilmFrame]) -> None:
        self._encode, self._stills = encode, stills
        self._file = io.BytesIO()
        self._begun = -1  # pictures
        self._left = False
        self._error: BaseException | None = None

    def wait(self, told: Callable[[int, int], object]) -> memoryview:
        """The encoded bytes; raises what `told` or the encoder raised."""
        # a daemon: a program that ends does not wait for the picture that it is at
        thread = threading.Thread(target=self._work, name="restorer-film", daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                told(max(0, self._begun), len(self._stills))
                thread.join(_HEARD)
        except BaseException:  # Ctrl+C among them
            self._left = True
            raise
        if self._error is not None:
            raise self._error
        return self._file.getbuffer()

    def next(self) -> None:
        """Called when the encoder begins another picture."""
        if self._left:
            raise _Abandoned
        self._begun += 1

    def _work(self) -> None:
        try:
            self._encode(self._stills, self._file, self.next)
        except BaseException as error:  # for who waits
            self._error = error


def _gif(stills: Sequence[FilmFrame], file: BinaryIO, begin: Callable[[], None]) -> None:
    def reduced(still: FilmFrame) -> Image.Image:
        begin()
        return Image.fromarray(still.pixels).quantize(_COLOURS, dither=Image.Dither.NONE)

    _animated([*map(reduced, stills)], stills, file, "GIF", optimize=False, disposal=1)


def _webp(stills: Sequence[FilmFrame], file: BinaryIO, begin: Callable[[], None]) -> None:
    images = [Image.fromarray(still.pixels) for still in stills]
    for image in images:
        _tell_of(image, begin)
    _animated(images, stills, file, "WEBP", quality=85, method=4)


def _tell_of(image: Image.Image, begin: Callable[[], None]) -> None:
    """Call `begin` when an encoder turns to the picture, which it does by `seek`."""
    seek = image.seek

    def told(frame: int) -> None:
        begin()
        seek(frame)

    image.seek = told  # type: ignore[method-assign]


def _animated(
    images: list[Image.Image],
    stills: Sequence[FilmFrame],
    file: BinaryIO,
    format: str,
    **how: object,
) -> None:
    durations = [max(20, round(1000 * still.seconds)) for still in stills]
    first, *others = images
    first.save(file, format, save_all=True, append_images=others, duration=durations, loop=0, **how)


def _mp4(stills: Sequence[FilmFrame], file: BinaryIO, begin: Callable[[], None]) -> None:
    import av  # an extra

    height, width = (side // 2 * 2 for side in stills[0].pixels.shape[:2])
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "18"}
        for still in stills:
            begin()
            pixels = np.ascontiguousarray(still.pixels[:height, :width])
            for _ in range(max(1, round(still.seconds * _RATE))):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


#: Writes pictures into a file, and calls the last before each of them.
_Encode = Callable[[Sequence[FilmFrame], BinaryIO, Callable[[], None]], None]

_KINDS: dict[str, _Encode] = {
    ".gif": _gif,
    ".webp": _webp,
    ".mp4": _mp4,
}

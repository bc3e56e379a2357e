"""The only place where numpy and QImage meet.

Every QImage made here owns its bytes: numpy writes into it and releases it before it is returned,
so no picture on screen depends on somebody else's array. Only a `Pyramid` may hold the bytes
of its largest image beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QColorSpace, QGuiApplication, QImage

from restorer.errors import OutOfMemory
from restorer.imaging import scratch
from restorer.imaging.bands import bands
from restorer.imaging.picture import Pixels

Bytes = NDArray[np.uint8]

_STRIP = 128  # rows that Qt works on at a time; even
_ROWS = 32  # converted at a time: a few hundred kilobytes, which stay in the processor's cache
_LARGE = 16_000_000  # pixels, from which an image need not lie in memory
_SMALLEST_LEVEL = 64  # pixels on the longer side, below which halving saves nothing


def to_qimage(
    pixels: NDArray[Any], icc: bytes | None = None, alpha: NDArray[Any] | None = None
) -> QImage:
    """A picture for the screen: sRGB, 8 bit, RGB32 (with alpha: ARGB32_Premultiplied).

    Args:
        pixels: (H, W, 3), float32 in 0..1 (what lies outside is clipped) or uint8.
        icc: the profile the values are in; None, or one Qt cannot use, means sRGB.
        alpha: (H, W), float32 in 0..1 or uint8, or None for opaque.

    Raises:
        OutOfMemory: the image cannot be allocated (or is too large for Qt).
    """
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise OutOfMemory(
            "There is not enough memory to show {width} x {height} pixels.",
            width=width,
            height=height,
        )
    _write_rgb32(_view(image, 4 * width), pixels)
    if icc is not None:
        image = _in_srgb(image, icc)
    if alpha is None:
        return image
    image.convertTo(QImage.Format.Format_ARGB32)
    _write_bytes(_view(image, image.width() * 4)[:, 3::4], alpha)
    image.convertTo(QImage.Format.Format_ARGB32_Premultiplied)
    return image


def from_qimage(image: QImage) -> tuple[Pixels, Pixels | None, bytes | None]:
    """Any QImage (pasted, dropped) as `(pixels, alpha, icc)`.

    Returns:
        pixels (H, W, 3) float32 in 0..1, alpha (H, W) float32 in 0..1 or None when the picture
        is opaque, and the profile as bytes or None when it is sRGB or unknown. 16-bit images
        keep their precision.
    """
    space = image.colorSpace()
    rgb = space.isValid() and space.colorModel() == QColorSpace.ColorModel.Rgb
    icc = bytes(space.iccProfile().data()) if rgb and space != _srgb() else None
    deep = image.depth() > 32 or image.format() == QImage.Format.Format_Grayscale16
    wanted = QImage.Format.Format_RGBA64 if deep else QImage.Format.Format_RGBA8888
    converted = image.convertToFormat(wanted)
    dtype, top = (np.uint16, 65535) if deep else (np.uint8, 255)
    raw = _view(converted, converted.width() * converted.depth() // 8)
    rgba = np.ascontiguousarray(raw).view(dtype).reshape(image.height(), image.width(), 4)
    scaled: Pixels = rgba.astype(np.float32) / np.float32(top)
    alpha = scaled[..., 3].copy() if image.hasAlphaChannel() and rgba[..., 3].min() < top else None
    return scaled[..., :3].copy(), alpha, icc


def to_bytes(image: QImage) -> Bytes:
    """(H, W, 3) uint8 copy of what an image shows; alpha is dropped."""
    converted = image.convertToFormat(QImage.Format.Format_RGB888)
    return _view(converted, image.width() * 3).reshape(image.height(), image.width(), 3).copy()


def to_clipboard(image: QImage) -> None:
    """Put an image on the clipboard."""
    QGuiApplication.clipboard().setImage(image)


def bytes_of(image: QImage) -> Bytes:
    """(H, W * 3) uint8 view of an RGB888 image, to write into.

    The view does not keep the image alive: use it only while you hold the image.
    """
    if image.format() != QImage.Format.Format_RGB888:
        raise ValueError("bytes_of needs an RGB888 image")
    return _view(image, image.width() * 3)


def tinted(values: Bytes, color: QColor, opacity: float) -> QImage:
    """(H, W) uint8 as coverage in one colour: 0 is clear, 255 covers with `opacity` 0..1."""
    height, width = values.shape
    image = QImage(width, height, QImage.Format.Format_Indexed8)
    shade = QColor(color)
    table = []
    for value in range(256):
        shade.setAlphaF(opacity * value / 255)
        table.append(shade.rgba())
    image.setColorTable(table)
    tinted_bytes(image)[:] = values
    return image


def tinted_bytes(image: QImage) -> Bytes:
    """(H, W) uint8 view of an image from `tinted`, to write into; see `bytes_of`."""
    return _view(image, image.width())


@dataclass(frozen=True, eq=False)
class Pyramid:
    """A whole picture at full size, half, quarter ..., for `drawImage(target, image, source)`.

    Attributes:
        levels: the images.
        held: the bytes of the first image, if it does not own them.
    """

    levels: tuple[QImage, ...]
    held: Bytes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the picture itself."""
        return self.levels[0].width(), self.levels[0].height()

    def level_for(self, scale: float) -> QImage:
        """The smallest level that is still at least as large as the picture drawn at `scale`."""
        steps = math.floor(math.log2(1 / scale) + 1e-6) if scale < 1 else 0
        return self.levels[min(steps, len(self.levels) - 1)]


def to_pyramid(
    pixels: NDArray[Any], icc: bytes | None = None, alpha: NDArray[Any] | None = None
) -> Pyramid:
    """The same as `to_qimage` at every size; the full size of a large picture is in a file."""
    height, width = pixels.shape[:2]
    if alpha is not None or height * width < _LARGE:
        return build_pyramid(to_qimage(pixels, icc, alpha))
    held = scratch.empty((height, 4 * width), np.uint8)
    _write_rgb32(held, pixels)
    image = QImage(held.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return replace(build_pyramid(image if icc is None else _in_srgb(image, icc)), held=held)


def build_pyramid(image: QImage) -> Pyramid:
    """Halve until small; 0.4 s for 100 megapixels, a third more memory."""
    levels = [image]
    while max(levels[-1].width(), levels[-1].height()) > _SMALLEST_LEVEL:
        last = levels[-1]
        levels.append(_halved(last))
    return Pyramid(tuple(levels))


def _halved(image: QImage) -> QImage:
    """Half as wide and as high, strip by strip."""
    width, height = max(1, image.width() // 2), max(1, image.height() // 2)
    whole = QImage()
    for top in range(0, height, _STRIP // 2):
        end = min(top + _STRIP // 2, height)
        first, last = (round(row * image.height() / height) for row in (top, end))
        strip = _strip(image, first, last).scaled(
            width,
            end - top,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        if whole.isNull():
            whole = QImage(width, height, strip.format())
            whole.setColorSpace(strip.colorSpace())
        _put(strip, whole, top)
    return whole


def _strip(image: QImage, first: int, last: int) -> QImage:
    """Some rows, as a view that must not outlive the image.

    Qt holds the interpreter while it works on an image: on 12 megapixels at once for a tenth of a
    second and more, in which the window would stand still.
    """
    line = image.bytesPerLine()
    part = image.constBits()[first * line : last * line]
    strip = QImage(part, image.width(), last - first, line, image.format())
    strip.setColorSpace(image.colorSpace())
    return strip


def _put(strip: QImage, into: QImage, top: int) -> None:
    """Copy rows of the same format and width, 4 bytes a pixel."""
    used = 4 * strip.width()
    _view(into, used)[top : top + strip.height()] = _view(strip, used)


def _write_rgb32(out: Bytes, pixels: NDArray[Any]) -> None:
    """(H, W, 3) as Qt orders the bytes of RGB32, (H, W * 4); Qt itself knows how."""
    width = pixels.shape[1]
    for rows in bands(pixels.shape):
        part = pixels[rows]
        strip = QImage(width, len(part), QImage.Format.Format_RGB888)
        _write_bytes(_view(strip, 3 * width), part.reshape(len(part), 3 * width))
        strip.convertTo(QImage.Format.Format_RGB32)
        out[rows] = _view(strip, 4 * width)


def _write_bytes(out: Bytes, values: NDArray[Any]) -> None:
    """Round 0..1 to 0..255 block by block; uint8 is copied as it is."""
    if values.dtype == np.uint8:
        out[:] = values
        return
    block = np.empty((_ROWS, out.shape[1]), np.float32)
    for top in range(0, len(out), _ROWS):
        rows = values[top : top + _ROWS]
        part = block[: len(rows)]
        np.multiply(rows, np.float32(255), out=part, casting="same_kind")
        np.rint(part, out=part)
        np.clip(part, 0, 255, out=part)
        np.copyto(out[top : top + _ROWS], part, casting="unsafe")


def _view(image: QImage, used: int) -> Bytes:
    """(H, used) uint8 view into the image's own memory, without the padding of its rows."""
    raw = np.frombuffer(image.bits(), np.uint8)
    return raw.reshape(image.height(), image.bytesPerLine())[:, :used]


def _srgb() -> QColorSpace:
    return QColorSpace(QColorSpace.NamedColorSpace.SRgb)


def _in_srgb(image: QImage, icc: bytes) -> QImage:
    if icc[36:40] != b"acsp":  # not a profile at all; Qt would complain on the console
        return image
    space = QColorSpace.fromIccProfile(icc)
    if not space.isValid() or space == _srgb():
        return image
    if space.colorModel() == QColorSpace.ColorModel.Rgb:
        for top in range(0, image.height(), _STRIP):
            strip = _strip(image, top, min(top + _STRIP, image.height()))
            strip.setColorSpace(space)
            _put(strip.convertedToColorSpace(_srgb(), image.format()), image, top)
        image.setColorSpace(_srgb())
        return image
    if space.colorModel() == QColorSpace.ColorModel.Gray:
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        grey.setColorSpace(space)
        return grey.convertedToColorSpace(_srgb(), QImage.Format.Format_RGB32)
    return image  # three channels cannot be in a CMYK space; show the values themselves

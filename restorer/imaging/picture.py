"""The one convention for pictures in memory."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.bands import compute_bands
from restorer.imaging.geo import enlarged

Pixels = NDArray[np.float32]
Texts = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Levels:
    """What 0 and 1 stand for in a file whose values have a range of their own.

    Attributes:
        black, white: the values that became 0 and 1.
        type: of the values, as numpy calls it: "int16", "float32", ...
        light: the values are light, of which `black` and `white` are codes, see `levels.lit`.
        no_data: stands where the picture is transparent since nothing was measured; None where
            transparency is what it is.
    """

    black: float
    white: float
    type: str
    light: bool = False
    no_data: float | None = None

    @property
    def kind(self) -> str:
        """What a format must be able to hold: "int16", "light float32", ..."""
        return f"light {self.type}" if self.light else self.type


@dataclass(frozen=True, eq=False, kw_only=True)
class Metadata:
    """The metadata of a file.

    Attributes:
        icc, exif, xmp: raw blobs from the file, to be written back; None when absent.
        dpi: pixels per inch along x and y, for printing; None when the file does not say.
        cicp: the code points of HDR colours (ITU-T H.273), of PNG files; None for others.
        geo: where on the earth it lies, as `imaging.geo` packs it; None when absent.
        iptc: keywords and captions (IIM records); None when absent.
        texts: comments, as the text chunks of PNG (kind and body); None when absent.
        levels: the range of the file's values where it is not that of brightness, else None.
        quality: at which its file was compressed, 1 to 100 as libjpeg counts; 100 too where nothing
            was lost. None when it is not known.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    cicp: bytes | None = None
    geo: bytes | None = None
    iptc: bytes | None = None
    texts: Texts | None = None
    levels: Levels | None = None
    quality: int | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """These fields alone, by name, for another object that has them."""
        return {field.name: getattr(self, field.name) for field in fields(Metadata)}


@dataclass(frozen=True, eq=False)
class Picture(Metadata):
    """A picture as read, upright (EXIF orientation applied), with all metadata of its file.

    Attributes:
        pixels: (H, W, 3) float32 in 0..1, encoded values in the picture's own colour space
            (the one `icc` describes, sRGB when it is None). Never changed in place. A plain colour
            beneath transparency is not among them, see `imaging.beneath`.
        alpha: (H, W) float32 in 0..1, or None.
        infrared: (H, W) float32 in 0..1, what a film scanner saw by infrared light, where dust and
            scratches are dark; None when the file has none, and of what was made of the picture.
        bits: per channel in the file: 8 to 16, or 32 (float).
        grey: the file had a single channel; all three channels of `pixels` are equal.
        credentials: its file has Content Credentials, see `imaging.credentials`.
        path: where it was read from; None for pasted or generated pictures.
        digest: SHA-256 of that file, in hexadecimal digits; empty where the pixels are not its own.
        page: of a file with several that were all read, counted from 1; else 0.
        crop: which part of its file's picture it is, as `imaging.crop` has it; empty for all of it.
        whole: (width, height) of that picture, where it is a part.
        format: the container as Pillow names it: "PNG", "TIFF", "JPEG", "WEBP", ...
        several: its file has other frames or pages, which were not read.
        notes: plain sentences about what reading had to change ("CMYK was converted to sRGB.").
    """

    pixels: Pixels
    alpha: Pixels | None = None
    infrared: Pixels | None = None
    bits: int = 8
    grey: bool = False
    credentials: bool = False
    path: Path | None = None
    digest: str = ""
    page: int = 0
    crop: tuple[float, ...] = ()
    whole: tuple[int, int] = (0, 0)
    format: str = "PNG"
    several: bool = False
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def whole_size(self) -> tuple[int, int]:
        """(width, height) of the whole picture in its file."""
        return self.whole if self.crop else self.size

    @property
    def name(self) -> str:
        """Its name for a title."""
        return self.path.name if self.path else "Untitled"

    @property
    def brightness(self) -> Pixels:
        """(H, W) in 0..1 of the full range of the file's type, as masks and maps mean it.

        What is transparent is nothing, and black.
        """
        mean = compute_bands(self.pixels.shape[:2], lambda rows: self.pixels[rows].mean(axis=2))
        if self.alpha is not None:
            mean *= self.alpha
        if self.levels is not None and self.levels.type == "uint16":
            mean *= np.float32(self.levels.white / 65535)
        return mean

    def with_pixels(self, pixels: Pixels) -> Picture:
        """The same file with other pixels of the same shape."""
        if pixels.shape != self.pixels.shape:
            raise ValueError(f"shape {pixels.shape} is not {self.pixels.shape}")
        return replace(self, pixels=pixels, digest="", crop=())

    def resized_to(self, pixels: Pixels) -> Picture:
        """The same file with pixels of any size; transparency is interpolated to it."""
        alpha, geo = self.alpha, self.geo
        height, width = pixels.shape[:2]
        if geo is not None and self.size != (width, height):
            geo = enlarged(geo, width / self.size[0], height / self.size[1])
        if alpha is not None and alpha.shape != (height, width):
            from PIL import Image  # not needed by a window that starts

            scaled = Image.fromarray(alpha).resize((width, height), Image.Resampling.BICUBIC)
            alpha = np.clip(np.asarray(scaled), 0, 1)
        made = replace(self, pixels=pixels, alpha=alpha, infrared=None, geo=geo)
        return replace(made, digest="", crop=())

"""Reads any supported file, recognised by its content, as a `Picture`."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from restorer.errors import BadInput, OutOfMemory, RestorerError, TruncatedFile
from restorer.imaging import credentials, exif, stale_xmp
from restorer.imaging.bands import GoOn, always
from restorer.imaging.code_points import with_profile
from restorer.imaging.colour import as_rgb
from restorer.imaging.formats import FORMATS, Decode, recognised
from restorer.imaging.magic import is_text
from restorer.imaging.names import printable
from restorer.imaging.picture import Picture
from restorer.imaging.raster import Raster, Unreadable, to_float
from restorer.imaging.under_alpha import extend_pixels
from restorer.words import marked as _
from restorer.words import tr

_DAMAGED = _("is damaged and could not be read")
_UNKNOWN = _("is a kind of {title} that Restorer cannot read")
_MAX_BYTES = 5 << 30  # an uncompressed float TIFF with alpha at the limit of pixels


def read_picture(
    path: Path | str,
    *,
    allow_truncated: bool = False,
    one_only: bool = False,
    go_on: GoOn = always,
) -> Picture:
    """The picture in a file, upright, in its own colours and with all its bits.

    Args:
        path: the file; what it is, its content decides.
        allow_truncated: take a part, if there is no more.
        one_only: refuse animations and files of several pages, of which the first is taken else.
        go_on: called before and after the file is decoded; what it raises ends the work.

    Raises:
        TruncatedFile: only a part can be read (never with `allow_truncated`).
        BadInput: no picture, not a supported one, or more pixels than `raster.MAX_PIXELS`.
        OutOfMemory: it does not fit into memory.
    """
    path = Path(path)
    data = _file_bytes(path)
    go_on()
    picture = _read(data, printable(path.name), allow_truncated, one_only)
    picture = replace(picture, path=path, digest=_digest(data))
    go_on()
    return picture


def read_bytes(data: bytes, name: str = "pasted", *, allow_truncated: bool = False) -> Picture:
    """The picture in the bytes of a file, as a browser or the clipboard hands them over.

    Raises:
        as `read_picture`; the sentences call it `name`.
    """
    return _read(data, printable(name), allow_truncated)


def read_pages(path: Path | str) -> Iterator[Picture]:
    """Each picture of a TIFF with several pages; the only picture of any other file.

    Raises:
        as `read_picture`.
    """
    path = Path(path)
    data, name = _file_bytes(path), printable(path.name)
    if recognised(data) is not FORMATS["TIFF"]:
        yield read_picture(path)
        return
    from restorer.imaging import tiff_file

    try:
        with _in_sentences(name):
            digest = _digest(data)
            for number, raster in enumerate(tiff_file.decode_pages(data), 1):
                picture = _with_credentials(_picture(raster), data)
                yield replace(picture, path=path, digest=digest, page=number)
    except RestorerError:
        raise
    except Exception as error:  # as in `_read`
        what = Unreadable(_UNKNOWN, title="TIFF") if _is_unknown(error) else Unreadable(_DAMAGED)
        raise BadInput("{name} {error}.", str(error), name=name, error=what) from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _file_bytes(path: Path) -> bytes:
    name = printable(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise BadInput("{name} is a folder, not a picture.", name=name)
        if not stat.S_ISREG(status.st_mode):
            raise BadInput("{name} is not a file.", name=name)
        if status.st_size > _MAX_BYTES:
            raise BadInput(
                "{name} has {st_size:.0f} GB, too much for a picture.",
                name=name,
                st_size=status.st_size / 2**30,
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput("{name} does not exist.", str(error), name=name) from error
    except PermissionError as error:
        raise BadInput(
            "{name} cannot be read: you have no permission.", str(error), name=name
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise BadInput("{name} could not be read.", str(error), name=name) from error
    except MemoryError as error:
        raise OutOfMemory("There is not enough memory to open {name}.", name=name) from error


def _read(data: bytes, name: str, allow_truncated: bool, one_only: bool = False) -> Picture:
    if not data:
        raise BadInput("{name} is empty.", name=name)
    format = recognised(data)
    if format is None:
        if is_text(data):
            raise BadInput("{name} is a text file, not a picture.", name=name)
        known = ", ".join(format.title for format in FORMATS.values())
        raise BadInput(
            "{name} is not a picture in a format that can be opened ({known}).",
            name=name,
            known=known,
        )
    decode = format.decode()
    with _in_sentences(name):
        try:
            raster = decode(data, False)
            if one_only and raster.several:
                raise Unreadable("has several frames or pages, and such files are to be refused")
            return _with_credentials(_picture(raster), data)
        except (Unreadable, MemoryError):
            raise
        except Exception as error:  # codecs meet damage with every kind of exception
            if _is_unknown(error):
                raise Unreadable(_UNKNOWN, title=format.title) from error
            return _with_credentials(_part(decode, data, name, allow_truncated, error), data)


@contextmanager
def _in_sentences(name: str) -> Iterator[None]:
    """Turn what keeps a file of this name from being read into an error for a person."""
    try:
        yield
    except Unreadable as error:
        raise BadInput(
            "{name} {error}.", str(error.__cause__ or ""), name=name, error=error
        ) from error
    except MemoryError as error:
        raise OutOfMemory("There is not enough memory to open {name}.", name=name) from error


def _is_unknown(error: Exception) -> bool:
    """Whether a codec cannot read such pictures at all, damaged or not."""
    words = ("unsupported", "unimplemented", "unknown")
    return isinstance(error, NotImplementedError) or str(error).lower().startswith(words)


def _with_credentials(picture: Picture, data: bytes) -> Picture:
    if not credentials.has_credentials(data, picture.format):
        return picture
    return replace(picture, credentials=True, notes=(*picture.notes, tr(credentials.SEEN)))


def _part(
    decode: Decode, data: bytes, name: str, allow_truncated: bool, error: Exception
) -> Picture:
    """The readable part of a damaged file, if that is allowed."""
    detail = f"{type(error).__name__}: {error}"
    try:
        raster = decode(data, True)
        picture = _picture(raster)
    except MemoryError:
        raise
    except Unreadable as second:
        raise Unreadable(str(second)) from error
    except Exception:  # as above; the first failure is the one to report
        raise Unreadable(_DAMAGED) from error
    if raster.complete <= 0:
        raise Unreadable("ends early, before the picture begins") from error
    if raster.complete < 1:
        percent = max(1, min(99, int(raster.complete * 100)))
        what = tr("ends early; {percent}% of it could be read.", percent=percent)
    else:
        what = tr("ends early; all of it could be read, with less detail.")
    if not allow_truncated:
        raise TruncatedFile("{name} {what}", detail, raster.complete, name=name, what=what)
    return replace(picture, notes=(tr("This file {what}", what=what), *picture.notes))


def _picture(raster: Raster) -> Picture:
    """Colours, orientation and scale as `Picture` promises them."""
    raster = as_rgb(with_profile(raster))
    turned = exif.orientation(raster.exif)
    alpha, infrared = raster.alpha, raster.infrared
    xmp, notes = stale_xmp.drop_stale(raster.xmp)
    if raster.geo is not None and turned != 1:
        notes += (
            tr(
                "The map position (GeoTIFF) is that of the picture before it was turned "
                "upright; it was left out."
            ),
        )
    stated: dict[str, Any] = {
        "exif": exif.upright(raster.exif),
        "xmp": xmp if turned == 1 else stale_xmp.upright(xmp),
        "geo": raster.geo if turned == 1 else None,
        "quality": 100 if _loses_nothing(raster.format) else raster.quality,
    }
    pixels = to_float(exif.turn(raster.samples, turned), raster.white, channels=3)
    transparency = None if alpha is None else to_float(exif.turn(alpha, turned), raster.white)
    return Picture(
        pixels=pixels if transparency is None else extend_pixels(pixels, transparency),
        alpha=transparency,
        infrared=(
            None if infrared is None else to_float(exif.turn(infrared, turned), raster.white)
        ),
        bits=raster.bits,
        grey=raster.kind == "grey",
        format=raster.format,
        several=raster.several,
        notes=tuple(dict.fromkeys(raster.notes + notes)),
        **(raster.metadata | stated),
    )


def _loses_nothing(name: str) -> bool:
    """Whether files of this format are always lossless."""
    return FORMATS[name].lossless and FORMATS[name].quality is None

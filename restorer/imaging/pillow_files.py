"""Formats that Pillow reads and writes at full depth: JPEG, WebP, BMP, GIF, AVIF; and HEIC."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
from PIL import Image, UnidentifiedImageError

from restorer.imaging import chromaticities, exif, jpeg_extras, scratch
from restorer.imaging.bands import bands
from restorer.imaging.jpeg_tables import quality_no_worse
from restorer.imaging.metadata import with_metadata
from restorer.imaging.raster import (
    LEAST,
    MAX_PIXELS,
    Kind,
    Raster,
    Samples,
    Unreadable,
    check_held,
    check_size,
    most_unbounded,
)
from restorer.imaging.segments import jpeg_frame
from restorer.imaging.texts import from_comment, iptc_segment, to_comment
from restorer.words import tr

# Pillow warns at 89 megapixels and refuses twice as much. The limit here is ours and on purpose.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# `check_size` refuses what Pillow would only warn about.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
# Nor do its complaints about an icon's size tell a person anything.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.IcoImagePlugin")

_FORMATS = ("JPEG", "WEBP", "BMP", "GIF", "AVIF", "PCX", "SGI", "DDS", "ICO", "ICNS", "TGA")
_KINDS: dict[str, Kind] = {"L": "grey", "LA": "grey", "CMYK": "cmyk"}
_COLOURS: dict[int, Kind] = {1: "grey", 3: "rgb"}
_END_OF_JPEG = b"\xff\xd9"
_MP_ENTRIES = 0xB002  # of the index of several pictures (CIPA DC-007)
_GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
_IPTC = 1028  # among the resources of Photoshop
_TAIL = 4096  # bytes that some write behind the end
# The most pixels that a byte can stand for: two bits a block of 64 in JPEG (one in progressive
# files), twelve bits a string of 4096 in GIF, two bytes 255 pixels in BMP, 63 bytes of eight pixels
# in PCX, 128 pixels in TGA, eight bytes sixteen pixels in DDS. The others have none.
_PIXELS_A_BYTE = {"JPEG": 512, "MPO": 512, "GIF": 2731, "BMP": 128, "PCX": 252, "TGA": 64, "DDS": 2}


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the first frame; with `partial`, the part that a truncated JPEG or BMP holds."""
    complete: float | None = 1.0
    frame = jpeg_frame(data) if data.startswith(b"\xff\xd8") else None
    if frame is not None and frame[0] != 8:
        return _by_libjpeg(data, partial, *frame)
    if partial:
        data, complete = _completed(data)
    _check_webp_canvas(data)
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = MAX_PIXELS // 10**6
        raise Unreadable(
            "claims more pixels than the limit of {limit} megapixels", limit=limit
        ) from error
    except UnidentifiedImageError:
        if frame is None:
            raise
        return _by_libjpeg(data, partial, *frame)
    with image:
        width, height = image.size
        check_size(width, height)
        bound = _PIXELS_A_BYTE.get(str(image.format))
        check_held(width, height, bound * len(data) if bound else most_unbounded(len(data)))
        info = _info(image)
        samples, kind, alpha = _pixels(image)
        notes = _frames_note(image)
        name = "JPEG" if image.format == "MPO" else str(image.format)
        tables = getattr(image, "quantization", None) or {}
        said = jpeg_extras.notes_of(data, info.get("photoshop") or {}) if name == "JPEG" else ()
        if name == "DDS" and _has_others(data):
            said = (tr(jpeg_extras.FURTHER),)
        if notes:  # say it with their number
            said = tuple(note for note in said if note != jpeg_extras.FURTHER)
    raster = Raster(
        samples=samples,
        kind=kind,
        white=255.0,
        bits=8,
        format=name,
        alpha=alpha,
        notes=notes + said,
        several=bool(notes),
        complete=_share_of_blocks(samples) if complete is None else complete,
        quality=100 if b"VP8L" in data[12:64] else quality_no_worse([*tables.values()]),
    )
    return _with_info(raster, info, data)


def _with_info(raster: Raster, info: Mapping[str | tuple[int, int], Any], data: bytes) -> Raster:
    """The raster with the metadata that Pillow found in the file."""
    gif = raster.format == "GIF"
    raster = with_metadata(
        raster,
        icc=lambda: info.get("icc_profile") or None,
        exif=lambda: exif.normalise_strictly(info.get("exif")),
        xmp=lambda: _xmp_of_gif(data) if gif else info.get("xmp") or None,
        iptc=lambda: (info.get("photoshop") or {}).get(_IPTC) or None,
        texts=lambda: from_comment(info.get("comment")),
    )
    raster = with_metadata(raster, dpi=lambda: _dpi(raster, info))
    return chromaticities.add_profile(raster, lambda: chromaticities.of_exif(raster.exif))


def _by_libjpeg(data: bytes, partial: bool, bits: int, width: int, height: int) -> Raster:
    """JPEG of more than 8 bits, as medical and satellite pictures have, or with an odd head."""
    check_size(width, height)
    check_held(width, height, _PIXELS_A_BYTE["JPEG"] * len(data))
    if not partial and _END_OF_JPEG not in data[-_TAIL:]:
        raise EOFError("no end of image")
    try:
        pixels = imagecodecs.jpeg8_decode(data)
    except Exception as error:  # whatever the version at hand cannot do
        raise Unreadable(
            "is a JPEG with {bits} bits a channel that could not be read", bits=bits
        ) from error
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    kind = _COLOURS.get(pixels.shape[2])
    if kind is None or pixels.dtype != (np.uint8 if bits <= 8 else np.uint16):
        raise NotImplementedError("a JPEG of other colours")
    complete = _share_of_blocks(pixels, 1 << bits - 1) if partial else 1.0
    white, depth = float(2**bits - 1), 8 if bits <= 8 else 16
    raster = Raster(pixels, kind, white, depth, "JPEG", complete=complete)
    frame = struct.pack(">BHH", bits, height, width)
    eight = data.replace(frame, b"\x08" + frame[1:], 1)  # Pillow reads no header of another
    try:
        with Image.open(io.BytesIO(eight), formats=("JPEG",)) as image:
            info = _info(image)
    except Exception:  # damage is met with several kinds of exception
        note = tr("What the file says beside its picture could not be read and was left out.")
        return replace(raster, notes=(note,))
    raster = replace(raster, notes=jpeg_extras.notes_of(data, info.get("photoshop") or {}))
    return _with_info(raster, info, data)


def decode_heif(data: bytes, partial: bool = False) -> Raster:
    """Read HEIC with all its bits (10 and 12 come scaled to 16), already turned upright."""
    try:
        import pillow_heif
    except ImportError as error:
        raise Unreadable(
            "is a HEIC picture; install the package pillow-heif to open these"
        ) from error
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    image = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    width, height = image.size
    check_size(width, height)
    check_held(width, height, most_unbounded(len(data)))
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    has_alpha = pixels.shape[2] in (2, 4)
    colours = pixels.shape[2] - has_alpha
    info = image.info
    raster = Raster(
        samples=pixels[..., :colours],
        kind="grey" if colours == 1 else "rgb",
        white=255.0 if pixels.dtype == np.uint8 else 65535.0,
        bits=8 if pixels.dtype == np.uint8 else 16,
        format="HEIF",
        alpha=pixels[..., -1] if has_alpha else None,
        notes=(tr("Only the main one of {n} pictures was opened.", n=len(image)),)
        * (len(image) > 1),
        several=len(image) > 1,
    )
    raster = with_metadata(
        raster,
        icc=lambda: info.get("icc_profile") or None,
        exif=lambda: exif.upright(exif.normalise_strictly(info.get("exif"))),
        xmp=lambda: info.get("xmp") or None,
        cicp=lambda: None if info.get("icc_profile") else _numbers(info.get("nclx_profile")),
    )
    return chromaticities.add_profile(raster, lambda: chromaticities.of_exif(raster.exif))


def encode_jpeg(raster: Raster, file: BinaryIO, quality: int) -> None:
    """Write 8 bits without alpha, colours at full resolution.

    Raises:
        ValueError, struct.error: for texts and IPTC that JPEG has no place for.
    """
    more: dict[str, Any] = {}
    if raster.iptc:
        more["extra"] = iptc_segment(raster.iptc)
    if raster.texts:
        more["comment"] = to_comment(raster.texts)
    _save(raster, file, "JPEG", quality=quality, subsampling="4:4:4", **more)


def encode_webp(raster: Raster, file: BinaryIO, quality: int) -> None:
    """Write 8 bits; quality 100 is lossless, colours under full transparency included."""
    # Method 2 takes half the time of 4 for files hardly larger.
    lossless = quality == 100
    _save(raster, file, "WEBP", quality=quality, lossless=lossless, exact=True, method=2)


def _save(raster: Raster, file: BinaryIO, name: str, **options: object) -> None:
    metadata = {
        "icc_profile": raster.icc,
        "exif": raster.exif,
        "xmp": raster.xmp,
        "dpi": raster.dpi and tuple(map(round, raster.dpi)),
    }
    image = Image.fromarray(np.ascontiguousarray(raster.stacked))
    image.save(file, name, **options, **{key: value for key, value in metadata.items() if value})


def _pixels(image: Image.Image) -> tuple[Samples, Kind, Samples | None]:
    if image.mode == "P" and not image.has_transparency_data:
        # Pillow would take four bytes a pixel on the way, and as many again.
        palette = np.zeros((256, 3), np.uint8)
        colours = image.getpalette("RGB") or []
        palette.flat[: len(colours)] = colours
        indices, out = np.asarray(image), scratch.empty((*image.size[::-1], 3), np.uint8)
        for rows in bands(out.shape):
            out[rows] = palette[indices[rows]]
        return out, "rgb", None
    if image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        if image.mode in ("1", "I;16", "I"):
            image = image.convert("L")
        else:
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if image.mode in ("LA", "RGBA"):
        return pixels[..., :-1], _KINDS.get(image.mode, "rgb"), pixels[..., -1]
    return pixels, _KINDS.get(image.mode, "rgb"), None


def _dpi(raster: Raster, info: Mapping[str | tuple[int, int], Any]) -> exif.Dpi | None:
    """Pillow assumes 72 where a JPEG gives none."""
    if raster.format != "JPEG":
        return exif.plausible_dpi(info.get("dpi"))
    per_inch = {1: 1.0, 2: 2.54}.get(info.get("jfif_unit", 0))
    if per_inch is None:
        return exif.dpi(raster.exif)
    x, y = info["jfif_density"]
    return exif.plausible_dpi((x * per_inch, y * per_inch))


def _numbers(nclx: Mapping[str, int] | None) -> bytes | None:
    """The code points of the colours, as PNG holds them."""
    if nclx is None:
        return None
    return bytes((nclx["color_primaries"], nclx["transfer_characteristics"], 0, 1))


def _frames_note(image: Image.Image) -> tuple[str, ...]:
    if image.format == "MPO":
        # Its further frames are mostly previews and depth maps, or else a panorama, or another eye.
        entries = getattr(image, "mpinfo", {}).get(_MP_ENTRIES, ())
        frames = [str(e["Attribute"]["MPType"]).startswith("Multi-Frame") for e in entries]
        return (tr("Only the first of {frames} pictures was opened.", frames=sum(frames)),) * (
            sum(frames) > 1
        )
    sizes = len(image.info.get("sizes", ()))  # of an icon
    if sizes > 1:
        return (tr("Only the largest of {n} pictures was opened.", n=sizes),)
    if not getattr(image, "is_animated", False):
        return ()
    try:
        count = image.n_frames  # type: ignore[attr-defined]
    except Exception:  # a damaged one does not cost the first
        return (tr("Only the first frame was opened."),)
    return (tr("Only the first of {number} frames was opened.", number=count),)


def _info(image: Image.Image) -> dict[Any, Any]:
    """What Pillow found, with all comments of a JPEG, of which it keeps only the last."""
    comments = [body for kind, body in getattr(image, "applist", ()) if kind == "COM"]
    return image.info | ({"comment": b"\n".join(comments)} if comments else {})


def _has_others(dds: bytes) -> bool:
    """Whether a DDS file holds smaller versions, or the other sides of a cube."""
    (smaller,), (more,) = struct.unpack_from("<I", dds, 28), struct.unpack_from("<I", dds, 112)
    return bool(smaller > 1 or more & 0x200200)


def _xmp_of_gif(data: bytes) -> bytes | None:
    """The packet among the extensions (XMP, part 3, 1.1.2), which Pillow does not look for."""
    start = data.find(_GIF_XMP)
    end = data.find(b"\x01\xff\xfe", start)
    return data[start + len(_GIF_XMP) : end] if 0 <= start < end else None


def _check_webp_canvas(data: bytes) -> None:
    """Check the canvas of a WebP: Pillow allocates it on opening, before its own check."""
    if data[8:16] == b"WEBPVP8X" and len(data) >= 30:
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
        check_size(width, height)


def _completed(data: bytes) -> tuple[bytes, float | None]:
    """The file with an end added, and the share that was there; None if only pixels tell."""
    if data.startswith(b"\xff\xd8"):
        return data + _END_OF_JPEG, None
    if data.startswith(b"BM") and len(data) >= 54:
        offset, _, width, height, _, depth, packing = struct.unpack("<IIiiHHI", data[10:34])
        if packing in (0, 3):
            check_size(width, abs(height))
            size = min((width * depth + 31) // 32 * 4 * abs(height), 4 * MAX_PIXELS)
            if offset >= len(data):
                raise Unreadable("ends early, before the picture begins")
            missing = max(0, offset + size - len(data))
            complete = 1 - missing / max(1, size)
            check_held(width, abs(height), width * abs(height) * complete / LEAST)
            return data + bytes(missing), complete
    raise Unreadable("is damaged or ends early and could not be read")


def _share_of_blocks(samples: Samples, unread: int = 128) -> float:
    """How far a JPEG's blocks hold a picture; a progressive one has all of them, in less detail.

    Args:
        samples: (H, W, C).
        unread: what libjpeg leaves where the data ran out, the middle of the range.
    """
    written = (samples != unread).any(axis=2)
    # Chroma of a block runs over into the first row and column of those after it.
    if min(written.shape) > 16:
        written[::16], written[:, ::16] = False, False
    for axis in (0, 1):
        written = np.logical_or.reduceat(written, range(0, written.shape[axis], 16), axis)
    last = np.flatnonzero(written)
    return float((last[-1] + 1) / written.size) if len(last) else 0.0

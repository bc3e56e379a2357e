"""What is kept of files that other programs wrote, looked at with other programs: a table in docs.

python benchmarks/kept.py               # writes it into docs/formats.md

Files are written by Pillow and tifffile, and by ImageMagick, exiftool, pillow-heif, imagecodecs and
OpenEXR where they are installed; they are opened, changed and saved as the same kind (or PNG, of
camera raw TIFF, where Restorer does not write it), and what the result holds is read by Pillow (by
imagecodecs or OpenEXR what that cannot), and by exiftool where it is installed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms, IptcImagePlugin

from restorer.imaging.credentials import SEEN
from restorer.imaging.formats import suffix_for_result
from restorer.imaging.read import read_pages, read_picture
from restorer.imaging.write import write_pages, write_picture

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
MARKS = "<!-- kept: begin -->", "<!-- kept: end -->"
FACTS = ("bits", "profile", "EXIF", "GPS", "XMP", "IPTC", "resolution", "transparency", "pages")
PERSON, PLACE, SUBJECT, KEYWORD = "Zoë Ångström", 48.2, "harbour", "fish"
_DECODERS = {
    ".jxl": imagecodecs.jpegxl_decode,
    ".jxr": imagecodecs.jpegxr_decode,
    ".hdr": imagecodecs.rgbe_decode,
}
_NEVER = "**lost without a word**"


@dataclass(frozen=True)
class Sample:
    """A file of some kind as some program writes it."""

    kind: str
    writer: str
    name: str
    write: Callable[[Path], None]
    pages: bool = False


def samples() -> Iterator[Sample]:
    """Those that can be made here."""
    for kind, name, mode, options in (
        ("PNG, 8 bits", "a.png", "RGBA", {}),
        ("PNG, 16 bits grey", "b.png", "I;16", {}),
        ("JPEG", "c.jpg", "RGB", {"quality": 90}),
        ("TIFF, 8 bits", "d.tif", "RGBA", {}),
        ("WebP", "e.webp", "RGBA", {"quality": 90}),
        ("AVIF", "f.avif", "RGBA", {"quality": 90}),
        ("GIF", "g.gif", "P", {}),
        ("BMP", "h.bmp", "RGB", {}),
    ):
        yield Sample(kind, "Pillow", name, lambda path, m=mode, o=options: _pillow(path, m, **o))
    yield Sample("TIFF, 16 bits", "tifffile", "i.tif", lambda p: _tifffile(p, np.uint16))
    yield Sample("TIFF, floats", "tifffile", "j.tif", lambda p: _tifffile(p, np.float32))
    yield Sample("TIFF, three pages", "tifffile", "k.tif", _tiff_pages, pages=True)
    if convert := _magick():
        for kind, name in (
            ("PNG, 16 bits", "l.png"),
            ("JPEG", "m.jpg"),
            ("TIFF, 16 bits", "n.tif"),
            ("WebP", "o.webp"),
        ):
            yield Sample(kind, "ImageMagick", name, lambda path, c=convert: _by_magick(c, path))
    if shutil.which("exiftool"):
        for kind, name in (("PNG", "p.png"), ("JPEG", "q.jpg"), ("TIFF", "r.tif")):
            yield Sample(kind, "Pillow and exiftool", name, _by_exiftool)
        yield Sample("JPEG XL, 16 bits", "imagecodecs and exiftool", "s.jxl", _jxl)
        yield Sample("JPEG XR, 16 bits", "imagecodecs and exiftool", "w.jxr", _jxr)
        if find_spec("rawpy"):
            yield Sample("camera raw (DNG)", "tifffile and exiftool", "t.dng", _dng)
    yield Sample("Radiance", "imagecodecs", "x.hdr", _hdr)
    if find_spec("pillow_heif"):
        yield Sample("HEIC", "pillow-heif", "u.heic", _heic)
    if find_spec("OpenEXR"):
        yield Sample("OpenEXR", "OpenEXR", "v.exr", _exr)


def compared(sample: Sample, folder: Path) -> dict[str, str]:
    """What became of each fact: "kept", "said" if its loss is, "" where there was none."""
    came = folder / sample.name
    sample.write(came)
    suffix = suffix_for_result(came)
    out = folder / f"out-{sample.name}{suffix}"
    notes: tuple[str, ...] = ()
    if sample.pages:
        pages = [page.with_pixels(0.98 * page.pixels) for page in read_pages(came)]
        notes += write_pages(pages, out)
    else:
        picture = read_picture(came)
        notes += picture.notes + write_picture(picture.with_pixels(0.98 * picture.pixels), out)
    assert SEEN not in notes
    before, after = facts(came), facts(out)
    return {name: _became(name, before[name], after[name], notes) for name in FACTS}


def _became(name: str, before: Any, after: Any, notes: tuple[str, ...]) -> str:
    if before in (None, "", False) or (name == "pages" and before == 1):
        return ""
    if before == after or (name == "bits" and after > before):
        return f"kept ({before})" if name in ("bits", "pages", "resolution") else "kept"
    words = {"profile": "colour", "resolution": "print", "transparency": "transparency"}
    word = words.get(name, name)
    return "said" if any(word.lower() in note.lower() for note in notes) else _NEVER


def facts(path: Path) -> dict[str, Any]:
    """What other programs find in a file."""
    if path.suffix in (".jxl", ".jxr", ".hdr", ".exr", ".dng"):
        return _without_pillow(path) | _by_another(path)
    with Image.open(path) as image:
        exif, info = image.getexif(), image.info
        xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
        xmp = xmp.encode() if isinstance(xmp, str) else xmp
        gps = exif.get_ifd(0x8825).get(2)
        dpi = info.get("dpi")
        icc = info.get("icc_profile")
        found = {
            "bits": _bits(path, image),
            "profile": icc and ImageCms.getProfileDescription(_profile(icc)),
            "EXIF": _text(exif.get(315)),
            "GPS": gps and round(float(gps[0]) + float(gps[1]) / 60, 2),
            "XMP": SUBJECT.encode() in xmp,
            "IPTC": (IptcImagePlugin.getiptcinfo(image) or {}).get((2, 25)),
            "resolution": dpi and round(float(dpi[0])),
            "transparency": image.has_transparency_data,
            "pages": getattr(image, "n_frames", 1),
        }
    if found["resolution"] in (1, 72, 96):  # what programs say of files that do not
        found["resolution"] = None
    return found | _by_another(path)


def _without_pillow(path: Path) -> dict[str, Any]:
    """The same of what Pillow cannot open, or only the preview of; exiftool knows more."""
    found: dict[str, Any] = dict.fromkeys(FACTS)
    if path.suffix in _DECODERS:
        found["bits"] = 8 * _DECODERS[path.suffix](path.read_bytes()).itemsize
    elif path.suffix == ".dng":
        with tifffile.TiffFile(path) as tif:
            found["bits"] = tif.pages[0].pages[0].bitspersample
    else:
        import OpenEXR

        with OpenEXR.File(str(path), separate_channels=True) as file:
            header, channels = dict(file.header()), file.channels()
            found |= {
                "bits": 8 * channels["R"].pixels.itemsize,
                "XMP": SUBJECT if SUBJECT in header.get("xmp", "") else None,
                "resolution": round(header["xDensity"]) if "xDensity" in header else None,
                "transparency": "A" in channels,
            }
    return found


def _by_another(path: Path) -> dict[str, Any]:
    """The same as exiftool finds it, if that is installed."""
    if not shutil.which("exiftool"):
        return {}
    asked = ["exiftool", "-j", "-n", "-G0", "-EXIF:all", "-XMP:all", "-IPTC:all", str(path)]
    done = subprocess.run(asked, capture_output=True, check=True)
    said = json.loads(done.stdout)[0]
    found = {
        "EXIF": said.get("EXIF:Artist"),
        "GPS": said.get("EXIF:GPSLatitude"),
        "XMP": said.get("XMP:Subject"),
        "IPTC": said.get("IPTC:Keywords"),
    }
    return {} if path.suffix in (".exr", ".hdr") else found  # of which it reads none


def _bits(path: Path, image: Image.Image) -> int:
    data = path.read_bytes()
    if image.format == "PNG":
        return data[24]
    if image.format == "TIFF":
        return int(image.tag_v2[258][0])
    return 8


def _profile(icc: bytes) -> Any:
    import io

    return ImageCms.ImageCmsProfile(io.BytesIO(icc))


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    with_bytes = isinstance(value, str) and value.encode("latin-1", "replace")
    return with_bytes.decode("utf-8", "replace") if with_bytes else value


# --- Files as other programs write them -----------------------------------------------------------
def _pixels(height: int = 48, width: int = 64) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([2 * x, 3 * y, x + y, 255 - x], axis=2).astype(np.uint8)


def _xmp() -> bytes:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:subject><rdf:Bag><rdf:li>{SUBJECT}</rdf:li></rdf:Bag></dc:subject>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[315] = PERSON.encode()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (16.0, 0.0, 0.0)})
    return exif


def _icc() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _pillow(path: Path, mode: str, **options: Any) -> None:
    pixels = _pixels()
    if mode == "I;16":
        image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    else:
        image = Image.fromarray(pixels).convert(mode if mode != "P" else "RGB").convert(mode)
    more: dict[str, Any] = {"dpi": (300, 300)}
    if path.suffix not in (".gif", ".bmp"):
        more |= {"exif": _exif().tobytes()}
    if path.suffix in (".jpg", ".webp", ".avif"):
        more |= {"xmp": _xmp()}
    if path.suffix not in (".gif", ".bmp") and mode != "I;16":
        more |= {"icc_profile": _icc()}
    image.save(path, **options, **more)


def _tifffile(path: Path, kind: type) -> None:
    """Colours of 16 bits, or grey floats with a range of their own."""
    pixels, grey = _pixels()[..., :3], kind is np.float32
    values = pixels[..., 0].astype(kind) * 3.5 if grey else pixels.astype(np.uint16) * 257
    xmp, artist = _xmp(), PERSON.encode()
    tags = [(700, 1, len(xmp), xmp, True), (315, 2, 0, artist, True)]
    tifffile.imwrite(
        path,
        values,
        photometric="minisblack" if grey else "rgb",
        iccprofile=None if grey else _icc(),
        resolution=(300, 300),
        resolutionunit=2,
        extratags=tags,
        metadata=None,
    )


def _tiff_pages(path: Path) -> None:
    with tifffile.TiffWriter(path) as tif:
        for page in (_pixels(), _pixels(40), _pixels(32, 80)):
            tif.write(page[..., :3], photometric="rgb", metadata=None, resolution=(300, 300))


def _magick() -> str | None:
    """The command of ImageMagick, if this is really it."""
    for name in ("magick", "convert"):
        if shutil.which(name):
            asked = subprocess.run([name, "-version"], capture_output=True, text=True, check=False)
            if asked.stdout.startswith("Version: ImageMagick"):
                return name
    return None


def _by_magick(convert: str, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        came = Path(folder) / "came.jpg"
        _pillow(came, "RGB", quality=95)
        depth = ["-depth", "16"] if path.suffix in (".png", ".tif") else []
        printed = ["-density", "300", "-units", "PixelsPerInch"]
        form = "PNG48:" * (path.suffix == ".png")  # or it takes eight bits where these are enough
        subprocess.run([convert, str(came), *printed, *depth, f"{form}{path}"], check=True)


def _by_exiftool(path: Path) -> None:
    _pillow(path, "RGB", **({"quality": 90} if path.suffix == ".jpg" else {}))
    said = [f"-IPTC:Keywords={KEYWORD}", f"-XMP-dc:Subject={SUBJECT}", f"-EXIF:Artist={PERSON}"]
    said += [f"-EXIF:GPSLatitude={PLACE}", "-EXIF:GPSLatitudeRef=N", "-overwrite_original", "-q"]
    subprocess.run(["exiftool", *said, str(path)], check=True)


def _described(path: Path) -> None:
    """By exiftool, as people do."""
    said = [f"-XMP-dc:Subject={SUBJECT}", f"-EXIF:Artist={PERSON}", f"-EXIF:GPSLatitude={PLACE}"]
    said += ["-EXIF:GPSLatitudeRef=N", "-overwrite_original", "-q"]
    subprocess.run(["exiftool", *said, str(path)], check=True)


def _jxl(path: Path) -> None:
    values = _pixels()[..., :3].astype(np.uint16) * 257
    path.write_bytes(imagecodecs.jpegxl_encode(values, lossless=True, usecontainer=True))
    _described(path)


def _jxr(path: Path) -> None:
    values = _pixels()[..., :3].astype(np.uint16) * 257
    path.write_bytes(imagecodecs.jpegxr_encode(values))
    _described(path)


def _hdr(path: Path) -> None:
    path.write_bytes(imagecodecs.rgbe_encode(_pixels()[..., :3].astype(np.float32) / 40))


def _dng(path: Path) -> None:
    above = [
        (50706, "B", 4, (1, 4, 0, 0), True),
        (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
    ]
    below = [(33421, "H", 2, (2, 2), True), (33422, "B", 4, (0, 1, 1, 2), True)]
    with tifffile.TiffWriter(path) as tif:
        preview = np.zeros((12, 16, 3), np.uint8)
        tif.write(preview, subfiletype=1, subifds=1, metadata=None, extratags=above)
        mosaic = _pixels()[..., 0].astype(np.uint16) * 257
        tif.write(mosaic, photometric=32803, metadata=None, extratags=below)
    _described(path)


def _heic(path: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    _pillow(path, "RGB")


def _exr(path: Path) -> None:
    import OpenEXR

    light = _pixels().astype(np.float16) / 40
    planes = {name: np.ascontiguousarray(light[..., i]) for i, name in enumerate("RGBA")}
    planes["A"] = np.clip(planes["A"], 0, 1)
    header = {"type": OpenEXR.scanlineimage, "xDensity": 300.0, "xmp": _xmp().decode()}
    OpenEXR.File(header, planes).write(str(path))


def table(rows: list[tuple[Sample, dict[str, str]]]) -> str:
    """Markdown."""
    head = ["kind of file", "written by", *FACTS]
    lines = [head, ["---"] * len(head)]
    lines += [[s.kind, s.writer, *(found[name] for name in FACTS)] for s, found in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Write the table; 1 if anything was lost without a word."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [(sample, compared(sample, Path(folder))) for sample in samples()]
    made = table(rows)
    page = PAGE.read_text()
    block = f"{MARKS[0]}\n{made}\n{MARKS[1]}"
    PAGE.write_text(re.sub(f"{MARKS[0]}.*?{MARKS[1]}", lambda _: block, page, flags=re.S))
    print(made)
    return int(_NEVER in made)


if __name__ == "__main__":
    sys.exit(main())

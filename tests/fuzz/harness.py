"""Files changed at random, read, measured, and written again: nothing but sentences may come of it.

    python tests/fuzz/harness.py --minutes 10 [--seed 1] [--keep FOLDER]

runs in processes of its own, so that a crash of a codec, a file that takes a minute and one that
takes more memory than is allowed are findings too. Each case is decided by its number alone:
`--only NUMBER` does one again.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from restorer.degradation.estimate import estimate
from restorer.errors import BadInput, OutOfMemory
from restorer.imaging.code_points import D65, with_gamma
from restorer.imaging.formats import writable_formats
from restorer.imaging.picture import Levels, Picture
from restorer.imaging.provenance import with_record
from restorer.imaging.read import read_bytes, read_picture
from restorer.imaging.write import write_pages, write_picture

SECONDS, MEMORY = 60, 8 << 30  # that one case may take
_MEASURED = 1 << 18  # pixels; larger pictures are measured in part
_NUMBERS = (0, 1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 2**31 - 1, 2**32 - 1)
_WORDS = (b"\0\0\0\0", b"NaN", b"1e999", b"-1", b"%n%s", b"\xff\xd8", b"<?xml", b"]]>", b"\xc3\x28")


@dataclass(frozen=True)
class Finding:
    """A case that ended in anything but a sentence."""

    number: int
    what: str
    data: bytes


def seeds() -> list[bytes]:
    """Small whole files of every kind, with all the metadata that their formats hold."""
    found = []
    exif = Image.Exif()
    exif[271], exif[274], exif[306] = "Maker", 6, "2024:02:29 12:00:00"
    exif.get_ifd(0x8769).update({33434: 0.008, 37500: b"note\0" * 9, 40962: 24, 40963: 16})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0)})
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:16, :24].astype(np.float32)
    smooth = np.stack([x / 24, y / 16, (x + y) / 40], axis=2)
    noisy = np.clip(smooth + rng.normal(0, 0.05, smooth.shape), 0, 1).astype(np.float32)
    rich = Picture(
        noisy,
        exif=exif.tobytes(),
        xmp=with_record(None, '{"restorer": "0", "task": {"start": 3}}'),
        dpi=(300.0, 300.0),
        iptc=b"\x1c\x02\x19\x00\x04fish",
    )
    grey = replace(rich, pixels=np.repeat(noisy[..., :1], 3, axis=2), grey=True)
    alpha = replace(rich, alpha=noisy[..., 0].copy())
    wide = replace(rich, icc=with_gamma(D65, (0.7, 0.3, 0.2, 0.7, 0.15, 0.06), 2.0))
    with tempfile.TemporaryDirectory() as folder:
        for format in writable_formats():
            path = Path(folder) / f"x{format.suffixes[0]}"
            for picture in (rich, grey, alpha, wide):
                for bits in format.depths:
                    write_picture(picture, path, bits=bits, force=True)
                    found.append(path.read_bytes())
        path = Path(folder) / "x.tif"
        for kind in ("int16", "float32", "uint32"):
            write_picture(replace(grey, levels=Levels(-5, 900, kind)), path, force=True)
            found.append(path.read_bytes())
        write_pages([rich, grey], path, force=True)
        found.append(path.read_bytes())
    return [*found, *_by_others((noisy * 255).astype(np.uint8))]


def _by_others(pixels: np.ndarray) -> Iterator[bytes]:
    """As Pillow and tifffile write them: palettes, CMYK, interlaced, tiles, other compressions."""
    image = Image.fromarray(pixels)
    for form, mode, options in (
        ("GIF", "P", {}),
        ("BMP", "RGB", {}),
        ("BMP", "P", {}),
        ("BMP", "RGBA", {}),
        ("PNG", "P", {"transparency": 3}),
        ("PNG", "1", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "RGB", {"progressive": True, "comment": b"words"}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("TIFF", "CMYK", {"compression": "tiff_lzw"}),
        ("TIFF", "YCbCr", {"compression": "jpeg"}),
        ("TIFF", "P", {"compression": "packbits"}),
        ("PPM", "RGB", {}),
        ("TGA", "RGBA", {"compression": "tga_rle"}),
        ("PCX", "P", {}),
        ("PCX", "1", {}),
        ("SGI", "RGB", {}),
        ("DDS", "RGBA", {}),
        ("DDS", "RGBA", {"pixel_format": "BC3"}),
        ("ICO", "RGBA", {}),
        ("GIF", "P", {"save_all": True, "append_images": [image.convert("P").rotate(90)]}),
    ):
        file = io.BytesIO()
        image.convert(mode).save(file, form, **options)
        yield file.getvalue()
    for options in (
        {"tile": (16, 16), "compression": "deflate"},
        {"planarconfig": "separate", "photometric": "rgb", "byteorder": ">"},
        {"bigtiff": True, "compression": "lzw", "predictor": True},
    ):
        file = io.BytesIO()
        planes = np.moveaxis(pixels, -1, 0) if "planarconfig" in options else pixels
        tifffile.imwrite(file, planes, **options)
        yield file.getvalue()
    file, heights = io.BytesIO(), pixels[..., 0] * np.float32(2)
    heights[:4] = -9999
    said = [(42113, "s", 0, b"-9999", True)]
    tifffile.imwrite(file, heights, photometric="minisblack", metadata=None, extratags=said)
    yield file.getvalue()
    head = struct.pack(">HBBHHHH", 0x01DA, 0, 2, 3, 24, 16, 3).ljust(512, b"\0")
    yield head + np.moveaxis(pixels, -1, 0).astype(">u2").tobytes()
    yield bytes(imagecodecs.jpeg2k_encode(pixels, codecformat="jp2", level=0))
    yield b"P7\nWIDTH 24\nHEIGHT 16\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + pixels.tobytes()
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 16, 24, 8, 3) + bytes(4)
    said = struct.pack(">I4s2HI4I", 28, b"8BIM", 1005, 0, 16, 300 << 16, 1, 300 << 16, 1)
    planes = np.moveaxis(pixels, -1, 0).reshape(48, 24)
    rows = [bytes(imagecodecs.packbits_encode(row)) for row in planes]
    lengths = struct.pack(">H48H", 1, *map(len, rows))
    yield head + said + struct.pack(">IIh4x", 10, 6, -1) + lengths + b"".join(rows)
    yield from _with_extras(pixels)


def _with_extras(pixels: np.ndarray) -> Iterator[bytes]:
    """Kinds that a package of their own opens, where it is installed: HEIC, OpenEXR, camera raw."""
    with suppress(ImportError):
        import pillow_heif

        file = io.BytesIO()
        pillow_heif.from_pillow(Image.fromarray(np.tile(pixels, (4, 3, 1)))).save(file)
        yield file.getvalue()
    with suppress(ImportError):
        import OpenEXR

        light = (pixels / 40).astype(np.float16)
        planes = {name: np.ascontiguousarray(light[..., i]) for i, name in enumerate("RGB")}
        for header, more in (
            ({"type": OpenEXR.scanlineimage, "compression": OpenEXR.PIZ_COMPRESSION}, {}),
            (
                {
                    "type": OpenEXR.scanlineimage,
                    "chromaticities": (0.7, 0.3, 0.2, 0.8) + (0.1,) * 4,
                },
                {"A": planes["R"] / 8, "depth.Z": planes["G"]},
            ),
        ):
            file = io.BytesIO()
            OpenEXR.File(header, planes | more).write(file)
            yield file.getvalue()
    with suppress(ImportError):
        import rawpy  # noqa: F401

        yield _camera_raw(np.tile(pixels[..., 1], (3, 2)).astype(np.uint16) * 60)


def _camera_raw(mosaic: np.ndarray) -> bytes:
    """A DNG: a preview, and below it what a sensor saw."""
    above = [
        (50706, "B", 4, (1, 4, 0, 0), True),
        (274, "H", 1, 6, True),
        (50721, "2i", 9, (10, 10, 0, 1, 0, 1, 0, 1, 10, 10, 0, 1, 0, 1, 0, 1, 10, 10), True),
        (50728, "2I", 3, (5, 10, 10, 10, 7, 10), True),
    ]
    below = [
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, (0, 1, 1, 2), True),
        (50714, "H", 1, 64, True),
        (50717, "H", 1, 16383, True),
    ]
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as tif:
        preview = np.zeros((6, 8, 3), np.uint8)
        tif.write(preview, subfiletype=1, subifds=1, metadata=None, extratags=above)
        tif.write(mosaic, photometric=32803, metadata=None, extratags=below)
    return file.getvalue()


def mutated(files: list[bytes], number: int) -> bytes:
    """The file of a case."""
    rng = random.Random(number)
    data = bytearray(rng.choice(files))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8, 32))):
        if not data:
            break
        rng.choice(_WAYS)(rng, data, files)
    return bytes(data)


Way = Callable[[random.Random, bytearray, list[bytes]], None]


def _place(rng: random.Random, data: bytearray) -> int:
    """Anywhere, more often near the beginning, where headers are."""
    return rng.randrange(min(len(data), rng.choice((32, 128, 512, 1 << 20))))


def _flip(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    data[_place(rng, data)] ^= 1 << rng.randrange(8)


def _byte(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    data[_place(rng, data)] = rng.randrange(256)


def _number(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    place, value = _place(rng, data), rng.choice(_NUMBERS)
    form = rng.choice("<>") + rng.choice("HI" if value > 65535 else "HHI")
    packed = struct.pack(form.replace("H", "I") if value > 65535 else form, value)
    data[place : place + len(packed)] = packed


def _word(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    word, place = rng.choice(_WORDS), _place(rng, data)
    data[place : place + rng.choice((0, len(word)))] = word


def _cut(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    del data[_place(rng, data) :]


def _remove(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    place = _place(rng, data)
    del data[place : place + rng.choice((1, 2, 4, 12, 64))]


def _repeat(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    place, length = _place(rng, data), rng.choice((1, 4, 12, 64, 1024))
    data[place:place] = data[place : place + length] * rng.choice((1, 1, 2, 100))


def _splice(rng: random.Random, data: bytearray, files: list[bytes]) -> None:
    other = rng.choice(files)
    start = rng.randrange(len(other))
    place = _place(rng, data)
    data[place : place + rng.choice((0, 64))] = other[start : start + rng.choice((8, 64, 512))]


_WAYS: tuple[Way, ...] = (
    *(_flip, _flip, _byte, _number, _number, _number),
    *(_word, _cut, _remove, _repeat, _splice),
)


def tried(data: bytes, number: int, folder: Path) -> str:
    """What went wrong with a file; empty if it was read, measured and written, or refused.

    A refusal is one line that ends with a full stop.
    """
    rng = random.Random(number)
    try:
        picture = read_bytes(data, "case", allow_truncated=rng.random() < 0.5)
        if wrong := _not_as_promised(picture):
            return f"read: {wrong}"
        part = picture.pixels
        if part.shape[0] * part.shape[1] > _MEASURED:
            part = np.ascontiguousarray(part[:512, :512])
        if not np.isfinite(estimate(part).noise):
            return "estimate: the noise is no number"
        format = rng.choice(writable_formats())
        path = folder / f"out{format.suffixes[0]}"
        bits = rng.choice((None, *format.depths))
        notes = write_picture(picture, path, force=True, bits=bits)
        if any("\n" in note or not note.endswith(".") for note in notes):
            return f"write: a note is no sentence: {notes}"
        back = read_picture(path)
        path.unlink()
        return "" if back.size == picture.size else f"write: {picture.size} became {back.size}"
    except (BadInput, OutOfMemory) as error:
        plain = error.sentence.endswith(".") and "\n" not in error.sentence
        return "" if plain else f"no sentence: {error.sentence!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _not_as_promised(picture: Picture) -> str:
    pixels = picture.pixels
    if pixels.dtype != np.float32 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return f"pixels are {pixels.dtype} of shape {pixels.shape}"
    if not np.isfinite(pixels).all() or pixels.min() < 0 or pixels.max() > 1:
        return f"pixels go from {pixels.min()} to {pixels.max()}"
    if picture.alpha is not None and picture.alpha.shape != pixels.shape[:2]:
        return "transparency has another shape"
    if any("\n" in note or not note.endswith(".") for note in picture.notes):
        return f"a note is no sentence: {picture.notes}"
    return ""


# --- A long run, in processes of its own ----------------------------------------------------------
def _work(numbers: range, current: str, answers: object) -> None:
    """Case after case; which one it is stands in a file, for whoever finds this process dead."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    files = seeds()
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            data = mutated(files, number)
            Path(current).write_text(str(number))
            signal.alarm(SECONDS)
            if what := tried(data, number, Path(folder)):
                answers.put((number, what))  # type: ignore[attr-defined]
            signal.alarm(0)


def long_run(minutes: float, first: int, keep: Path | None) -> int:
    """Print and keep what is found; the exit code is 1 if anything is."""
    ends, number, found = time.monotonic() + 60 * minutes, first, 0
    context, files = get_context("spawn"), seeds()
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder) / "current"
        while time.monotonic() < ends:
            answers = context.SimpleQueue()
            batch = range(number, number + 2000)
            worker = context.Process(target=_work, args=(batch, str(current), answers))
            worker.start()
            while worker.is_alive() and time.monotonic() < ends + SECONDS:
                worker.join(1)
            worker.kill()
            worker.join()
            said = current.read_text() if current.exists() else ""
            last = int(said or number)  # empty if it was killed as it wrote
            told = []
            while not answers.empty():
                told.append(answers.get())
            if worker.exitcode not in (0, -signal.SIGKILL):
                told.append((last, f"the process ended with {worker.exitcode}"))
            number = last + 1
            for case, what in told:
                found += 1
                print(f"{case}: {what}", flush=True)
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{case}.bin").write_bytes(mutated(files, case))
    print(f"{number - first} files from number {first} on, {found} findings.")
    return int(found > 0)


def main() -> int:
    """As the head of this file says."""
    parser = argparse.ArgumentParser(description="Change files at random and try them.")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0, help="the number of the first case")
    parser.add_argument("--keep", type=Path, help="folder for files that were findings")
    parser.add_argument("--only", type=int, help="one case, with its traceback")
    arguments = parser.parse_args()
    if arguments.only is None:
        return long_run(arguments.minutes, arguments.seed, arguments.keep)
    with tempfile.TemporaryDirectory() as folder:
        what = tried(mutated(seeds(), arguments.only), arguments.only, Path(folder))
    print(what or "nothing was found")
    return int(bool(what))


if __name__ == "__main__":
    sys.exit(main())

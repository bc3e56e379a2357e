"""A few seconds of the fuzz harness; python tests/fuzz/harness.py --minutes 10 does it for long."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from restorer.imaging.formats import recognised
from restorer.imaging.read import read_bytes
from tests.fuzz import harness

AT_LEAST, SECONDS = 200, 4.0


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    return harness.seeds()


def test_whole_files_are_read_measured_and_written(files: list[bytes], tmp_path: Path) -> None:
    kinds = {recognised(data).title for data in files}
    assert {"PNG", "TIFF", "JPEG", "WebP", "AVIF", "JPEG XL", "QOI", "GIF", "BMP", "PPM"} <= kinds
    assert {"OpenEXR", "HEIC"} <= kinds
    assert any(read_bytes(data).format == "RAW" for data in files)
    for number, data in enumerate(files):
        read_bytes(data)
        assert harness.tried(data, number, tmp_path) == ""


def test_changed_files_end_in_a_picture_or_a_sentence(files: list[bytes], tmp_path: Path) -> None:
    ends, number = time.monotonic() + SECONDS, 0
    while number < AT_LEAST or time.monotonic() < ends:
        data = harness.mutated(files, number)
        assert harness.tried(data, number, tmp_path) == "", f"--only {number}"
        number += 1


@pytest.mark.parametrize("wrong", ["raises", "dark", "sentence"])
def test_what_is_wrong_is_found(
    files: list[bytes], tmp_path: Path, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = read_bytes

    def worse(data: bytes, *args: object, **options: object) -> object:
        match wrong:
            case "raises":
                raise ZeroDivisionError("by zero")
            case "dark":
                return read(data).with_pixels(np.full_like(read(data).pixels, np.nan))
        raise harness.BadInput("two\nlines")

    monkeypatch.setattr(harness, "read_bytes", worse)
    assert harness.tried(files[0], 0, tmp_path) != ""


def test_a_case_is_decided_by_its_number(files: list[bytes]) -> None:
    assert harness.mutated(files, 17) == harness.mutated(files, 17)
    assert len({harness.mutated(files, number) for number in range(50)}) > 45

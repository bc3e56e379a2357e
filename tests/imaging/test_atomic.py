"""Files appear whole or not at all, and never over another one unasked."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from restorer.errors import BadInput, RestorerError
from restorer.imaging import png_file
from restorer.imaging.atomic import atomic_file, check_target
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture

GREY = Picture(np.full((4, 4, 3), 0.5, np.float32))


def test_what_is_there_is_kept_without_force(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"mine")
    with pytest.raises(BadInput, match="exists already"):
        write_picture(GREY, path)
    assert path.read_bytes() == b"mine"
    write_picture(GREY, path, force=True)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert os.listdir(tmp_path) == ["x.png"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_private_file_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.touch(mode=0o600)
    write_picture(GREY, path, force=True)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_of_many_writers_one_wins_and_the_others_are_told(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:  # as on a FAT disk

        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "x.bin"
    gate = threading.Barrier(8)
    refused: list[int] = []

    def write(number: int) -> None:
        try:
            with atomic_file(target) as file:
                file.write(bytes([number]) * 1000)
                gate.wait()  # all have passed the early look
        except BadInput:
            refused.append(number)

    threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    (winner,) = set(range(8)) - set(refused)
    assert target.read_bytes() == bytes([winner]) * 1000
    assert os.listdir(tmp_path) == ["x.bin"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
@pytest.mark.parametrize("force", [True, False])
def test_nothing_is_left_behind_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], force: bool
) -> None:
    path = tmp_path / "x.png"
    if force:
        path.write_bytes(b"mine")

    def fail(raster: object, file: object) -> None:
        file.write(b"half a file")  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(png_file, "encode", fail)
    with pytest.raises(error):
        write_picture(GREY, path, force=force)
    assert os.listdir(tmp_path) == (["x.png"] if force else [])
    if force:
        assert path.read_bytes() == b"mine"


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RestorerError, match="no space left"):
        write_picture(GREY, tmp_path / "x.png")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_folder_that_cannot_be_written_is_a_sentence() -> None:
    with pytest.raises(RestorerError) as caught:
        write_picture(GREY, "/proc/self/x.png")
    assert caught.value.sentence.endswith(".")


def test_a_folder_without_permission_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "link", denied)
    with pytest.raises(BadInput, match="cannot be written to"):
        write_picture(GREY, tmp_path / "x.png")
    assert os.listdir(tmp_path) == []


def test_a_folder_without_leave_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = tmp_path / "shut"
    shut.mkdir()
    (tmp_path / "link.png").symlink_to(shut / "x.png")
    may = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != shut.resolve() and may(p, mode))
    check_target(tmp_path / "x.png")
    for path in (shut / "x.png", tmp_path / "link.png"):
        with pytest.raises(BadInput, match="shut cannot be written to"):
            check_target(path)


def test_wrong_targets(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"folder .* does not exist"):
        write_picture(GREY, tmp_path / "none" / "x.png")
    (tmp_path / "d.png").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        write_picture(GREY, tmp_path / "d.png", force=True)
    for name in ("x.bmp", "x", "x.gif", ".png"):
        with pytest.raises(BadInput, match="no extension that can be written"):
            write_picture(GREY, tmp_path / name)
    with pytest.raises(BadInput, match=r"^The name a+\.png is too long\.$"):
        check_target(tmp_path / ("a" * 300 + ".png"))
    with pytest.raises(BadInput, match="too large for WebP"):
        write_picture(Picture(np.zeros((1, 17000, 3), np.float32)), tmp_path / "x.webp")
    with pytest.raises(BadInput, match="Quality"):
        write_picture(GREY, tmp_path / "x.jpg", quality=0)
    assert os.listdir(tmp_path) == ["d.png"]


def test_a_link_is_followed_and_permissions_are_a_new_files(tmp_path: Path) -> None:
    real, link, plain = tmp_path / "real.png", tmp_path / "link.png", tmp_path / "plain"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write_picture(GREY, link, force=True)
    assert link.is_symlink()
    assert real.read_bytes().startswith(b"\x89PNG")
    plain.touch()
    assert real.stat().st_mode == plain.stat().st_mode


_KILLED = """
import os, signal, sys
from restorer.imaging.atomic import atomic_file
with atomic_file(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
def test_what_a_killed_process_left_is_swept_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / "killed.png")], check=False)
    (left,) = tmp_path.iterdir()
    own = tmp_path / "mine.part"
    own.touch()
    (tmp_path / f".restorer-{'0' * 16}.part").symlink_to("nowhere")  # cannot be looked at
    with atomic_file(tmp_path / "slow.bin") as file:
        file.write(b"whole")
        file.flush()
        for path in filter(Path.exists, tmp_path.iterdir()):  # all of it is old
            os.utime(path, (1, 1))
        write_picture(GREY, tmp_path / "x.png")
        assert not left.exists()
    link, *others = sorted(os.listdir(tmp_path))
    assert link.startswith(".restorer-0") and others == ["mine.part", "slow.bin", "x.png"]
    assert (tmp_path / "slow.bin").read_bytes() == b"whole"

"""A session on disk: one JSON file, with arrays beside it, in a folder of its own.

A folder that no process holds, and that was not removed, is what a crash has left.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from platformdirs import user_state_path
from PySide6.QtCore import QLockFile

from restorer.imaging import scratch
from restorer.imaging.atomic import atomic_file
from restorer.imaging.bands import bands

_YOUNG = 60  # seconds: a folder without a state may be one that is just being made
_STATE = "session.json"
_LOCK = "lock"
_PAUSED = "paused"
#: Names of folders with answers begin so.
ANSWERS = "answers-"

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class SavedResult:
    """A result of a picture.

    Attributes:
        arrays: name of its arrays: `result` (H, W, 3) in 0..1, and `hole` and `strength` as in
            `Inputs`, where the task has them.
        task: as `RestorationTask.to_json` wrote it.
        seconds: how long it took.
        name: that a person gave it.
        judgement: (sentence, alarm, accepted); None before it was known.
    """

    arrays: str
    task: str
    seconds: float
    name: str = ""
    judgement: tuple[str, bool, bool] | None = None


@dataclass(frozen=True)
class SavedRun:
    """A run that was under way.

    Attributes:
        task: as `RestorationTask.to_json` wrote it.
        answers: name of the folder with what the network has answered so far, see `Answers`.
        arrays: name of its arrays: `hole` and `strength` as in `Inputs`; "" for none.
    """

    task: str
    answers: str
    arrays: str = ""


@dataclass(frozen=True)
class SavedSteps:
    """Several steps that were under way; that of the moment is a `SavedRun`.

    Attributes:
        text: what undoing all of them is called.
        parameters: as of `SavedPicture`, when they began.
        chosen: kinds of tasks that a person chose; None for those that were proposed.
        ended: names of the arrays of the results that there are; "" for one that was taken back.
    """

    text: str
    parameters: dict[str, Any]
    chosen: tuple[str, ...] | None = None
    ended: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedPicture:
    """An open picture.

    Attributes:
        path: its file; "" where it has none.
        stamp: its size in bytes and the time of its last change, in ns.
        parameters: by name, those that differ from the usual and are plain.
        masks: name of the arrays `mask` and `strength`, (H, W) uint8; "" for none.
        results: oldest first.
        digest: SHA-256 of the file; "" where it had not been read.
        crop: what is kept of it, see `imaging.crop`; empty for all of it.
        run, steps: that were under way; None for none.
        title, origin, credit: as of its `Source`, where it has no file.
        pixels: name of its arrays then, see `stored_pictures`.
        key: by which it is known when another session has taken it over.
    """

    path: str
    stamp: tuple[int, int]
    parameters: dict[str, Any] = field(default_factory=dict)
    masks: str = ""
    results: tuple[SavedResult, ...] = ()
    digest: str = ""
    crop: tuple[float, ...] = ()
    run: SavedRun | None = None
    steps: SavedSteps | None = None
    title: str = ""
    origin: str = ""
    credit: str = ""
    pixels: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        return self.title or Path(self.path).name

    @property
    def is_gone(self) -> bool:
        """Its file is not there."""
        return bool(self.path) and not Path(self.path).is_file()

    @property
    def may_be_unchanged(self) -> bool:
        """The file is as long as it was; and as old, if there is no digest to tell it by."""
        if not self.path:
            return True
        now = stamp_of(Path(self.path))
        return now[0] == self.stamp[0] if self.digest else now == self.stamp

    @property
    def without_work(self) -> SavedPicture:
        """Without what was done to it: the file is another one now."""
        return replace(self, masks="", results=(), crop=(), run=None, steps=None)

    def has_digest(self, digest: str) -> bool:
        """The file with this SHA-256 is the one that it was."""
        return not self.digest or digest == self.digest


def stamp_of(path: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in ns of a file; (0, 0) for none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def sessions_folder() -> Path:
    """Where sessions lie on this system."""
    return user_state_path("restorer", appauthor=False) / "sessions"


class SessionStore:
    """The folder of one session, held until it is closed or let go.

    Attributes:
        held: no other process has it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = _lock(folder)
        self.held = self._lock.tryLock(0)

    @classmethod
    def new(cls) -> SessionStore:
        """A new session. Raises OSError where nothing can be written."""
        sessions_folder().mkdir(parents=True, exist_ok=True)
        return cls(Path(tempfile.mkdtemp(dir=sessions_folder())))

    def write(self, pictures: list[SavedPicture], arrays: dict[str, Arrays]) -> None:
        """Write arrays, then the state that names them; arrays that it does not name go.

        Args:
            arrays: those that are not there yet, by name.
        """
        for name, values in arrays.items():
            with atomic_file(self.folder / f"{name}.npz", force=True) as file:
                _write_arrays(file, values)
        text = json.dumps([asdict(picture) for picture in pictures])
        with atomic_file(self.folder / _STATE, force=True) as file:
            file.write(text.encode())
        named = names_of(pictures)
        for path in self.folder.glob("*.npz"):
            if path.stem not in named:
                path.unlink(missing_ok=True)
        for path in self.folder.glob(f"{ANSWERS}*/"):
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)

    def take_over(self, answers: Path | None = None) -> Path:
        """A folder for answers of a run, with those that another session has. Raises OSError."""
        mine = Path(tempfile.mkdtemp(prefix=ANSWERS, dir=self.folder))
        if answers is not None and answers.is_dir():
            mine.rmdir()
            answers.rename(mine)
        return mine

    @property
    def written(self) -> int:
        """When its state was written last, in ns; 0 for never."""
        return stamp_of(self.folder / _STATE)[1]

    @property
    def was_paused(self) -> bool:
        """It was left on purpose, while runs were paused."""
        return (self.folder / _PAUSED).exists()

    def leave_paused(self) -> None:
        """Leave it on purpose, for another day."""
        (self.folder / _PAUSED).touch()
        self.release()

    def close(self) -> None:
        """The session ended well, or what it holds is not wanted: remove it."""
        self.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def release(self) -> None:
        """Leave it to be offered by another window."""
        self._lock.unlock()


def newest_of(
    left: dict[SessionStore, list[SavedPicture]],
) -> dict[SessionStore, list[SavedPicture]]:
    """What sessions have left; of a picture that several have, what the last one has.

    Several have it if a window was killed while it opened again what another had left.
    """
    found: dict[SessionStore, list[SavedPicture]] = {}
    known: set[str] = set()
    for store in sorted(left, key=lambda store: store.written, reverse=True):
        pictures = [saved for saved in left[store] if saved.key not in known]
        known |= {saved.key for saved in pictures} - {""}
        if pictures:
            found[store] = pictures
        else:
            store.close()
    return {store: found[store] for store in left if store in found}


def names_of(pictures: list[SavedPicture]) -> set[str]:
    """The names of all arrays, and of all folders with answers, that pictures have."""
    runs = [p.run for p in pictures if p.run is not None]
    found = {r.arrays for p in pictures for r in p.results}
    found |= {name for p in pictures for name in (p.masks, p.pixels)}
    return found | {run.arrays for run in runs} | {run.answers for run in runs}


def read_state(folder: Path) -> list[SavedPicture]:
    """The pictures of a session; none where there is no state that can be read."""
    try:
        return [_picture(values) for values in json.loads((folder / _STATE).read_text("utf-8"))]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def read_arrays(folder: Path, name: str) -> Arrays:
    """Arrays of a session. Raises OSError or ValueError where they cannot be read."""
    with zipfile.ZipFile(folder / f"{name}.npz") as archive:
        return {Path(member).stem: _read_array(archive, member) for member in archive.namelist()}


def _write_arrays(file: BinaryIO, arrays: Arrays) -> None:
    """As `numpy.savez`, but a large picture is not in memory as a whole for it."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                header = npy.header_data_from_array_1_0(np.ascontiguousarray(values[:0]))
                npy.write_array_header_1_0(member, header | {"shape": values.shape})
                for rows in bands(values.shape):
                    member.write(np.ascontiguousarray(values[rows]).data)


def _read_array(archive: zipfile.ZipFile, member: str) -> NDArray[Any]:
    """One of them; ValueError for what is none of ours, or cut short."""
    with archive.open(member) as file:
        if npy.read_magic(file) != (1, 0):
            raise ValueError("another version of numpy's format")
        shape, fortran, dtype = npy.read_array_header_1_0(file)
        if fortran or dtype.hasobject or len(shape) < 2:
            raise ValueError("an array of another kind")
        values = scratch.empty(shape, dtype)
        for rows in bands(shape):
            data = file.read(values[rows].nbytes)
            values[rows] = np.frombuffer(data, dtype).reshape(values[rows].shape)
    return values


def abandoned() -> list[SessionStore]:
    """Sessions that nobody held and that have pictures; others of these are removed.

    They are held from now on, so that no second window offers or forgets them meanwhile.
    """
    found = []
    for folder in sorted(sessions_folder().glob("*/")):
        store = SessionStore(folder)
        if not store.held:
            continue
        if read_state(folder):
            found.append(store)
        elif time.time() - folder.stat().st_mtime > _YOUNG:
            store.close()
        else:
            store.release()
    return found


def _lock(folder: Path) -> QLockFile:
    """Held by a process as long as it lives, however it ends."""
    lock = QLockFile(str(folder / _LOCK))
    lock.setStaleLockTime(0)  # no lock is too old while its process lives
    return lock


def _picture(values: dict[str, Any]) -> SavedPicture:
    size, changed = values["stamp"]
    results = tuple(_result(result) for result in values["results"])
    crop = tuple(values.get("crop", ()))
    run = values.get("run")
    kinds = {"results": results, "crop": crop, "run": SavedRun(**run) if run else None}
    steps = values.get("steps")
    if steps is not None:
        chosen, ended = steps["chosen"], tuple(steps["ended"])
        lists = {"chosen": None if chosen is None else tuple(chosen), "ended": ended}
        steps = SavedSteps(**steps | lists)
    return SavedPicture(**values | {"stamp": (size, changed), "steps": steps} | kinds)


def _result(values: dict[str, Any]) -> SavedResult:
    judgement = values["judgement"]
    return SavedResult(**values | {"judgement": tuple(judgement) if judgement else None})

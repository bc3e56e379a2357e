"""What is open is written to disk as it changes, and offered again after a crash."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4
from zipfile import BadZipFile

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from restorer.document import stored_pictures
from restorer.document.changes import Changes
from restorer.document.content import Source
from restorer.document.masks.commands import Masks
from restorer.document.masks.painted import Layer, Painted
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import from_plain, plain
from restorer.document.pictures import Pictures
from restorer.document.runs import Runs
from restorer.document.session_store import (
    Arrays,
    SavedPicture,
    SavedRun,
    SessionStore,
    abandoned,
    names_of,
    newest_of,
    read_arrays,
    read_state,
    stamp_of,
)
from restorer.document.steps import Steps
from restorer.document.stored_runs import (
    arrays_of,
    can_go_on,
    ended_run,
    inputs_of,
    maps_of,
    name_of,
    saved_result,
    saved_steps,
    worth_keeping,
)
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.errors import RestorerError
from restorer.jobs import Jobs
from restorer.jobs.background import Background
from restorer.logs import log

#: So long changes are gathered before they are written.
WRITES_AFTER_MS = 1000

_CHANGES = Changes.PICTURES | Changes.PARAMETERS | Changes.MASKS | Changes.RUN | Changes.JUDGEMENT


class Session(QObject):
    """Writes pictures from files with settings, masks and results that are not saved.

    Attributes:
        left: what sessions that ended in a crash have left.
    """

    written = Signal()
    other = Signal(str)  # name of a file that is another one than before the crash

    def __init__(
        self,
        jobs: Jobs,
        pictures: Pictures,
        masks: Masks,
        runs: Runs,
        steps: Steps,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._pictures, self._masks = jobs, pictures, masks
        self._runs, self._steps = runs, steps
        self.left: dict[SessionStore, list[SavedPicture]] = {}
        self._store: SessionStore | None = None
        self._background = Background("session", self)
        self._known: set[str] = set()  # arrays that are on disk, or on their way
        self._last: list[SavedPicture] = []  # what was written last
        self._numbers: dict[Painted, int] = {}  # names of masks begin with them
        self._next_number = itertools.count()  # none is given twice: its mask may be on disk yet
        self._keys: dict[OpenPicture, str] = {}
        self._stamps: dict[OpenPicture, tuple[int, int]] = {}  # of files as they were read
        self._loading: dict[OpenPicture, tuple[Path, SavedPicture]] = {}
        #: What stays of those that were opened again, once this session holds the rest.
        self._taken: dict[SessionStore, list[SavedPicture]] = {}
        self._timer = QTimer(self, singleShot=True, interval=WRITES_AFTER_MS)
        self._timer.timeout.connect(self._write)
        pictures.measured.connect(self._measured)
        pictures.closing.connect(self._closing)

    def begin(self) -> None:
        """Look what a crash has left, and write from now on."""
        try:
            self.left = newest_of({store: read_state(store.folder) for store in abandoned()})
            self._store = SessionStore.new()
        except OSError as error:  # no reason not to work
            log.warning("No session is kept: %s", error)

    def end(self) -> None:
        """The window closes; the person was asked about what is not saved."""
        self._timer.stop()
        self._background.shutdown()
        if self._store is not None:
            if self.closes_paused:
                self._leave(self._store)
            else:
                self._store.close()
            self._store = None
        for store in self.left | self._taken:
            store.release()

    @property
    def closes_paused(self) -> bool:
        """Runs are paused: the window may close, and the next one goes on with them."""
        runs = [opened.results.making for opened in self._pictures.all]
        under_way = [run for run in runs if run is not None]
        return self._jobs.paused and bool(under_way) and all(map(can_go_on, under_way))

    def _leave(self, store: SessionStore) -> None:
        """Write what is open as it is now, and leave it to the next window."""
        self._known.clear()
        arrays: dict[str, Arrays] = {}
        pictures = [
            self._saved(opened, arrays) for opened in self._pictures.all if _can_be_kept(opened)
        ]
        try:
            store.write(pictures, arrays)
        except RestorerError as error:
            log.warning("The session could not be written: %s", error.english)
        store.leave_paused()

    @Slot(object)
    def hear(self, changes: Changes) -> None:
        """Something has changed: write it soon, together with what else changes until then."""
        if self._store is not None and changes & _CHANGES and not self._timer.isActive():
            self._timer.start()

    # What a crash has left.

    def forget(self) -> None:
        for store in self.left:
            if store in self._taken:  # others of its pictures are still being opened
                self._taken[store] = []
            else:
                store.close()
        self.left.clear()

    def recover(self) -> tuple[list[str], list[str]]:
        """Open again what was left, but for pictures whose files are gone: these stay.

        Returns:
            Names of files that are gone, and of those that are others by now.
        """
        gone, changed = [], []
        for store, pictures in self.left.items():
            missing = [saved for saved in pictures if saved.is_gone]
            gone += [saved.name for saved in missing]
            for saved in pictures:
                if saved in missing:
                    continue
                if not saved.may_be_unchanged:
                    changed.append(saved.name)
                    saved = saved.without_work
                self._open(store.folder, saved)
            self._taken[store] = missing
        self.left = {store: kept for store, kept in self._taken.items() if kept}
        return gone, changed

    def _open(self, folder: Path, saved: SavedPicture) -> None:
        opened = OpenPicture(_source(saved), parameters=from_plain(saved.parameters))
        self._keys[opened] = saved.key or uuid4().hex
        if saved.masks or saved.results or saved.run or saved.pixels:
            self._loading[opened] = folder, saved
        if saved.pixels:
            reading = partial(stored_pictures.read, folder, saved.pixels, saved.title, saved.crop)
            self._pictures.make(opened, reading)
        else:
            self._pictures.add(opened)
        if opened in self._loading:
            self._pictures.read(opened)
        if self._pictures.current is None:
            self._pictures.show(opened)

    @Slot(object)
    def _measured(self, opened: OpenPicture) -> None:
        if opened in self._loading:
            folder, saved = self._loading[opened]
            picture = opened.content.picture
            if picture is not None and not saved.has_digest(picture.digest):
                self.other.emit(opened.source.title)
                saved = saved.without_work
            loading = partial(_load, folder, saved)
            self._pictures.ask(opened, loading, partial(self._loaded, opened, saved))

    def _loaded(self, opened: OpenPicture, saved: SavedPicture, arrays: dict[str, Arrays]) -> None:
        folder, _ = self._loading.pop(opened)
        masks = arrays.get(saved.masks, {})
        for layer in masks:
            self._masks.put(opened, Layer(layer), masks[layer])
        runs: dict[str, Run | None] = {"": None}
        for result in saved.results:
            if result.arrays in arrays and opened.content.picture is not None:
                run = ended_run(self._jobs, opened, result, arrays[result.arrays])
                if run is not None:
                    runs[result.arrays] = run
                    opened.results.keep(run)
                    opened.results.names[run.number] = result.name
        if opened.results.newest is not None:
            self._runs.show(opened, opened.results.newest)
        if saved.run is not None or saved.steps is not None:
            self._go_on(opened, folder, saved, arrays, runs)
        self.hear(Changes.PICTURES)

    def _go_on(
        self,
        opened: OpenPicture,
        folder: Path,
        saved: SavedPicture,
        arrays: dict[str, Arrays],
        runs: dict[str, Run | None],
    ) -> None:
        """Begin again what was under way; its answers belong to this session now."""
        picture, steps, run = opened.content.picture, saved.steps, saved.run
        if self._store is None or picture is None:
            return
        try:
            mine = self._store.take_over(folder / run.answers) if run is not None else None
            task = RestorationTask.from_json(run.task) if run is not None else None
        except (RestorerError, OSError) as error:
            log.warning("A run of a session could not go on: %s", error)
            return
        if steps is None and task is not None and run is not None:
            inputs = inputs_of(picture, task, arrays.get(run.arrays, {}))
            self._runs.go_on(opened, task, inputs, mine)
        elif steps is not None and all(name in runs for name in steps.ended):
            ended = [runs[name] for name in steps.ended]
            known = (run.task, mine) if run is not None and mine is not None else None
            self._steps.go_on(opened, steps, ended, known)

    @Slot(object)
    def _closing(self, opened: OpenPicture) -> None:
        self._loading.pop(opened, None)
        self._numbers.pop(opened.painted, None)
        self._stamps.pop(opened, None)
        self._keys.pop(opened, None)

    # Writing.

    @Slot()
    def _write(self) -> None:
        if self._store is None:
            return
        if self._background.running:  # one after the other
            self._timer.start()
            return
        arrays: dict[str, Arrays] = {}
        pictures = [
            self._saved(opened, arrays)
            for opened in self._pictures.all
            if _can_be_kept(opened) and opened not in self._loading
        ]
        if pictures == self._last and not arrays:
            return
        self._last = pictures
        self._known &= names_of(pictures)  # the others go
        writing = partial(self._store.write, pictures, arrays)
        whole = not self._loading  # pictures that are still loading are not written yet
        written = partial(self._on_written, whole)
        self._background.run(writing, lambda _: written(), partial(self._failed, arrays))

    def _saved(self, opened: OpenPicture, arrays: dict[str, Arrays]) -> SavedPicture:
        """What is written of a picture; arrays that are not on disk are added to `arrays`."""
        source, picture, kept = opened.source, opened.content.picture, worth_keeping(opened)
        for run in kept:
            self._add(arrays, name_of(run), partial(arrays_of, run))
        saved = SavedPicture(
            str(source.path or ""),
            self._stamp(opened),
            parameters=plain(opened.plan.parameters),
            masks=self._saved_masks(opened, arrays),
            results=tuple(saved_result(opened, run) for run in kept),
            digest=picture.digest if picture is not None else "",
            crop=picture.crop if picture is not None else source.crop,
            run=self._saved_run(opened, arrays),
            steps=saved_steps(opened),
            key=self._keys.setdefault(opened, uuid4().hex),
        )
        if source.path is not None or picture is None:
            return saved
        pixels = f"pixels{self._number(opened)}"
        whole = opened.content.whole or picture
        self._add(arrays, pixels, partial(stored_pictures.arrays_of, whole))
        origin = str(source.origin or "")
        return replace(
            saved, title=source.title, origin=origin, credit=source.credit, pixels=pixels
        )

    def _stamp(self, opened: OpenPicture) -> tuple[int, int]:
        """Of its file, as it was read whatever becomes of it."""
        path = opened.source.path
        if path is None:
            return 0, 0
        stamp = self._stamps.get(opened) or stamp_of(path)
        if opened.content.picture is not None:
            self._stamps[opened] = stamp
        return stamp

    def _number(self, opened: OpenPicture) -> int:
        if opened.painted not in self._numbers:
            self._numbers[opened.painted] = next(self._next_number)
        return self._numbers[opened.painted]

    def _saved_masks(self, opened: OpenPicture, arrays: dict[str, Arrays]) -> str:
        layers = {"mask": opened.painted.mask, "strength": opened.painted.strength}
        there = {name: layer for name, layer in layers.items() if layer is not None}
        if not there:
            return ""
        versions = (f"{name}{layer.version}" for name, layer in there.items())
        masks = "-".join((f"picture{self._number(opened)}", *versions))
        values = {name: layer.values for name, layer in there.items()}
        self._add(arrays, masks, lambda: {name: v.copy() for name, v in values.items()})
        return masks

    def _saved_run(self, opened: OpenPicture, arrays: dict[str, Arrays]) -> SavedRun | None:
        """What is under way, if it is one step on pixels, and from now on what it is answered."""
        run, steps = opened.results.making, opened.results.steps
        if steps is not None and steps.known is not None:
            return SavedRun(steps.known[0], steps.known[1].name)
        if run is None or not can_go_on(run) or self._store is None:
            return None
        if run.answers.folder is None:
            run.answers.folder = self._store.take_over()
        maps = maps_of(run.inputs)
        if maps:
            self._add(arrays, f"run-{run.number}", lambda: maps)
        name = f"run-{run.number}" if maps else ""
        return SavedRun(run.task.to_json(), run.answers.folder.name, name)

    def _add(self, arrays: dict[str, Arrays], name: str, make: Callable[[], Arrays]) -> None:
        if name not in self._known:
            self._known.add(name)
            arrays[name] = make()

    def _on_written(self, whole: bool) -> None:
        if whole and not self._loading:
            self._leave_taken()
        self.written.emit()

    def _leave_taken(self) -> None:
        """This session holds what was opened again; the others keep the rest."""
        for store, kept in self._taken.items():
            if not kept:
                store.close()
                continue
            try:
                store.write(kept, {})
            except RestorerError as error:  # then more than that is offered the next time
                log.warning("A session could not be written: %s", error.english)
        self._taken = {}

    def _failed(self, arrays: dict[str, Arrays], error: RestorerError) -> None:
        """The disk may be full: what is worked on goes on, and the next change tries again."""
        self._known -= arrays.keys()
        self._last = []
        log.warning("The session could not be written: %s", error.english)


def _can_be_kept(opened: OpenPicture) -> bool:
    """It has a file, or has been read."""
    return opened.source.path is not None or opened.content.picture is not None


def _source(saved: SavedPicture) -> Source:
    if saved.pixels:
        origin = Path(saved.origin) if saved.origin else None
        return Source(saved.title, origin=origin, credit=saved.credit)
    path = Path(saved.path)
    return Source(path.name, path, crop=saved.crop, stamp=stamp_of(path))


def _load(folder: Path, saved: SavedPicture) -> dict[str, Arrays]:
    """The arrays of a picture by name, without those that cannot be read."""
    found = {}
    names = saved.masks, saved.run.arrays if saved.run else "", *(r.arrays for r in saved.results)
    for name in filter(None, names):
        try:
            found[name] = read_arrays(folder, name)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            log.warning("%s of a session could not be read: %s", name, error)
    return found

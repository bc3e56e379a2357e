"""One picture of an archive, from file to file, in any process."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from restorer.batch.entry import JournalEntry, Key, State
from restorer.batch.existing import refuse_or_stand
from restorer.batch.journal import Journal, place
from restorer.batch.order import Order
from restorer.engine.carry_out import job_done, task_done
from restorer.engine.chain import CompletedStep
from restorer.engine.engine import Engine
from restorer.engine.job import Job, plan
from restorer.engine.models import find_model
from restorer.engine.outcome import Done, Outcome
from restorer.engine.report import summary
from restorer.engine.sources import file_source
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput, ErrorKind, RestorerError, as_restorer_error
from restorer.imaging.crop import cropped
from restorer.imaging.formats import SaveOptions, format_for
from restorer.imaging.geometry import quick_thumbnail
from restorer.imaging.names import printable
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.imaging.signing import Signer
from restorer.imaging.write import check_fits, copy_picture, write_picture

if TYPE_CHECKING:  # torch comes with it
    from restorer.diffusion.hardware import Precision

#: Longer side of the small pictures in the report, in pixels.
_SMALL = 144
#: A model and its working arrays are one picture's at a time, however many threads a worker has.
_ONE_AT_A_TIME = threading.Lock()


def restore_picture(order: Order) -> JournalEntry:
    """Restore a picture, write the result and a journal line; a bad picture never raises."""
    with _ONE_AT_A_TIME:
        making = _Making(order)
        try:
            return making.stands() or making.made()
        except Exception as error:  # one bad picture never stops the rest
            return making.failed(as_restorer_error(error))


@dataclass
class _Making:
    """A picture in progress."""

    order: Order
    key: Key | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    cautions: list[str] = field(default_factory=list)

    def stands(self) -> JournalEntry | None:
        """The entry of a result that exists already.

        Raises:
            BadInput: the input cannot be read, or something else is where the result would go.
        """
        order = self.order
        with self._timed("hash"):
            self.key = Key(_file_digest(order.path), order.options.recipe, order.options.weights)
            there = refuse_or_stand(order, self.key)
        if there is None:
            return None
        if there.state is State.SEALED:
            there = replace(there, state=State.DONE, when=_now())
            self._journal.write(there)
        return replace(there, skipped=True)

    def made(self) -> JournalEntry:
        """Restore the picture.

        Raises:
            RestorerError: what kept it from being done.
        """
        order, options = self.order, self.order.options
        with self._timed("read"):
            read = read_picture(order.path, one_only=options.one_only)
            picture = cropped(read, options.request.crop_for(read.size))
        with self._timed("measure"):
            source = file_source(picture, order.path)
            if options.request.task == "auto":
                source = source.searched()
            model = find_model(options.request.model)
            job = plan(options.request, source, model if model.role.prompted else None)
        check_fits(picture.size, format_for(order.target), job.task.damage.growth)
        with self._timed("restore"):
            done = job_done(job, self._restored, self._heard)
        result = done.outcome.picture
        entry = replace(
            self._entry(State.SEALED),
            megapixels=picture.size[0] * picture.size[1] / 1e6,
            found=", ".join(source.proposal.findings) or "no damage",
            said=summary(done),
            noise=_noise(done),
            changed=result is not read,
            caution=" ".join(self.cautions),
            notes=picture.notes,
            picture=_small(picture.pixels, result.pixels),
        )
        return self._published(entry, picture, result)

    def failed(self, problem: RestorerError) -> JournalEntry:
        """The entry of a picture that failed, with the error."""
        again = problem.kind in (ErrorKind.INTERNAL, ErrorKind.OUT_OF_MEMORY)
        entry = replace(self._entry(State.FAILED), output="", reason=problem.sentence, again=again)
        with suppress(OSError):  # a full disk may be the very reason
            self._journal.write(entry)
        return entry

    def _published(self, entry: JournalEntry, picture: Picture, result: Picture) -> JournalEntry:
        """Write the result: its journal line comes first, then the file gets its name."""
        target, options = self.order.target, self.order.options
        sealed: list[JournalEntry] = []

        def seal(file: BinaryIO) -> None:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
            sealed.append(replace(entry, result=digest, size=file.tell(), when=_now()))
            self._journal.write(sealed[0])

        with self._timed("write"):
            target.parent.mkdir(parents=True, exist_ok=True)
            same = not entry.changed and options.saving == SaveOptions()
            signer = options.sign and _signer(*options.sign)
            how: dict[str, Any] = {"force": options.force, "signer": signer, "seal": seal}
            notes = copy_picture(picture, target, **how) if same else None
            if notes is None:
                written = write_picture(result, target, **vars(options.saving), **how)
                notes = (*picture.notes, *written)
        done = replace(sealed[0], state=State.DONE, when=_now(), notes=notes)
        self._journal.write(done)
        return done

    def _restored(self, step: Job) -> Outcome:
        options = self.order.options
        fills = TASKS[step.task.damage.kind].needs_hole
        words = {
            "recipe": options.recipe,
            "sensitivity": step.request.sensitivity if fills else None,
        }
        engine = _engine(options.precision)
        return task_done(step.task, step.inputs, engine, options.device, words)

    def _heard(self, ended: CompletedStep) -> None:
        if ended.doubtful and ended.judgement is not None:
            self.cautions.append(f"{ended.judgement.sentence} {ended.outcome}")

    def _entry(self, state: State) -> JournalEntry:
        order = self.order
        return JournalEntry(
            order.name,
            state,
            order.output,
            self.key,
            source=str(order.path),
            when=_now(),
            worker=place(),
            seconds=self.seconds,
        )

    @property
    def _journal(self) -> Journal:
        return _journal(self.order.options.folder)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[what] = round(time.perf_counter() - begun, 4)


@cache
def _engine(precision: Precision) -> Engine:
    """The engine of this process, which keeps the model loaded."""
    return Engine(precision=precision)


@cache
def _journal(folder: Path) -> Journal:
    return Journal(folder)


@cache
def _signer(certificates: Path, key: Path) -> Signer:
    return Signer.read(certificates, key)


def _file_digest(path: Path) -> str:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would wait for ever
            raise BadInput("{path} is not a file.", path=printable(path))
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise BadInput("{path} does not exist.", str(error), path=printable(path)) from error
    except (OSError, ValueError) as error:
        raise BadInput("{path} could not be read.", str(error), path=printable(path)) from error


def _noise(done: Done) -> float:
    return float(done.reports[-1]["noise"]) if done.reports else 0.0


def _small(before: Pixels, after: Pixels) -> str:
    """Both side by side as a JPEG, base64."""
    from PIL import Image

    left = quick_thumbnail(before, _SMALL)
    right = Image.fromarray(quick_thumbnail(after, _SMALL)).resize(left.shape[1::-1])
    file = io.BytesIO()
    Image.fromarray(np.hstack([left, np.asarray(right)])).save(file, "JPEG", quality=70)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

"""The files of a training: the model folder, and `training/` inside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from filelock import FileLock, Timeout

from restorer.engine.models import BUNDLED, WEIGHTS, models_folder
from restorer.errors import BadInput
from restorer.imaging.names import printable

_DEFAULT_NAME = "mine"


class TrainingFolder:
    """The folder of a model that is being trained.

    Attributes:
        model: the folder that becomes the model.
        work: the files that only the training needs: checkpoint, log, plots, samples, and the crop
            of the samples, without noise (`clean`) and with noise (`noisy`).
    """

    def __init__(self, model: Path) -> None:
        self.model = model
        self.work = model / "training"
        self.checkpoint = self.work / "checkpoint.safetensors"
        self.log = self.work / "log.csv"
        self.curves = self.work / "curves.png"
        self.sample = self.work / "sample.png"
        self.samples = self.work / "samples"
        self.pictures = self.work / "pictures.tsv"
        self.clean = self.work / "clean.png"
        self.noisy = self.work / "noisy.png"

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.model.name

    @property
    def taken(self) -> bool:
        """Whether the folder has a model or a checkpoint that could be lost."""
        return self.checkpoint.exists() or (self.model / WEIGHTS).exists()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folders and lock them; a killed training releases its lock.

        Raises:
            BadInput: if another process trains in it, or the folder cannot be made.
        """
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.work / "lock")
            lock.acquire(timeout=0)
        except Timeout as error:
            raise BadInput(
                "{model} is being trained already.", model=printable(self.model)
            ) from error
        except OSError as error:
            raise BadInput(
                "{model} cannot be written to.", str(error), model=printable(self.model)
            ) from error
        try:
            yield
        finally:
            lock.release()

    def check(self, resume: bool) -> None:
        """Refuse early to overwrite a model, or to resume without a checkpoint.

        Raises:
            BadInput: its sentence says what to do instead.
        """
        name = printable(self.model)
        if resume:
            if not self.checkpoint.is_file():
                raise BadInput("There is no training in {name} to continue.", name=name)
        elif self.checkpoint.exists():
            raise BadInput(
                "There is a training in {name}; continue it (--resume) or choose another --out.",
                name=name,
            )
        elif (self.model / WEIGHTS).exists():
            raise BadInput("There is a model in {name} already; choose another --out.", name=name)
        elif self.model.exists() and not self.model.is_dir():
            raise BadInput("{name} is not a folder.", name=name)


def folder_for(out: str | None) -> TrainingFolder:
    """The folder of a new model: in the model list for a name, else at the path.

    Without either, it is the first free one of mine, mine-2, ...

    Raises:
        BadInput: for an invalid name.
    """
    if out is None:
        names = chain([_DEFAULT_NAME], (f"{_DEFAULT_NAME}-{n}" for n in count(2)))
        free = (models_folder() / name for name in names)
        return next(folder for folder in map(TrainingFolder, free) if not folder.taken)
    separators = {os.sep, os.altsep or os.sep}
    if any(separator in out for separator in separators) or out in ("~", ".", ".."):
        return TrainingFolder(Path(out).expanduser().resolve())
    if not out or not out.isprintable() or out[0] == ".":
        raise BadInput("A model needs a name that can be printed and does not begin with a dot.")
    if out in BUNDLED:
        raise BadInput("“{out}” is a model that ships with Restorer; choose another name.", out=out)
    return TrainingFolder(models_folder() / out)

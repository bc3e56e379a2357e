"""The pictures of a training, split into those to learn from and held-out ones."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from restorer.errors import BadInput, RestorerError
from restorer.imaging.atomic import atomic_file
from restorer.imaging.names import printable
from restorer.imaging.picture import Pixels
from restorer.imaging.read import read_picture
from restorer.training.damage_crops import scene_side
from restorer.training.damage_validation import DamageValidation
from restorer.training.events import SKIPPED
from restorer.training.folder import TrainingFolder
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe
from restorer.training.validation import Validation, centre
from restorer.words import tr

#: Pictures to measure on, at most, and the side of the part of each that is used.
_MOST = 8
_SIDE = 128

#: What is of no use for measuring: shorter sides, or a smaller standard deviation (0..1).
_SMALLEST = 32
_FLAT = 0.02

#: Of the others, one in five is held out when there is no folder for it; of few, none.
_SHARE = 5
_FEWEST = 4


class Data:
    """Pictures to learn from (`pictures`) and crops to measure on (`validation`).

    Raises:
        BadInput: if there is no picture to learn from.
    """

    def __init__(self, recipe: Recipe, folder: TrainingFolder, device: torch.device) -> None:
        self._reported: set[Path] = set()
        self._notes: list[str] = []
        found = find_pictures(recipe.folders, leave_out=[folder.model])
        if recipe.validation is not None:
            apart = find_pictures([recipe.validation], leave_out=[folder.model])
            found = sorted(set(found) - set(apart))
            if not found:
                raise BadInput("The pictures to measure on must not be those to train on.")
            held = self._first_good(_evenly(apart, _MOST), _MOST, self._notes)
            if not held:
                raise BadInput(
                    "None of the pictures in {validation} can be measured on.",
                    validation=printable(recipe.validation),
                )
        else:
            order = np.random.default_rng(recipe.seed).permutation(len(found))
            count = max(1, len(found) // _SHARE) if len(found) >= _FEWEST else 0
            held = self._first_good([found[i] for i in order], min(_MOST, count), [])
            found = [path for path in found if path not in held]
        self.held_out = list(held)
        crop = recipe.largest_crop
        least = crop if recipe.damage is None else scene_side(crop)
        # Damage is made by the processor, so its scenes are cut there.
        place = device if recipe.damage is None else "cpu"
        self.pictures = Pictures(found, least, recipe.memory, recipe.seed, place)
        self._crops = list(held.values())
        self._recipe = recipe
        self._folder = folder

    def read(self) -> Iterator[int]:
        """Decode what memory allows and yield the count; this also sets `validation`.

        Raises:
            BadInput: if none of the pictures can be trained on.
        """
        yield from self.pictures.read()
        usable = self.pictures.usable()
        if not usable:
            reason = next(iter(self.pictures.skipped.values()), "")
            raise BadInput("None of the pictures can be trained on. {reason}", reason=reason)
        if not self._crops:
            self._crops = [_crop(path) for path in usable[:_FEWEST]]
            self._notes.append(
                tr(
                    "There are too few pictures to hold some out; PSNR is measured on those "
                    "that are trained on."
                )
            )
        measure = Validation if self._recipe.damage is None else DamageValidation
        if self._recipe.hard and not self.pictures.whole:
            self._notes.append(
                tr(
                    "Not all pictures fit into memory, so hard ones are not preferred; see "
                    "--memory."
                )
            )
        self.validation: Validation | DamageValidation = measure(self._crops, self._recipe.seed)

    def notes(self) -> list[str]:
        """New sentences about skipped pictures, each only once; reading may add some."""
        skipped = self.pictures.skipped
        fresh = [path for path in list(skipped) if path not in self._reported]
        self._reported.update(fresh)
        notes = self._notes + [tr(SKIPPED) + skipped[path] for path in fresh]
        self._notes = []
        return notes

    def write_list(self) -> None:
        """Write a table of all pictures and their use, beside the checkpoint."""
        text = io.StringIO()
        table = csv.writer(text, delimiter="\t", lineterminator="\n")
        table.writerow(("picture", "use"))
        skipped = self.pictures.skipped
        table.writerows((path, "measured on") for path in self.held_out)
        table.writerows((path, "trained on") for path in self.pictures.usable())
        table.writerows((path, sentence) for path, sentence in skipped.items())
        with atomic_file(self._folder.pictures, force=True) as file:
            file.write(text.getvalue().encode("utf-8", "surrogateescape"))

    @property
    def fingerprint(self) -> str:
        """A digest of the file names: it changes when files are added, removed or renamed."""
        names = "\n".join(map(str, [*self.pictures.files, "", *self.held_out]))
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()

    def _first_good(self, paths: list[Path], count: int, notes: list[str]) -> dict[Path, Pixels]:
        """The first `count` usable pictures with their crops; `notes` gets the faults of others."""
        good: dict[Path, Pixels] = {}
        for path in paths:
            if len(good) == count:
                break
            try:
                crop = _crop(path)
            except RestorerError as error:
                notes.append(tr(SKIPPED) + error.sentence)
                continue
            if min(crop.shape[:2]) < _SMALLEST or float(crop.std()) < _FLAT:
                notes.append(
                    tr(SKIPPED)
                    + tr("{path} is too small or flat to measure on.", path=printable(path))
                )
                continue
            good[path] = crop
        return good


def _crop(path: Path) -> Pixels:
    return centre(read_picture(path).pixels, _SIDE)


def _evenly(paths: list[Path], count: int) -> list[Path]:
    """The list reordered: first `count` evenly spaced files, then the others."""
    chosen = paths[:: max(1, len(paths) // count)]
    return chosen + [path for path in paths if path not in set(chosen)]

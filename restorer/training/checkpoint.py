"""Reads the metadata of checkpoints, without torch and without their tensors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from restorer.engine.models import models_folder
from restorer.errors import BadInput
from restorer.imaging.names import printable
from restorer.training.folder import TrainingFolder
from restorer.training.recipe import Recipe


@dataclass(frozen=True)
class Unfinished:
    """A training in the model list that can continue: `progress` (0..1) of `recipe` is done."""

    name: str
    recipe: Recipe
    progress: float
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """The expected time left; None if it is not known yet."""
        return self.seconds * (1 - self.progress) / self.progress if self.progress else None


def unfinished_trainings() -> list[Unfinished]:
    """Trainings of denoisers that were stopped or killed, the latest first.

    Damaged checkpoints are skipped, and conditional priors, which only the command line trains.
    """
    folder = models_folder()
    trainings = [TrainingFolder(path) for path in (folder.iterdir() if folder.is_dir() else [])]
    begun = [training for training in trainings if training.checkpoint.is_file()]
    begun.sort(key=lambda training: training.checkpoint.stat().st_mtime, reverse=True)
    found = []
    for training in begun:
        try:
            about = read_about(training.checkpoint)
            recipe, seconds = Recipe.from_json(about["recipe"]), float(about["seconds"])
            progress = recipe.progress(int(about["step"]), seconds)
        except (BadInput, KeyError, ValueError):
            continue
        if progress < 1 and recipe.damage is None:
            found.append(Unfinished(training.name, recipe, progress, seconds))
    return found


def saved_recipe(folder: TrainingFolder) -> Recipe:
    """The recipe of a training that can continue.

    Raises:
        BadInput: if there is none, or its checkpoint is damaged.
    """
    folder.check(resume=True)
    return Recipe.from_json(read_about(folder.checkpoint)["recipe"])


def read_about(path: Path) -> dict[str, str]:
    """The metadata of a checkpoint, without its tensors: recipe, config, step, ...

    Raises:
        BadInput: if the file is damaged.
    """
    try:
        with safe_open(path, framework="np") as file:
            about: dict[str, str] = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise damaged(path, error) from error
    if "recipe" not in about or "config" not in about:
        raise damaged(path, KeyError("recipe"))
    return about


def damaged(path: Path, error: Exception) -> BadInput:
    """The error for a broken checkpoint, the same for every cause."""
    name = printable(path)
    return BadInput(
        "The checkpoint {name} is damaged.", f"{type(error).__name__}: {error}", name=name
    )

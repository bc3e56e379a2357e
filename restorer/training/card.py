"""Writes the model card: how a model was trained and how good it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from restorer import __version__
from restorer.training.events import Milestone
from restorer.training.kinds import shares
from restorer.training.recipe import SCRATCH, Recipe

#: Beginnings of the names of files that say what pictures may be used for.
_LICENCE_FILES = ("licen", "copying", "copyright", "manifest", "credits", "attribution")


@dataclass(frozen=True)
class Report:
    """The facts about a trained model, or one that is being trained.

    Attributes:
        name: name of the model.
        start: title and licence of the model that training started from; None from scratch.
        pictures, held_out, skipped: numbers of pictures.
        parameters: number of parameters of the network.
        place: device and precision, "CPU fp32".
        before, best: milestones; `before` is None from scratch.
        step, seconds: duration of the whole training so far.
        loss_over_all_t: (network, trivial predictor); None before the end.
    """

    name: str
    start: tuple[str, str] | None
    pictures: int
    held_out: int
    skipped: int
    parameters: int
    place: str
    before: Milestone | None
    best: Milestone
    step: int
    seconds: float
    loss_over_all_t: tuple[float, float] | None = None


def model_card(report: Report, recipe: Recipe) -> str:
    """The card as Markdown, with the YAML head that the model list reads."""
    head = {
        "title": report.name,
        "license": recipe.licence,
        "library_name": "restorer",
        "pipeline_tag": "image-to-image",
        "tags": ["diffusion", "denoising", "image-restoration"],
    }
    sections = (
        f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---",
        f"# {report.name}",
        f"A prior of {report.parameters / 1e6:.2f} million parameters "
        f"({report.parameters * 2 / 1e6:.1f} MB) that {_purpose(recipe)}, trained with Restorer "
        f"{__version__}. Weights are the moving average of training at its best milestone, in half "
        "precision.",
        f"## Data\n{_data(report, recipe)}",
        f"## Recipe\n{_recipe(report, recipe)}",
        f"## Measured\n{_measured(report)}",
        f"## Limits\n{_limits(recipe)} The held-out pictures are like the ones it "
        "was trained on: measure on others before trusting the numbers for others.",
    )
    return "\n\n".join(sections) + "\n"


def _purpose(recipe: Recipe) -> str:
    if recipe.damage is None:
        return "predicts the noise in a picture"
    return "is shown a damaged picture, told of its damage, and predicts the clean one"


def _limits(recipe: Recipe) -> str:
    if recipe.damage is None:
        return "White Gaussian noise; local structure only."
    return "The kinds of damage above; local structure only."


def _data(report: Report, recipe: Recipe) -> str:
    names = ", ".join(f"“{Path(folder).name}”" for folder in recipe.folders)
    lines = [
        f"{report.pictures} pictures from {names}; {report.held_out} for measuring, "
        f"{report.skipped} skipped. `training/pictures.tsv` lists them.",
        f"Licence as stated by who trained it: {recipe.licence}.",
    ]
    for folder in recipe.folders:
        found = ", ".join(f"`{name}`" for name in licence_files(Path(folder)))
        if found:
            lines.append(f"In “{Path(folder).name}” the terms may be found in {found}.")
    if report.start is not None:
        lines.append(f"It began from “{report.start[0]}” ({report.start[1]}).")
    return "\n".join(lines)


def licence_files(folder: Path) -> list[str]:
    """Names of the files in a folder that look like licences."""
    if not folder.is_dir():
        return []
    return sorted(
        path.name for path in folder.iterdir() if path.name.lower().startswith(_LICENCE_FILES)
    )


def _recipe(report: Report, recipe: Recipe) -> str:
    begun = "random weights" if report.start is None else f"the model “{report.start[0]}”"
    minutes = report.seconds / 60
    return (
        f"From {begun}: {report.step} steps of {recipe.batch} crops, {recipe.crop} x {recipe.crop} "
        f"pixels, in {minutes:.1f} minutes ({report.place}).\n"
        f"{_loss(recipe)}\nMuon for the kernels inside, AdamW ({recipe.beta1:g}, "
        f"{recipe.beta2:g}) for the rest, weight decay "
        f"{recipe.weight_decay:g}, gradient norm at most {recipe.clip:g}, rate {recipe.peak:g} "
        f"with a warm-up of {recipe.warm_up:.0%} and {_fall(recipe)} to {recipe.floor:.1%}; moving "
        f"average {recipe.average:g}. Flips, quarter turns, colour permutation "
        f"{recipe.permute:.0%}, rescaled {recipe.rescale:.0%}, drawn over {recipe.drawn:.0%}, "
        f"from the hardest pictures {recipe.hard:.0%}."
        f"\n\n```json\n{_without_places(recipe)}\n```"
    )


def _fall(recipe: Recipe) -> str:
    if recipe.schedule == "cosine":
        return "a cosine"
    return f"a line from {recipe.hold:.0%} on"


def _loss(recipe: Recipe) -> str:
    if recipe.damage is not None:
        kinds = ", ".join(f"{kind} {share:g}" for kind, share in shares(recipe.damage).items())
        return (
            f"Damage and how often it is shown: {kinds}. Four examples in five are asked at once, "
            "the damaged picture in place of x_t, the others as diffusion. Squared error of x_0 "
            "divided by its running mean for that kind and strength of damage."
        )
    common, usual = recipe.levels
    return (
        "Squared error of v divided by its running mean in 40 bins of log sigma, so that every "
        f"noise level weighs the same; sigma log-uniform at noise 5 to 75 for {common:.0%} of the "
        f"examples and at 2.5 to 255 for {usual:.0%}, else any t of the linear schedule; calm "
        f"examples {recipe.calm:.0%}."
    )


def _without_places(recipe: Recipe) -> str:
    """The recipe without paths, which would tell about somebody's computer."""
    short = tuple(Path(folder).name for folder in recipe.folders)
    validation = recipe.validation and Path(recipe.validation).name
    start = recipe.start if recipe.start == SCRATCH else Path(recipe.start).name
    return replace(recipe, folders=short, validation=validation, start=start).to_json()


def _measured(report: Report) -> str:
    rows = [("before", report.before)] if report.before is not None else []
    rows.append((f"step {report.best.step} (kept)", report.best))
    names = [f"noise {level}" for level in report.best.psnr] or list(report.best.gains)
    what = "PSNR in dB" if report.best.psnr else "Gain over what came in dB (PSNR over RGB)"
    lines = [
        f"{what}, mean over {report.held_out} held-out pictures (centre crops), noise or damage "
        "told, one evaluation.",
        "",
        "| | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
        *(_row(title, milestone) for title, milestone in rows if milestone is not None),
    ]
    if report.loss_over_all_t is not None:
        network, trivial = report.loss_over_all_t
        lines += [
            "",
            f"E|eps - eps_theta|^2 over all t of the linear schedule: {network:.4f}; a predictor "
            f"that knows mean and variance only (Wiener, pixel by pixel): {trivial:.4f}.",
        ]
    return "\n".join(lines)


def _row(title: str, milestone: Milestone) -> str:
    values = [*milestone.psnr.values(), *milestone.gains.values()]
    return f"| {title} | " + " | ".join(f"{value:.2f}" for value in values) + " |"

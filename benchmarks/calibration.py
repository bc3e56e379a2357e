"""Measures how often the true error lies within twice the spread.

    python benchmarks/calibration.py FOLDER ... [--fit] [--crop 96] [--limit N] [--share N]
        [--cases "noise 25;x2"] [--former] [--out calibration.png]

Every FOLDER holds a set of clean pictures. Their centres are cropped, damaged with a fixed
generator and restored (as the case says, mostly with faithfulness 1), and the program finds the
spread. The three values of every changed pixel count. `within` is the share of errors below twice
the spread, over all pixels and by crop; it should be 95 %. `flat` is the same where the clean
picture varies by less than 4 of 255 in 7 x 7 pixels, `dark` where the result is below 30. `times`
is the factor that would make it 95 %; with --fit only this is printed, as the gain for
`restorer.engine.calibration`, to be read from other pictures than the test set. `rank` is
Spearman's correlation of spread and error within a picture, both over 5 x 5 pixels. `former`
(--former) is the mean spread with one factor per task, as before there were floors; for noise it
takes five more evaluations. --share 10 selects about every tenth picture by a hash of its name, so
that the others can be trained on.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from restoration import TASKS, cropped, in_file
from scipy.ndimage import gaussian_filter, uniform_filter
from scipy.special import ndtr
from scipy.stats import spearmanr
from tqdm import tqdm

from restorer.degradation.clipping import MOST_CLIPPED, WHITE, level_in_file
from restorer.degradation.estimate import estimate
from restorer.engine.calibration import Way, calibration_for
from restorer.engine.damage import Hole
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.plan import camera_photo, noise_of, plan_repair, start_for
from restorer.engine.progress import CancelToken
from restorer.engine.spread import SAMPLES, Spread, spread
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.training.camera_noise import as_file, photograph, random_camera
from restorer.training.plot import Panel, stacked

MULTIPLES = np.linspace(0, 4, 17)
FLAT, DARK = 4.0, 30.0
#: A panel has as many colours.
MOST_CURVES = 4

#: What the raw deviation was multiplied by before there were floors.
FORMER = {
    "slope": 1.2,
    "denoise": 1.85,
    "inpaint": 1.2,
    "upscale": 1.57,
    "deblur": 2.4,
    "dejpeg": 4.9,
    "colorize": 2.0,
}


class Case(NamedTuple):
    """A damaged picture and the task that undoes it."""

    picture: Picture
    task: RestorationTask
    hole: Hole | None = None
    clean: Pixels | None = None  # where it is not the picture that was to be damaged


class Found(NamedTuple):
    """Errors over the spread, and how well their places agree, of one picture."""

    ratios: np.ndarray
    flat: np.ndarray
    dark: np.ndarray
    rank: float
    spread: float
    error: float
    former: float


def noisy(clean: Pixels, rng: np.random.Generator, noise: float, **values: object) -> Case:
    """White noise, clipped and rounded as in a file."""
    pixels = in_file(clean + noise / 255 * rng.standard_normal(clean.shape))
    values = {"start": start_for(noise), "steps": 1} | values
    return Case(Picture(pixels), RestorationTask(**values))


def grey(clean: Pixels, rng: np.random.Generator, noise: float) -> Case:
    """A grey picture with white noise."""
    clean = np.repeat(clean.mean(axis=2, keepdims=True), 3, axis=2)
    pixels = in_file(clean + noise / 255 * rng.standard_normal((*clean.shape[:2], 1)))
    task = RestorationTask(start=start_for(noise), steps=1)
    return Case(Picture(pixels, grey=True), task, clean=clean)


def camera(clean: Pixels, rng: np.random.Generator) -> Case:
    """A camera's noise, at the level there is; the truth went through the same camera."""
    made = random_camera(rng)
    truth = photograph(clean, made, None)
    pixels = as_file(photograph(clean, made, rng), made)
    level = 255 * float((pixels - truth).std())
    task = camera_photo((clean.shape[1], clean.shape[0]), start=start_for(level), steps=1)
    return Case(Picture(pixels), task, clean=truth)


def damaged(clean: Pixels, rng: np.random.Generator, task: str, **values: object) -> Case:
    """As in `restoration.py`."""
    case = TASKS[task](clean, rng)
    picture = Picture(case.damaged)
    return Case(
        picture,
        plan_repair(case.damage, Inputs(picture, case.hole), estimate(picture.pixels), **values),
        case.hole,
    )


CASES: dict[str, tuple[Callable[[Pixels, np.random.Generator], Case], Way | None]] = {
    "noise 5": (partial(noisy, noise=5.0), None),
    "noise 10": (partial(noisy, noise=10.0), None),
    "noise 25": (partial(noisy, noise=25.0), None),
    "noise 50": (partial(noisy, noise=50.0), None),
    "noise 75": (partial(noisy, noise=75.0), None),
    "grey 25": (partial(grey, noise=25.0), None),
    "camera": (camera, None),
    "half 25": (partial(noisy, noise=25.0, faithfulness=0.5, steps=8), None),
    "vivid 25": (partial(noisy, noise=25.0, faithfulness=0.0, steps=8), None),
    "drawn 25": (partial(noisy, noise=25.0, faithfulness=0.0, steps=8, sampler="ddpm"), None),
    "25, seeds": (partial(noisy, noise=25.0), "seeds"),
    "missing": (partial(damaged, task="missing"), None),
    "scratches": (partial(damaged, task="scratches"), None),
    "text": (partial(damaged, task="text"), None),
    "blur": (partial(damaged, task="blur"), None),
    "at once": (partial(damaged, task="blur", method="conditional"), None),
    "x2": (partial(damaged, task="x2"), None),
    "x4": (partial(damaged, task="x4"), None),
    "jpeg10": (partial(damaged, task="jpeg10"), None),
    "jpeg30": (partial(damaged, task="jpeg30"), None),
}


def main() -> None:
    """Print one table, draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--crop", type=int, default=96, help="side in pixels")
    parser.add_argument("--limit", type=int, help="only this many pictures, evenly picked")
    parser.add_argument("--share", type=int, default=1, help="only about every so many-th picture")
    parser.add_argument("--former", action="store_true", help="also what the spread was before")
    parser.add_argument("--cases", default=";".join(CASES), help="separated by semicolons")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--model", default="builtin", help="name or folder of our model")
    parser.add_argument("--fit", action="store_true", help="print no shares, draw nothing")
    parser.add_argument("--out", type=Path, help="draw the curves into this file")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    engine = Engine(tile=1024)
    engine.load(arguments.model, "cpu")
    curves: dict[str, list[tuple[float, float]]] = {}
    for folder in arguments.folders:
        files = chosen(folder, arguments.share, arguments.limit)
        pictures = [cropped(read_picture(path).pixels, arguments.crop) for path in files]
        print(f"{folder.name}: {len(files)} pictures, {arguments.crop} pixels at most")
        print(
            f"{'case':<10} {'within':>7} {'each':>13} {'flat':>7} {'dark':>7} {'times':>6}"
            f" {'rank':>5} {'spread':>7} {'former':>7} {'RMSE':>6}"
        )
        for name in arguments.cases.split(";"):
            make, way = CASES[name]
            found = [
                measure(engine, make(clean, np.random.default_rng(number)), clean, way, arguments)
                for number, clean in enumerate(tqdm(pictures, leave=False, desc=name))
            ]
            print(row(name, found), flush=True)
            ratios = np.concatenate([f.ratios for f in found])
            curves[name] = [(float(k), 100 * float((ratios <= k).mean())) for k in MULTIPLES]
    if arguments.out is not None and not arguments.fit:
        write_picture(Picture(drawn(curves)), arguments.out, force=True)


def chosen(folder: Path, share: int, limit: int | None) -> list[Path]:
    """The pictures of a folder, by a hash of their names, then evenly."""

    def picked(path: Path) -> bool:
        return int(hashlib.sha1(path.name.encode()).hexdigest(), 16) % share == 0

    others = (".tsv", ".md", "")
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix not in others)
    files = [path for path in files if picked(path)]
    return files[:: max(1, len(files) // limit)][:limit] if limit else files


def row(name: str, found: list[Found]) -> str:
    """One line of the table."""
    ratios, flat, dark = (np.concatenate([f[i] for f in found]) for i in range(3))
    shares = [100 * float((f.ratios <= 2).mean()) for f in found]
    times = float(np.quantile(ratios, 0.95)) / 2
    rank, std, error, former = (np.mean([f[i] for f in found]) for i in range(3, 7))

    def share(of: np.ndarray) -> str:
        return f"{100 * (of <= 2).mean():6.1f}%" if of.size else "      -"

    return (
        f"{name:<10} {share(ratios)} {min(shares):5.1f}..{max(shares):5.1f}% {share(flat)}"
        f" {share(dark)} {times:6.2f} {rank:5.2f} {std:7.2f} {former:7.2f} {error:6.2f}"
    )


def measure(
    engine: Engine, case: Case, clean: Pixels, way: Way | None, arguments: argparse.Namespace
) -> Found:
    """One picture restored, and its spread."""
    task = case.task
    clean = clean if case.clean is None else case.clean
    *_, last = engine.run(task, Inputs(case.picture, case.hole), CancelToken(), device="cpu")
    result = (last.x0 + 1) / 2 if last.picture is None else last.picture
    *_, found = spread(
        partial(engine.run, device="cpu"),
        task,
        Inputs(case.picture, case.hole),
        CancelToken(),
        samples=arguments.samples,
        way=way,
    )
    error = np.abs(np.clip(result, 0, 1) - clean)
    changed = found.std > 0
    ratios = error[changed] / found.std[changed][:, None]
    near = [uniform_filter(m, 5)[changed] for m in (found.std**2, (error**2).mean(axis=2))]
    varies = uniform_filter(clean**2, (7, 7, 1)) - uniform_filter(clean, (7, 7, 1)) ** 2
    flat = varies.mean(axis=2)[changed] < (FLAT / 255) ** 2
    dark = result.mean(axis=2)[changed] < DARK / 255
    return Found(
        ratios.ravel(),
        ratios[flat].ravel(),
        ratios[dark].ravel(),
        float(spearmanr(*near).statistic),
        found.mean,
        float(255 * np.sqrt((error[changed] ** 2).mean())),
        former(engine, case, found) if arguments.former else float("nan"),
    )


def former(engine: Engine, case: Case, found: Spread) -> float:
    """The mean spread that one factor and no floor gave, 0-255 scale."""
    told = (1 + (1 - case.task.faithfulness) ** 2) ** 0.5
    if found.way == "slope":
        return told * FORMER["slope"] * former_slope(engine, case)
    rule = calibration_for(case.task, "seeds")
    noise = 0.0 if case.task.damage.kind != "denoise" else noise_of(case.task) / 255
    floor = (rule.least / 255) ** 2 + (rule.of_noise * noise) ** 2
    raw = np.sqrt(np.maximum(found.std[found.std > 0] ** 2 - floor, 0)) / rule.gain
    growth = case.task.damage.growth**0.5
    return told * float(255 * (FORMER[case.task.damage.kind] * growth * raw).mean())


def former_slope(engine: Engine, case: Case) -> float:
    """The mean root of v (D(y + h v) - D(y)) / h over four short probes, 0-255 scale."""
    task = replace(case.task, faithfulness=1.0, steps=1)
    noise = noise_of(task)
    s = (level_in_file(noise, case.picture.pixels) if task.undo_clipping else noise) / 255
    rng = np.random.default_rng(task.seed)
    shape = (*case.picture.pixels.shape[:2], 1 if case.picture.grey else 3)

    def result(pixels: Pixels) -> Pixels:
        moved = replace(case.picture, pixels=pixels.astype(np.float32))
        *_, last = engine.run(task, Inputs(moved), CancelToken(), device="cpu")
        return np.clip((last.x0 + 1) / 2, 0, 1)

    base, total = result(case.picture.pixels), np.zeros(shape[:2])
    cut = task.undo_clipping and noise > 0
    slope = clipped_slope(255 * base, min(noise, MOST_CLIPPED)) if cut else 1.0
    for _ in range(4):
        v = rng.integers(0, 2, shape) * 2.0 - 1
        total += (v * (result(case.picture.pixels + 0.1 * s * v) - base) / slope).mean(axis=2)
    variance = gaussian_filter(total * s / 0.4, 2.0, mode="mirror")
    return float(255 * np.sqrt(np.maximum(variance, (0.24 / 255) ** 2)).mean())


def clipped_slope(x: np.ndarray, p: float) -> np.ndarray:
    """The share of the noise p that is not cut off at x, 0-255 scale: 1 inside, a half at black."""
    return ndtr((WHITE - x) / p) - ndtr(-x / p)


def drawn(curves: dict[str, list[tuple[float, float]]]) -> Pixels:
    """Share of errors under so many times the spread: noise, holes, and the others."""
    groups = {
        "noise": [n for n in curves if n.startswith("noise") or "25" in n],
        "cameras": [n for n in curves if n == "camera"],
        "holes": [n for n in curves if n in ("missing", "scratches", "text")],
        "blurred and small": [n for n in curves if n in ("blur", "x2", "x4")],
        "compressed": [n for n in curves if n.startswith("jpeg")],
    }
    return stacked(
        [
            Panel(
                f"{group}: % of errors under so many times the spread (aim: 95 at 2)",
                {name: curves[name] for name in names[first : first + MOST_CURVES]},
            )
            for group, names in groups.items()
            for first in range(0, len(names), MOST_CURVES)
        ]
    )


if __name__ == "__main__":
    main()

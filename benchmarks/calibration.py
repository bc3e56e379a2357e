"""Is the truth where the spread says? Errors against twice the spread, in one run.

    python benchmarks/calibration.py FOLDER [--fit] [--crop 96] [--limit N] [--out calibration.png]

FOLDER holds clean pictures; each is cropped in its middle, damaged with a fixed generator,
restored (faithfulness 1), and its spread found as the program does. Counted are the three values of
every pixel that was changed. `within` is the share of errors under twice the spread, which should
be 95 %; `times` is the factor that would have made it so (with --fit only that is of interest: what
`restorer.engine.spread` should multiply by more, to be read on pictures that are not the test).
`rank` is Spearman's correlation of spread and error, both over 5 x 5 pixels, within a picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from restoration import CLEAN, TASKS, cropped, in_file
from scipy.ndimage import uniform_filter
from scipy.stats import spearmanr
from tqdm import tqdm

from restorer.engine.damage import Hole
from restorer.engine.engine import Engine
from restorer.engine.plan import plan_repair, start_for
from restorer.engine.progress import CancelToken
from restorer.engine.spread import SAMPLES, Way, spread
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.training.plot import Panel, stacked

MULTIPLES = np.linspace(0, 4, 17)


class Case(NamedTuple):
    """A damaged picture and the task that undoes it."""

    picture: Picture
    task: RestorationTask
    hole: Hole | None = None


class Found(NamedTuple):
    """Errors over the spread, and how well their places agree, of one picture."""

    ratios: np.ndarray
    rank: float
    spread: float
    error: float


def noisy(clean: Pixels, rng: np.random.Generator, noise: float) -> Case:
    """White noise, clipped and rounded as in a file."""
    pixels = in_file(clean + noise / 255 * rng.standard_normal(clean.shape))
    return Case(Picture(pixels), RestorationTask(start=start_for(noise), steps=1))


def damaged(clean: Pixels, rng: np.random.Generator, task: str) -> Case:
    """As in `restoration.py`."""
    case = TASKS[task](clean, rng)
    picture = Picture(case.damaged)
    return Case(picture, plan_repair(case.damage, picture, CLEAN, case.hole), case.hole)


CASES: dict[str, tuple[Callable[[Pixels, np.random.Generator], Case], Way | None]] = {
    "noise 10": (partial(noisy, noise=10.0), None),
    "noise 25": (partial(noisy, noise=25.0), None),
    "noise 50": (partial(noisy, noise=50.0), None),
    "25, seeds": (partial(noisy, noise=25.0), "seeds"),
    "missing": (partial(damaged, task="missing"), None),
    "scratches": (partial(damaged, task="scratches"), None),
    "text": (partial(damaged, task="text"), None),
    "blur": (partial(damaged, task="blur"), None),
    "x2": (partial(damaged, task="x2"), None),
    "x4": (partial(damaged, task="x4"), None),
    "jpeg10": (partial(damaged, task="jpeg10"), None),
    "jpeg30": (partial(damaged, task="jpeg30"), None),
}


def main() -> None:
    """Print one table, draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--crop", type=int, default=96, help="side in pixels")
    parser.add_argument("--limit", type=int, help="only this many pictures, evenly picked")
    parser.add_argument("--cases", default=";".join(CASES), help="separated by semicolons")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--model", default="builtin", help="name or folder of our model")
    parser.add_argument("--fit", action="store_true", help="print no shares, draw nothing")
    parser.add_argument("--out", type=Path, help="draw the curves into this file")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    files = sorted(p for p in arguments.folder.iterdir() if p.is_file() and p.suffix != ".tsv")
    files = files[:: max(1, len(files) // arguments.limit)] if arguments.limit else files
    files = files[: arguments.limit]
    pictures = [cropped(read_picture(path).pixels, arguments.crop) for path in files]
    engine = Engine(tile=1024)
    engine.load(arguments.model, "cpu")
    print(f"{len(files)} pictures, {arguments.crop} pixels at most, {arguments.samples} samples")
    print(
        f"{'case':<10} {'within':>7} {'each':>13} {'times':>6} {'rank':>6}"
        f" {'spread':>7} {'RMSE':>6}"
    )
    curves: dict[str, list[tuple[float, float]]] = {}
    for name in arguments.cases.split(";"):
        make, way = CASES[name]
        found = [
            measure(engine, make(clean, np.random.default_rng(number)), clean, way, arguments)
            for number, clean in enumerate(tqdm(pictures, leave=False, desc=name))
        ]
        ratios = np.concatenate([f.ratios for f in found])
        shares = [100 * float((f.ratios <= 2).mean()) for f in found]
        times = float(np.quantile(ratios, 0.95)) / 2
        rank, std, error = (np.mean([f[i] for f in found]) for i in (1, 2, 3))
        print(
            f"{name:<10} {100 * (ratios <= 2).mean():6.1f}% {min(shares):5.1f}..{max(shares):5.1f}%"
            f" {times:6.2f} {rank:6.2f} {std:7.2f} {error:6.2f}",
            flush=True,
        )
        curves[name] = [(float(k), 100 * float((ratios <= k).mean())) for k in MULTIPLES]
    if arguments.out is not None and not arguments.fit:
        write_picture(Picture(drawn(curves)), arguments.out, force=True)


def measure(
    engine: Engine, case: Case, clean: Pixels, way: Way | None, arguments: argparse.Namespace
) -> Found:
    """One picture restored, and its spread."""
    task = case.task
    *_, last = engine.run(task, case.picture, CancelToken(), device="cpu", hole=case.hole)
    result = (last.x0 + 1) / 2 if last.picture is None else last.picture
    *_, found = spread(
        partial(engine.run, device="cpu"),
        task,
        case.picture,
        CancelToken(),
        hole=case.hole,
        samples=arguments.samples,
        way=way,
    )
    error = np.abs(np.clip(result, 0, 1) - clean)
    changed = found.std > 0
    ratios = error[changed] / found.std[changed][:, None]
    near = [uniform_filter(m, 5)[changed] for m in (found.std**2, (error**2).mean(axis=2))]
    return Found(
        ratios.ravel(),
        float(spearmanr(*near).statistic),
        found.mean,
        float(255 * np.sqrt((error[changed] ** 2).mean())),
    )


def drawn(curves: dict[str, list[tuple[float, float]]]) -> Pixels:
    """Share of errors under so many times the spread: noise, holes, and the others."""
    groups = {
        "noise": [n for n in curves if n.startswith("noise") or "seeds" in n],
        "holes": [n for n in curves if n in ("missing", "scratches", "text")],
        "blurred and small": [n for n in curves if n in ("blur", "x2", "x4")],
        "compressed": [n for n in curves if n.startswith("jpeg")],
    }
    return stacked(
        [
            Panel(
                f"{group}: % of errors under so many times the spread (aim: 95 at 2)",
                {name: curves[name] for name in names},
            )
            for group, names in groups.items()
            if names
        ]
    )


if __name__ == "__main__":
    main()

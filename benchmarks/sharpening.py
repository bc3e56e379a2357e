"""Checks that sharpening by default does no harm: python benchmarks/sharpening.py FOLDER ...

`--part 1/8` measures a part of the grid.

Every FOLDER holds clean pictures. The grid is blur (none, Gaussian 1.0 to 3, disc of radius 2 to 4)
x noise 0 to 10 x PNG and JPEG of quality 75 to 100; each cell has its own pictures, of which a part
is cropped. They are restored as `restorer restore --task auto` and the window do it, without any
hint. A line a cell gives the mean and the worst gain over the file; `told` is the further gain with
the measured blur (if there is one) and the best of 0.7, 1 and 1.5 times the noise assumed for it;
`known` is the same with the true blur. Harm is a loss of more than 0.1 dB; short is more than 0.5
dB less than `told`. For pictures without blur, results are compared with the file.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from restoration import through

from restorer.degradation.operators import Blur, disc, gaussian
from restorer.diffusion.metrics import psnr
from restorer.engine.carry_out import job_done, task_done
from restorer.engine.damage import Damage
from restorer.engine.engine import Engine
from restorer.engine.job import Job, Source, plan
from restorer.engine.outcome import Done, Outcome
from restorer.engine.plan import plan_repair
from restorer.engine.request import Request
from restorer.engine.sharpening import proposed_blur
from restorer.engine.sources import file_source
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture

BLURS = [f"gaussian:{width}" for width in (1.0, 1.3, 1.6, 2.2, 3.0)] + [
    f"disc:{radius}" for radius in (2.0, 3.0, 4.0)
]
NOISES = 0.0, 1.0, 2.0, 4.0, 7.0, 10.0
QUALITIES = None, 100, 95, 90, 85, 75
TOLD = 0.7, 1.0, 1.5
BORDER, HARM, SHORT = 16, 0.1, 0.5

ENGINE = Engine()


class Gain(NamedTuple):
    """In dB over the file: by default, with the noise told, with the blur known; what was done."""

    default: float
    told: float
    known: float
    done: str


def main() -> None:
    """Print a line a cell, and how many pictures were harmed or fell short."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--each", type=int, default=1, help="pictures a cell")
    parser.add_argument("--part", default="1/1", help="I/N: every N-th cell, from the I-th on")
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--clean", type=int, default=0, help="so many clean pictures instead")
    parser.add_argument("--skip", type=int, default=0, help="so many pictures of the order")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    others = (".tsv", ".md", "")
    files = [p for f in arguments.folders for p in sorted(f.iterdir()) if p.suffix not in others]
    order = np.random.default_rng(arguments.seed).permutation(len(files))[arguments.skip :]
    pictures = itertools.cycle(files[index] for index in order)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.clean:
            untouched(pictures, arguments.clean, Path(folder))
            return
        grid = list(itertools.product(BLURS, NOISES, QUALITIES))
        np.random.default_rng(arguments.seed).shuffle(grid)
        first, parts = map(int, arguments.part.split("/"))
        gains = list[Gain]()
        for number, cell in enumerate(grid[first - 1 :: parts]):
            rng = np.random.default_rng([arguments.seed, first, number])
            some = [
                measure(read_picture(next(pictures)).pixels, *cell, arguments.crop, rng, folder)
                for _ in range(arguments.each)
            ]
            gains += some
            print(
                f"{cell_name(*cell)}: {summed(some)}  {', '.join(g.done for g in some)}", flush=True
            )
    print(f"{len(gains)} pictures: {summed(gains)}")
    print(f"{sum(gain.default < -HARM for gain in gains)} harmed")
    for done in sorted({gain.done for gain in gains}):
        some = [gain for gain in gains if gain.done == done]
        short = sum(gain.told - gain.default > SHORT for gain in some)
        print(f"{done}: {len(some)}, {short} short; {summed(some)}")


def cell_name(blur: str, noise: float, quality: int | None) -> str:
    """As in "disc:2.0, noise 4, quality 85"."""
    return f"{blur}, noise {noise:g}, {'PNG' if quality is None else f'quality {quality}'}"


def summed(gains: list[Gain]) -> str:
    """Gain in the mean and at worst, and how much more there is for whoever knows."""
    gained, told, known = np.array([gain[:3] for gain in gains]).T
    return (
        f"{gained.mean():+.2f} dB, worst {gained.min():+.2f}; "
        f"told {(told - gained).mean():+.2f}, at most {(told - gained).max():+.2f}; "
        f"known {(known - gained).mean():+.2f}, at most {(known - gained).max():+.2f}"
    )


def measure(
    clean: Pixels,
    blur: str,
    noise: float,
    quality: int | None,
    crop: int,
    rng: np.random.Generator,
    folder: str | Path,
) -> Gain:
    """One picture of a cell."""
    shape, _, width = blur.partition(":")
    kernel = gaussian(float(width)) if shape == "gaussian" else disc(float(width))
    wide = [min(side, crop + 2 * BORDER) for side in clean.shape[:2]]
    top, left = (int(rng.integers(n - w + 1)) for n, w in zip(clean.shape, wide, strict=False))
    part = np.ascontiguousarray(clean[top : top + wide[0], left : left + wide[1], :3])
    soft = through(Blur(kernel), part)
    soft = soft + np.float32(noise / 255) * rng.standard_normal(soft.shape, np.float32)
    inner = slice(BORDER, -BORDER), slice(BORDER, -BORDER)
    truth, file = part[inner], Path(folder) / ("soft.png" if quality is None else "soft.jpg")
    write_picture(Picture(np.clip(soft[inner], 0, 1)), file, quality=quality, force=True)
    source = file_source(read_picture(file), file)
    before = psnr(source.picture.pixels, truth)
    done = by_default(source)
    default = psnr(done.outcome.picture.pixels, truth) - before
    read = proposed_blur(source.found)
    told, known = (
        max(default, *(psnr(one, truth) - before for one in telling(source, said)))
        if said
        else default
        for said in (read, blur)
    )
    return Gain(default, told, known, what(done))


def by_default(source: Source) -> Done:
    """What `--task auto` and the window do."""
    return job_done(plan(Request("auto"), source.searched()), restored)


def restored(job: Job) -> Outcome:
    """One step of a job."""
    return task_done(job.task, job.inputs, ENGINE, "auto")


def telling(source: Source, blur: str) -> Iterator[Pixels]:
    """What whoever tells this blur and some noise gets."""
    inputs = source.inputs(Request("deblur", blur=blur))
    usual = plan_repair(Damage("deblur", blur=blur), inputs, source.found).damage.noise
    for factor in TOLD:
        damage = Damage("deblur", blur=blur, noise=factor * usual)
        task = plan_repair(damage, inputs, source.found)
        yield task_done(task, inputs, ENGINE, "auto").picture.pixels


def what(done: Done) -> str:
    """The steps that were kept, and those that were taken back."""
    last = [done.task.damage.kind] if done.task.start is not None else []
    kept = "+".join([*(step.split()[0] for step in done.before), *last]) or "left alone"
    return f"{kept} ({', '.join(done.taken_back)} taken back)" if done.taken_back else kept


def untouched(pictures: Iterator[Path], count: int, folder: Path) -> None:
    """What is done to clean pictures, as PNG and as JPEG of quality 85 to 95."""
    changed = list[float]()
    for number in range(count):
        path = next(pictures)
        quality = (None, 95, 90, 85)[number % 4]
        file = folder / ("clean.png" if quality is None else "clean.jpg")
        pixels = np.ascontiguousarray(read_picture(path).pixels[..., :3])
        write_picture(Picture(pixels), file, quality=quality, force=True)
        source = file_source(read_picture(file), file)
        done = by_default(source)
        if done.task.start is not None or done.before:
            changed.append(psnr(done.outcome.picture.pixels, source.picture.pixels))
            print(
                f"{path.name}, {quality or 'PNG'}: {what(done)}, {changed[-1]:.1f} dB", flush=True
            )
    visibly = sum(near < 45 for near in changed)
    print(f"{count} clean pictures: {len(changed)} changed, {visibly} visibly (below 45 dB)")


if __name__ == "__main__":
    main()

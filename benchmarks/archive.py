"""What an archive costs beyond its pictures, and what more workers gain.

    python benchmarks/archive.py [--pictures 4] [--megapixels 0.5] [--workers 1 2] [--rounds 2]

Noisy pictures are restored three ways, in turns, each after one that is not timed (it loads the
model): *plain* is reading, measuring, restoring, checking and writing one after the other in one
process, and nothing else; *batch* is the same by `restorer.batch`, with hashes, journal, thumbnails
and report; and on each number of *workers*, if any are named. Printed are pictures a minute, the
best of the rounds, and how many more processor seconds the batch takes than plain, which hang less
on what else the machine does than minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from restorer.batch import cluster, serial
from restorer.batch.archive import Archive, CarryOut, weights_for
from restorer.batch.inputs import Item
from restorer.batch.order import BatchOptions
from restorer.engine.carry_out import job_done, task_done
from restorer.engine.engine import Engine
from restorer.engine.job import plan
from restorer.engine.recipe import digest
from restorer.engine.request import Request
from restorer.engine.sources import file_source
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture


def noisy_files(folder: Path, count: int, megapixels: float) -> list[Path]:
    """Made pictures with white noise, as PNG files."""
    side = round((megapixels * 1e6) ** 0.5)
    ramp = np.linspace(0.3, 0.7, side, dtype=np.float32)[:, None, None] * np.ones((1, side, 3))
    paths = []
    for seed in range(count):
        noise = np.random.default_rng(seed).standard_normal(ramp.shape, np.float32) * 0.08
        paths.append(folder / f"{seed}.png")
        write_picture(Picture(np.clip(ramp + noise, 0, 1).astype(np.float32)), paths[-1])
    return paths


def plainly(paths: list[Path], request: Request, folder: Path, engine: Engine) -> None:
    """Each from file to file, and nothing else."""
    for path in paths:
        job = plan(request, file_source(read_picture(path), path))
        done = job_done(job, lambda step: task_done(step.task, step.inputs, engine, "auto"))
        write_picture(done.outcome.picture, folder / path.name)


def by_batch(paths: list[Path], request: Request, folder: Path, carry_out: CarryOut) -> None:
    options = BatchOptions(
        folder, request, digest(request), weights_for(request), begun=time.time()
    )
    archive = Archive(options)
    archive.go_through([Item(path, path.name) for path in paths], carry_out)
    assert archive.count(lambda entry: entry.changed) == len(paths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--megapixels", type=float, default=0.5)
    parser.add_argument("--workers", type=int, nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=1)
    arguments = parser.parse_args()
    request = Request(steps=arguments.steps)
    engine, best, computed = Engine(), dict[str, float](), dict[str, float]()
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place)
        paths = noisy_files(whole, arguments.pictures, arguments.megapixels)

        def timed(name: str, run: object) -> None:
            with tempfile.TemporaryDirectory(dir=whole) as folder:
                begun, before = time.perf_counter(), time.process_time()
                run(paths, request, Path(folder))  # type: ignore[operator]
                taken = time.perf_counter() - begun, time.process_time() - before
            for least, seconds in zip((best, computed), taken, strict=True):
                least[name] = min(seconds, least.get(name, seconds))

        ways = {"plain": partial(plainly, engine=engine)}
        ways["batch"] = partial(by_batch, carry_out=serial.carry_out)
        _warm(ways, paths, request, whole)
        for _ in range(arguments.rounds):
            for name, run in ways.items():
                timed(name, run)
        print("way          pictures a minute")

        def tell(name: str) -> None:
            print(f"{name:12} {60 * arguments.pictures / best[name]:10.1f}", flush=True)

        for name in ways:
            tell(name)
        more = computed["batch"] / computed["plain"] - 1
        print(f"batch over plain, processor seconds: {more:+.1%}", flush=True)
        for workers in arguments.workers:
            with cluster.local(workers) as client:
                run = partial(by_batch, carry_out=partial(cluster.carry_out, client))
                _warm({"": run}, [*paths[: 2 * workers]], request, whole)
                for _ in range(arguments.rounds):
                    timed(f"{workers} workers", run)
                tell(f"{workers} workers")


def _warm(ways: dict[str, partial[None]], paths: list[Path], request: Request, whole: Path) -> None:
    """Once, so that models are loaded."""
    for run in ways.values():
        with tempfile.TemporaryDirectory(dir=whole) as folder:
            run(paths, request, Path(folder))


if __name__ == "__main__":
    main()

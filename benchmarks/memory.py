"""What a restoration costs in memory, and how soon it stops: on the default paths.

    python benchmarks/memory.py [--megapixels 6 12] [--way cli window] [--stops 6] [--prior]
                                [--kind noise camera grey profile stripes faded] [--bits 8 16]
                                [--task denoise dejpeg upscale deblur inpaint destripe fade]

Makes a noisy picture of each size, and restores it from file to file as `restorer restore` does,
and as the window's worker does, each in a process of its own. Printed are the seconds it took, the
most memory the process held (peak RSS), and the longest time from Stop to "stopped" of several runs
that are stopped at moments spread over a whole one, with the processor's share of it; and processor
seconds, with the share that passed inside the network, and the megapixels that it saw, which tiles
make more than the picture has. Without
`--prior` a network that answers at once stands for the prior: what is left is what the program
itself does. Seconds depend on the load of the machine; megabytes do not.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from restorer.engine.inputs import Inputs

if TYPE_CHECKING:
    from restorer.jobs.background import Background

KINDS = ("noise", "camera", "grey", "profile", "stripes", "faded")


def noisy_file(folder: Path, megapixels: float, kind: str, bits: int = 8) -> Path:
    """A made picture with noise, 3 by 2, as a PNG of so many bits."""
    from restorer.imaging.picture import Picture
    from restorer.imaging.write import write_picture

    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(1.5 * height)
    rng = np.random.default_rng(0)
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    pixels = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        waves = np.sin(across / (40 + channel)) * 0.2 + 0.5
        pixels[..., channel] = waves + 0.2 * np.sin(down / 60)[:, None]
    noise = _camera_noise if kind == "camera" else rng.standard_normal
    for top in range(0, height, 256):
        rows = pixels[top : top + 256]
        if kind == "grey":
            rows[:] = rows[..., :1] + 0.1 * noise((*rows.shape[:2], 1), np.float32)
        elif kind == "camera":
            rows += noise(rng, rows.shape)
        elif kind == "stripes":
            rows += rng.normal(0, 0.04, (len(rows), 1, 1)).astype(np.float32)
        elif kind == "faded":
            rows[:] = rows * (0.35, 0.25, 0.2) + (0.4, 0.35, 0.25)
        else:
            rows += 0.1 * noise(rows.shape, np.float32)
        np.clip(rows, 0, 1, out=rows)
    path = folder / f"{kind}-{megapixels:g}-{bits}.png"
    icc = _profile() if kind == "profile" else None
    write_picture(Picture(pixels, grey=kind == "grey", bits=bits, icc=icc), path, force=True)
    return path


def _profile() -> bytes | None:
    """That of Adobe RGB."""
    from restorer.imaging.chromaticities import profile

    return profile(563 / 256, corners=(0.64, 0.33, 0.21, 0.71, 0.15, 0.06))


def made_apart(folder: Path, megapixels: float, kind: str, bits: int = 8) -> Path:
    """The same, made by a process of its own: what that takes is not this one's."""
    code = "import sys; from pathlib import Path; from benchmarks.memory import noisy_file as f;"
    code += "print(f(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3], int(sys.argv[4])))"
    command = [sys.executable, "-c", code, str(folder), str(megapixels), kind, str(bits)]
    root = Path(__file__).parents[1]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root)
    return Path(told.stdout.strip())


def _camera_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Noise that neighbours share, stronger on the right."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(rng.standard_normal(shape, np.float32), (1.2, 1.2, 0))
    return noise / noise.std() * np.linspace(0.02, 0.08, shape[1], dtype=np.float32)[:, None]


@contextmanager
def quick_network(after: float = 0.0) -> Iterator[None]:
    """What answers at once, or after so many seconds, in the place of the prior."""
    from restorer.engine import pixel_models

    def quick(x_t: Any, sigma: float) -> Any:
        time.sleep(after)
        return x_t * (1 + sigma * sigma) ** 0.5

    loaded = pixel_models.PixelModel(quick, "none")
    with (
        mock.patch.object(pixel_models, "load_trained_prior", return_value=loaded),
        mock.patch.object(pixel_models, "load_conditional", return_value=loaded),
        mock.patch.object(pixel_models, "load_filling", return_value=loaded),
    ):
        yield


@dataclass
class Clock:
    """Processor seconds of the process that passed inside networks, and megapixels they saw."""

    seconds: float = 0.0
    megapixels: float = 0.0


@contextmanager
def network_clock() -> Iterator[Clock]:
    """Counts what is asked of networks meanwhile, tile by tile."""
    from restorer.diffusion.denoiser import ConditionalDenoiser, PriorDenoiser

    clock = Clock()

    def timed(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(denoiser: Any, x_t: Any, sigma: float) -> Any:
            begun = time.process_time()
            answer = ask(denoiser, x_t, sigma)
            clock.seconds += time.process_time() - begun
            clock.megapixels += x_t.shape[-2] * x_t.shape[-1] / 1e6
            return answer

        return asked

    with (
        mock.patch.object(PriorDenoiser, "__call__", timed(PriorDenoiser.__call__)),
        mock.patch.object(ConditionalDenoiser, "__call__", timed(ConditionalDenoiser.__call__)),
    ):
        yield clock


def asked(task: str, path: Path) -> list[str]:
    """What a task must be told of its damage."""
    told = {"deblur": ["--blur", "gaussian:2"], "dejpeg": ["--quality", "30"]}.get(task, [])
    if task == "inpaint":
        from PIL import Image, ImageDraw

        with Image.open(path) as picture:
            mask = Image.new("L", picture.size)
        wide, high = mask.size
        for place in range(8):  # scratches from edge to edge
            ends = (wide * place // 8, 0, wide * (place + 1) // 8, high)
            ImageDraw.Draw(mask).line(ends, 255, 6)
        mask.save(path.with_suffix(".mask.png"))
        told = ["--mask", str(path.with_suffix(".mask.png"))]
    return ["--task", task, *told]


def by_command(path: Path, out: Path, options: list[str]) -> dict[str, float]:
    """`restorer restore` of one file."""
    from restorer.cli import main

    begun = time.perf_counter()
    code = main(["restore", str(path), "-o", str(out), "--force", *options])
    assert code == 0, f"restorer restore ended with {code}"
    return {"seconds": time.perf_counter() - begun}


def by_window(path: Path, out: Path, stops: int, steps: int | None) -> dict[str, float]:
    """Reading, measuring, a run, a look at it and saving, in the threads of the window."""
    from PySide6.QtCore import QCoreApplication

    from restorer.document import work
    from restorer.engine.plan import plan
    from restorer.engine.run import Run
    from restorer.engine.views import CLEAN, NOISE, NOISY
    from restorer.errors import RestorerError
    from restorer.imaging.formats import SaveOptions
    from restorer.jobs import Jobs, Message, MessageKind

    app = QCoreApplication.instance() or QCoreApplication([])
    jobs = Jobs()
    told: list[tuple[Message, float]] = []
    jobs.message.connect(lambda message: told.append((message, time.perf_counter())))

    def until(number: int, *kinds: MessageKind) -> float:
        while True:
            app.processEvents()
            if run is not None:
                run.partials.take()  # as the canvas does
            for message, moment in told:
                if message.number == number and message.kind is MessageKind.FAILED:
                    assert message.error is not None
                    raise message.error
                if message.number == number and message.kind in kinds:
                    return moment
            time.sleep(0.001)

    def done(background: Background, work: Callable[[], Any]) -> Any:
        answers: list[Any] = []
        job = background.run(work, answers.append, answers.append)
        while job.running:
            app.processEvents()
            time.sleep(0.001)
        if isinstance(answers[0], RestorerError):
            raise answers[0]
        return answers[0]

    run: Run | None = None
    begun = time.perf_counter()
    picture = done(jobs.files, partial(work.read, path)).picture
    found = done(jobs.files, partial(work.measure, picture))
    asked = {} if steps is None else {"steps": steps}
    task = plan(found, picture.size, **asked)
    started = time.perf_counter()
    run = jobs.restore(task, Inputs(picture))
    until(run.number, MessageKind.FINISHED)
    took = time.perf_counter() - started
    for view in (CLEAN, NOISY, NOISE):
        done(jobs.views, partial(view.render, run, 0, lambda: None))
    assert run.trajectory.result is not None
    kept = picture.resized_to(run.trajectory.result)
    done(jobs.files, partial(work.write, kept, run, out, True, SaveOptions()))
    seconds = time.perf_counter() - begun
    del kept
    slowest = computed = 0.0
    for stop in range(stops):
        run = jobs.restore(task, Inputs(picture))
        until(run.number, MessageKind.STARTED)
        threading.Event().wait(took * (stop + 0.5) / stops)
        pressed, before = time.perf_counter(), time.process_time()
        jobs.cancel(run)
        slowest = max(
            slowest, until(run.number, MessageKind.STOPPED, MessageKind.FINISHED) - pressed
        )
        computed = max(computed, time.process_time() - before)
    jobs.shutdown()
    return {"seconds": seconds, "stop": slowest, "computed": computed}


def child(arguments: argparse.Namespace) -> None:
    """One measurement, told as JSON on the last line."""
    path, out = arguments.child, arguments.child.with_suffix(".out.png")
    options = [] if arguments.steps is None else ["--steps", str(arguments.steps)]
    network = nullcontext() if arguments.prior else quick_network()
    before = time.process_time()
    with network, network_clock() as clock:
        if arguments.way == ["cli"]:
            told = by_command(path, out, [*options, *asked(arguments.task, path)])
        else:
            told = by_window(path, out, arguments.stops, arguments.steps)
    out.unlink()
    told |= {"cpu": time.process_time() - before, "network": clock.seconds}
    print(json.dumps(told | {"seen": clock.megapixels, "peak": peak()}))


def peak() -> float:
    """Most memory this process has held, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what Linux says of resources begins with what the parent held
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1.024e-3
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def measured(path: Path, way: str, rest: list[str]) -> dict[str, float]:
    """What a process of its own tells."""
    command = [sys.executable, __file__, "--child", str(path), "--way", way, *rest]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="+", default=[6, 12])
    parser.add_argument("--way", nargs="+", choices=("cli", "window"), default=["cli", "window"])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=["noise"])
    parser.add_argument("--bits", type=int, nargs="+", choices=(8, 16), default=[8])
    parser.add_argument("--task", default="denoise", help="with --way cli")
    parser.add_argument("--stops", type=int, default=6)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--prior", action="store_true", help="the real network, not a quick one")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        child(arguments)
        return
    rest = ["--stops", str(arguments.stops), "--task", arguments.task]
    rest += [] if arguments.steps is None else ["--steps", str(arguments.steps)]
    rest += ["--prior"] if arguments.prior else []
    print(
        "kind    way     bits  megapixels  seconds    CPU s  in network  seen MP  peak MB  "
        "Stop to stopped, s (of it computing)"
    )
    with tempfile.TemporaryDirectory() as folder:
        for kind, bits in product(arguments.kind, arguments.bits):
            for megapixels in arguments.megapixels:
                path = noisy_file(Path(folder), megapixels, kind, bits)
                for way in arguments.way:
                    told = measured(path, way, rest)
                    stop = "{stop:.2f} ({computed:.2f})".format(**told) if "stop" in told else "-"
                    print(
                        f"{kind:7} {way:7} {bits:4} {megapixels:11g} {told['seconds']:8.1f} "
                        f"{told['cpu']:8.1f} {told['network'] / told['cpu']:11.0%} "
                        f"{told['seen']:8.1f} {told['peak']:8.0f}  {stop}"
                    )
                path.unlink()


if __name__ == "__main__":
    main()

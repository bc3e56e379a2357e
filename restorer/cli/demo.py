"""`restorer demo`: the main job on a bundled picture, with all files written."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from itertools import chain, count
from pathlib import Path

from restorer.cli.checks import check_output
from restorer.cli.restore import restore
from restorer.degradation.estimate import estimate
from restorer.diffusion.metrics import psnr
from restorer.engine.engine import Engine
from restorer.engine.export import run_sheet
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan
from restorer.engine.samples import list_samples
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.words import tr

_NAMES = ("original", "noisy", "restored", "sheet")


def run(arguments: Namespace) -> int:
    """Restore the first sample that has a clean twin; open the window if there is a screen."""
    folder = arguments.out or _new_folder()
    original_file, noisy_file, restored_file, sheet_file = _outputs(folder, arguments.force)
    sample = next(sample for sample in list_samples() if sample.clean is not None)
    assert sample.clean is not None
    original, noisy = read_picture(sample.clean), read_picture(sample.path)
    print(f"{sample.title} ({sample.credit}; {sample.licence})")

    found = estimate(noisy.pixels)
    task = plan(found, noisy.size)
    print(
        tr(
            "noise {noise:.1f} of 255, so it stands at t* = {t:.1f}",
            noise=found.noise,
            t=task.start or 0,
        )
    )
    outcome = restore(task, Inputs(noisy), Engine(precision=arguments.precision), arguments.device)
    before = psnr(noisy.pixels, original.pixels)
    after = psnr(outcome.picture.pixels, original.pixels)
    nfe = len(outcome.trajectory)
    print(
        tr("PSNR {before:.2f} dB before, {after:.2f} dB after", before=before, after=after), end=" "
    )
    print(tr("({n} evaluations in {seconds:.1f} s)", n=nfe, seconds=outcome.seconds))

    write_picture(original, original_file, force=arguments.force)
    write_picture(noisy, noisy_file, force=arguments.force)
    write_picture(outcome.picture, restored_file, force=arguments.force)
    sheet = Picture(run_sheet(outcome.trajectory, noisy))
    write_picture(sheet, sheet_file, force=arguments.force)
    print(
        tr(
            "written to {folder}: {files}",
            folder=folder,
            files=", ".join(f"{name}.png" for name in _NAMES),
        )
    )

    if not arguments.no_window and has_display():
        from restorer.ui.app import run as run_window

        return run_window([noisy_file], arguments.precision)
    return 0


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _outputs(folder: Path, force: bool) -> list[Path]:
    """The paths of the four pictures; raises before any work if they cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            "“{folder}” cannot be used as a folder.", str(error), folder=folder
        ) from error
    paths = [folder / f"{name}.png" for name in _NAMES]
    for path in paths:
        check_output(path, force)
    return paths


def _new_folder() -> Path:
    """The folder restorer-demo here, with the first free number if that exists."""
    names = chain(["restorer-demo"], (f"restorer-demo-{n}" for n in count(2)))
    return next(path for path in map(Path, names) if not path.exists())

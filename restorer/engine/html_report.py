"""A run as one self-contained page of HTML: no network, no script from elsewhere.

Before and after lie over one another with a slider between them; below are the numbers, the steps
and the record.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

import numpy as np
from PIL import Image

from restorer import __version__, words
from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.models import find_model
from restorer.engine.plan import noise_of
from restorer.engine.record import without_words
from restorer.engine.step_progress import OnPart, untold
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import FrameInfo, Quantity, Trajectory
from restorer.errors import RestorerError
from restorer.imaging.atomic import atomic_file, check_target
from restorer.imaging.colour import in_srgb
from restorer.imaging.geometry import repeated, thumbnail
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.raster import to_integers
from restorer.resources import resource_path
from restorer.words import tr

_LARGE, _STEP = 1400, 320  # longest sides, pixels


@dataclass(frozen=True, eq=False)
class ReportContent:
    """What a report is about.

    Attributes:
        title: of the picture.
        picture: as it came.
        trajectory: of the run, with a result.
        place: device and precision.
        checked: what a check of the result says; may be empty.
        prompts: whether the words stay in the record.
    """

    title: str
    picture: Picture
    trajectory: Trajectory
    place: str = ""
    checked: str = ""
    prompts: bool = True


def write_report(
    told: ReportContent, path: Path, *, force: bool = False, told_of: OnPart = untold
) -> None:
    """Write the page, whole or not at all.

    Raises:
        BadInput: `path` exists without `force`, or cannot be written.
        RestorerError: the disk is full or failed.
    """
    check_target(path, force=force)
    page = report_page(told, told_of)
    with atomic_file(path, force=force) as file:
        file.write(page.encode())


def report_page(told: ReportContent, told_of: OnPart = untold) -> str:
    """The page; `told_of` is told of every step."""
    result = told.trajectory.result
    assert result is not None
    before = repeated(told.picture.pixels, told.trajectory.task.damage.growth)
    task = told.trajectory.task
    name, icc = html.escape(told.title), told.picture.icc
    values = {
        "title": name,
        "before": _data(in_srgb(thumbnail(before, _LARGE), icc)),
        "after": _data(in_srgb(thumbnail(result, _LARGE), icc)),
        "numbers": "".join(_row(*pair) for pair in _numbers(told)),
        "steps": "".join(_steps(told.trajectory, icc, told_of)),
        "record": html.escape(_record(told)),
        "caution": html.escape(TASKS[task.damage.kind].words.translated.caution),
        "version": __version__,
        "language": words.language(),
    }
    template = resource_path("style", "report.html").read_text(encoding="utf-8")
    spoken = re.sub(r"\[\[(.+?)\]\]", lambda text: html.escape(tr(text[1])), template)
    return Template(spoken).substitute(values)


def _numbers(told: ReportContent) -> list[tuple[str, str]]:
    task, infos = told.trajectory.task, told.trajectory.infos
    start = infos[0]
    width, height = told.picture.size
    rows = [
        (
            tr("Picture"),
            tr(
                "{width} × {height}, {bits} bit", width=width, height=height, bits=told.picture.bits
            ),
        ),
        (tr("Done"), TASKS[task.damage.kind].words.translated.step),
        (
            tr("Began at"),
            tr(
                "t {t:.1f}, sigma {sigma:.3f}, {start}",
                t=start.t,
                sigma=start.sigma,
                start=_snr(start),
            ),
        ),
        (
            tr("Steps"),
            tr(
                "{n} of {steps} in {seconds:.1f} s",
                n=len(infos),
                steps=start.steps,
                seconds=infos[-1].seconds,
            ),
        ),
        (tr("On"), told.place),
        (tr("Sampler"), _sampler(task)),
        (tr("Model"), _model(task.model)),
        (tr("Check"), told.checked),
    ]
    if task.damage.is_noise:
        noise = tr("{noise:.1f} of 255", noise=noise_of(task))
        rows.insert(2, (tr("Noise in the picture"), noise))
    return [(name, value) for name, value in rows if value]


def _sampler(task: RestorationTask) -> str:
    return tr("posterior mean") if task.faithfulness == 1 else tr(SAMPLERS[task.sampler].title)


def _model(name: str) -> str:
    """The title of the model, or its name if it was removed."""
    with suppress(RestorerError):
        return tr(find_model(name).title)
    return name


def _snr(info: FrameInfo) -> str:
    return tr("SNR {snr:.1f} dB", snr=-20 * np.log10(max(info.sigma, 1e-09)))


def _row(name: str, value: str) -> str:
    return f"<tr><th scope=row>{html.escape(name)}</th><td>{html.escape(value.strip())}</td></tr>"


def _steps(trajectory: Trajectory, icc: bytes | None, told_of: OnPart) -> list[str]:
    """x_t and x0 of each step, small."""
    shown = []
    for info in trajectory.infos:
        told_of(info.index, len(trajectory))
        pair = [
            (kind, _data(in_srgb(_small(trajectory, info, quantity), icc)))
            for kind, quantity in (("x_t", Quantity.X_T), ("x_0", Quantity.X0))
        ]
        name = tr(
            "Step {index}, t {t:.0f}, sigma {sigma:.2f}",
            index=info.index + 1,
            t=info.t,
            sigma=info.sigma,
        )
        images = "".join(f'<img alt="{name}: {kind}" src="{data}">' for kind, data in pair)
        preview = f" ({tr('preview')})" * info.preview
        shown.append(f"<figure>{images}<figcaption>{name}{preview}</figcaption></figure>")
    return shown


def _small(trajectory: Trajectory, info: FrameInfo, quantity: Quantity) -> Pixels:
    return thumbnail(trajectory.view(info.index, quantity), _STEP)


def _record(told: ReportContent) -> str:
    task = told.trajectory.task
    shown = asdict(task if told.prompts else without_words(task))
    return json.dumps({"restorer": __version__, "device": told.place, "task": shown}, indent=2)


def _data(pixels: Pixels) -> str:
    """A picture as a data URI in WebP."""
    file = io.BytesIO()
    Image.fromarray(to_integers(pixels, 8)).save(file, "WEBP", quality=90, method=4)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"

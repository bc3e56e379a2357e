"""Options of `restorer restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from restorer.cli.options.common import (
    add_animations,
    add_device,
    add_infrared,
    add_input,
    add_json,
    add_output,
    add_precision,
    add_seed,
    add_sign,
)
from restorer.cli.options.values import (
    GrainAction,
    auto_or_number,
    exactly,
    finite,
    grain,
    mask_file,
)
from restorer.diffusion.samplers import DEFAULT_SAMPLER, SAMPLERS
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.imaging.formats import SaveOptions
from restorer.words import tr


def add_restore(parser: argparse.ArgumentParser) -> None:
    """All options, in groups as --help shows them."""
    add_input(parser)
    add_output(parser)
    _work(parser)
    _side_outputs(parser)
    add_device(parser)
    add_precision(parser)
    add_json(parser)


def add_job(parser: argparse.ArgumentParser) -> None:
    """The task, for commands that write something other than the result."""
    _work(parser)
    add_device(parser)
    add_precision(parser)
    parser.set_defaults(frames=None, sheet=None, spread=None, residual=None, no_record=False)


def _work(parser: argparse.ArgumentParser) -> None:
    _what(parser)
    _kept(parser)
    _how(parser)
    _how_much(parser)
    _toward(parser)
    _prompts(parser)


def _what(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to undo")
    group.add_argument(
        "--task",
        choices=("auto", *TASKS),
        default=DEFAULT_TASK,
        help="what to undo (default: denoise); auto looks for damage and undoes all it is sure of",
    )
    group.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="do what this file asks for (TOML or JSON), instead of options",
    )
    group.add_argument(
        "--skip",
        action="append",
        choices=tuple(TASKS),
        default=[],
        help="auto: leave this step out; may be given several times",
    )
    group.add_argument(
        "--also",
        action="append",
        choices=tuple(
            name for name, kind in TASKS.items() if kind.proposing and kind.proposing.of_old_photos
        ),
        default=[],
        help="auto: do this step though nothing is sure; may be given several times",
    )
    group.add_argument(
        "--mask",
        type=mask_file,
        metavar="FILE|auto",
        help="inpaint: white where to fill, blended where grey; or auto: scratches and dust",
    )
    group.add_argument(
        "--sensitivity", type=finite, metavar="S", help="--mask auto: 0..1 (default: 0.5)"
    )
    add_infrared(group)
    group.add_argument(
        "--scale",
        type=int,
        choices=(2, 3, 4),
        default=2,
        help="upscale: how many times as wide and high (default: 2)",
    )
    group.add_argument(
        "--filter",
        choices=("bicubic", "box"),
        default="bicubic",
        help="upscale: how it was made smaller (default: bicubic)",
    )
    group.add_argument(
        "--blur", metavar="KIND:N|FILE", help="deblur: gaussian:2.0, motion:15,30, disc:3 or a file"
    )
    _numbers(group)
    _file(group)
    _level(group)


def _level(group: argparse._ArgumentGroup) -> None:
    """How much noise there is."""
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--noise",
        type=auto_or_number,
        help="how strong the noise is, on a scale to 255, or auto (default)",
    )
    where.add_argument("--start", type=float, metavar="T", help="where to start, t in 0..999")
    where.add_argument(
        "--camera", action="store_true", help="preset for photographs as cameras save them"
    )


def _kept(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is kept of the picture, before anything else")
    group.add_argument(
        "--corners",
        type=exactly(8),
        default=(),
        metavar="X,Y,...",
        help="the four corners of a photographed print: upper left, upper right, lower right and "
        "lower left, x and y of each in pixels; it is made square",
    )
    group.add_argument(
        "--rotate",
        type=finite,
        default=0.0,
        metavar="DEGREES",
        help="turn clockwise: 90, 180 and 270 keep every bit, others cut off the empty corners",
    )
    group.add_argument(
        "--crop",
        type=exactly(4),
        default=(),
        metavar="LEFT,TOP,RIGHT,BOTTOM",
        help="keep this of the turned picture, in its pixels",
    )


def _file(group: argparse._ArgumentGroup) -> None:
    """Options about files."""
    group.add_argument(
        "--quality",
        type=int,
        metavar="Q",
        help="of the saved file, 1-100 (default: 95, or that of the picture if higher); dejpeg: "
        "of the JPEG it undoes, if not known",
    )
    group.add_argument(
        "--bits",
        type=int,
        choices=(8, 12, 16, 32),
        help="bits a channel of the saved file (default: those of the picture)",
    )
    add_animations(group)
    group.add_argument(
        "--pages", action="store_true", help="restore every page of a TIFF, into one TIFF"
    )


def _numbers(group: argparse._ArgumentGroup) -> None:
    """Options of only one kind of task."""
    for kind in TASKS.values():
        for number in kind.numbers:
            about = tr(
                "{name}: {hint}, {least:g}..{most:g} (default: {usual:g})",
                **{**number._asdict(), "name": kind.name, "hint": tr(number.hint)},
            ).replace("%", "%%")
            group.add_argument(f"--{number.name}", type=finite, metavar="N", help=about)


def _how(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how")
    group.add_argument(
        "--model",
        default="builtin",
        metavar="NAME|DIR",
        help="the network (default: builtin); restorer models lists them",
    )
    group.add_argument(
        "--method",
        choices=("auto", "conditional", "ddnm", "diffpir", "dps", "repaint"),
        default="auto",
        help="how damage other than noise is undone (default: auto)",
    )
    group.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="network evaluations (default: as many as the repair needs, 1 to 24)",
    )
    group.add_argument(
        "--sampler",
        choices=tuple(SAMPLERS),
        default=DEFAULT_SAMPLER,
        help="the way from step to step (default: dpmpp)",
    )
    takers = ", ".join(name for name, sampler in SAMPLERS.items() if sampler.eta is not None)
    about = tr("{names}: noise put back, 0 to 1 (default: 0)", names=takers)
    group.add_argument("--eta", type=float, metavar="E", help=about)
    add_seed(group)
    group.add_argument(
        "--faithfulness",
        type=float,
        default=1.0,
        metavar="F",
        help="1 least error (default), 0 crisp: what the sampler makes; ddpm draws by chance",
    )


def _how_much(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how much, and where")
    group.add_argument(
        "--amount", type=float, default=1.0, metavar="A", help="of the change: 1 all (default)"
    )
    group.add_argument(
        "--strength",
        type=Path,
        metavar="FILE",
        help="where to restore how strongly: white fully, black not at all",
    )
    group.add_argument(
        "--grain",
        type=grain,
        action=GrainAction,
        default=0.0,
        metavar="G|even[:G]",
        help="grain: keep this much of the noise's brightness, 0 none (default) to 1; even, or "
        "even:0.5, puts new grain of its size and strength back, the same all over",
    )
    parser.set_defaults(even_grain=False)


def _toward(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("pushing towards something")
    group.add_argument(
        "--toward",
        default="",
        metavar="LABEL",
        help="push the result towards what a classifier knows, or words that CLIP understands",
    )
    group.add_argument(
        "--classifier",
        default="photo-or-painting",
        metavar="NAME|DIR",
        help="the model that knows the label; CLIP for any words",
    )
    group.add_argument("--push", type=float, default=1.0, metavar="P", help="how hard (default: 1)")


def _prompts(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("models with prompts (Stable Diffusion and its kind)")
    group.add_argument("--prompt", metavar="TEXT", help="what the picture shows")
    group.add_argument("--negative", metavar="TEXT", help="what it must not show")
    group.add_argument(
        "--guidance", type=finite, metavar="G", help="how strongly the prompt guides (default: 7.5)"
    )
    group.add_argument(
        "--control",
        metavar="tile|canny|FILE",
        help="guide by the picture itself, its edges, or another picture (a pose, a depth map)",
    )
    group.add_argument(
        "--control-scale", type=finite, metavar="C", help="how strongly it guides (default: 1)"
    )
    group.add_argument(
        "--controlnet", metavar="NAME|DIR", help="the ControlNet (default: the model's own)"
    )
    group.add_argument(
        "--private", action="store_true", help="leave the prompts out of the file's record"
    )


def _side_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to write beside the result")
    group.add_argument(
        "--spread",
        type=Path,
        metavar="FILE",
        help="write how far the truth may lie from the result (grey, white is 64 of 255)",
    )
    group.add_argument(
        "--samples",
        type=int,
        metavar="K",
        help="seeds behind the spread (default: 4, for noise a cheaper way)",
    )
    group.add_argument(
        "--residual", type=Path, metavar="FILE", help="write what the result does not explain"
    )
    group.add_argument("--frames", type=Path, metavar="DIR", help="write every step to this folder")
    group.add_argument("--sheet", type=Path, metavar="FILE", help="write the steps as one picture")
    add_sign(group)
    group.add_argument(
        "--no-record",
        action="store_true",
        help="leave out of the file what was done; that a model was used is still recorded",
    )


def take_quality(arguments: argparse.Namespace) -> None:
    """`--quality` is that of the saved file, unless the task undoes compression."""
    undoes = arguments.task in TASKS and "quality" in TASKS[arguments.task].options
    saved = None if undoes else arguments.quality
    arguments.quality = arguments.quality if undoes else None
    arguments.saving = SaveOptions(saved, arguments.bits)

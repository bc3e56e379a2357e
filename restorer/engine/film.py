"""The steps of a run as a film: forward from the result to the original, and back.

Under every picture stand t and sigma, and a dot on the way from noise (left) to clean (right).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from restorer.diffusion.forward.picture import add_noise
from restorer.diffusion.schedule import LINEAR
from restorer.engine.step_progress import OnPart, untold
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.imaging.colour import in_srgb
from restorer.imaging.film import FilmFrame
from restorer.imaging.geometry import repeated, thumbnail
from restorer.imaging.lettering import font as font_of
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.raster import to_integers
from restorer.words import tr

_GROUND, _TEXT, _LINE, _DOT = (0x20,) * 3, (0xD8,) * 3, (0x60,) * 3, (0xE0, 0xA4, 0x58)
_FORWARD = 16  # pictures of the way there
_HOLD = 1.0  # seconds of the clean picture, and of the one as it came


@dataclass(frozen=True)
class Pace:
    """The format of a film: longest side in pixels, and duration in seconds."""

    size: int = 480
    seconds: float = 6.0


def film_of(
    trajectory: Trajectory, picture: Picture, pace: Pace, told: OnPart = untold
) -> list[FilmFrame]:
    """Forward, then reverse.

    Forward, the clean result meets the noise that was taken from the picture, or where none was
    taken fresh noise: so it ends at the picture as it came. A model with prompts goes back only.

    Args:
        trajectory: of a run that has left a result.
        picture: what it began with.
        pace: size and seconds.
        told: of every picture.
    """
    shots = [*_forward(trajectory, picture), *_reverse(trajectory)]
    held = {0, len(shots) - 1, sum(shot.forward for shot in shots)}
    moving = max(1, len(shots) - len(held))
    each = max(0.04, (pace.seconds - _HOLD * len(held)) / moving)
    stills = []
    for number, shot in enumerate(shots):
        told(number, len(shots))
        small = in_srgb(thumbnail(shot.pixels(), pace.size), picture.icc)
        stills.append(FilmFrame(_captioned(small, shot), _HOLD if number in held else each))
    return stills


@dataclass(frozen=True, eq=False)
class _Shot:
    """One picture of the film, made when it is needed, to save memory."""

    trajectory: Trajectory
    picture: Picture
    words: str
    t: float
    start: float
    index: int = -1  # of the step; -1 for the result
    forward: bool = False

    def pixels(self) -> Pixels:
        """(H, W, 3) in 0..1."""
        result = self.trajectory.result
        assert result is not None
        if self.forward:
            return _dissolved(self.trajectory, self.picture, result, self.t)
        return result if self.index < 0 else self.trajectory.view(self.index, Quantity.X_T)


def _forward(trajectory: Trajectory, picture: Picture) -> Iterator[_Shot]:
    first = trajectory.infos[0]
    if any(info.preview for info in trajectory.infos):
        return
    sigmas = np.geomspace(float(LINEAR.sigmas[0]), max(first.sigma, 0.02), _FORWARD)
    for sigma in sigmas[:-1]:
        t = float(LINEAR.t_from_sigma(sigma))
        words = f"{tr('forward')}   {_place(t, sigma)}"
        yield _Shot(trajectory, picture, words, t, first.t, forward=True)


def _reverse(trajectory: Trajectory) -> Iterator[_Shot]:
    infos = trajectory.infos
    start = infos[0].t
    empty = Picture(np.zeros((1, 1, 3), np.float32))
    for info in infos:
        where = tr("as it came")
        if info.index:
            where = tr("step {step} of {steps}", step=info.index + 1, steps=info.steps)
        words = f"{tr('reverse')}   {where}   {_place(info.t, info.sigma)}"
        yield _Shot(trajectory, empty, words, info.t, start, info.index)
    yield _Shot(trajectory, empty, f"{tr('restored')}   t 0   {tr('clean')}", 0.0, start)


def _place(t: float, sigma: float) -> str:
    return f"t {t:.0f}   σ {sigma:.2f}"


def _dissolved(trajectory: Trajectory, picture: Picture, result: Pixels, t: float) -> Pixels:
    """The result under the noise of t, for display."""
    task = trajectory.task
    x_0 = 2 * result - 1
    sigma = trajectory.infos[0].sigma
    if task.damage.is_noise and sigma > 0:
        eps = (2 * repeated(picture.pixels, task.damage.growth) - 1 - x_0) / np.float32(sigma)
    else:
        eps = np.random.default_rng(0).standard_normal(result.shape, np.float32)
    return np.clip(add_noise(x_0, eps, float(LINEAR.alpha_bar(t))) / 2 + np.float32(0.5), 0, 1)


def _captioned(pixels: Pixels, shot: _Shot) -> np.ndarray:
    """The picture over a strip with its caption and its place on the axis."""
    picture = Image.fromarray(to_integers(pixels, 8))
    width = max(picture.width, 320)  # of the longest words
    font = font_of(12)
    canvas = Image.new("RGB", (width, picture.height + 44), _GROUND)
    canvas.paste(picture, ((width - picture.width) // 2, 0))
    draw = ImageDraw.Draw(canvas)
    draw.text((12, picture.height + 6), shot.words, _TEXT, font)
    left, right, y = 12, width - 12, picture.height + 34
    draw.line((left, y, right, y), _LINE, 2)
    x = right - (right - left) * min(1.0, shot.t / max(shot.start, 1e-6))
    draw.ellipse((x - 5, y - 5, x + 5, y + 5), _DOT)
    return np.asarray(canvas)

"""Measures the blur of a picture from its spectrum and its edges.

A blur takes its own share from every frequency, a Gaussian ever more of the finer ones, a lens out
of focus (a disc) whole rings of them, and it makes edges wide. But subjects are soft of their own,
and noise and JPEG hide what is fine, so a small network weighs it all and says how likely each
blur is, and none, and how much noise came after it. `restorer.training.blur` makes the network;
its folder in `resources/models` says how good it is. No torch: it is small enough for numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from restorer.degradation.bars import between_bars
from restorer.degradation.motion import Motion
from restorer.degradation.numpy_network import Weights, bundled_weights, linear
from restorer.degradation.patches import corners, window
from restorer.imaging.bands import raise_if_stopped

#: The blurs between which the network decides: deviations of Gaussians and radii of discs, pixels.
GAUSSIANS = np.geomspace(0.9, 4.5, 11)
DISCS = np.geomspace(1.6, 6.0, 9)
#: How likely a blur must be to count at all: of 87 clean pictures none was by 0.01, but pictures
#: that a camera took as sharp as it can, at full size and without noise, are by up to 0.71 (CC15).
_LIKELY = 0.85
#: How likely it must be to be told as one that may be there: of 16 tiles blurred by 1.5 with noise
#: of 1.5 in a JPEG of quality 93, 8 are sure and 7 more are by this; of 16 without, none by 0.25.
_PERHAPS = 0.6
#: Bars are sharp if the first line beside them differs by so much of what this one does.
_AT_ONCE, _DEEP = 0.65, 5
#: A wider Gaussian is not told from a subject without detail: soft drawings read as 4 and more.
_WIDEST = 3.6
#: Widths are never surer than this: of the surest quarter of discs that were held out the root of
#: the mean square of what they are off by is 0.02, and the doubt of the others is as right.
_LEAST_DOUBT = 0.02
#: What it counts for as doubt about the width that the shape may be the other one.
_OTHER_SHAPE = 0.15

#: Side of the squares of which the spectrum is taken, and how many at most, spread evenly.
_SIDE, _STEP, _SQUARES = 64, 16, 144
#: Rings of frequencies that hold the structure of a square, to tell the busy squares by.
_STRUCTURE = slice(2, 9)
#: Rings of colour that are shown.
_OF_COLOUR = [1, 3, 5, 8, 11, 14, 17, 20, 23, 26, 29, 30]
#: Edges are looked at in one part of a picture, of this side, where neighbours differ most: behind
#: two widths of the derivative, and with more than so steep a rise (0-255 scale a pixel).
_PART, _ROWS, _EDGES = 224, 8, ((0.8, 4.0), (1.6, 3.0))
#: Of the edges, so many of the steepest, and the quantiles that are shown of them.
_STEEPEST, _QUANTILES, _FEWEST = (0.02, 0.08, 0.3), (0.5, 0.85), 20
#: Features of the edges behind one width.
_OF_EDGES = len(_STEEPEST) * len(_QUANTILES) + 2
#: No feature is farther than so many deviations from what is usual.
_FARTHEST = 6.0

Floats = NDArray[np.float32]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class BlurReading:
    """The most likely blur of a picture.

    Attributes:
        width: standard deviation along one axis, in pixels; of a disc half its radius.
        disc: it looks out of focus; else like a Gaussian.
        doubt: standard deviation of the logarithm of the width.
        chance: that there is a blur at all, 0..1.
        noise: white noise that came after it, before a JPEG took some of it (0-255 scale).
        motion: what moved it, if that is what blurred it.
    """

    width: float
    disc: bool = False
    doubt: float = 0.0
    chance: float = 1.0
    noise: float = 0.0
    motion: Motion | None = None

    @property
    def sure(self) -> bool:
        """It is likely enough to be undone by default."""
        return self.chance >= _LIKELY

    @classmethod
    def of(cls, motion: Motion) -> BlurReading:
        """That of a motion; as wide as its line is in the mean of all directions.

        How much noise came after it, it does not tell: any may have.
        """
        return cls(motion.length / math.sqrt(24), noise=math.inf, motion=motion)


def read_blur(pixels: Floats) -> BlurReading | None:
    """Measure (H, W, 3) pixels in 0..1, any size.

    Returns:
        None where no blur may be, there are too few edges to tell it from, or bars are sharp.
    """
    if min(pixels.shape[:2]) < _SIDE:
        return None
    raise_if_stopped()
    part = between_bars(pixels, _SIDE)
    if _framed_after(pixels, part):
        return None
    reading = read_any_blur(pixels[part])
    told = reading is not None and reading.chance >= _PERHAPS and reading.width <= _WIDEST
    return reading if told else None


def read_any_blur(pixels: Floats) -> BlurReading | None:
    """The most likely blur of (H, W, 3) pixels in 0..1, no side below 64, however unlikely it is.

    Returns:
        None where there are too few edges to tell it from.
    """
    seen = features(pixels)
    if not seen[-_OF_EDGES:].any():
        return None
    return likeliest_blur(*predict(seen, bundled_weights("blur")))


def _framed_after(pixels: Floats, part: tuple[slice, slice]) -> bool:
    """Whether bars around the part have sharp edges, which rules out a blur over both."""
    for axis, side in enumerate(part):
        lines = pixels[:, part[1]] if axis == 0 else pixels[part[0]].swapaxes(0, 1)
        for bar, inwards in ((side.start - 1, 1), (side.stop, -1)):
            if 0 <= bar < len(lines):
                first, deep = (
                    float(np.abs(lines[bar + k * inwards] - lines[bar]).mean()) for k in (1, _DEEP)
                )
                if first > _AT_ONCE * deep:
                    return True
    return False


def predict(seen: Floats, weights: Weights) -> tuple[Array, float]:
    """Probabilities of no blur, each Gaussian and each disc; and the noise (0-255 scale)."""
    x = np.clip((seen - weights["usual"]) / weights["spread"], -_FARTHEST, _FARTHEST)
    x = np.maximum(linear(x, weights, "seen"), 0)
    x = linear(np.maximum(linear(x, weights, "hidden"), 0), weights, "blurs")
    chances = np.exp(x[:-1].astype(np.float64) - x[:-1].max())
    return chances / chances.sum(), float(np.exp(x[-1]))


def likeliest_blur(chances: Array, noise: float) -> BlurReading:
    """The likelier shape, and the geometric mean of its widths."""
    shapes = chances[1 : 1 + len(GAUSSIANS)], chances[1 + len(GAUSSIANS) :]
    disc = bool(shapes[1].sum() > shapes[0].sum())
    widths = np.log(DISCS / 2 if disc else GAUSSIANS)
    likely = float(shapes[disc].sum())
    shares = shapes[disc] / max(likely, 1e-12)
    mean, step = float(shares @ widths), float(widths[1] - widths[0])
    # a width between two of those it decides between is shared by both, and that is no doubt
    past = (mean - float(widths[0])) / step % 1
    spread = float(shares @ np.square(widths - mean)) - step**2 * past * (1 - past)
    other = 1 - likely / max(float(chances[1:].sum()), 1e-12)
    doubt = float(np.sqrt(max(spread, _LEAST_DOUBT**2) + _OTHER_SHAPE**2 * other))
    return BlurReading(float(np.exp(mean)), disc, doubt, float(1 - chances[0]), noise)


def features(pixels: Floats) -> Floats:
    """(F,): the network's features of (H, W, 3) pixels in 0..1, no side below 64."""
    parts = [*_spectra(pixels), *_edges(_busiest(pixels))]
    return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])


def _spectra(pixels: Floats) -> list[NDArray[Any]]:
    """Logarithms of power over rings of frequencies, 0-255 scale.

    Of brightness in the mean, in busy squares and in the middle one; how steeply it falls in busy
    squares; the least of each frequency, which is noise; and of one colour.
    """
    places = corners(pixels.shape, _SIDE, _STEP, _SQUARES)
    squares = np.stack([pixels[top : top + _SIDE, left : left + _SIDE] for top, left in places])
    raise_if_stopped()
    power = _rings(squares.mean(axis=3))
    raise_if_stopped()
    colour = _rings(squares[..., 1] - np.float32(0.5) * (squares[..., 0] + squares[..., 2]))
    structure, logs = power[:, _STRUCTURE].mean(axis=1), np.log(power)
    busy = np.argsort(-structure, kind="stable")
    busiest, busier = busy[: max(1, len(busy) // 4)], busy[: max(1, len(busy) // 2)]
    falls = logs[busier] - np.log(structure[busier])[:, None]
    return [
        np.log(power.mean(axis=0)),
        np.log(power[busiest].mean(axis=0)),
        np.median(logs, axis=0),
        np.quantile(falls, (0.15, 0.85, 1.0), axis=0),
        logs.min(axis=0),
        np.log(colour.mean(axis=0))[_OF_COLOUR],
    ]


def _rings(squares: Floats) -> Floats:
    """(N, 31) mean power of (N, 64, 64) values, from the coarsest ring to the finest."""
    away = squares - squares.mean(axis=(1, 2), keepdims=True)
    spectrum = scipy.fft.rfft2(away * window(_SIDE).astype(np.float32), axes=(1, 2))
    power = np.square(np.abs(spectrum)).reshape(len(squares), -1)
    rings: Floats = power @ _RINGS + np.float32(1e-3)
    return rings


def _members() -> Floats:
    """(frequencies, 31): the mean over the frequencies of a ring."""
    line = np.fft.fftfreq(_SIDE) * _SIDE
    radius = np.rint(np.hypot(line[:, None], line[: _SIDE // 2 + 1])).ravel()
    member = radius[:, None] == np.arange(1, _SIDE // 2)
    shares: Floats = (member / member.sum(axis=0)).astype(np.float32)
    return shares


_RINGS = _members()


def _busiest(pixels: Floats) -> Floats:
    """Brightness, 0-255 scale, of the most detailed part."""
    raise_if_stopped()
    height, width = pixels.shape[:2]
    squares = [
        pixels[top : top + _PART, left : left + _PART]
        for top in range(0, max(1, height - _PART + 1), _PART // 2)
        for left in range(0, max(1, width - _PART + 1), _PART // 2)
    ]
    steps = [float(np.square(np.diff(one[::_ROWS, :, 1], axis=1)).mean()) for one in squares]
    brightness: Floats = squares[int(np.argmax(steps))].mean(axis=2) * np.float32(255)
    return brightness


def _edges(grey: Floats) -> list[Floats]:
    """How much edges lose in another blur: wide edges lose less.

    Zhuo & Sim, "Defocus map estimation from a single image", Pattern Recognition 2011.
    """
    return [_losses(grey, own, least) for own, least in _EDGES]


def _losses(grey: Floats, own: float, least: float) -> Floats:
    """(_OF_EDGES,): ratios of gradients of the steepest edges; how steep and how many."""
    raise_if_stopped()
    down, across = _gradient(grey, own)
    once, twice = np.hypot(down, across), np.hypot(*_gradient(grey, 2 * own))
    border = int(4 * own) + 2
    inner = slice(border, -border), slice(border, -border)
    peaks = [(once >= np.roll(once, 1, axis)) & (once > np.roll(once, -1, axis)) for axis in (0, 1)]
    peak = np.where(np.abs(down) > np.abs(across), *peaks) & (once > least)
    once, twice = once[inner][peak[inner]], twice[inner][peak[inner]]
    if len(once) < _FEWEST:
        return np.zeros(_OF_EDGES, np.float32)
    order = np.argsort(-once, kind="stable")
    ratio = np.minimum(once[order] / np.maximum(twice[order], 1e-3), 4)
    counts = [max(10, int(share * len(ratio))) for share in _STEEPEST]
    shown = [np.quantile(ratio[:count], _QUANTILES) for count in counts]
    many = np.log(once[order[0]] + 1), np.log(len(ratio) / grey.size)
    return np.concatenate([*shown, many]).astype(np.float32)


def _gradient(grey: Floats, deviation: float) -> list[Floats]:
    return [gaussian_filter(grey, deviation, order=order) for order in ((1, 0), (0, 1))]

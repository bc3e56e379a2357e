"""One pixel in numbers: its state, forward or in a recorded step, and the residual around it.

Values of pixels are on the scale of the network, -1 (black) to 1 (white), as R, G, B.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from restorer.diffusion.forward.picture import add_noise
from restorer.engine.inputs import Inputs
from restorer.engine.run import Run
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.engine.verdict import sentence

Values = NDArray[np.float64]

#: Side of what is looked at around a pixel, and how far the look for noise sees beyond it.
SIDE, _MARGIN = 64, 8
_WHOLE = 1024  # the same of a whole picture, for what takes a moment
#: Bars of the histogram, and how many deviations it reaches to either side.
_BARS, _REACH = 32, 4.0


@dataclass(frozen=True, eq=False)
class State:
    """x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps for one pixel; the last three are (3,)."""

    abar: float
    x_0: Values
    eps: Values
    x_t: Values


@dataclass(frozen=True, eq=False)
class Update:
    """The way to the next step: x_next = sqrt(abar) x_0 + sqrt(1 - abar) eps + rest.

    Attributes:
        t, abar: of the next step.
        x_next: (3,), as it was recorded.
        rest: (3,), what the sampler did besides: fresh noise, or a correction by former steps.
        mixed: eps is part of it; not where the next look is at the answer itself.
    """

    t: float
    abar: float
    x_next: Values
    rest: Values
    mixed: bool = True


@dataclass(frozen=True, eq=False)
class ResidualReport:
    """The residual around a pixel.

    Attributes:
        std: its standard deviation, 0-255 scale.
        edges: (n + 1,) of the bars of its histogram, 0-255 scale.
        counts: (n,) values in each.
        gaussian: (n,) values that a Gaussian of the same deviation would have there.
        frequencies: (m,) waves a pixel, up to 0.5.
        power: (m,) mean power on each ring of frequencies; 1 everywhere for white noise of `told`.
        sentence: whether it looks like noise.
        told: deviation of the noise that the run was told of, 0-255 scale.
    """

    std: float
    edges: Values
    counts: Values
    gaussian: Values
    frequencies: Values
    power: Values
    sentence: str
    told: float


@dataclass(frozen=True, eq=False)
class Inspection:
    """All that is known of a pixel.

    Attributes:
        state: where it stands.
        update: how it went on from there; None in the forward process and at the last step.
        x_t, x_0: (steps, 3), its path over the recorded steps; no rows where there are none.
        taken: around it; None where no noise was taken off.
    """

    state: State
    update: Update | None
    x_t: Values
    x_0: Values
    residual: ResidualReport | None


def forward_state(value: ArrayLike, eps: ArrayLike, abar: float) -> State:
    """A pixel (3,) in 0..1 under the noise eps (3,)."""
    x_0, noise = 2 * np.asarray(value, np.float64) - 1, np.asarray(eps, np.float64)
    return State(abar, x_0, noise, np.asarray(add_noise(x_0, noise, abar), np.float64))


def inspect_step(run: Run, index: int, x: int, y: int) -> Inspection:
    """Inspect the pixel (x, y) of frame `index` of a run in pixels."""
    frames = run.trajectory
    state = _recorded(frames, index, x, y)
    return Inspection(state, _update(frames, index, x, y, state), *inspect_run(run, x, y))


def inspect_run(run: Run | None, x: int, y: int) -> tuple[Values, Values, ResidualReport | None]:
    """The fields of `Inspection` that do not depend on the step; empty without such a run."""
    if run is None or run.latent is not None:
        return np.empty((0, 3)), np.empty((0, 3)), None
    steps = range(len(run.trajectory))
    x_t, x_0 = (
        np.array([run.trajectory.pixel_at(i, q, x, y) for i in steps]).reshape(-1, 3)
        for q in (Quantity.X_T, Quantity.X0)
    )
    return x_t, x_0, residual_around(run, x, y)


def _recorded(frames: Trajectory, index: int, x: int, y: int) -> State:
    x_0, eps, x_t = (
        frames.pixel_at(index, q, x, y) for q in (Quantity.X0, Quantity.EPS, Quantity.X_T)
    )
    return State(_abar(frames, index), x_0, eps, x_t)


def _abar(frames: Trajectory, index: int) -> float:
    return 1 / (1 + frames.infos[index].sigma ** 2)


def _update(frames: Trajectory, index: int, x: int, y: int, state: State) -> Update | None:
    if index + 1 >= len(frames):
        return None
    then, abar = frames.infos[index + 1], _abar(frames, index + 1)
    x_next = frames.pixel_at(index + 1, Quantity.X_T, x, y)
    eps = 0 * state.eps if then.guess else state.eps
    rest = x_next - add_noise(state.x_0, eps, abar)
    return Update(then.t, abar, x_next, rest, mixed=not then.guess)


def residual_around(run: Run, x: int, y: int, side: int = SIDE) -> ResidualReport | None:
    """The residual of a result around a pixel; None if the task removes no noise.

    Only this part of the picture is looked at, so it takes milliseconds at any size.
    """
    result = run.trajectory.result
    if result is None or run.latent is not None or not run.task.damage.is_noise:
        return None
    from restorer.engine.consistency import check  # scipy, not at start-up

    rows, columns = (
        _around(at, all_, side) for at, all_ in zip((y, x), result.shape, strict=False)
    )
    wide = tuple(
        slice(max(0, part.start - _MARGIN), part.stop + _MARGIN) for part in (rows, columns)
    )
    found = check(run.task, _cut(run.inputs, wide), result[wide])
    inside = (
        slice(part.start - whole.start, part.stop - whole.start)
        for part, whole in zip((rows, columns), wide, strict=True)
    )
    remains = found.remains if side > SIDE else replace(found.remains, part=True)
    words, told = sentence(run.task, remains), found.remains.assumed
    return _measured(255 * found.residual[tuple(inside)], words, told)


def residual_of(run: Run) -> ResidualReport | None:
    """The residual of the whole picture, or of its middle if it is large."""
    if (result := run.trajectory.result) is None:
        return None
    height, width = result.shape[:2]
    return residual_around(run, width // 2, height // 2, _WHOLE)


def _around(at: int, all_: int, side: int) -> slice:
    """`side` pixels with this one in their middle, or as near to it as the border allows."""
    first = max(0, min(at - side // 2, all_ - side))
    return slice(first, min(all_, first + side))


def _cut(inputs: Inputs, where: tuple[slice, ...]) -> Inputs:
    picture, hole, strength = inputs.picture, inputs.hole, inputs.strength
    alpha = None if picture.alpha is None else picture.alpha[where]
    return Inputs(
        replace(picture, pixels=picture.pixels[where], alpha=alpha),
        None if hole is None else hole[where],
        None if strength is None else strength[where],
    )


def _measured(residual: NDArray[np.float32], words: str, told: float) -> ResidualReport:
    """Of (h, w, 3) on the 0-255 scale; without noise that was told of, all is held to itself."""
    values = residual.astype(np.float64)
    std = float(values.std())
    edges = np.linspace(-_REACH, _REACH, _BARS + 1) * max(std, 1e-9)
    counts = np.histogram(values - values.mean(), edges)[0].astype(np.float64)
    middles = (edges[1:] + edges[:-1]) / 2 / max(std, 1e-9)
    density = np.exp(-0.5 * middles**2) / np.sqrt(2 * np.pi)
    gaussian = values.size * density * (2 * _REACH / _BARS)
    return ResidualReport(std, edges, counts, gaussian, *_rings(values, told or std), words, told)


def _rings(values: Values, std: float) -> tuple[Values, Values]:
    """(frequencies, mean power there) of (h, w, 3), scaled so that white noise of `std` has 1."""
    height, width = values.shape[:2]
    values = values - values.mean(axis=(0, 1))
    power = (np.abs(np.fft.fft2(values, axes=(0, 1))) ** 2).mean(axis=2)
    power /= max(height * width * std**2, 1e-12)
    far = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    rings = np.rint(SIDE * far).astype(int).ravel()
    counts = np.bincount(rings)[1 : SIDE // 2 + 1]
    sums = np.bincount(rings, power.ravel())[1 : SIDE // 2 + 1]
    there = counts > 0  # small pictures have fewer
    frequencies = np.arange(1, len(counts) + 1) / SIDE
    return frequencies[there], sums[there] / counts[there]

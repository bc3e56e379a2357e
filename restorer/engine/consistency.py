"""Consistency: damage the result again, and look at what remains against the input.

Where the damage is noise, what remains is the noise that was taken off. It should be white: if its
neighbours agree with one another, or it is stronger in some places than the noise there was, it was
something of the picture. Where the damage is exact (holes, a smaller picture, JPEG), nothing should
remain but rounding.

The noise is judged block by block. White noise has 4 % of its power in what a Gaussian of 1.5
pixels leaves of it; structure, which is smooth for longer, has more. The noise of a camera has more
too, but everywhere, so each block is held against the median of all. No torch but in operators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, gaussian_filter, label

from restorer.degradation.clipping import MOST_CLIPPED, clipped_mean, level_in_file
from restorer.engine.damage import Hole
from restorer.engine.plan import noise_of
from restorer.engine.strength import Box, Strength
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture

Array = NDArray[np.float32]

_BLOCK = 8
#: Reach of a look, in blocks: enough values for the thresholds below.
_AROUND = 1.25
_BLUR = 1.5
#: Share of white noise's power that the blur lets through, against the rest (simulated).
_WHITE = 0.0398
#: Limits that white noise in one channel passes once in many thousands of blocks (it was simulated
#: to reach 1.9 and 1.19 in four megapixels).
_MOST_SMOOTH, _MOST_POWER = 2.4, 1.4
#: Beyond this the noise as a whole is not white.
_SMOOTHER = 1.5
#: Power below this is rounding, 0-255 scale squared.
_LEAST = 0.4**2
#: More than this, and an exact damage does not explain the input, 0..1.
_EXACT = 1.01 / 255


@dataclass(frozen=True, eq=False)
class Consistency:
    """What remains of the input when the result is damaged again.

    Attributes:
        residual: (h, w, 3) float32, input minus damaged result, on the scale of pictures (0..1).
        std: its standard deviation, 0-255 scale.
        largest: its largest absolute value, 0-255 scale.
        told: the noise that the task spoke of, as it stands in the file, 0-255 scale; 0 for a
            damage that is exact.
        structure: share of the picture where something other than noise remains, 0..1.
        places: (left, top, right, bottom) of the largest such parts, the worst first.
        smoothness: of the noise all over the picture: 1 as white, more where neighbours share it.
        sentence: all this in words.
    """

    residual: Array
    std: float
    largest: float
    told: float
    structure: float
    places: tuple[Box, ...]
    smoothness: float
    sentence: str

    def picture(self) -> Array:
        """To look at, (h, w, 3) in 0..1: grey is nothing, the range three deviations."""
        return np.clip(self.residual / np.float32(max(6 * self.std, 6) / 255) + 0.5, 0, 1)


def check(
    task: RestorationTask,
    picture: Picture,
    result: Array,
    hole: Hole | None = None,
    strength: Strength | None = None,
) -> Consistency:
    """Hold a result (H, W, 3) in 0..1 against the picture it came from.

    Args:
        hole, strength: as for `Engine.run`.
    """
    if task.damage.kind == "denoise":
        residual, told = _noise_taken(task, picture, result, strength)
    else:
        residual, told = _unexplained(task, picture, result, hole), task.damage.noise
    std = float(255 * np.sqrt((residual.astype(np.float64) ** 2).mean()))
    largest = float(255 * np.abs(residual).max())
    places: tuple[Box, ...] = ()
    smoothness = 1.0
    if told == 0:
        wrong = (np.abs(residual) > _EXACT).any(axis=2)
        share = float(wrong.mean())
    else:
        share, places, smoothness = _structure(residual, told)
    found = Consistency(residual, std, largest, told, share, places, smoothness, "")
    return replace(found, sentence=_sentence(task, found))


def _noise_taken(
    task: RestorationTask, picture: Picture, result: Array, strength: Strength | None
) -> tuple[Array, float]:
    """The picture as it came minus what its file would hold on average, and the noise told."""
    noise = noise_of(task)
    if not task.undo_clipping or task.start is None:
        return picture.pixels - result, noise
    mean = clipped_mean(255 * result, min(noise, MOST_CLIPPED)).astype(np.float32) / np.float32(255)
    # as far as the result was restored, for the rest is as it came, clipping and all
    s = np.float32(task.amount) if strength is None else task.amount * strength[..., None]
    return picture.pixels - (result + s * (mean - result)), level_in_file(noise, picture.pixels)


def _unexplained(
    task: RestorationTask, picture: Picture, result: Array, hole: Hole | None
) -> Array:
    import torch

    from restorer.degradation.operators import Jpeg
    from restorer.engine.repair import measured, operator_of

    operator = operator_of(task.damage, hole)
    x = torch.from_numpy(np.ascontiguousarray(2 * result - 1)).permute(2, 0, 1)[None]
    y = measured(operator, picture)
    # on the wall of a cell, rounding may go either way
    cells = isinstance(operator, Jpeg)
    away = operator.prox(x, y, 0.0) - x if cells else y - operator.forward(x)
    rest = 0.5 * away[0].permute(1, 2, 0).numpy()
    return np.ascontiguousarray(np.broadcast_to(rest, (*rest.shape[:2], 3)))


def _structure(residual: Array, told: float) -> tuple[float, tuple[Box, ...], float]:
    """(share of the blocks with structure, boxes of the largest parts, the usual smoothness)."""
    height, width = (side // _BLOCK for side in residual.shape[:2])
    if not height or not width:
        return 0.0, (), 1.0
    smooth, rough = np.zeros((2, height, width))
    for channel in range(3):
        noise = 255 * residual[..., channel]
        low = gaussian_filter(noise, _BLUR, mode="mirror")
        smooth += _power(low)
        rough += _power(noise - low)
    smooth, rough = smooth / 3, rough / 3
    share = smooth / np.maximum(_WHITE * rough, 1e-9)
    usual = max(1.0, float(np.median(share)))
    beyond = smooth - usual * _WHITE * rough
    found = (share > _MOST_SMOOTH * usual) & (beyond > _LEAST / 4)
    power = smooth + rough
    found |= power > _MOST_POWER * max(told**2, float(np.median(power)))
    parts, _ = label(found)
    boxes = find_objects(parts)
    weights = [float(power[box][parts[box] == i + 1].sum()) for i, box in enumerate(boxes)]
    worst = sorted(range(len(boxes)), key=lambda i: -weights[i])[:3]
    return float(found.mean()), tuple(_pixels(boxes[i]) for i in worst), usual


def _power(values: Array) -> NDArray[np.float64]:
    """Mean square of blocks and their surroundings."""
    height, width = (side // _BLOCK for side in values.shape)
    cut = values[: height * _BLOCK, : width * _BLOCK].astype(np.float64) ** 2
    blocks = cut.reshape(height, _BLOCK, width, _BLOCK).mean(axis=(1, 3))
    around: NDArray[np.float64] = gaussian_filter(blocks, _AROUND, mode="mirror")
    return around


def _pixels(box: tuple[slice, slice]) -> Box:
    rows, columns = box
    left, top, right, bottom = columns.start, rows.start, columns.stop, rows.stop
    return left * _BLOCK, top * _BLOCK, right * _BLOCK, bottom * _BLOCK


def _sentence(task: RestorationTask, found: Consistency) -> str:
    largest, share = found.largest, found.structure
    if found.places:
        around = " and ".join(_places(found.places, found.residual.shape))
        return (
            f"Not only noise was taken away: structure remains in {_percent(share)} of the "
            f"picture, most of it {around}."
        )
    if found.smoothness > _SMOOTHER:
        return (
            "What was taken away is smoother than white noise all over: a camera's noise, or fine "
            "structure of the picture."
        )
    match task.damage.kind:
        case "denoise" if not task.partial and not task.grain and found.std < 0.7 * found.told:
            return (
                f"What was taken away is noise of {found.std:.0f} of 255, less than the "
                f"{found.told:.0f} that was looked for: more was smoothed than was needed."
            )
        case "denoise":
            return "What was taken away is noise: nothing of the picture is in it."
        case "deblur":
            return "Blurred again, the result is the input: only noise remains."
        case "inpaint":
            same = "Outside the mask every bit is as it came."
            return same if largest == 0 else "Outside the mask the picture has changed."
    again = {"upscale": "Made smaller", "dejpeg": "Compressed"}.get(task.damage.kind, "Made grey")
    if share == 0:
        return f"{again} again, the result is the input (within {largest:.1f} of 255)."
    return (
        f"{again} again, {_percent(share)} of the result is not the input, but up to "
        f"{largest:.0f} of 255 away."
    )


def _percent(share: float) -> str:
    return "less than 1%" if share < 0.01 else f"{100 * share:.0f}%"


def _places(boxes: tuple[Box, ...], shape: tuple[int, ...]) -> list[str]:
    """Each once, in the order of the boxes: "at the top left", "in the middle"."""
    names = {
        (row, column): name
        for (row, column), name in zip(
            product(range(3), range(3)),
            (
                "at the top left", "at the top", "at the top right",
                "on the left", "in the middle", "on the right",
                "at the bottom left", "at the bottom", "at the bottom right",
            ),
            strict=True,
        )
    }  # fmt: skip
    height, width = shape[:2]
    found = [
        names[min(2, 3 * (top + bottom) // (2 * height)), min(2, 3 * (left + right) // (2 * width))]
        for left, top, right, bottom in boxes
    ]
    return list(dict.fromkeys(found))

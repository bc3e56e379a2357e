"""The residual of a result against its input, computed in bands of rows to save memory.

Where the damage is noise that is the noise taken off: the picture as it came minus what a file of
the result would hold on average. Where it is another, the picture minus the result damaged again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, uniform_filter

from restorer.degradation.clipping import (
    MOST_CLIPPED,
    clipped_variance,
    level_in_file,
    mean_in_file,
)
from restorer.engine.grain import even_grain
from restorer.engine.inputs import Inputs
from restorer.engine.methods import lost_to_jpeg
from restorer.engine.plan import noise_of
from restorer.engine.task import DAMAGE_MODEL, RestorationTask
from restorer.imaging.jpeg_tables import CELLS
from restorer.imaging.picture import Picture

if TYPE_CHECKING:
    from torch import Tensor

    from restorer.degradation.operators import Jpeg

Array = NDArray[np.float32]

#: (top, bottom) to what remains there, (bottom - top, w, 3) float32 on the scale of pictures.
Rows = Callable[[int, int], Array]

#: Side of the window in which noise is looked for, in pixels.
_WINDOW = 5
#: A window with less than this share of the noise told has none of it.
_NO_NOISE = 0.25
#: Rows and columns of the small picture that making smaller looks at around one of them.
_REACH = 4


def rows_of(task: RestorationTask, inputs: Inputs, result: Array) -> tuple[Rows, float]:
    """The residual, and the given noise as it appears in the file (0-255 scale); 0 for none.

    Args:
        inputs: as for `Engine.run`.
        result: (H, W, 3) in 0..1.
    """
    picture, strength = inputs.picture, inputs.strength
    if task.damage.is_excess:
        return _beyond_excess(task, inputs, result), 0.0
    if not task.damage.is_noise:
        return _unexplained(task, inputs, result), task.damage.noise
    noise = noise_of(task)
    even = even_grain(task, picture.pixels)

    def smooth(top: int, bottom: int) -> Array:
        """The result without the grain that was put over it."""
        if even is None:
            return result[top:bottom]
        share = 1 if strength is None else strength[top:bottom, :, None]
        return result[top:bottom] - np.float32(task.amount) * share * even[top:bottom]

    coded = task.model == DAMAGE_MODEL  # which learnt from files what clipping does
    if not (task.undo_clipping or coded) or task.start is None:
        return lambda top, bottom: picture.pixels[top:bottom] - smooth(top, bottom), noise
    modelled = min(noise, MOST_CLIPPED)

    def taken(top: int, bottom: int) -> Array:
        original, restored = picture.pixels[top:bottom], smooth(top, bottom)
        mean = mean_in_file(restored, modelled)
        # as far as the result was restored, for the rest is as it came, clipping and all
        s = np.full(original.shape[:2], task.amount, np.float32)
        if strength is not None:
            s *= strength[top:bottom]
        s *= ~still(picture, modelled, top, bottom)  # nor was noise cut off where there was none
        return original - (restored + s[..., None] * (mean - restored))

    level = level_in_file(noise, picture.pixels)
    return taken, float(np.hypot(level, lost_to_jpeg(task))) if coded else level


def still(picture: Picture, noise: float, top: int, bottom: int) -> NDArray[np.bool_]:
    """(bottom - top, w), true where the file can hold hardly any noise of this level (0-255 scale).

    White noise is everywhere; what is painted black beside a picture, or what nobody sees, has
    none. Half of it is cut off at black and white, which counts.
    """
    reach = 2 * (_WINDOW // 2)
    first, last = max(0, top - reach), min(len(picture.pixels), bottom + reach)
    values = picture.pixels[first:last]
    means = [uniform_filter(values[..., c], _WINDOW, mode="nearest") for c in range(3)]
    squares = uniform_filter((values**2).sum(axis=2), _WINDOW, mode="nearest")
    variance = (squares - sum(mean**2 for mean in means)) / 3
    at_black = float(clipped_variance(0.0, noise)) / 255**2
    found: NDArray[np.bool_] = variance < _NO_NOISE**2 * at_black
    found = maximum_filter(found, _WINDOW, mode="nearest")
    return found[top - first : bottom - first]


def _beyond_excess(task: RestorationTask, inputs: Inputs, result: Array) -> Rows:
    """The picture minus the result with its excess; 0 where the result was clipped."""
    from restorer.engine.tasks import TASKS

    original, strength = inputs.picture.pixels, inputs.strength
    read = TASKS[task.damage.kind].excess
    assert read is not None
    excess = read(original, task.damage)

    def rest(top: int, bottom: int) -> Array:
        here, taken = result[top:bottom], excess[top:bottom] * np.float32(task.amount)
        if strength is not None:
            taken *= strength[top:bottom, :, None]
        inside = (here > 0) & (here < 1)
        return np.where(inside, original[top:bottom] - here - taken, np.float32(0))

    return rest


def _unexplained(task: RestorationTask, inputs: Inputs, result: Array) -> Rows:
    from restorer.degradation.operators import Blur, Downsample, Jpeg
    from restorer.degradation.operators.measured import measurement
    from restorer.diffusion.tensors import to_tensor
    from restorer.engine.operators import operator_of

    damage, hole, picture = task.damage, inputs.hole, inputs.picture
    height = len(picture.pixels)
    operator = operator_of(damage, hole)
    if isinstance(operator, Jpeg):
        return partial(_beyond_cells, operator, picture.pixels, result)
    reach = _REACH if isinstance(operator, Downsample) else 0
    if isinstance(operator, Blur):
        reach = operator.kernel.shape[0] // 2

    def rest(top: int, bottom: int) -> Array:
        first, last = max(0, top - reach), min(height, bottom + reach)
        here = operator if hole is None else operator_of(damage, hole[first:last])
        x = to_tensor(result[first * damage.growth : last * damage.growth])
        away = measurement(here, Picture(picture.pixels[first:last])) - here.forward(x)
        found = _in_range(away)[top - first : bottom - first]
        if isinstance(operator, Blur):  # beyond the border lies what nobody knows
            known = _inside(len(found), top, height, reach)[:, None] & _inside(
                found.shape[1], 0, found.shape[1], operator.kernel.shape[1] // 2
            )
            found = found * known[..., None]
        return found

    return rest


def _inside(count: int, first: int, side: int, reach: int) -> NDArray[np.bool_]:
    """A mask of the rows or columns that are farther than `reach` from both ends."""
    place = np.arange(first, first + count)
    return (place >= reach) & (place < side - reach)


def _beyond_cells(jpeg: Jpeg, original: Array, result: Array, top: int, bottom: int) -> Array:
    """How far each coefficient of a result lies outside its quantisation cell in the file.

    On the wall of a cell rounding may go either way, so pictures are not compared.
    """
    from restorer.degradation.operators import Jpeg
    from restorer.diffusion.tensors import to_tensor

    first, last, cut = _whole_blocks(jpeg, len(original), top, bottom)
    here = Jpeg(jpeg.luma, jpeg.chroma, jpeg.subsampling, turned=jpeg.turned, cut=cut)
    x, y = to_tensor(result[first:last]), to_tensor(original[first:last])
    return _in_range(here.prox(x, y, 0.0) - x)[top - first : bottom - first]


def _whole_blocks(
    jpeg: Jpeg, height: int, top: int, bottom: int
) -> tuple[int, int, tuple[int, int] | None]:
    """The rows around these that end between blocks, and the offset of the first block."""
    across = jpeg.turned >= 5  # rows lie as columns in the file
    backwards = jpeg.turned in (3, 4, 7, 8)
    block = 8 * CELLS[jpeg.subsampling][across]
    lacking = jpeg.cut[across] if jpeg.cut is not None else 0
    begin, end = (height - bottom, height - top) if backwards else (top, bottom)
    begin = max(0, (begin + lacking) // block * block - lacking)
    end = min(height, -(-(end + lacking) // block) * block - lacking)
    cut = jpeg.cut
    if cut is not None and begin > 0:
        cut = (cut[0], 0) if across else (0, cut[1])
    return (height - end, height - begin, cut) if backwards else (begin, end, cut)


def _in_range(away: Tensor) -> Array:
    """A difference (1, C, h, w) as (h, w, 3) on the scale of pictures."""
    from restorer.diffusion.tensors import as_array

    rest = 0.5 * as_array(away)
    return np.ascontiguousarray(np.broadcast_to(rest, (*rest.shape[:2], 3)))

"""Turns the raw variance of a measurement of doubt into a spread that contains the truth.

What a denoiser leaves of the noise is a share of its error; the rest is structure that it took for
noise, and that no answer of its own shows. Where the picture is full of detail both rise and fall
together, so a gain makes up for it. Where it is flat little noise is left, but what was grain,
a soft gradient or a fold in the dark is gone too, and neighbouring errors agree: a floor stands
for that, as a part of the noise and a least value. Both were read on pictures that are not those
`benchmarks/calibration.py` is shown.

Smooth and rising in noise, so that what holds at the levels measured holds between them.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.damage import Hole
from restorer.engine.methods import lost_to_jpeg
from restorer.engine.task import CAMERA_MODEL, DAMAGE_MODEL, RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.tasks.kind import Calibration

Array = NDArray[np.float32]
Way = Literal["seeds", "slope"]


def std_of(rule: Calibration, variance: Array, noise: Array, hole: Hole | None = None) -> Array:
    """The spread of a task that removes noise.

    Args:
        variance: (H, W), raw, on the scale of pictures (0..1), squared.
        noise: () or (H, W), the noise in the file that is taken off, 0..1.
        hole: (H, W), where it was filled, if anywhere.
    """
    if hole is not None and rule.of_depth:
        depth = np.minimum(distance_transform_edt(hole), _DEEP)
        variance = variance * depth ** (2 * rule.of_depth)
    floor = (rule.least / 255) ** 2 + (rule.of_noise * noise) ** 2
    return np.sqrt(rule.gain**2 * variance + floor).astype(np.float32)


#: Beyond this many pixels from what is known nothing was measured.
_DEEP = 6.0

#: Of white noise and of a camera's, by the slope. These and the kinds' own (for seeds) were fitted
#: on training pictures, at noise 5 to 75 with a little grain in the truth too, so that twice
#: the spread holds 95 of 100 errors or a few more. A camera's noise is not white: smooth places
#: answer less to a probe than to noise that neighbours share, and JPEG has rounded it.
SLOPE = Calibration(1.3, least=0.9, of_noise=0.09)
SLOPE_CAMERA = Calibration(2.2, least=1.2, of_noise=0.4)
#: What a JPEG lost answers no probe: so much of it is added to the least.
SLOPE_CODED, _OF_LOST = Calibration(1.5, least=0.9, of_noise=0.09), 0.5


def calibration_for(task: RestorationTask, way: Way) -> Calibration:
    """The function from this task's raw deviation to its spread."""
    kind = TASKS[task.damage.kind]
    rule = kind.calibration
    if way == "slope":
        rule = SLOPE_CAMERA if task.model == CAMERA_MODEL else SLOPE
        if task.model == DAMAGE_MODEL:
            least = math.hypot(SLOPE_CODED.least, _OF_LOST * lost_to_jpeg(task))
            rule = SLOPE_CODED._replace(least=least)
    elif task.method == "conditional" and kind.calibration_at_once is not None:
        rule = kind.calibration_at_once
    return rule._replace(gain=rule.gain * task.damage.growth**0.5)


def of_sample(task: RestorationTask) -> float:
    """How much farther from the truth a result is than the posterior mean, as a deviation.

    A sample of the posterior lies as far from the mean as the truth does: twice the error squared.
    A sampler without fresh noise draws none; its results lie nearer.
    """
    apart = 1.0
    if task.damage.is_noise:
        apart = SAMPLERS[task.sampler].distance(task.eta, task.steps)
    return float((1 + apart * (1 - task.faithfulness) ** 2) ** 0.5)


def is_drawn(task: RestorationTask) -> bool:
    """Whether the task adds noise, so that results below faithfulness 1 are nearly samples.

    What undoes other damage than noise always does; its own method is the sampler there.
    """
    if not task.damage.is_noise:
        return True
    return SAMPLERS[task.sampler].draws(task.eta)

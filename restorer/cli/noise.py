"""`restorer noise`: the forward process, to a file."""

from __future__ import annotations

from argparse import Namespace

import numpy as np

from restorer.cli.checks import check_output, refuse_same
from restorer.cli.files import read_and_tell, write_and_tell
from restorer.diffusion.forward.picture import add_noise
from restorer.diffusion.schedule import LINEAR
from restorer.errors import BadInput
from restorer.imaging.picture import Pixels


def run(arguments: Namespace) -> int:
    """Write x_t for --t, or the picture plus noise for --noise."""
    check_output(arguments.output, arguments.force)
    refuse_same(arguments.output, [arguments.input])
    picture = read_and_tell(arguments.input)
    eps = np.random.default_rng(arguments.seed).standard_normal(picture.pixels.shape, np.float32)
    if arguments.t is not None:
        pixels = noisy_pixels(picture.pixels, arguments.t, eps)
    elif arguments.noise >= 0:
        pixels = picture.pixels + np.float32(arguments.noise / 255) * eps
    else:
        raise BadInput("Noise cannot be negative ({noise:g}).", noise=arguments.noise)
    write_and_tell(picture.with_pixels(np.clip(pixels, 0, 1)), arguments.output, arguments.force)
    return 0


def noisy_pixels(pixels: Pixels, t: float, eps: Pixels) -> Pixels:
    """The state x_t of a picture as something to look at: (H, W, 3) in 0..1, clipped.

    Raises:
        BadInput: if t is not in 0..999.
    """
    schedule = LINEAR
    if not 0 <= t <= len(schedule) - 1:
        raise BadInput("t must lie between 0 and {n}, not {t:g}.", n=len(schedule) - 1, t=t)
    x_t = add_noise(2 * pixels - 1, eps, float(schedule.alpha_bar(t)))
    return np.clip((x_t + 1) / 2, 0, 1)

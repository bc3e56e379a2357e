"""`restorer sheet`: a picture dissolving into noise, as one titled picture."""

from __future__ import annotations

from argparse import Namespace

import numpy as np

from restorer.cli.checks import check_output, refuse_same
from restorer.cli.files import read_and_tell, write_and_tell
from restorer.cli.noise import noisy_pixels
from restorer.diffusion.schedule import LINEAR, noise_in_words
from restorer.imaging.geometry import thumbnail
from restorer.imaging.picture import Picture
from restorer.imaging.sheet import contact_sheet

#: Longest side of a tile in pixels.
_TILE = 400


def run(arguments: Namespace) -> int:
    """Write the states at --t side by side, all with the same noise."""
    check_output(arguments.output, arguments.force)
    refuse_same(arguments.output, [arguments.input])
    picture = read_and_tell(arguments.input)
    # First to the size on the sheet, then noise: scaled down afterwards it would average away.
    pixels = thumbnail(picture.pixels, _TILE)
    eps = np.random.default_rng(arguments.seed).standard_normal(pixels.shape, np.float32)
    schedule = LINEAR
    tiles = [
        (f"t {t:g}, {noise_in_words(float(schedule.sigma(t)))}", noisy_pixels(pixels, t, eps))
        for t in arguments.t
    ]
    sheet = Picture(contact_sheet(tiles, tile_width=pixels.shape[1]), icc=picture.icc)
    write_and_tell(sheet, arguments.output, arguments.force)
    return 0

"""`restorer estimate`: measure the damage."""

from __future__ import annotations

import json
from argparse import Namespace
from functools import partial

import numpy as np

from restorer.cli.checks import refuse_same
from restorer.cli.files import read_and_tell
from restorer.cli.request import with_infrared
from restorer.cli.restore import PERHAPS
from restorer.degradation.estimate import estimate, with_scratches
from restorer.degradation.scratches import search
from restorer.engine.proposal import propose
from restorer.engine.report import place_of
from restorer.engine.sources import with_file
from restorer.imaging.jpeg_tables import tables_of_file
from restorer.imaging.mask_files import write_mask
from restorer.words import tr


def run(arguments: Namespace) -> int:
    """Print what was measured, in a sentence or as JSON."""
    if arguments.mask is not None:
        refuse_same(arguments.mask, [arguments.input])
    picture = with_infrared(read_and_tell(arguments.input), arguments)
    pixels = picture.pixels
    found, mask = with_scratches(
        with_file(estimate(pixels), arguments.input),
        pixels,
        partial(search, pixels, picture.infrared),
    )
    if arguments.mask is not None:
        write_mask(
            np.where(mask, np.uint8(255), np.uint8(0)), arguments.mask, force=arguments.force
        )
    place = place_of(found)
    proposal = propose(found, tables_of_file(arguments.input))
    if arguments.json:
        asked = {"findings": proposal.findings, "steps": proposal.steps}
        marks = {
            "scratched": round(float(mask.mean()), 5),
            "mask": None if arguments.mask is None else str(arguments.mask),
            "notes": picture.notes,
        }
        print(json.dumps(place | marks | {"proposal": asked | {"sentence": proposal.sentence}}))
        return 0
    if found.drawn:
        print(tr("No noise."))
    elif found.clean:
        sure = proposal.is_empty and not found.perhaps
        headline = tr(proposal.headline) if sure else tr("Hardly any noise")
        print(tr("{headline}: noise {noise:.1f} of 255.", headline=headline, noise=found.noise))
    elif found.camera is not None:
        low, high = found.camera.low, found.camera.high
        print(
            tr(
                "Camera noise, about {noise:.0f} of 255 ({low:.0f} to {high:.0f}).",
                noise=found.noise,
                low=low,
                high=high,
            )
        )
    else:
        print(
            tr(
                "Noise {noise:.1f} of 255 (t {t:.1f}, sigma {sigma:.3f}).",
                noise=found.noise,
                t=place["t"],
                sigma=place["sigma"],
            )
        )
    if found.perhaps and proposal.is_empty:
        print(tr(PERHAPS).format(found.perhaps))
    if found.grain is not None:
        print(tr("Grain in flat places: {0:.1f} of 255, {1:.1f} pixels wide.").format(*found.grain))
    if proposal.findings:
        print(proposal.sentence)
    return 0

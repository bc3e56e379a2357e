"""What is proposed, in which order and words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from restorer.degradation.blur import BlurReading
from restorer.degradation.camera import CameraNoise
from restorer.degradation.estimate import DegradationEstimate
from restorer.engine.proposal import propose
from restorer.imaging.jpeg_tables import tables_of_quality

CLEAN = DegradationEstimate(noise=0.5, noise_in_file=0.5, clean=True)
NOISY = DegradationEstimate(noise=18.0, noise_in_file=17.0, clean=False)
NOTHING = "No damage was found."
STRIPED = "Stripes of 4/255 in rows or columns: take off stripes."
BLUR = BlurReading(1.8)
CAMERA = CameraNoise(6.0, 4.0, 8.0, ((6.0,),))


@pytest.mark.parametrize(
    ("found", "quality", "sentence", "steps"),
    [
        (CLEAN, None, "No damage was found.", ()),
        (CLEAN, 90, "No damage was found.", ()),
        (replace(CLEAN, soft=1.5), None, "Perhaps a blur of 1.5 pixels.", ()),
        (NOISY, None, "Noise 18/255: clean.", ("denoise",)),
        (CLEAN, 20, "JPEG quality 20: remove the blocks.", ("dejpeg",)),
        (CLEAN, 89, "JPEG quality 89: remove the blocks.", ("dejpeg",)),
        (NOISY, 60, "Noise 18/255: clean.", ("denoise",)),
        (replace(CLEAN, scratches=2), 60, "Two scratches or specks: fill.", ("inpaint",)),
        (replace(CLEAN, stripes=4.0), 60, STRIPED, ("destripe",)),
        (replace(CLEAN, blocks=replace(tables_of_quality(60), cut=(0, 0))), None, NOTHING, ()),
        (
            replace(NOISY, scratches=3),
            35,
            "Noise 18/255, three scratches or specks: clean, then fill. "
            "Also found: JPEG quality 35.",
            ("denoise", "inpaint"),
        ),
        (
            replace(CLEAN, scratches=12, blur=BLUR),
            None,
            "12 scratches or specks, blur of 1.8 pixels: fill, then sharpen.",
            ("inpaint", "deblur"),
        ),
        (
            replace(NOISY, noise=6.0, blur=BLUR),
            None,
            "Blur of 1.8 pixels: sharpen. Also found: noise 6/255.",
            ("deblur",),
        ),
        (
            replace(NOISY, blur=BLUR),
            None,
            "Noise 18/255: clean. Also found: blur of 1.8 pixels.",
            ("denoise",),
        ),
        (
            replace(NOISY, noise=6.0, blur=BLUR, camera=CAMERA),
            90,
            "Blur of 1.8 pixels: sharpen. Also found: camera noise 6/255.",
            ("deblur",),
        ),
        (
            replace(NOISY, noise=8.0, blur=BLUR, camera=CAMERA),
            90,
            "Camera noise 8/255: clean. Also found: blur of 1.8 pixels.",
            ("denoise",),
        ),
        (
            replace(NOISY, noise=6.0, blur=BLUR, camera=CAMERA),
            None,
            "Camera noise 6/255: clean. Also found: blur of 1.8 pixels.",
            ("denoise",),
        ),
        (
            replace(CLEAN, scratches=2, toned=True),
            None,
            "Two scratches or specks: fill. Also found: a tone over all colours.",
            ("inpaint",),
        ),
        (replace(CLEAN, faded=True), None, "Faded colours: bring back its colours.", ("fade",)),
        (replace(CLEAN, jpeg_quality=30), None, "JPEG quality 30.", ()),
        (
            replace(CLEAN, jpeg_quality=30, blocks=tables_of_quality(30)),
            None,
            "JPEG quality 30: remove the blocks.",
            ("dejpeg",),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_proposal_names_all_and_says_what_is_done_first(found, quality, sentence, steps):
    proposal = propose(found, None if quality is None else tables_of_quality(quality))
    assert proposal.sentence == sentence
    assert proposal.steps == steps

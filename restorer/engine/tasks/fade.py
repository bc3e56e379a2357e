"""Faded colours: measured from the picture's tones and corrected by curves, without a prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorer.engine.tasks.comparison import usual_comparison
from restorer.engine.tasks.kind import (
    Calibration,
    Detection,
    Number,
    ProposalRule,
    TaskKind,
    TaskWords,
)
from restorer.imaging.bands import compute_bands
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.degradation.fade_correction import ColourSettings
    from restorer.engine.damage import Damage, Method
    from restorer.engine.inputs import Inputs
    from restorer.engine.proposal import Evidence
    from restorer.imaging.picture import Pixels

#: Weak colours are less of a harm than noise of the same deviation.
_HARM = 6.0
_SAMPLES = 1 << 16
_METHODS: tuple[Method, ...] = ("conditional", "ddnm", "diffpir", "dps", "repaint")
_NO_METHOD = _("Fading is read from the tones of the picture; no method is needed.")
_NOTHING = 0.5 / 255


def colours_of(damage: Damage) -> ColourSettings:
    """The colour settings of a task."""
    from restorer.degradation.fade_correction import ColourSettings

    return ColourSettings(**{number.name: damage.number(number.name) for number in FADE.numbers})


def _excess(pixels: Pixels, damage: Damage) -> Pixels:
    from restorer.degradation.fade_correction import correct_fading

    made = correct_fading(pixels, colours_of(damage))
    return compute_bands(pixels.shape, lambda rows: pixels[rows] - made[rows])


def _start_sigma(damage: Damage, inputs: Inputs) -> float | None:
    """Sigma of noise as strong as the change, for pixels from -1 to 1."""
    pixels = inputs.picture.pixels
    step = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1] / _SAMPLES)))
    change = _excess(np.ascontiguousarray(pixels[::step, ::step]), damage)
    level = float(np.sqrt(np.mean(np.square(change))))
    return 2 * level if level > _NOTHING else None


def _find(evidence: Evidence) -> Detection | None:
    found = evidence.found
    if not found.faded:
        return None
    words = tr("faded tones") if found.grey or found.toned else tr("faded colours")
    return Detection(words, words.capitalize(), harm=_HARM, proposed=not found.drawn)


FADE = TaskKind(
    name="fade",
    words=TaskWords(
        title="Bring back faded colours",
        hint="Undoes the colour cast and the lost contrast of faded prints and slides.",
        button="Bring back colours",
        doing="Bringing back colours",
        done="Colours brought back",
        after="with its colours back",
        step="bringing back colours",
        ability="brings back faded colours",
        caution="How the colours were is inferred from this picture alone.",
        nothing="Nothing in it looks faded; the picture was left as it is.",
    ),
    numbers=(
        Number(
            "warmth",
            "Warmth",
            "towards blue (-1) or red (1)",
            -1,
            1,
            0,
        ),
        Number("tint", "Tint", "towards green (-1) or magenta (1)", -1, 1, 0),
        Number(
            "tone",
            "Keep sepia",
            "a picture in one tone keeps it, 0 makes it grey",
            0,
            1,
            1,
            of_one_tone=True,
        ),
        Number(
            "even",
            "Even out stains",
            "a picture in one tone loses stains and yellowing in another colour",
            0,
            1,
            0,
            of_one_tone=True,
        ),
    ),
    excess=_excess,
    start_sigma=_start_sigma,
    everywhere=True,
    keeps_light=False,
    only_corrects=True,
    method=lambda damage, network: ("auto", _NO_METHOD),
    refused=dict.fromkeys(_METHODS, _NO_METHOD),
    exact="always",
    most_steps=1,
    calibration=Calibration(1.0, least=1.2),
    comparison=usual_comparison("Faded"),
    proposing=ProposalRule(
        verb="bring back its colours", find=_find, step=90, mention=90, of_old_photos=True
    ),
)

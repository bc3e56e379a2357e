"""Stripes in rows and columns, and waves: measured and removed without a network.

Not offered in the window: whatever there is of them for sure is proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.tasks.comparison import usual_comparison
from restorer.engine.tasks.kind import Calibration, Detection, ProposalRule, TaskKind, TaskWords
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.engine.damage import Damage, Method
    from restorer.engine.inputs import Inputs
    from restorer.engine.proposal import Evidence
    from restorer.imaging.picture import Pixels

#: Stripes show more than noise of the same deviation.
_HARM = 1.5
_METHODS: tuple[Method, ...] = ("conditional", "ddnm", "diffpir", "dps", "repaint")
_NO_METHOD = _("Stripes are measured and taken off; no method is needed.")


def _excess(pixels: Pixels, damage: Damage) -> Pixels:
    from restorer.degradation.stripes import read_stripes

    return read_stripes(pixels).excess


def _start_sigma(damage: Damage, inputs: Inputs) -> float | None:
    """Sigma of noise as strong as the stripes, for pixels from -1 to 1."""
    from restorer.degradation.stripes import read_stripes

    stripes = read_stripes(inputs.picture.pixels)
    return 2 * stripes.level / 255 if stripes.any else None


def _find(evidence: Evidence) -> Detection | None:
    """Propose it first, except where JPEG blocks will be undone, which need the original blocks."""
    found = evidence.found
    level = max(found.stripes, found.waves)
    if not level:
        return None
    if found.waves > found.stripes:
        words = tr("slanting stripes of {level:.0f}/255 all over the picture", level=level)
        headline = tr("Slanting stripes of {level:.0f} of 255", level=level)
    else:
        words = tr("stripes of {level:.0f}/255 in rows or columns", level=level)
        headline = tr("Stripes of {level:.0f} of 255", level=level)
    return Detection(
        words,
        headline,
        harm=_HARM * level,
        proposed=not evidence.blocks,
        first=True,
    )


DESTRIPE = TaskKind(
    name="destripe",
    words=TaskWords(
        title="Take off stripes",
        hint="Removes stripes: whole rows or columns that are too bright or too dark, and slanting "
        "ones of one width that lie over all of the picture.",
        button="Take off stripes",
        doing="Taking off stripes",
        done="Stripes taken off",
        after="without stripes",
        step="taking off stripes",
        ability="takes off stripes",
        nothing="No stripes were found for certain; the picture was left as it is.",
    ),
    offered=False,
    excess=_excess,
    start_sigma=_start_sigma,
    only_corrects=True,
    method=lambda damage, network: ("auto", _NO_METHOD),
    refused=dict.fromkeys(_METHODS, _NO_METHOD),
    exact="always",
    most_steps=1,
    calibration=Calibration(1.0, least=1.2),
    comparison=usual_comparison("Striped"),
    proposing=ProposalRule(verb="take off stripes", find=_find, step=6, mention=6),
)

"""Noise: the picture itself is a state of the process, and the prior removes the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.tasks.comparison import usual_comparison
from restorer.engine.tasks.kind import Calibration, Detection, ProposalRule, TaskKind, TaskWords
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.engine.proposal import Evidence


def _find(evidence: Evidence) -> Detection | None:
    found = evidence.found
    if found.clean:
        return None
    camera = found.camera is not None
    return Detection(
        tr("camera noise {noise:.0f}/255", noise=found.noise)
        if camera
        else tr("noise {noise:.0f}/255", noise=found.noise),
        tr("Camera noise, about {noise:.0f}", noise=found.noise)
        if camera
        else tr("Noise {noise:.0f} of 255", noise=found.noise),
        harm=found.noise,
        proposed=not evidence.blurred,
    )


DENOISE = TaskKind(
    name="denoise",
    words=TaskWords(
        title="Clean noise",
        hint="Removes grain and static.",
        button="Restore",
        doing="Restoring",
        done="Restored",
        after="restored",
        step="cleaning",
        ability="cleans",
        prompted="Redraw from a prompt",
        redraws="redraws a picture from its prompt",
    ),
    prompted=True,
    only_corrects=True,
    keeps_grain=True,
    calibration=Calibration(1.6, least=0.9, of_noise=0.09),
    comparison=usual_comparison(),
    proposing=ProposalRule(verb="clean", find=_find, step=1, mention=1, of_old_photos=True),
)

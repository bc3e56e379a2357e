"""Noise: the picture itself is a state of the process, and the prior removes the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.tasks.comparison import usual_comparison
from restorer.engine.tasks.dejpeg import check_tables, facts_of_tables
from restorer.engine.tasks.kind import Calibration, Detection, ProposalRule, TaskKind, TaskWords
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.degradation.facts import Facts
    from restorer.engine.damage import Damage
    from restorer.engine.proposal import Evidence


def _check(damage: Damage) -> None:
    if damage.luma:
        check_tables(damage)


def _facts(damage: Damage) -> Facts:
    """How the file was compressed, if it was; the start of the task says the noise."""
    from restorer.degradation.facts import Facts

    return facts_of_tables(damage) if damage.luma else Facts()


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
    check=_check,
    facts=_facts,
    calibration=Calibration(1.6, least=0.9, of_noise=0.09),
    comparison=usual_comparison(),
    proposing=ProposalRule(verb="clean", find=_find, step=1, mention=1, of_old_photos=True),
)

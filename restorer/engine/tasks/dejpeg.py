"""Rounding by JPEG: blocks, ringing, lost colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.tasks.comparison import Comparison, leaves_too_much, percent
from restorer.engine.tasks.kind import (
    ONLY_HOLES,
    Calibration,
    Detection,
    ProposalRule,
    TaskKind,
    TaskWords,
)
from restorer.errors import BadInput
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.degradation.facts import Facts
    from restorer.degradation.operators import Jpeg
    from restorer.engine.damage import Damage, Hole, Method
    from restorer.engine.inputs import Inputs
    from restorer.engine.proposal import Evidence
    from restorer.engine.verdict import ResidualStatistics


def check_tables(damage: Damage) -> None:
    """Raise `BadInput` for a JPEG that cannot be."""
    for table in (damage.luma, damage.chroma):
        if len(table) != 64 or not all(1 <= value <= 65535 for value in table):
            raise BadInput("A JPEG quantisation table has 64 numbers from 1 up.")
    if damage.subsampling not in ("4:4:4", "4:2:2", "4:2:0"):
        raise BadInput(
            "Chroma subsampling {subsampling!r} is not supported.", subsampling=damage.subsampling
        )
    if damage.turned not in range(1, 9):
        raise BadInput(
            "An EXIF orientation goes from 1 to 8; {turned!r} is none.", turned=damage.turned
        )
    cut = damage.cut or (0, 0)
    if len(cut) != 2 or not all(side in range(16) for side in cut):
        raise BadInput("The offset of the first blocks is two numbers from 0 to 15.")


def _operator(damage: Damage, hole: Hole | None) -> Jpeg:
    import torch

    from restorer.degradation.operators import Jpeg

    luma, chroma = (torch.tensor(t, dtype=torch.float32) for t in (damage.luma, damage.chroma))
    return Jpeg(luma, chroma, damage.subsampling, turned=damage.turned, cut=damage.cut)


def _start_sigma(damage: Damage, inputs: Inputs) -> float:
    from restorer.degradation.operators.measured import measurement

    operator = _operator(damage, None)
    # what quantisation did is not white, and looks like less noise than it is; 0.8 was
    # measured best at qualities 10 and 30, among 0.45, 0.6, 0.8 and 1.1
    light, _ = operator.error_std(measurement(operator, inputs.picture))
    return max(0.02, 0.8 * light)


def _method(damage: Damage, network: bool) -> tuple[Method, str]:
    """The trained network is better for blocks that begin at the top left, as in its training."""
    if network and damage.turned == 1 and damage.cut in (None, (0, 0)):
        return "conditional", tr("A network that learnt what JPEG takes away gives it back.")
    return "ddnm", tr("The file says in which cell every coefficient lies: project.")


def facts_of_tables(damage: Damage) -> Facts:
    """What a network is told of how a JPEG was compressed."""
    from restorer.degradation.facts import Facts
    from restorer.imaging.jpeg_tables import JpegTables

    tables = JpegTables(damage.luma, damage.chroma, damage.subsampling)
    return Facts(quality=tables.quality, halved=damage.subsampling != "4:4:4")


def _sentence(found: ResidualStatistics) -> str:
    if found.structure == 0:
        return tr(
            "The file may have come from this result: each of its frequencies was "
            "rounded to the file's (to within {largest:.1f} of 255).",
            largest=found.largest,
        )
    return tr(
        "In {structure} of the picture the result is not what the file was made "
        "from: up to {largest:.0f} of 255 beyond what its rounding allows.",
        structure=percent(found.structure),
        largest=found.largest,
    )


#: Over the square root of the quality: at quality 10 a JPEG is off by about 10 of 255, at 45 by 5.
_HARM = 32.0


def _find(evidence: Evidence) -> Detection | None:
    """Remove blocks if there is no noise; invisible ones only if there is nothing else.

    Noise hides them, and one evaluation takes off either.
    """
    proposed = evidence.found.clean and evidence.tables is not None and not evidence.blurred
    if not evidence.blocks and not (proposed and evidence.compressed):
        return None
    words = tr("JPEG quality {quality}", quality=evidence.quality)
    return Detection(words, words, harm=_HARM / (evidence.quality or 1) ** 0.5, proposed=proposed)


DEJPEG = TaskKind(
    name="dejpeg",
    words=TaskWords(
        title="Remove JPEG blocks",
        hint="Removes what strong compression leaves: blocks, ringing and lost colour.",
        button="Remove blocks",
        doing="Removing blocks",
        done="Blocks removed",
        after="restored",
        step="removing the blocks",
        ability="removes JPEG blocks",
        report="Freed from compression",
    ),
    options=("quality",),
    only_corrects=True,
    needs_tables=True,
    check=check_tables,
    operator=_operator,
    start_sigma=_start_sigma,
    method=_method,
    refused=ONLY_HOLES | {"dps": _("DPS needs a slope, and the rounding of a JPEG has none.")},
    facts=facts_of_tables,
    exact="always",
    asked_twice=("ddnm",),  # light and colour apart
    most_steps=4,
    calibration=Calibration(4.9, least=1.2),
    calibration_at_once=Calibration(4.3, least=1.6),  # the samples are still the prior's
    comparison=Comparison("Damaged", leaves_too_much, _sentence),
    proposing=ProposalRule(verb="remove the blocks", find=_find, step=2, mention=3),
)

"""Holes and scratches: invents the missing pixels, and keeps all others bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.place_names import place_words
from restorer.engine.tasks.comparison import Comparison
from restorer.engine.tasks.kind import (
    Calibration,
    Detection,
    Number,
    ProposalRule,
    TaskKind,
    TaskWords,
    exact_or_noisy,
)
from restorer.words import marked as _
from restorer.words import plural, tr

if TYPE_CHECKING:
    from restorer.degradation.facts import Holes
    from restorer.degradation.operators import Mask
    from restorer.engine.damage import Damage, Hole, Method
    from restorer.engine.inputs import Inputs
    from restorer.engine.proposal import Evidence
    from restorer.engine.verdict import ResidualStatistics

#: Up to here hit pixels are a sensor's own; more are salt and pepper.
_FEW = 0.01
_NUMBERS = (
    *(_("one"), _("two"), _("three"), _("four"), _("five")),
    *(_("six"), _("seven"), _("eight"), _("nine"), _("ten")),
)


def _operator(damage: Damage, hole: Hole | None) -> Mask:
    import torch

    from restorer.degradation.operators import Mask

    assert hole is not None
    return Mask(torch.from_numpy(~hole), 2 * damage.noise / 255)


def _start_sigma(damage: Damage, inputs: Inputs) -> float:
    """The higher, the wider the holes.

    On 96-pixel crops of three pictures in 20 steps, sigma 0.12 to 3: missing pixels like 0.25,
    scratches 5 pixels wide 0.5; starting at 3 costs 0.3 to 2.5 dB; without noise put back, half or
    twice as much changes less than 0.1 dB.
    """
    assert inputs.hole is not None
    return min(max(0.2 * _depth(inputs.hole), 0.25), 3.0)


def _method(damage: Damage, network: bool) -> tuple[Method, str]:
    """The trained network is better where the surroundings of the holes stay."""
    if network and damage.noise == 0:
        why = tr("A network that learnt to fill holes fills them from what is around them.")
        return "conditional", why
    return exact_or_noisy(damage, network)


#: So deep at most, in pixels, are holes that the prior held to what is known fills better, in 24
#: evaluations: pixels here and there, by 0.7 to 1.1 dB, and thin letters, by 0.5. Wider ones it
#: fills worse, by 0.3 dB where scratches are 3 to 6 pixels wide, and by more the wider they are.
_FINE = 1.5


def _finer(damage: Damage, inputs: Inputs) -> bool:
    return inputs.hole is not None and bool(inputs.hole.any()) and _depth(inputs.hole) <= _FINE


def _facts(damage: Damage) -> Holes | None:
    from restorer.degradation.facts import Holes

    return Holes() if damage.noise == 0 else None


def _depth(hole: Hole) -> float:
    """Nearly the largest distance in pixels from inside the holes to known pixels."""
    import numpy as np
    from scipy.ndimage import distance_transform_edt

    return float(np.quantile(distance_transform_edt(hole)[hole], 0.95))


def _warns(damage: Damage, inputs: Inputs) -> str:
    """A warning if part of a hole is beyond the network's field of view; "" otherwise."""
    from restorer.engine.guessed_fill import guessed_boxes

    hole = inputs.hole
    boxes = guessed_boxes(hole) if hole is not None else ()
    if hole is None or not boxes:
        return ""
    return tr(
        "Too far from what is known for the network to tell ({places}): "
        "what fills it there is a guess.",
        places=place_words(boxes, hole.shape),
    )


def _alarm(found: ResidualStatistics) -> bool:
    return found.largest > 0


def _sentence(found: ResidualStatistics) -> str:
    if found.largest == 0:
        return tr("Outside the mask every bit is as it came.")
    return tr("Outside the mask the picture has changed.")


def _find(evidence: Evidence) -> Detection | None:
    """Propose scratches after noise is removed, and dead pixels before."""
    found, share = evidence.found, evidence.found.impulses
    every = _hits(share), _scratches(found.scratches or 0), _marks(found.by_hand)
    parts = [part for part in every if part is not None]
    if not parts:
        return None
    worst = max(parts, key=lambda part: part.harm)
    return worst._replace(words=", ".join(part.words for part in parts), first=share > 0)


def _hits(share: float) -> Detection | None:
    """The damage of unknown pixels; a dead pixel is off by about half the range."""
    if not share:
        return None
    harm = 128 * share**0.5
    if share < _FEW:
        return Detection(tr("dead pixels"), tr("Hot or dead pixels"), harm, proposed=True)
    words = tr("{share:.0%} of the pixels hit", share=share)
    return Detection(words, words, harm, True)


def _scratches(count: int) -> Detection | None:
    """A line across a face is worse than noise everywhere, and each further line adds to that."""
    if not count:
        return None
    number = _number(count)
    words = plural("one scratch", "{number} scratches or specks", count, number=number)
    return Detection(words, tr("Torn or scratched"), harm=15 + 5 * min(count, 12), proposed=True)


def _marks(count: int) -> Detection | None:
    """The mask of a person."""
    if not count:
        return None
    words = plural("one mark", "{number} marks", count, number=_number(count))
    return Detection(words, tr("Marked to be filled"), harm=15 + 5 * min(count, 12), proposed=True)


def _number(count: int) -> str:
    return tr(_NUMBERS[count - 1]) if count <= len(_NUMBERS) else str(count)


INPAINT = TaskKind(
    name="inpaint",
    words=TaskWords(
        title="Fill holes and scratches",
        hint="Fills in what a mask marks; nothing else changes.",
        button="Fill",
        doing="Filling",
        done="Filled",
        after="filled",
        step="filling",
        ability="fills holes",
    ),
    prompted=True,
    options=("mask", "sensitivity"),
    numbers=(
        Number("match", "Match grain", "how much of the grain around a hole it is given", 0, 1, 1),
    ),
    needs_hole=True,
    warns=_warns,
    operator=_operator,
    start_sigma=_start_sigma,
    method=_method,
    refused={},
    facts=_facts,
    finer=_finer,
    network="filling",
    evaluations=(2, 4),
    exact="without noise",
    calibration=Calibration(1.15, least=1.0, of_depth=0.2),
    calibration_at_once=Calibration(1.25, least=1.0, of_depth=0.2),  # the samples are the prior's
    comparison=Comparison("Damaged", _alarm, _sentence),
    proposing=ProposalRule(verb="fill", find=_find, step=3, mention=2, of_old_photos=True),
)

"""A small picture: two to four times as wide and high, with plausible detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restorer.engine.tasks.comparison import usual_comparison
from restorer.engine.tasks.kind import (
    ONLY_HOLES,
    Calibration,
    DamageRequest,
    TaskKind,
    TaskWords,
    exact_or_noisy,
)
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.degradation.facts import Facts
    from restorer.degradation.operators import Downsample
    from restorer.engine.damage import Damage, Hole, Method
    from restorer.engine.inputs import Inputs


def _settings(asked: DamageRequest) -> dict[str, Any]:
    return {"scale": asked.scale, "filter": asked.filter}


def _operator(damage: Damage, hole: Hole | None) -> Downsample:
    from restorer.degradation.operators import Downsample

    return Downsample(damage.scale, damage.filter, 2 * damage.noise / 255)


def _start_sigma(damage: Damage, inputs: Inputs) -> float:
    """On 160-pixel crops of six to eight pictures, with noise in pairs: 0.4 (x2) and 1 (x4)."""
    return 0.2 * damage.scale


#: Noise that the trained network was shown in small pictures goes up to 6.
_MOST_NOISE = 6.0


def _method(damage: Damage, network: bool) -> tuple[Method, str]:
    if network and damage.noise <= _MOST_NOISE:
        return "conditional", tr("A network that learnt what a small picture lacks gives it back.")
    return exact_or_noisy(damage, network)


def _facts(damage: Damage) -> Facts:
    from restorer.degradation.facts import Facts

    return Facts(scale=damage.scale, noise=damage.noise)


UPSCALE = TaskKind(
    name="upscale",
    words=TaskWords(
        title="Enlarge",
        hint="Two to four times as wide and high, with plausible detail.",
        button="Enlarge",
        doing="Enlarging",
        done="Enlarged",
        after="enlarged",
        step="enlarging",
        ability="enlarges",
    ),
    prompted=True,
    grows=True,
    settings=_settings,
    operator=_operator,
    start_sigma=_start_sigma,
    refused=ONLY_HOLES,
    refused_with_noise={"ddnm": _("DDNM enlarges pictures without noise only; take diffpir.")},
    method=_method,
    facts=_facts,
    exact="without noise",
    # in fewer steps there is less error without noise; in twelve, 0.3 dB more
    pairs_from=5,
    calibration=Calibration(1.57, least=1.2),  # gain times the root of the scale
    calibration_at_once=Calibration(1.57, least=1.2),  # the samples are still the prior's
    comparison=usual_comparison("Made smaller"),
)

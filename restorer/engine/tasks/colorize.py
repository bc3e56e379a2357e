"""Lost colour. The window does not offer it, since the prior knows no objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.tasks.comparison import usual_comparison
from restorer.engine.tasks.kind import Calibration, TaskKind, TaskWords

if TYPE_CHECKING:
    from restorer.degradation.operators import Grayscale
    from restorer.engine.damage import Damage, Hole


def _operator(damage: Damage, hole: Hole | None) -> Grayscale:
    from restorer.degradation.operators import Grayscale

    return Grayscale(noise=2 * damage.noise / 255)


COLORIZE = TaskKind(
    name="colorize",
    words=TaskWords(
        title="Give colours",
        hint="Guesses colours for a grey picture.",
        button="Colour",
        doing="Colouring",
        done="Coloured",
        after="coloured",
        step="colouring",
        ability="gives colours",
        caution=(
            "The colours are guesses: this network sees no objects and may well paint a face green."
        ),
    ),
    offered=False,
    keeps_grey=False,
    operator=_operator,
    calibration=Calibration(2.0, least=1.2),
    comparison=usual_comparison("Made grey"),
)

"""What a plan depends on: it is not complete until that is known of what is asked for now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from restorer.document import Parameters
from restorer.document.content import Content
from restorer.document.masks.painted import Painted, PaintedMask
from restorer.document.plan import Plan, Prepared
from restorer.engine.models import ModelInfo

PROMPTED = ModelInfo("sd", "Stable Diffusion", "mit", 1, 1, Path("sd"), kind="latent")


@pytest.fixture
def plan() -> Plan:
    """Of a repair that has been prepared."""
    made = Plan(Content(), Painted(), Parameters(task="upscale"))
    assert not made.complete
    made.prepared = Prepared(made.parameters.request.to_prepare, None)
    assert made.complete
    return made


@pytest.mark.parametrize(
    ("change", "complete"),
    [
        ({"scale": 3}, False),
        ({"latent": PROMPTED}, False),
        ({"task": "deblur"}, False),
        ({"task": "denoise"}, True),
        ({"seed": 5}, True),
        ({"amount": 0.5}, True),
    ],
)
def test_another_request_is_prepared_anew_if_it_must_be(
    plan: Plan, change: dict[str, object], complete: bool
) -> None:
    plan.parameters = replace(plan.parameters, **change)
    assert plan.complete is complete


def test_faded_colours_come_back_where_a_face_is_protected_too() -> None:
    face = PaintedMask(np.zeros((4, 5), np.uint8))
    made = Plan(Content(), Painted(strength=face), Parameters(task="fade"))
    assert made.painted_strength == (None, None) and made.strength_known
    made.parameters = Parameters()
    assert made.painted_strength == (face, None) and not made.strength_known

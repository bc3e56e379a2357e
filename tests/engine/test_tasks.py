"""The table of kinds of tasks, and that nobody goes round it."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import restorer
from restorer.degradation.estimate import DegradationEstimate
from restorer.diffusion.schedule import LINEAR
from restorer.engine.damage import Damage
from restorer.engine.inputs import Inputs
from restorer.engine.methods import choose_method, evaluations_a_step
from restorer.engine.plan import plan_repair
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.errors import BadInput
from restorer.imaging.picture import Picture

ROOT = Path(restorer.__file__).parent


def test_no_other_module_knows_a_task_by_its_name() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"
        for path in sorted(ROOT.rglob("*.py"))
        if path.parent != ROOT / "engine" / "tasks"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in TASKS
    ]
    assert found == []


@pytest.mark.parametrize("name", TASKS)
def test_every_kind_says_what_a_person_reads(name: str) -> None:
    kind = TASKS[name]
    words = kind.words
    for text in (words.title, words.button, words.doing, words.done, words.after, words.step):
        assert text and not text.endswith(".")
    assert words.hint.endswith(".") and words.ability[0].islower()
    assert kind.proposing is None or kind.proposing.verb[0].islower()


def test_places_in_a_proposal_are_not_shared() -> None:
    asking = [kind.proposing for kind in TASKS.values() if kind.proposing]
    assert len({each.step for each in asking}) == len({each.mention for each in asking})
    assert len({each.step for each in asking}) == len(asking)


def test_noise_is_the_only_kind_with_neither_an_operator_nor_an_excess() -> None:
    assert [name for name, kind in TASKS.items() if kind.is_noise] == [DEFAULT_TASK]
    assert not any(kind.operator and kind.excess for kind in TASKS.values())
    assert evaluations_a_step(RestorationTask(start=100.0)) == 1


@pytest.mark.parametrize(
    ("damage", "method", "why"),
    [
        (Damage("upscale"), "repaint", "RePaint fills holes"),
        (Damage("deblur", blur="gaussian:2"), "ddnm", "blow up the noise"),
        (Damage("upscale", noise=3), "ddnm", "without noise only"),
        (Damage("upscale"), "ddnm", ""),
        (Damage("inpaint", mask="0", noise=3), "ddnm", ""),
        (Damage("colorize", noise=3), "ddnm", ""),
        (Damage("inpaint", mask="0"), "repaint", ""),
    ],
)
def test_methods_that_cannot_do_it_are_refused(damage: Damage, method: str, why: str) -> None:
    task = RestorationTask(start=100.0, damage=damage, method=method)
    if not why:
        assert choose_method(task)[0] == method
        return
    with pytest.raises(BadInput, match=why):
        choose_method(task)


def test_a_number_that_a_kind_does_not_know_is_refused() -> None:
    with pytest.raises(BadInput, match="The task upscale knows no contrast"):
        Damage("upscale", numbers=(("contrast", 0.5),))


@pytest.mark.parametrize(("scale", "sigma"), [(2, 0.4), (3, 0.6), (4, 0.8)])
def test_where_an_enlarging_begins_for_which_no_network_was_trained(
    scale: int, sigma: float
) -> None:
    """As it was measured, see the module; `tests/quality` asks the trained network only."""
    picture = Picture(np.full((32, 32, 3), 0.5, np.float32))
    clean = DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True)
    task = plan_repair(Damage("upscale", scale=scale, noise=20.0), Inputs(picture), clean)
    assert task.method != "conditional"
    assert float(LINEAR.sigma(task.start)) == pytest.approx(sigma, rel=0.01)


def test_noise_is_measured_where_no_data_are_exact() -> None:
    without = {name for name, kind in TASKS.items() if not kind.measures_noise}
    assert {"dejpeg", "destripe", "fade"} <= without and {"upscale", "inpaint"}.isdisjoint(without)
    assert all(not kind.measures_noise for kind in TASKS.values() if kind.is_noise)

"""Going on from a step of another run: its states to the bit, then what is asked for from there."""

from dataclasses import replace

import numpy as np
import pytest

from restorer.engine import branch
from restorer.engine.branch import changed_fields
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import ModelStatus
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken
from restorer.engine.record import recorded, steps_in
from restorer.engine.run import Run
from restorer.engine.strength import strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.errors import BadInput

from .known import AnalyticEngine, SmoothEngine, filling, holes, picture_with, task_for, waves

STEPS = 5


def frames(task, inputs, engine=AnalyticEngine):
    return list(engine().run(task, inputs, CancelToken()))


def same(one, other) -> bool:
    return all(
        np.array_equal(np.asarray(getattr(one, name)), np.asarray(getattr(other, name)))
        for name in ("x_t", "x0")
    )


def from_step(trunk: RestorationTask, after: int, **changes) -> RestorationTask:
    return replace(trunk, trunk=trunk, after=after, **changes)


@pytest.mark.parametrize("after", [0, 1, 3, 4])
@pytest.mark.parametrize(
    "asked",
    [
        {"faithfulness": 1.0},
        {"faithfulness": 0.3},
        {"faithfulness": 0.0, "sampler": "ddpm"},
        {"faithfulness": 0.0, "sampler": "ddim", "eta": 0.6},
    ],
    ids=lambda asked: " ".join(map(str, asked.values())),
)
def test_going_on_unchanged_gives_the_same_pixels(asked, after):
    inputs = Inputs(picture_with(40.0))
    trunk = task_for(40.0, steps=STEPS, seed=3, **asked)
    before, again = (frames(task, inputs) for task in (trunk, from_step(trunk, after)))
    assert len(again) == STEPS
    assert all(map(same, before, again))


@pytest.mark.parametrize(
    ("changes", "state_moves"),
    [
        ({"seed": 4}, True),
        ({"eta": 0.0}, True),
        ({"sampler": "dpmpp"}, True),
        ({"amount": 0.5}, False),
        ({"faithfulness": 1.0}, True),
        ({"faithfulness": 0.5}, False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_changes_does_so_from_the_step_on(changes, state_moves):
    inputs = Inputs(picture_with(40.0))
    trunk = task_for(40.0, steps=STEPS, faithfulness=0.0, sampler="ddim", eta=1.0)
    before, branch = (frames(task, inputs) for task in (trunk, from_step(trunk, 2, **changes)))
    assert all(map(same, before[:2], branch[:2]))
    np.testing.assert_array_equal(branch[2].x_t, before[2].x_t)  # the state it goes on from
    assert not np.array_equal(branch[-1].x0, before[-1].x0)
    assert np.array_equal(branch[-1].x_t, before[-1].x_t) != state_moves


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpmpp"])
def test_chance_does_not_count_in_the_last_step(sampler):
    inputs = Inputs(picture_with(40.0))
    trunk = task_for(40.0, steps=STEPS, faithfulness=0.4, sampler=sampler, eta=1.0)
    asked = {"seed": 4, "eta": 0.0, "sampler": "ddpm-quiet"}
    before, branch = (
        frames(task, inputs) for task in (trunk, from_step(trunk, STEPS - 1, **asked))
    )
    assert all(map(same, before, branch))
    assert changed_fields(from_step(trunk, STEPS - 1, **asked)) == ()
    assert changed_fields(from_step(trunk, STEPS - 2, **asked)) == ("sampler", "eta", "seed")


def test_another_model_answers_from_the_step_on():
    class Two(AnalyticEngine):
        def load(self, model="builtin", device="auto"):
            super().load()
            known = self._denoiser
            if model == "other":
                self._denoiser = lambda x_t, sigma: known(x_t, sigma) + 0.05
            return ModelStatus(model, 0, "CPU", "fp32")

    inputs = Inputs(picture_with(40.0))
    trunk = task_for(40.0, steps=STEPS, faithfulness=0.0)
    before, branch = (
        frames(task, inputs, Two) for task in (trunk, from_step(trunk, 3, model="other"))
    )
    assert all(map(same, before[:3], branch[:3]))
    np.testing.assert_allclose(branch[3].x0, before[3].x0 + 0.05, atol=1e-6)


def test_a_strength_that_is_painted_later_counts_from_the_step_on():
    picture = picture_with(40.0)
    strength = np.zeros(picture.pixels.shape[:2], np.float32)
    trunk = task_for(40.0, steps=STEPS)
    task = from_step(trunk, 2, strength=strength_digest(strength))
    before = frames(trunk, Inputs(picture))
    branch = frames(task, Inputs(picture, strength=strength, trunk=Inputs(picture)))
    assert same(branch[1], before[1])
    np.testing.assert_array_equal(branch[2].picture, picture.pixels)


@pytest.mark.parametrize("asked", [{}, {"faithfulness": 0.5}, {"method": "repaint"}], ids=str)
def test_a_repair_goes_on_unchanged_and_with_other_chance(asked):
    picture = waves()
    trunk, hole = filling(picture, steps=STEPS, **asked)
    tasks = trunk, from_step(trunk, 2), from_step(trunk, 2, seed=9)
    before, again, other = (frames(task, Inputs(picture, hole), SmoothEngine) for task in tasks)
    assert all(map(same, before, again))
    assert all(map(same, before[:2], other[:2]))
    assert bool(asked) != same(before[-1], other[-1])  # towards the mean there is no chance


def test_another_mask_holds_from_the_step_on():
    picture = waves()
    trunk, hole = filling(picture, steps=STEPS)
    wider = holes(picture)
    wider[10:14, 5:20], wider[30:34, 5:12] = False, True
    task = from_step(trunk, 2, damage=replace(trunk.damage, mask=mask_digest(wider)))
    before = frames(trunk, Inputs(picture, hole), SmoothEngine)
    branch = frames(task, Inputs(picture, wider, trunk=Inputs(picture, hole)), SmoothEngine)
    assert all(map(same, before[:2], branch[:2]))
    result = branch[-1].picture
    np.testing.assert_array_equal(result[~wider], picture.pixels[~wider])
    assert (result[wider & ~hole] != picture.pixels[wider & ~hole]).any()
    # what was known until then is a guess from what is around it
    guess = (branch[2].x_t * np.hypot(1, branch[2].info.sigma) + 1) / 2
    lost = wider & ~hole
    assert (np.abs(guess - picture.pixels)[lost].mean(axis=1) > 1e-3).mean() > 0.9
    np.testing.assert_allclose(guess[~wider & ~hole], picture.pixels[~wider & ~hole], atol=1e-6)


def test_a_branch_of_a_branch_keeps_what_was_asked_for_before_it():
    inputs = Inputs(picture_with(40.0))
    trunk = task_for(40.0, steps=STEPS, faithfulness=0.0, sampler="ddpm")
    one = from_step(trunk, 1, seed=1)
    two, earlier = from_step(one, 3, seed=2), from_step(one, 1, seed=5)
    assert [leg.after for leg in two.legs] == [0, 1, 3]
    assert earlier.legs == (trunk, earlier)  # nothing of the first branch is left
    first, second = (frames(task, inputs) for task in (one, two))
    assert all(map(same, first[:4], second[:4]))
    assert not same(first[4], second[4])


def test_the_record_holds_all_of_it_but_words_that_are_private():
    picture = picture_with(40.0)
    trunk = task_for(40.0, steps=STEPS, faithfulness=0.0, toward="photo", seed=2**40)
    task = from_step(trunk, 2, toward="painting", seed=7)
    assert RestorationTask.from_json(task.to_json()) == task
    (step,) = steps_in(recorded(picture, task, picture, prompts=False))
    assert step.private
    assert (step.task.toward, step.task.trunk.toward) == ("", "")


def test_what_cannot_change_on_the_way_is_refused(monkeypatch):
    trunk = task_for(40.0, steps=STEPS)
    monkeypatch.setattr(branch, "takes_prompt", lambda model: model == "sd")
    for one, other in ((trunk, replace(trunk, model="sd")), (replace(trunk, model="sd"), trunk)):
        with pytest.raises(BadInput, match="are latents"):
            branch.make_branch(one, 2, other)
    with pytest.raises(BadInput, match="no step 6"):
        from_step(trunk, 5)
    with pytest.raises(BadInput, match="keeps what is undone"):
        from_step(trunk, 2, start=10.0)
    with pytest.raises(BadInput, match="keeps what is undone"):
        from_step(trunk, 2, damage=Damage("inpaint", mask="x"))
    with pytest.raises(BadInput, match="record"):
        RestorationTask.from_json('{"start": 3, "after": 1.0}')
    picture = waves()
    filled, hole = filling(picture, steps=STEPS)
    with pytest.raises(BadInput, match="look of a repair"):
        frames(from_step(filled, 2, faithfulness=0.5), Inputs(picture, hole), SmoothEngine)


@pytest.mark.parametrize("asked", [{}, {"faithfulness": 0.0, "sampler": "ddim"}], ids=str)
def test_what_was_answered_on_the_common_way_is_not_asked_again(asked):
    inputs, engine = Inputs(picture_with(40.0, size=(150, 170))), AnalyticEngine(tile=96)
    trunk = task_for(40.0, steps=STEPS, **asked)
    run = Run(1, trunk, inputs, Trajectory(trunk))
    run.answers.room = 1 << 24
    list(run.carry_out(engine, lambda: None))
    each = engine.evaluations // STEPS
    task = from_step(trunk, 3)
    branch = Run(2, task, inputs, Trajectory(task), answers=run.answers.before(3))
    list(branch.carry_out(engine, lambda: None))
    assert engine.evaluations == (STEPS + STEPS - 3) * each
    assert branch.answers.recalled == 3 * each
    np.testing.assert_array_equal(branch.trajectory.result, run.trajectory.result)
    run.answers.forget_unless_from("another device")
    assert not run.answers.before(3)._kept

import math

import pytest

from restorer.errors import BadInput
from restorer.training.recipe import SCRATCH, Recipe


def test_json_both_ways():
    recipe = Recipe(folders=("a", "b"), minutes=3.0, rate=1e-4)
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"folders": ["a"], "steps": 1, "magic": 2}'])
def test_other_json_is_refused(text):
    with pytest.raises(BadInput):
        Recipe.from_json(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": None},
        {"minutes": 1.0},
        {"steps": None, "minutes": -1.0},
        {"steps": None, "minutes": math.inf},
        {"batch": 0},
        {"crop": 20},
        {"crop": 8},
        {"rate": 0.0},
        {"rate": math.nan},
        {"seed": -1},
        {"memory": 10},
        {"folders": ()},
    ],
)
def test_values_that_make_no_training(wrong):
    with pytest.raises(BadInput) as caught:
        Recipe(**{"folders": ("a",), "steps": 10} | wrong)
    assert caught.value.sentence.endswith(".")


def test_the_rate_rises_and_then_falls_as_a_cosine():
    recipe = Recipe(folders=("a",), steps=1000, rate=1.0)
    rates = [recipe.learning_rate(recipe.progress(step, 0)) for step in range(1001)]
    top = max(range(1001), key=rates.__getitem__)
    assert 0 < rates[0] < 0.05
    assert top == 50
    assert rates[top] > 0.99
    assert all(a > b for a, b in zip(rates[top:], rates[top + 1 :], strict=False))
    assert rates[-1] == pytest.approx(0)
    assert rates[525] == pytest.approx(0.5, abs=0.05)


def test_by_the_clock():
    recipe = Recipe(folders=("a",), minutes=2.0)
    assert recipe.progress(10**6, 60.0) == pytest.approx(0.5)
    assert recipe.progress(0, 500.0) == 1
    assert recipe.milestone_seconds == pytest.approx(30)
    assert Recipe(folders=("a",), minutes=600.0).milestone_seconds == pytest.approx(120)


def test_good_weights_get_a_gentler_rate():
    gentle = Recipe(folders=("a",), steps=1).peak
    assert 0 < gentle < Recipe(folders=("a",), steps=1, start=SCRATCH).peak


def test_a_linear_schedule_holds_and_then_falls_to_nothing():
    recipe = Recipe(folders=("a",), minutes=1, rate=1.0, schedule="linear", hold=0.4, warm_up=0.02)
    rates = [recipe.learning_rate(progress / 100) for progress in range(101)]
    assert rates[2:41] == pytest.approx([1.0] * 39)
    assert rates[70] == pytest.approx(0.5)
    assert rates[100] == 0


def test_two_shapes_of_crops():
    recipe = Recipe(folders=("a",), steps=4, batch=64, crop=128, late_batch=16, late_crop=256)
    assert [recipe.shape(recipe.is_late(n / 4)) for n in range(4)] == 3 * [(64, 128)] + [(16, 256)]
    assert recipe.largest_crop == 256
    assert not Recipe(folders=("a",), steps=4).is_late(1.0)
    with pytest.raises(BadInput, match="both"):
        Recipe(folders=("a",), steps=4, late_crop=256)


def test_an_older_record_is_read():
    text = Recipe(folders=("a",), steps=1, blocks=(3,)).to_json().replace("[3]", "3")
    assert Recipe.from_json(text).blocks == (3,)

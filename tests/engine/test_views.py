"""What there is to see of a run: pixels, words and legends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from restorer.engine.damage import Damage
from restorer.engine.guessed_fill import guessed
from restorer.engine.inputs import Inputs
from restorer.engine.run import Run
from restorer.engine.spread import Spread
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Frame, FrameInfo, Trajectory
from restorer.engine.views import DOUBT, RESIDUAL, VIEWS
from restorer.imaging.picture import Picture


def finished_run() -> Run:
    pixels = np.random.default_rng(3).random((96, 120, 3), np.float32)
    task = RestorationTask(start=60.0, steps=1, damage=Damage())
    run = Run(1, task, Inputs(Picture(pixels)), Trajectory(task))
    x0 = pixels * np.float32(2) - np.float32(1)
    run.trajectory.append(Frame(FrameInfo(0, 1, 60.0, 0.2, 0.1), x0, x0))
    return run


def test_names_and_keys_differ() -> None:
    assert len({view.name for view in VIEWS}) == len({view.key for view in VIEWS}) == len(VIEWS)


def test_every_view_makes_pixels_of_the_size_of_the_result() -> None:
    run = finished_run()
    for view in VIEWS:
        rendered = view.render(run, 0, lambda: None)
        assert rendered.pixels.shape == (96, 120, 3), view.name
        assert 0 <= rendered.pixels.min() <= rendered.pixels.max() <= 1, view.name


def test_doubt_says_where_it_is_large_and_what_red_means() -> None:
    run = finished_run()
    before = DOUBT.render(run, 0, lambda: None).legend
    assert before is not None and (before.low, before.high) == ("doubt not measured yet", "")
    assert before.colours[0] == before.colours[1], "nothing is red yet"
    std = np.full((96, 120), 4 / 255, np.float32)
    std[64:, 90:] = 40 / 255
    run.spread = Spread(std, 2, "slope")
    rendered = DOUBT.render(run, 0, lambda: None)
    assert "in the frames (lower right) within" in rendered.sentence
    assert rendered.legend is not None
    assert rendered.legend.high == "off by 64 of 255 or more"
    red = rendered.pixels[80, 105]
    np.testing.assert_allclose(red * 255, rendered.legend.colours[1], atol=0.51)


def test_half_the_doubt_that_is_shown_in_full_is_half_as_red() -> None:
    shown = []
    for level in (0, 16, 32, 64):
        run = finished_run()
        run.spread = Spread(np.full((96, 120), level / 255, np.float32), 2, "slope")
        shown.append(DOUBT.render(run, 0, lambda: None).pixels)
    none, half, full, more = shown
    np.testing.assert_allclose(half, (none + full) / 2, atol=5e-4)
    np.testing.assert_array_equal(full, more)


def test_what_nothing_tells_of_a_filling_is_striped_before_doubt_is_measured_and_after() -> None:
    run = finished_run()
    hole = np.zeros((96, 120), bool)
    hole[:70, :80] = True  # a corner is lost
    guess = guessed(hole)
    run.inputs = replace(run.inputs, hole=hole)
    for spread in (None, Spread(np.full((96, 120), 4 / 255, np.float32) * hole, 2, "seeds")):
        run.spread = spread
        rendered = DOUBT.render(run, 0, lambda: None)
        assert rendered.sentence.startswith("Striped (")
        assert rendered.legend is not None
        assert (rendered.legend.high == "striped: a guess") is (spread is None)
        colours = np.unique(np.round(rendered.pixels[guess] * 255), axis=0)
        assert len(colours) == 2 and (colours[1] == 255).all()
        assert len(np.unique(rendered.pixels[~guess], axis=0)) > 2


def test_how_sure_a_protected_area_is_comes_first() -> None:
    run = finished_run()
    strength = np.ones((96, 120), np.float32)
    strength[:30, :40], strength[60:90, 80:110] = 0.4, 0
    run.inputs = replace(run.inputs, strength=strength)
    std = np.full((96, 120), 4 / 255, np.float32)
    std[60:90, 80:110] = 0
    run.spread = Spread(std, 2, "slope")
    rendered = DOUBT.render(run, 0, lambda: None)
    first = "Protected, upper left: within 8 of 255. Protected, lower right: every bit as it came. "
    assert rendered.sentence.startswith(first + "The truth lies within 8")
    assert (rendered.pixels[0, :40] == 1).all() and (rendered.pixels[89, 80:110] == 1).all()


def test_a_step_of_a_filling_that_kept_the_rest_is_not_said_to_have_changed_it() -> None:
    run = finished_run()
    pixels = run.inputs.picture.pixels
    hole = np.zeros((96, 120), bool)
    hole[40:50, 40:50] = True
    task = replace(run.task, steps=2, damage=Damage("inpaint", mask="a"))
    kept = Run(1, task, replace(run.inputs, hole=hole), Trajectory(task))
    for index in range(2):
        x0 = np.where(hole[..., None], np.float32(0), 2 * pixels - 1)
        said = np.where(hole[..., None], np.float32(0.5), pixels)
        kept.trajectory.append(Frame(FrameInfo(index, 2, 60.0, 0.2, 0.1), x0, x0, picture=said))
    for index in range(2):
        said = RESIDUAL.render(kept, index, lambda: None).sentence
        assert said.startswith("Outside the mask every bit is as it came."), index

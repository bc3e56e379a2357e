"""What can be done about an old photograph, as a list to choose from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation.estimate import DegradationEstimate
from restorer.engine.carry_out import task_done
from restorer.engine.engine import Engine
from restorer.engine.job import Source, plan
from restorer.engine.old_photo import LOOK, Offer, chosen_job, offers, preview_step, with_suspected
from restorer.engine.outcome import Outcome
from restorer.engine.plan import start_for
from restorer.engine.request import Request
from restorer.engine.task import CAMERA_MODEL
from restorer.errors import BadInput
from restorer.imaging.picture import Picture

CLEAN = DegradationEstimate(noise=0.4, noise_in_file=0.4, clean=True, scratches=0)


def source(found: DegradationEstimate = CLEAN, **maps: np.ndarray) -> Source:
    y, x = np.mgrid[:240, :300].astype(np.float32) / 300
    pixels = np.stack([0.45 + 0.2 * x, 0.4 + 0.2 * y, 0.35 + 0.15 * x * y], axis=2)
    return Source(Picture(pixels), found, **maps)


def test_what_people_expect_is_always_offered_in_the_order_to_be_done() -> None:
    found = replace(CLEAN, noise=9.0, clean=False, scratches=3, faded=True)
    assert offers(source(found)) == (
        Offer("denoise", "noise 9/255", True),
        Offer("inpaint", "three scratches or specks", True),
        Offer("fade", "faded colours", True),
    )
    assert [(one.kind, one.proposed) for one in offers(source())] == [
        ("denoise", False),
        ("inpaint", False),
        ("fade", False),
    ]


def test_marks_that_may_be_damage_are_told_and_not_ticked() -> None:
    filling = offers(source(replace(CLEAN, perhaps=7)))[1]
    assert filling == Offer("inpaint", "7 marks that may be damage", False)


def test_grain_that_may_be_texture_is_told_and_taken_off_where_it_is_chosen() -> None:
    plain = source()
    assert chosen_job(Request(), plain, ("denoise",)).task.start is None, "there is none"
    rng = np.random.default_rng(0)
    grain = gaussian_filter(rng.standard_normal((240, 300)), 0.6)
    pixels = plain.picture.pixels + np.float32(6 / 255 / grain.std()) * grain[..., None]
    grainy = with_suspected(replace(plain, picture=Picture(pixels.astype(np.float32))))
    cleaning = offers(grainy)[0]
    assert cleaning == Offer("denoise", "grain or fine texture of 5/255", False)
    assert chosen_job(Request(), grainy, ("fade",)).task.damage.kind == "fade"
    task = chosen_job(Request(), grainy, ("denoise",)).task
    assert task.start == pytest.approx(start_for(6), rel=0.25)
    assert task.model == CAMERA_MODEL, "neighbours share it"


def test_what_was_found_besides_is_offered_too() -> None:
    kinds = [one.kind for one in offers(source(replace(CLEAN, stripes=5.0)))]
    assert kinds == ["destripe", "denoise", "inpaint", "fade"]


def test_stains_over_a_picture_in_one_tone_are_told_and_not_evened_out_unasked() -> None:
    plain = source()
    pixels = plain.picture.pixels.mean(axis=2, keepdims=True) * np.array([1, 0.9, 0.7])
    pixels[60:160, 60:160] *= (1, 0.85, 0.5)
    stained = with_suspected(replace(plain, picture=Picture(pixels.astype(np.float32))))
    fading = offers(stained)[-1]
    assert fading == Offer("fade", "stains or yellowing in another colour", False)
    assert not with_suspected(plain).found.uneven


def test_only_the_chosen_steps_are_done() -> None:
    found = replace(CLEAN, noise=9.0, clean=False, scratches=3, faded=True)
    hole = np.zeros((240, 300), bool)
    hole[100:104, 50:200] = True
    job = plan(Request(task="auto"), source(found, hole=hole), chosen=("inpaint", "fade"))
    assert [job.request.task, *(step.task for step in job.rest)] == ["inpaint", "fade"]


def test_a_protected_face_is_locked_against_invention_and_not_against_a_curve_of_colours() -> None:
    hole = np.zeros((240, 300), bool)
    hole[100:104, 50:200] = True
    face = np.ones((240, 300), np.float32)
    face[40:80, 40:80] = 0
    found = replace(CLEAN, scratches=3, faded=True)
    filling = plan(Request(task="auto"), source(found, hole=hole, strength=face))
    colours = filling.after(None)
    assert colours is not None
    assert filling.inputs.strength is face and filling.task.strength
    assert colours.task.damage.kind == "fade"
    assert colours.inputs.strength is None and not colours.task.strength
    with pytest.raises(BadInput, match="leave the strength map out"):
        plan(Request(task="fade"), source(found, strength=face))


@pytest.mark.parametrize("kind", ["fade", "inpaint"])
def test_a_look_shows_what_the_step_really_does(kind: str) -> None:
    hole = np.zeros((240, 300), bool)
    hole[200:204, 220:260] = True
    marked = source(replace(CLEAN, faded=True, scratches=1), hole=hole)
    marked.picture.pixels[hole] = 1

    def restore(job: object) -> Outcome:
        return task_done(job.task, job.inputs, engine, "cpu")  # type: ignore[attr-defined]

    engine = Engine()
    before, after, filled = preview_step(kind, marked, restore)
    assert before.shape == after.shape and max(before.shape) <= max(LOOK, 300)
    if kind == "inpaint":
        assert before.max() == 1 and after.max() < 0.9, "it looks where there is something to fill"
        assert filled is not None and np.array_equal(filled, (before == 1).all(axis=2))
    else:
        assert np.ptp(after) > np.ptp(before)

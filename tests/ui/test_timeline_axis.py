"""The numbers of the timeline: where t lies, where things fit. No window."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from restorer.diffusion.schedule import LINEAR, cosine, scaled_linear
from restorer.engine.trajectory import FrameInfo
from restorer.ui.timeline.axis import Spacing, TimeAxis
from restorer.ui.timeline.layout import Span, fit_thumbnails, keep_apart
from restorer.ui.timeline.model import Handle, PlayheadPosition, TimelineModel
from restorer.ui.timeline.motion import frame_interval
from restorer.ui.timeline.readout import hover_lines, readout, spoken_text

AXES = [
    TimeAxis(schedule, spacing)
    for schedule in (LINEAR, cosine(), scaled_linear())
    for spacing in Spacing
]


@pytest.fixture(params=AXES, ids=lambda axis: f"{len(axis.schedule)}-{axis.spacing}")
def axis(request: pytest.FixtureRequest) -> TimeAxis:
    return request.param


def test_noise_is_left_and_clean_is_right(axis: TimeAxis) -> None:
    assert axis.fraction(999) == pytest.approx(0)
    assert axis.fraction(0) == pytest.approx(1)


def test_the_axis_falls_with_t(axis: TimeAxis) -> None:
    fractions = [axis.fraction(t) for t in np.linspace(0, 999, 777)]
    assert all(a > b for a, b in itertools.pairwise(fractions))


def test_t_to_x_and_back_is_exact(axis: TimeAxis) -> None:
    for t in [0, 0.3, 1, 7.5, 70, 333.3, 998.5, 999]:
        assert axis.t_at(axis.fraction(t)) == pytest.approx(t, abs=1e-6)
    for fraction in np.linspace(0, 1, 101):
        assert axis.fraction(axis.t_at(fraction)) == pytest.approx(fraction, abs=1e-9)


def test_beyond_the_ends_is_the_end(axis: TimeAxis) -> None:
    assert axis.t_at(-0.2) == pytest.approx(999)
    assert axis.t_at(1.2) == pytest.approx(0)
    assert axis.fraction(5000) == pytest.approx(0)
    assert axis.fraction(-3) == pytest.approx(1)


def test_log_snr_gives_equal_ratios_of_noise_equal_widths() -> None:
    schedule = LINEAR
    axis = TimeAxis(schedule)
    t = schedule.t_from_noise(np.array([5.0, 10.0, 20.0, 40.0]))
    widths = np.diff([axis.fraction(float(each)) for each in t])
    assert widths == pytest.approx(widths[0])


def test_linear_t_is_linear() -> None:
    axis = TimeAxis(LINEAR, Spacing.LINEAR)
    assert axis.fraction(999 / 4) == pytest.approx(3 / 4)


def test_labels_start_with_the_ends() -> None:
    candidates = TimeAxis(LINEAR).label_candidates()
    assert candidates[:2] == [0, 999]
    assert len(set(candidates)) == len(candidates)
    assert all(0 <= t <= 999 for t in candidates)


# -- what fits -----------------------------------------------------------------------------


def test_the_less_wanted_gives_way() -> None:
    wanted = [("a", Span(0, 10)), ("b", Span(12, 20)), ("c", Span(30, 40))]
    assert list(keep_apart(wanted, gap=4)) == ["a", "c"]
    assert list(keep_apart(wanted, gap=2)) == ["a", "b", "c"]


@pytest.mark.parametrize("count", [1, 2, 8, 13, 40, 300])
def test_thumbnails_never_overlap(count: int) -> None:
    generator = np.random.default_rng(count)
    ticks = sorted(generator.uniform(100, 500, count).tolist())
    spans = fit_thumbnails(ticks, 32, Span(16, 510))
    assert count - 1 in spans  # the newest
    assert len(spans) == count or count == 300, "as many as there are steps, if there is room"
    for index, span in spans.items():
        assert count <= 40 or span.start - 1e-9 <= ticks[index] <= span.end + 1e-9
        assert span.start >= 16 - 1e-9
        assert span.end <= 510 + 1e-9
    for left, right in itertools.pairwise(spans.values()):
        assert right.start >= left.end + (4 if count < 12 else 1) - 1e-9


def test_thumbnails_with_room_stand_in_the_middle() -> None:
    assert fit_thumbnails([100, 200], 32, Span(0, 300)) == {0: Span(84, 116), 1: Span(184, 216)}


def test_as_many_thumbnails_as_can_be() -> None:
    ticks = [100, 110, 120, 130]
    starts = [span.start for span in fit_thumbnails(ticks, 32, Span(0, 300)).values()]
    assert starts == pytest.approx([45, 81, 117, 153])  # about the middle of their ticks
    # what is right of the first, with a half of it: 66 for four, or half of it all, 75
    narrow = fit_thumbnails(ticks, 32, Span(0, 150)).values()
    assert [span.size for span in narrow] == [17] * 4
    assert [span.start for span in narrow] == pytest.approx([79.5, 97.5, 115.5, 133 - 1e-9], abs=1)
    # not all of them even if narrow: 11 would need 76 pixels
    tight = fit_thumbnails([float(tick) for tick in range(60, 115, 5)], 32, Span(50, 120))
    assert len(tight) < 11 and 10 in tight and {span.size for span in tight.values()} == {6}


def test_no_thumbnails_without_frames() -> None:
    assert fit_thumbnails([], 32, Span(0, 100)) == {}


# -- where the playhead may stand -----------------------------------------------------------


def infos(count: int, start: float) -> list[FrameInfo]:
    schedule = LINEAR
    return [
        FrameInfo(i, count, float(t), float(schedule.sigma(t)), 0.5)
        for i, t in enumerate(schedule.spaced(start, count))
    ]


@pytest.fixture
def model() -> TimelineModel:
    model = TimelineModel(LINEAR)
    model.place = model.start = 70.0
    model.playhead = model.rest
    return model


def test_without_frames_the_forward_world_is_free_and_ends_at_the_picture(
    model: TimelineModel,
) -> None:
    assert model.snapped(300.5) == PlayheadPosition(300.5)
    assert model.snapped(20) == PlayheadPosition(70)
    assert model.snapped(2000) == PlayheadPosition(999)


def test_among_frames_the_playhead_snaps(model: TimelineModel) -> None:
    model.set_frames(infos(7, 70))  # 70, 60, ... 10
    assert model.snapped(58) == PlayheadPosition(60, 1)
    assert model.snapped(20) == PlayheadPosition(20, 5)
    assert model.snapped(2) == PlayheadPosition(0, 6)  # a run that is over ends at clean
    assert model.snapped(71) == PlayheadPosition(71)


def test_steps_go_through_frames_into_the_forward_world_and_back(model: TimelineModel) -> None:
    model.set_frames(infos(7, 70))
    model.playhead = model.at_frame(1)
    model.playhead = model.stepped(-1)
    assert model.playhead.frame == 0
    model.playhead = model.stepped(-1)
    assert model.playhead.frame is None
    assert model.playhead.t > 70
    model.playhead = model.stepped(1)
    assert model.playhead.frame == 0
    assert model.stepped(100).frame == 6


def test_the_first_step_from_the_picture_is_the_first_frame(model: TimelineModel) -> None:
    model.set_frames(infos(7, 70))
    assert model.playhead == model.rest
    assert model.stepped(1) == model.at_frame(0)


def test_a_frame_that_is_gone_gives_the_playhead_back(model: TimelineModel) -> None:
    model.set_frames(infos(7, 70))
    model.playhead = model.at_frame(5)
    model.set_frames(infos(3, 70))
    assert model.playhead == PlayheadPosition(70)


def test_pending_steps_are_those_of_the_sampler(model: TimelineModel) -> None:
    model.running, model.expected_steps = True, 7
    model.set_frames(infos(7, 70)[:3])
    assert model.pending == pytest.approx([40, 30, 20, 0])
    model.running = False
    assert model.pending == []


def test_playing_ends_or_loops(model: TimelineModel) -> None:
    model.set_frames(infos(2, 70))
    model.playhead = model.at_frame(0)
    assert model.next_frame(loop=False) == model.at_frame(1)
    model.playhead = model.at_frame(1)
    assert model.next_frame(loop=False) is None
    assert model.next_frame(loop=True) == model.at_frame(0)


def test_the_fog_settles_until_all_is_noise(model: TimelineModel) -> None:
    model.playhead = model.rest
    for _ in range(5):
        before = model.playhead.t
        fogged = model.next_forward(0.25, loop=False)
        if fogged is None:
            break
        model.playhead = fogged
        assert model.playhead.t > before
    assert model.playhead.t == pytest.approx(999)
    assert model.next_forward(0.25, loop=True) == model.rest


def test_a_clean_picture_has_nothing_to_start_from(model: TimelineModel) -> None:
    model.clean = True
    assert model.default_start == 0


def test_pace() -> None:
    assert frame_interval(8) == 400
    assert 60 <= frame_interval(40) < 400
    assert frame_interval(10_000) == 60


def test_latents_have_no_noise_of_the_pictures_own() -> None:
    """They say how much is made anew, and what is a preview; on another axis not even that."""
    model = TimelineModel(scaled_linear())
    model.latent = model.latent_frames = True
    model.place = 0.0
    model.set_frames([FrameInfo(0, 2, 299, 0.83, 0.5, True), FrameInfo(1, 2, 149, 0.45, 1.0)])
    model.start = 299.0
    model.start_is_moving, model.active = True, Handle.START
    assert "strength 30 %" in [item.text for item in readout(model)]
    assert spoken_text(model) == "t 299, strength 30 %"
    model.start_is_moving, model.active = False, Handle.PLAYHEAD
    model.playhead = model.at_frame(0)
    assert [item.text for item in readout(model)][:4] == [
        "step 1 of 2",
        "preview",
        "t 299",
        "strength 30 %",
    ]
    assert hover_lines(model, model.playhead)[0] == "step 1 of 2, preview"
    assert spoken_text(model) == "t 299, strength 30 %, step 1 of 2, preview"
    model.playhead = model.at_frame(1)
    assert "preview" not in spoken_text(model)
    model.latent = False  # the prior was chosen since
    assert not any("noise" in item.text or "strength" in item.text for item in readout(model))

"""Zoom and place: plain geometry."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.ui.canvas.geometry import LARGEST_ZOOM, Geometry


def view(picture: tuple[int, int], viewport: tuple[int, int] = (800, 600)) -> Geometry:
    made = Geometry()
    made.set_viewport(*viewport, 0)
    made.set_picture(*picture)
    return made


def test_fit_shows_all_and_is_centred() -> None:
    made = view((1600, 600))
    assert made.zoom == pytest.approx(0.5)
    assert made.target == (0, 150, 800, 300)
    assert made.visible == (0, 0, 1600, 600)


def test_fit_never_enlarges() -> None:
    made = view((100, 50))
    assert made.zoom == 1
    assert made.target == (350, 275, 100, 50)


def test_a_tiny_picture_is_enlarged_to_be_seen() -> None:
    assert view((1, 1)).target[2:] == (32, 32)
    assert view((3, 8)).target[2:] == (72, 192)
    assert view((40, 30)).zoom == 4


def test_fit_follows_the_viewport_until_somebody_zooms() -> None:
    made = view((1600, 1200))
    made.set_viewport(400, 300, 0)
    assert made.zoom == pytest.approx(0.25)
    made.zoom_to(1)
    made.set_viewport(800, 600, 0)
    assert made.zoom == 1


def test_point_under_the_cursor_stays() -> None:
    made, rng = view((4000, 3000)), np.random.default_rng(0)
    made.zoom_to(1.0)
    for _ in range(200):
        x, y = rng.uniform(250, 550), rng.uniform(200, 400)
        before = made.to_picture(x, y)
        zoom = made.zoom
        made.zoom_by(rng.uniform(0.8, 1.25), x, y)
        if not 0.5 < made.zoom < 20:
            made.zoom_to(1.0)
            continue
        # The origin is a whole device pixel, so it may be off by half of one.
        after = made.to_picture(x, y)
        assert np.allclose(before, after, atol=0.51 / min(zoom, made.zoom))


def test_zooming_stops_at_100_percent_on_the_way() -> None:
    made = view((4000, 3000))
    made.zoom_to(0.95)
    made.zoom_by(1.2, 400, 300)
    assert made.zoom == 1
    made.zoom_by(1.2, 400, 300)
    assert made.zoom == pytest.approx(1.2)


def test_stops_lead_in_and_out_again() -> None:
    made = view((4000, 3000))
    seen = [made.zoom]
    while made.zoom < LARGEST_ZOOM:
        made.zoom_to(made.next_stop(inwards=True))
        seen.append(made.zoom)
    assert seen == sorted(set(seen))
    assert 1 in seen
    made.zoom_to(made.next_stop(inwards=False))
    assert made.zoom == 24


def test_picture_cannot_be_lost() -> None:
    made = view((1000, 1000))
    made.zoom_to(2)
    made.pan(1e6, -1e6)
    left, top, width, height = made.target
    assert left <= 400 <= left + width
    assert top <= 300 <= top + height
    assert made.visible[2] > 0
    assert made.visible[3] > 0


def test_a_whole_picture_does_not_move() -> None:
    made = view((100, 100))
    place = made.target
    made.pan(50, 50)
    assert made.target == place
    assert made.fitted


def test_same_size_keeps_the_view_another_is_fitted() -> None:
    made = view((2000, 2000))
    made.zoom_to(3, 10, 10)
    place = made.target
    made.set_picture(2000, 2000)
    assert made.target == place
    made.set_picture(2000, 1000)
    assert made.zoom == made.fit_zoom


def test_visible_counts_pixels_seen_in_part() -> None:
    made = view((1000, 1000), (101, 101))
    made.zoom_to(4)
    _, _, width, height = made.visible
    assert width in (26, 27)
    assert height in (26, 27)


def test_an_enlarged_picture_is_counted_in_its_own_pixels_and_stays_where_it_is() -> None:
    made = view((1000, 1000))
    made.zoom_to(2, 100, 100)
    place = made.target
    made.set_times(2)
    assert made.target == place
    assert made.percent == 1
    made.zoom_by(1.1, 400, 300)
    assert made.next_stop(inwards=False) == 2
    small = view((100, 50))
    small.set_times(3)
    assert small.percent == 1
    assert small.target[2:] == (300, 150)
    assert small.visible == (0, 0, 100, 50)

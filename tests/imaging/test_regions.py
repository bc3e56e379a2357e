from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restorer.errors import BadInput
from restorer.imaging.mask_files import read_mask, write_mask
from restorer.imaging.regions import alike, distance, enclosed, feathered, grown, shrunk


def disc(radius: float, side: int = 120) -> np.ndarray:
    y, x = np.mgrid[:side, :side] + 0.5
    return np.hypot(x - side / 2, y - side / 2) <= radius


# What a line encloses


def test_a_rectangle_encloses_its_pixels_and_no_others() -> None:
    region = enclosed([(3, 2), (17, 2), (17, 9), (3, 9)], (20, 12))
    expected = np.zeros((12, 20), bool)
    expected[2:9, 3:17] = True
    assert np.array_equal(region, expected)


def test_a_polygon_agrees_with_counting_crossings_point_by_point() -> None:
    rng = np.random.default_rng(5)
    points = [(float(x), float(y)) for x, y in rng.uniform(-20, 80, (9, 2))]
    region = enclosed(points, (64, 48))
    for y in range(48):
        for x in range(64):
            inside = False
            for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
                if (ay <= y + 0.5) != (by <= y + 0.5):
                    inside ^= ax + (y + 0.5 - ay) * (bx - ax) / (by - ay) <= x + 0.5
            assert region[y, x] == inside


@pytest.mark.parametrize("points", [[], [(5, 5)], [(5, 5), (9, 9)], [(30, 30), (40, 30), (35, 50)]])
def test_what_has_no_inside_encloses_nothing(points: list[tuple[float, float]]) -> None:
    assert not enclosed(points, (20, 20)).any()


# What has one colour


def test_alike_takes_what_differs_by_the_tolerance_and_no_more() -> None:
    ramp = np.repeat((np.arange(256, dtype=np.float32) / 255)[None, :, None], 3, axis=2)
    for tolerance in (0, 1, 20):
        region = alike(ramp, (100, 0), tolerance)
        assert np.flatnonzero(region[0]).tolist() == list(range(100 - tolerance, 101 + tolerance))


def test_every_channel_counts() -> None:
    pixels = np.zeros((1, 4, 3), np.float32)
    for channel in range(3):
        pixels[0, channel + 1, channel] = 30 / 255
    assert alike(pixels, (0, 0), 20, joined=False)[0].tolist() == [True, False, False, False]
    assert alike(pixels, (0, 0), 30, joined=False).all()


def test_joined_is_what_can_be_walked_to() -> None:
    pixels = np.ones((40, 60, 3), np.float32)
    pixels[:, 30] = 0  # a wall
    assert alike(pixels, (5, 5), 10).sum() == 30 * 40
    assert alike(pixels, (5, 5), 10, joined=False).sum() == 59 * 40
    pixels[20, 30] = 1  # a door
    assert alike(pixels, (5, 5), 10).sum() == 59 * 40 + 1


@pytest.mark.parametrize("at", [(0, 0), (1700, 20), (900, 39)])
def test_a_region_longer_than_the_first_look_is_found_whole(at: tuple[int, int]) -> None:
    pixels = np.ones((40, 1701, 3), np.float32)
    pixels[:, ::2] = 0.999  # within tolerance
    assert alike(pixels, at, 5).all()


# Wider, narrower, softer


def test_growing_a_disc_gives_a_larger_disc() -> None:
    before = disc(20)
    after = grown(before, 10)
    assert (after >= disc(28.5)).all()
    assert (after <= disc(31.5)).all()
    assert (grown(before, 10) >= before).all()


def test_shrinking_is_growing_what_is_not() -> None:
    rng = np.random.default_rng(2)
    region = rng.random((60, 70)) < 0.9
    for by in (1, 2.5, 6):
        assert np.array_equal(shrunk(region, by), ~grown(~region, by))


def test_growing_and_shrinking_back_loses_nothing_and_closes_gaps() -> None:
    region = disc(20) & ~disc(3)
    closed = shrunk(grown(region, 6), 6)
    assert (closed >= region).all()
    assert closed[60, 60]


def test_what_fills_the_picture_is_not_shrunk_from_its_edges() -> None:
    assert shrunk(np.ones((9, 9), bool), 3).all()
    assert not grown(np.zeros((9, 9), bool), 3).any()
    assert np.isinf(distance(np.zeros((9, 9), bool))).all()


def test_a_feather_is_full_inside_half_at_its_width_and_falls_evenly() -> None:
    region = np.zeros((5, 60), bool)
    region[:, :20] = True
    row = feathered(region, 8)[2].astype(int)
    assert (row[:20] == 255).all()
    assert row[19 + 8] == pytest.approx(127.5, abs=0.6)
    assert (row[19 + 16 :] == 0).all()
    assert np.ptp(np.diff(row[19:36])) <= 1


# Files


def test_a_mask_comes_back_from_its_file_exactly(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (37, 53), np.uint8)
    write_mask(values, tmp_path / "mask.png")
    assert np.array_equal(read_mask(tmp_path / "mask.png", (53, 37)), values)


def test_a_mask_of_another_size_is_refused_in_one_sentence(tmp_path: Path) -> None:
    write_mask(np.zeros((37, 53), np.uint8), tmp_path / "mask.png")
    with pytest.raises(BadInput) as refused:
        read_mask(tmp_path / "mask.png", (53, 38))
    assert refused.value.sentence == (
        "The mask mask.png is 53 by 37 pixels, but the picture is 53 by 38."
    )


def test_what_is_no_picture_is_no_mask(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("white where it is scratched")
    with pytest.raises(BadInput, match="is a text file"):
        read_mask(tmp_path / "notes.txt", (5, 5))


def test_a_mask_is_a_png_and_replaces_nothing_unasked(tmp_path: Path) -> None:
    values = np.zeros((4, 4), np.uint8)
    with pytest.raises(BadInput, match=r"call it mask\.png"):
        write_mask(values, tmp_path / "mask.jpg")
    write_mask(values, tmp_path / "mask.png")
    with pytest.raises(BadInput, match="exists already"):
        write_mask(values + 1, tmp_path / "mask.png")
    write_mask(values + 1, tmp_path / "mask.png", force=True)
    assert (read_mask(tmp_path / "mask.png", (4, 4)) == 1).all()

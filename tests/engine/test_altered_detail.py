"""Where detail was made up, and only there."""

import numpy as np

from restorer.engine.altered_detail import compare_detail


def ramp(height=128, width=160):
    y, x = np.mgrid[:height, :width].astype(np.float32) / 160
    return np.stack([x, y, (x + y) / 2], axis=2)


def test_the_same_picture_has_no_places():
    came = ramp()
    looked = compare_detail(came, came)
    assert looked.places == ()
    assert not looked.departure.any()
    assert "comes from your picture" in looked.sentence


def test_detail_that_came_is_found_where_it_is():
    came = ramp()
    result = came.copy()
    rng = np.random.default_rng(0)
    result[64:80, 96:112] += rng.standard_normal((16, 16, 1), np.float32) * np.float32(0.2)
    looked = compare_detail(came, result)
    left, top, right, bottom = looked.places[0]
    assert left <= 104 < right and top <= 72 < bottom
    assert "Look closely" in looked.sentence


def test_detail_that_went_counts_as_well():
    came = ramp()
    result = came.copy()
    came[32:48, 16:32] += np.indices((16, 16)).sum(0)[..., None] % 4 * np.float32(0.1)
    left, top, right, bottom = compare_detail(came, result).places[0]
    assert left <= 24 < right and top <= 40 < bottom


def test_a_smooth_change_of_colour_is_no_detail():
    came = ramp()
    looked = compare_detail(came, np.clip(came * np.float32(0.8) + np.float32(0.1), 0, 1))
    assert looked.places == ()


def test_noise_taken_off_everywhere_names_no_place():
    clean = ramp()
    noise = np.random.default_rng(1).standard_normal(clean.shape, np.float32) * np.float32(0.1)
    looked = compare_detail(clean + noise, clean)
    assert looked.places == ()
    assert "evenly everywhere" in looked.sentence
    assert looked.excess.mean() < 0.1 * looked.departure.mean()


def test_a_filled_hole_is_judged_by_what_is_new():
    """What the damage looked like is not held against the filling."""
    clean = ramp()
    hole = np.zeros(clean.shape[:2], bool)
    hole[40:60, 40:60] = True
    came = clean.copy()
    came[hole] = np.random.default_rng(2).random((hole.sum(), 3), np.float32)
    smooth = compare_detail(came, clean, hole)
    drawn = clean.copy()
    drawn[44:56, 44:56:2] = 1
    invented = compare_detail(came, drawn, hole)
    inside = invented.departure[40:60, 40:60].mean()
    assert inside > 2 * smooth.departure[40:60, 40:60].mean()
    assert not invented.departure[~hole].any()  # nothing was done there


def test_enlarging_is_compared_with_a_smooth_enlargement():
    small = ramp(32, 40)
    large = np.repeat(np.repeat(small, 4, 0), 4, 1)
    looked = compare_detail(small, large)
    assert looked.departure.shape == (128, 160)
    assert looked.departure.max() < 0.02


def test_writing_that_came_out_otherwise_is_found():
    """Other letters in the same place, on a texture that is drawn anew a little everywhere."""
    from PIL import Image, ImageDraw, ImageFont

    rng = np.random.default_rng(3)

    def written(text):
        image = Image.fromarray((255 * ramp(192, 256)).astype(np.uint8))
        ImageDraw.Draw(image).text((100, 80), text, "white", ImageFont.load_default(size=14))
        grain = rng.standard_normal((192, 256, 1), np.float32) * np.float32(0.015)
        return np.asarray(image, np.float32) / 255 + grain

    looked = compare_detail(written("RAILWAY"), written("WIRALAY"))
    assert looked.places
    for left, top, right, bottom in looked.places:
        assert left < 175 and right > 95 and top < 100 and bottom > 75

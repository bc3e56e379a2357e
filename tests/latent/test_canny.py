import numpy as np

from restorer.latent.canny import edges


def test_a_disc_has_one_thin_round_edge():
    y, x = np.mgrid[:80, :80] - 39.5
    radius = np.hypot(y, x)
    disc = (radius < 25).astype(np.float32)
    found = edges(np.repeat(disc[..., None], 3, axis=2))
    assert found.shape == (80, 80, 3)
    on = found[..., 0] > 0
    assert np.abs(radius[on] - 25).max() < 1.5
    assert 2 * np.pi * 25 * 0.8 < on.sum() < 2 * np.pi * 25 * 1.6  # closed, one pixel wide
    angles = np.histogram(np.arctan2(y[on], x[on]), bins=36)[0]
    assert angles.min() > 0


def test_flat_and_soft_have_none():
    assert edges(np.full((40, 40, 3), 0.7, np.float32)).max() == 0
    ramp = np.linspace(0, 1, 200, dtype=np.float32)[None, :, None] * np.ones((40, 1, 3), np.float32)
    assert edges(ramp).max() == 0


def test_weak_edges_count_where_they_lead_to_strong_ones():
    """An edge that fades keeps its faint end; a faint edge alone is none."""
    fading = np.linspace(0.16, 0.6, 120, dtype=np.float32)
    picture = np.zeros((120, 60, 3), np.float32)
    picture[:, 30:] = fading[:, None, None]
    assert edges(picture)[10:110, 25:35].max(axis=(1, 2)).min() == 1
    faint = np.zeros((120, 60, 3), np.float32)
    faint[:, 30:] = 0.16
    assert edges(faint).max() == 0

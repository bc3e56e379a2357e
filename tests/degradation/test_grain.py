"""The grain of a place is read around holes, and drawn into them alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.cli.main import main
from restorer.degradation.estimate import estimate
from restorer.degradation.grain import read_film_grain, read_grain, with_grain
from restorer.engine.proposal import propose
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture

SHAPE = (160, 200)


def ramp() -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    return np.stack([0.3 + 0.002 * x, 0.4 + 0.001 * y, 0.5 - 0.001 * x], axis=2)


def grainy(level: float, blur: float = 0.0, grey: bool = False) -> np.ndarray:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((*SHAPE, 1 if grey else 3)).astype(np.float32)
    noise = gaussian_filter(noise, (blur, blur, 0)) if blur else noise
    return (ramp() + level / 255 * noise / noise.std()).astype(np.float32)


def large(picture: np.ndarray) -> np.ndarray:
    return np.pad(picture, ((0, 100), (0, 60), (0, 0)), mode="reflect")


def hole() -> np.ndarray:
    marked = np.zeros(SHAPE, bool)
    marked[60:90, 80:120] = True
    return marked


@pytest.mark.parametrize("blur", [0.0, 0.8])
def test_strength_and_size_are_read(blur: float) -> None:
    found = read_grain(grainy(9, blur))
    assert found is not None
    assert found.strength == pytest.approx(9, rel=0.15)
    assert (found.size > 1.8) == (blur > 0)
    drawn = found.drawn((120, 120), np.random.default_rng(0))
    assert 255 * drawn.std() == pytest.approx(9, rel=0.2)


def test_grain_of_one_tone_is_drawn_in_one_tone() -> None:
    found = read_grain(grainy(9, grey=True))
    assert found is not None
    drawn = found.drawn((60, 60), np.random.default_rng(0))
    assert np.ptp(drawn, axis=2).max() < 0.02 * drawn.std()


def test_film_grain_over_colours_is_told_and_not_called_clean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = large(grainy(9, 0.8, grey=True))
    film[-30:, :60], film[-30:, 60:120] = 0, 1  # else its tones look faded
    came, out = tmp_path / "came.png", tmp_path / "out.png"
    write_picture(Picture(film), came)
    assert main(["restore", str(came), "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "No noise is sure" in said and "Also found: perhaps film grain of " in said
    assert propose(estimate(film), None).headline == "Perhaps film grain"
    assert read_film_grain(film) == pytest.approx(9, rel=0.2)
    weak = large(grainy(5, 0.8, grey=True))
    assert read_film_grain(large(ramp())) == read_film_grain(weak) == 0
    assert read_film_grain(film[:236]) == 0  # too small to tell
    texture = np.where(np.indices(film.shape[:2]).sum(axis=0) % 9 < 4, 0.5, 0.56).astype(np.float32)
    assert read_film_grain(np.repeat(texture[..., None], 3, axis=2)) == 0


def test_only_the_hole_is_given_grain_and_a_clean_picture_none() -> None:
    picture, mask = grainy(9), hole()
    filled = np.where(mask[..., None], ramp(), picture).astype(np.float32)
    given = with_grain(filled, picture, mask, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(given[~mask], filled[~mask])
    added = 255 * (given - filled)[mask]
    assert added.std() == pytest.approx(9, rel=0.2)
    assert read_grain(ramp()) is None
    assert with_grain(filled, ramp(), mask, 1.0, np.random.default_rng(0)) is filled


def test_grain_of_brightness_is_seen_under_colours_too() -> None:
    rng = np.random.default_rng(4)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32) / SHAPE[1]
    colours = np.stack([0.7 - 0.3 * y, 0.5 - 0.2 * x, 0.3 + 0.3 * y], axis=2)
    grain, coding = rng.standard_normal((*SHAPE, 1)), rng.standard_normal((*SHAPE, 3))
    picture = (colours + 6 / 255 * grain + 0.8 / 255 * coding).astype(np.float32)
    filled = np.where(hole()[..., None], colours, picture).astype(np.float32)
    given = with_grain(filled, picture, hole(), 1.0, rng)
    assert 255 * (given - filled)[hole()].std() == pytest.approx(6, rel=0.3)


@pytest.mark.parametrize(("level", "size"), [(3, 0.6), (5, 0.6), (5, 1.0)])
def test_grain_of_film_that_reads_as_no_noise_is_put_back(level: float, size: float) -> None:
    picture = grainy(level, size, grey=True)
    filled = np.where(hole()[..., None], ramp(), picture).astype(np.float32)
    given = with_grain(filled, picture, hole(), 1.0, np.random.default_rng(0))
    assert 255 * (given - filled)[hole()].std() == pytest.approx(level, rel=0.3)


def test_a_weave_and_lines_are_no_grain() -> None:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    weave = np.sin(1.3 * x) * np.sin(1.3 * y)
    hatching = np.maximum(np.sin(0.9 * x + 0.2 * y), 0.8)
    for texture in (weave, hatching):
        picture = (ramp() + 5 / 255 * (texture / texture.std())[..., None]).astype(np.float32)
        filled = np.where(hole()[..., None], ramp(), picture).astype(np.float32)
        assert with_grain(filled, picture, hole(), 1.0, np.random.default_rng(0)) is filled

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from restorer.degradation.clipped_noise import read_clipped_noise
from restorer.degradation.estimate import estimate
from restorer.degradation.noise import is_one_tone
from tests.degradation.pictures import Pixels, as_file, as_jpeg, grey, scene, three


def page(paper: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """Lines of text."""
    image = Image.new("RGB", (288, 224), paper)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    for line in range(12):
        words = f"{line} of the noise on white paper a half is cut"
        draw.text((10, 8 + 18 * line), words, (20, 20, 24), font)
    return np.asarray(image, np.float32) / 255


@pytest.mark.parametrize("level", [3, 10, 25])
@pytest.mark.parametrize("paper", [(255, 255, 255), (255, 248, 225), (251, 251, 251)])
def test_noise_on_white_paper(level: float, paper: tuple[int, int, int]) -> None:
    assert read_clipped_noise(as_file(page(paper), level)) == pytest.approx(level, rel=0.08)


def test_noise_on_black() -> None:
    assert read_clipped_noise(as_file(1 - page(), 10)) == pytest.approx(10, rel=0.08)


def test_noise_of_one_tone_on_white() -> None:
    assert read_clipped_noise(three(as_file(grey(page()), 10))) == pytest.approx(10, rel=0.08)


@pytest.mark.parametrize(("level", "quality"), [(6, 92), (10, 85), (20, 75)])
def test_noise_on_white_paper_in_a_jpeg(level: float, quality: int) -> None:
    found = estimate(as_jpeg(as_file(page(), level), quality))
    assert found.noise == pytest.approx(level, rel=0.15) and found.camera is None


def test_a_page_is_read_as_its_noise_and_nothing_else() -> None:
    found = estimate(as_file(page(), 5))
    assert found.noise == pytest.approx(5, rel=0.06)
    assert not found.grey and not found.drawn and not found.stripes


@pytest.mark.parametrize("quality", [95, 85, 70])
@pytest.mark.parametrize("paper", [(255, 255, 255), (255, 248, 225), (251, 251, 251)])
def test_clean_pages_have_none(quality: int, paper: tuple[int, int, int]) -> None:
    """Around letters a JPEG leaves ringing, half of which white cuts off as well."""
    assert read_clipped_noise(page(paper)) is None
    assert read_clipped_noise(as_jpeg(page(paper), quality)) is None


def test_what_is_not_at_an_end_tells_nothing() -> None:
    assert read_clipped_noise(as_file(0.2 + 0.6 * scene(), 10)) is None
    assert read_clipped_noise(np.ones((5, 5, 3), np.float32)) is None
    dots = np.random.default_rng(0).random((200, 200, 1)) < 0.8
    assert read_clipped_noise(np.repeat(dots, 3, 2).astype(np.float32)) is None


def test_colour_noise_over_black_print_is_not_of_one_tone() -> None:
    assert not is_one_tone(as_file(page(), 3))
    assert is_one_tone(as_file(page(), 0))

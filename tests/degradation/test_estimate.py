from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from restorer.degradation import estimate as measuring
from restorer.degradation.blur import BlurReading
from restorer.degradation.camera import CameraNoise
from restorer.degradation.estimate import CLEAN, estimate
from restorer.degradation.judge import Judgement
from restorer.degradation.noise import NoiseReading, is_one_tone, read_noise, whiteness
from restorer.imaging.grey import LUMA
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file, as_jpeg, grey, scene, three


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("level", [5, 10, 15, 25, 50, 75])
def test_colour_noise(level: float, seed: int) -> None:
    found = estimate(as_file(scene(seed), level))
    assert found.noise == pytest.approx(level, rel=0.06)
    assert found.noise_in_file <= found.noise + 1e-6
    assert not found.clean and not found.grey


@pytest.mark.parametrize("level", [5, 10, 15, 25, 50, 75])
def test_grey_noise(level: float) -> None:
    found = estimate(three(as_file(grey(scene()), level)))
    assert found.noise == pytest.approx(level, rel=0.08)
    assert found.grey and not found.clean


def test_toned_picture_counts_as_one_tone() -> None:
    file = as_file(0.5 + 0.3 * grey(scene()), 15)
    sepia = np.rint(255 * file * np.array([1.0, 0.9, 0.75])).astype(np.float32) / 255
    found = estimate(sepia)
    assert found.grey
    assert found.noise == pytest.approx(15 * (1 + 0.9 + 0.75) / 3, rel=0.1)


@pytest.mark.parametrize("picture", [scene(), three(grey(scene()))], ids=["colour", "grey"])
def test_clean_pictures_are_clean(picture: Pixels) -> None:
    found = estimate(as_file(picture, 0))
    assert found.clean and found.noise < CLEAN


@pytest.mark.parametrize("value", [0.0, 0.123, 1.0])
def test_flat_picture_is_exactly_zero(value: float) -> None:
    found = estimate(np.full((90, 120, 3), value, np.float32))
    assert (found.noise, found.noise_in_file, found.clean) == (0, 0, True)


def test_burnt_out_borders_do_not_count() -> None:
    page = np.ones((400, 500, 3), np.float32)
    page[80:320, 90:410] = as_file(scene(), 25)
    page[:40] = 0
    assert estimate(page).noise == pytest.approx(25, rel=0.08)


def test_enlarged_and_smoothed_pictures_read_low() -> None:
    small = Image.fromarray(np.uint8(255 * as_file(scene(), 25)))
    large = np.asarray(small.resize((640, 480), Image.Resampling.BICUBIC), np.float32) / 255
    assert read_noise(large).std < CLEAN
    found = estimate(large)
    assert found.clean or found.camera is not None


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 2), (3, 3), (7, 7), (1, 11), (12, 1)])
def test_too_small_to_measure(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).random((*shape, 3)).astype(np.float32)
    for picture in (pixels, three(pixels[..., :1])):
        found = estimate(picture)
        assert 0 <= found.noise_in_file <= found.noise <= 255
    assert estimate(pixels[:1, :1]).clean


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (10, 300), (32, 32)])
def test_narrow_and_small_pictures(shape: tuple[int, int]) -> None:
    file = as_file(np.full((*shape, 3), 0.5, np.float32), 25)
    assert estimate(file).noise == pytest.approx(25, rel=0.1)
    assert estimate(three(file[..., :1])).noise == pytest.approx(25, rel=0.25)


@pytest.mark.parametrize("side", [12, 16, 24, 32])
def test_icons_are_clean(side: int) -> None:
    for path in sorted(resource_path("samples").glob("*.webp")):
        with Image.open(path) as sample:
            icon = np.asarray(sample.convert("RGB").resize((side, side)), np.float32) / 255
        found = estimate(icon)
        assert found.clean and not found.faded and not found.stripes


def test_huge_pictures_are_sampled() -> None:
    tile = as_file(np.full((500, 500, 3), 0.5, np.float32), 25)
    huge = np.tile(tile, (12, 12, 1))  # 36 megapixels
    estimate(tile)
    seconds = []
    for picture in (np.tile(tile, (2, 2, 1)), huge):
        start = time.process_time()
        found = estimate(picture)
        seconds.append(time.process_time() - start)
        assert found.noise == pytest.approx(25, rel=0.06)
    assert seconds[1] < 15 * seconds[0]  # for 36 times the pixels


def test_same_picture_same_answer() -> None:
    file = as_file(scene(), 15)
    assert estimate(file) == estimate(file.copy())


def test_one_tone_needs_shared_noise() -> None:
    file = as_file(scene(), 5)
    assert not is_one_tone(file)
    assert is_one_tone(three(file[..., :1]))
    assert not is_one_tone(as_file(three(grey(scene())), 5))  # grey picture, coloured noise


def test_whiteness_tells_white_from_smoothed_noise() -> None:
    white = as_file(np.full((200, 200, 3), 0.5, np.float32), 20)
    shared = (white + np.roll(white, 1, 0) + np.roll(white, 1, 1) + np.roll(white, 1, (0, 1))) / 4
    assert whiteness(white[..., :1]) == pytest.approx(1, abs=0.05)
    assert whiteness(shared[..., :1]) > 2
    assert whiteness(np.full((50, 50, 1), 0.5, np.float32)) == 1
    assert whiteness(white[:1, :1, :1]) == 1


@pytest.mark.parametrize("level", [15, 25, 40])
def test_noise_is_found_where_jpeg_has_smoothed_its_colour(level: float) -> None:
    """JPEG adds noise of its own, so the reading may be somewhat high."""
    found = estimate(as_jpeg(as_file(scene(), level), 92))
    assert 0.9 * level < found.noise < 1.35 * level
    assert not found.clean and not found.grey


@pytest.mark.parametrize("texture", [1.0, 2.0, 3.0])
def test_fine_texture_without_colour_is_no_noise_of_sensors(texture: float) -> None:
    """Sand and cloth differ from pixel to pixel in brightness alone, and so may a JPEG."""
    grain = texture * np.random.default_rng(5).standard_normal((240, 320, 1))
    sand = (np.clip(np.rint(255 * scene() + grain), 0, 255) / 255).astype(np.float32)
    assert not is_one_tone(sand)
    assert read_noise(sand).std < CLEAN


def test_a_clean_jpeg_is_clean() -> None:
    for quality in (60, 80, 95):
        assert estimate(as_jpeg(as_file(scene(), 0), quality)).clean


def test_reading_is_what_stands_in_the_file() -> None:
    clean = scene()
    found = estimate(as_file(clean, 50))
    assert read_noise(as_file(clean, 50)).std < 0.97 * found.noise
    assert found.noise_in_file < 0.97 * found.noise


def test_noise_is_found_between_the_borders_of_a_jpeg() -> None:
    page = np.zeros((320, 320, 3), np.float32)
    page[40:280] = as_file(scene(), 15)
    for border in (0.0, 1.0):
        page[:40] = page[280:] = border
        found = estimate(as_jpeg(page, 92))
        assert not found.clean and 12 < found.noise < 21


def test_fine_texture_in_most_of_a_picture_is_clean_where_its_brightness_is_calm_elsewhere() -> (
    None
):
    """Leaves that were sharpened: their colours read as noise of 5, less shows in brightness."""
    rough = gaussian_filter(np.random.default_rng(2).standard_normal((256, 256, 3)), (0.6, 0.6, 0))
    rough[:, :60] *= 0.1
    y, x = np.mgrid[:256, :256] / 60
    soft = 0.5 + 0.15 * np.stack([np.sin(x + y), np.cos(x - y), np.sin(x)], axis=2)
    clean = (soft + 0.04 * rough / rough[:, 60:].std()).astype(np.float32)
    assert read_noise(as_file(clean, 0)).std < CLEAN
    assert read_noise(as_file(clean, 5)).std > 4


def test_white_noise_on_two_tones_is_neither_a_cameras_nor_their_dots() -> None:
    y, x = np.mgrid[:256, :256]
    dark = (np.sin(x / 9) + np.sin(y / 13 + x / 40) > 0)[..., None]
    drawn = np.where(dark, np.float32([0.8, 0.75, 0.6]), np.float32([0.2, 0.25, 0.4]))
    found = estimate(as_file(drawn, 10))
    assert found.camera is None and not found.dots
    assert found.noise == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize(
    ("level", "none", "noisy"),
    [
        (2.9, 0.1, False),
        (3.1, 0.18, True),
        (3.1, 0.28, False),
        (4.0, 0.37, True),
        (4.0, 0.43, False),
        (6.0, 0.45, True),
        (6.0, 0.55, False),
    ],
)
@pytest.mark.parametrize("white", [False, True])
def test_noise_is_told_only_where_it_is_likely(
    level: float, none: float, noisy: bool, white: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stronger noise may be less likely."""
    camera = CameraNoise(level, level / 2, 2 * level, ((level,),))
    said = Judgement(none, (1 - none) * white, level, camera)
    monkeypatch.setattr(measuring, "judge", lambda *_: said)
    found = estimate(as_file(scene(), 0))
    assert found.clean != noisy
    assert found.noise == (level if noisy else 0.0)
    assert (found.camera is not None) == (noisy and not white)


@pytest.mark.parametrize(("none", "noisy"), [(0.55, True), (0.65, False)])
def test_noise_that_is_read_in_a_jpeg_takes_more_to_be_none(
    none: float, noisy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = CameraNoise(8.0, 6.0, 9.0, ((8.0,),))
    monkeypatch.setattr(measuring, "judge", lambda *_: Judgement(none, 0.0, 2.0, camera))
    found = estimate(as_jpeg(as_file(scene(), 10), 80))
    assert (found.camera is not None) == noisy != found.clean


@pytest.mark.parametrize(("white", "camera"), [(0.3, False), (0.2, True)])
def test_what_frequencies_of_a_jpeg_show_is_white_unless_much_speaks_against_it(
    white: float, camera: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = CameraNoise(8.0, 6.0, 9.0, ((8.0,),))
    monkeypatch.setattr(measuring, "judge", lambda *_: Judgement(0.0, white, 2.0, noise))
    assert (estimate(as_jpeg(as_file(scene(), 10), 80)).camera is not None) == camera


def test_white_noise_that_is_sure_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = CameraNoise(8.0, 6.0, 9.0, ((8.0,),))
    monkeypatch.setattr(measuring, "judge", lambda *_: Judgement(0.99, 0.0, 2.0, camera))
    assert estimate(as_file(scene(), 4)).noise == pytest.approx(4, rel=0.06)


@pytest.mark.parametrize(("after", "clean"), [(1.15, True), (1.25, False)])
def test_what_a_blur_has_left_is_no_noise_if_hardly_any_came_after_it(
    after: float, clean: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = CameraNoise(8.0, 6.0, 9.0, ((8.0,),))
    monkeypatch.setattr(measuring, "judge", lambda *_: Judgement(0.0, 0.0, 2.0, camera))
    monkeypatch.setattr(measuring, "read_blur", lambda _: BlurReading(1.0, noise=after))
    found = estimate(as_file(scene(), 0))
    assert found.clean == clean and (found.camera is None) == clean


@pytest.mark.parametrize(("width", "clean"), [(0.0, False), (1.0, True)])
def test_of_one_tone_only_what_is_white_or_of_film_is_noise(
    width: float, clean: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rough = np.random.default_rng(4).standard_normal((256, 256))
    rough = gaussian_filter(rough, (width, 3 * width)) if width else rough  # streaks
    rough *= (0.5 + np.mgrid[:256, :256][1] / 256) * 6 / 255 / rough.std()
    reading = NoiseReading(5.0, np.full((4, 1), 120.0), grey=True)
    monkeypatch.setattr(measuring, "read_noise", lambda _: reading)
    found = estimate(three((0.5 + rough[..., None]).astype(np.float32)))
    assert found.clean == clean


@pytest.mark.parametrize(("after", "blurred"), [(3.0, True), (4.0, False)])
def test_a_blur_under_noise_that_is_not_there_is_texture(
    after: float, blurred: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "read_blur", lambda _: BlurReading(1.5, noise=after))
    assert (estimate(as_file(scene(), 0)).blur is not None) == blurred


def test_noise_that_would_be_far_stronger_as_a_cameras_is_texture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for level, clean in ((6.0, False), (8.0, True)):
        camera = CameraNoise(level, level, level, ((level,),))
        said = Judgement(0.3, 0.7, 5.0, camera)
        monkeypatch.setattr(measuring, "judge", lambda *_, said=said: said)
        assert estimate(as_file(scene(), 0)).clean == clean


@pytest.mark.parametrize(("strength", "read"), [(4.0, 1.3), (7.0, 10.5)])
def test_noise_that_brightness_alone_shows_is_believed_where_it_is_strong(
    strength: float, read: float
) -> None:
    """Colours change from square to square of 2 x 2 only, as a JPEG leaves them."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:256, :320] / 320
    tones = 0.4 + 0.2 * np.stack([x, y, (x + y) / 2], axis=2)
    colours = rng.standard_normal((128, 160, 3)).repeat(2, 0).repeat(2, 1)
    colours -= (colours @ LUMA)[..., None]
    noise = strength / 255 * (rng.standard_normal((256, 320, 1)) + colours)
    assert read_noise((tones + noise).astype(np.float32)).std == pytest.approx(read, rel=0.05)

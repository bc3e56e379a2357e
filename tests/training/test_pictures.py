from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from restorer.diffusion.schedule import LINEAR
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training.crops import Crops, draw_sigmas, shrunk
from restorer.training.drawn import drawing
from restorer.training.hard import AHEAD, EVERY, PictureErrors
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe
from tests.training.conftest import textured


def pool(folder, least=16, memory=1 << 30, seed=0) -> Pictures:
    pictures = Pictures(find_pictures([folder]), least, memory, seed)
    list(pictures.read())
    return pictures


def test_bad_pictures_are_named_and_skipped(photos):
    (photos / "text.png").write_text("not a picture")
    (photos / "cut.png").write_bytes((photos / "0.png").read_bytes()[:900])
    (photos / "empty.jpg").touch()
    (photos / "notes.txt").write_text("not even named like one")
    (photos / ".hidden.png").touch()
    write_picture(Picture(textured(7, 12, 60)), photos / "small.png")
    write_picture(Picture(np.full((40, 40, 3), 0.5, np.float32)), photos / "grey.png")
    pictures = pool(photos)
    told = {path.name: sentence for path, sentence in pictures.skipped.items()}
    assert set(told) == {"text.png", "cut.png", "empty.jpg", "small.png", "grey.png"}
    assert all(name in sentence and sentence.endswith(".") for name, sentence in told.items())
    assert "too small (60 x 12)" in told["small.png"]
    assert "flat" in told["grey.png"]
    assert len(pictures.usable()) == 6


def test_folders_inside_count_and_the_model_itself_does_not(photos):
    for name in ("deep/er", "model/training"):
        (photos / name).mkdir(parents=True)
        write_picture(Picture(textured(8)), photos / name / "8.png")
    found = find_pictures([photos], leave_out=[photos / "model"])
    assert len(found) == 7
    assert photos / "deep" / "er" / "8.png" in found


@pytest.mark.parametrize("name", ["nowhere", "0.png", "hollow"])
def test_folders_that_give_nothing(photos, name):
    (photos / "hollow").mkdir()
    with pytest.raises(BadInput, match=name):
        find_pictures([photos / name])


def test_nothing_usable_is_an_error(tmp_path):
    (tmp_path / "a.png").write_text("rubbish")
    with pytest.raises(BadInput, match="None of the pictures"):
        pool(tmp_path).pick(0, np.random.default_rng(0))


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr("restorer.training.pictures._PIECE", 32)


def test_short_of_memory_all_pictures_come_by(photos, small_pieces):
    memory = 2 * 3 * 32**2
    pictures = pool(photos, memory=memory)
    assert not pictures.whole
    assert pictures.window == 2
    assert pictures.store.pixels.nbytes <= memory
    seen = set()
    for number in range(0, 6 * 64, 16):
        for slot in pictures.slots(number):
            piece = pictures.store.picture(slot)
            assert piece.shape == (32, 32, 3)
            seen.add(piece.tobytes())
    assert len(seen) >= 6


def test_short_of_memory_a_number_gives_what_it_gives(photos, small_pieces):
    """Whatever was asked for before: a resumed training starts in the middle."""
    recipe = Recipe(folders=(str(photos),), steps=1, batch=32, crop=16)
    going, fresh = (Crops(pool(photos, memory=6144), recipe) for _ in "12")
    for step in range(10):
        batch = going.batch(step)
    assert all(map(torch.equal, batch, fresh.batch(9)))


def test_a_bad_picture_leaves_no_hole_in_a_short_memory(photos, small_pieces):
    for name in "01234":
        whole = (photos / f"{name}.png").read_bytes()
        (photos / f"{name}.png").write_bytes(whole[: len(whole) // 2])
    pictures = pool(photos, memory=6144)
    assert list(pictures.slots(0)) == [0, 1]
    assert pictures.skipped


def test_a_batch_is_the_sum_of_its_parts(photos):
    recipe = Recipe(folders=(str(photos),), steps=1, batch=6, crop=16, calm=0.5)
    crops = Crops(pool(photos), recipe)
    whole = crops.batch(3)
    parts = [crops.batch(3, part, 3) for part in range(3)]
    for i, values in enumerate(whole):
        assert torch.equal(values, torch.cat([part[i] for part in parts]))
    assert whole.x0.shape == whole.eps.shape == (6, 3, 16, 16)
    assert whole.x0.dtype == torch.float32
    assert -1 <= whole.x0.min() < whole.x0.max() <= 1
    assert not torch.equal(whole.x0, crops.batch(4).x0)


def test_noise_is_standard_normal_and_its_levels_are_the_stated_ones(photos):
    recipe = Recipe(folders=(str(photos),), steps=1, batch=400, crop=16, calm=0)
    batch = Crops(pool(photos), recipe).batch(0)
    assert abs(batch.eps.mean()) < 0.01
    assert float(batch.eps.std()) == pytest.approx(1, abs=0.01)
    sigmas = draw_sigmas(np.random.default_rng(0), 4000, (0.5, 0.25))
    linear = LINEAR.sigmas.astype(np.float32)
    assert linear[0] <= sigmas.min()
    assert sigmas.max() <= linear[-1]
    common, usual = (
        np.mean((sigmas >= low) & (sigmas <= high)) for low, high in ((0.04, 0.6), (0.02, 2))
    )
    any_t = 0.25 * np.mean((linear >= 0.02) & (linear <= 2))
    assert usual == pytest.approx(0.75 + any_t, abs=0.02)
    assert common > 0.5 + 0.25 * np.log(0.6 / 0.04) / np.log(2 / 0.02)
    assert set(draw_sigmas(np.random.default_rng(0), 50, (0, 0))) <= set(linear)


def test_every_crop_is_a_piece_of_its_picture_from_one_of_eight_sides(photos):
    """Found again by comparing with all there are."""
    recipe = Recipe(
        folders=(str(photos),), steps=1, batch=40, crop=16, calm=0, permute=0, rescale=0, smooth=1
    )
    pictures = pool(photos)
    batch = Crops(pictures, recipe).batch(0)
    crops = ((batch.x0.permute(0, 2, 3, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
    everywhere = [windows(pictures.store.picture(slot)) for slot in range(6)]
    sides = set()
    for crop, slot in zip(crops, batch.picture, strict=True):
        turns = [np.rot90(crop if turn < 4 else crop[:, ::-1], turn) for turn in range(8)]
        found = [turn.tobytes() in everywhere[int(slot)] for turn in turns]
        assert any(found)
        sides.add(found.index(True))
    assert len(sides) == 8


def windows(picture: np.ndarray) -> set[bytes]:
    rows, columns = picture.shape[0] - 15, picture.shape[1] - 15
    places = product(range(rows), range(columns))
    return {picture[top : top + 16, left : left + 16].tobytes() for top, left in places}


def test_rescaled_crops_are_means_over_areas():
    """Of a slope it is the same slope; of squares of twice the size, exactly their means."""
    pixels = torch.randint(256, (2, 32, 32, 3), dtype=torch.uint8)
    scale = torch.tensor([2.0, 1.5])
    made = shrunk(pixels, scale, 16)
    means = pixels[0].float().reshape(16, 2, 16, 2, 3).mean(dim=(1, 3))
    torch.testing.assert_close(made[0], means)
    slope = torch.arange(32.0)[None, :, None, None].expand(1, 32, 32, 3)
    risen = shrunk(slope, scale[1:], 16)[0, :, 3, 0]
    assert (risen[1:] - risen[:-1]).numpy() == pytest.approx([1.5] * 15, abs=0.2)
    assert float(risen.mean()) == pytest.approx(11.5)  # the middle of the 24 that it looks at


def test_rescaled_crops_are_cut_from_their_pictures(photos):
    """Where pictures have one colour each, so have the crops, whatever their scale."""
    for seed in range(6):
        pixels = np.full((40, 50, 3), seed / 6, np.float32)
        pixels[0] = 1  # not flat
        write_picture(Picture(pixels), photos / f"{seed}.png", force=True)
    recipe = Recipe(folders=(str(photos),), steps=1, batch=60, crop=16, calm=0, rescale=1)
    pictures = pool(photos)
    batch = Crops(pictures, recipe).batch(0)
    colours = torch.tensor([pictures.store.picture(n)[20, 20, 0] for n in range(6)])
    expected = colours[batch.picture].float() / 127.5 - 1
    middles = batch.x0.flatten(1).median(dim=1).values
    torch.testing.assert_close(middles, expected, atol=1e-4, rtol=0)


def test_flat_crops_are_rare_but_there(tmp_path):
    """Half of a picture is flat: drawn blindly half of the crops would be."""
    pixels = textured(1, 64, 256)
    pixels[:, 128:] = 0.5
    write_picture(Picture(pixels), tmp_path / "half.png")
    recipe = Recipe(
        folders=(str(tmp_path),), steps=1, batch=400, crop=16, permute=0, calm=0, rescale=0
    )
    x0 = Crops(pool(tmp_path), recipe).batch(0).x0
    flat = np.mean(x0.numpy().std(axis=(1, 2, 3)) < 6 / 127.5)
    assert 0.1 < flat < 0.4


def test_crops_come_from_all_sides_and_in_all_colours(tmp_path):
    """A picture brighter to the right and redder than blue shows every turn and permutation."""
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None] * np.ones((64, 1, 1), np.float32)
    write_picture(Picture(ramp * np.float32([1, 0.5, 0.2])), tmp_path / "ramp.png")
    recipe = Recipe(folders=(str(tmp_path),), steps=1, batch=200, crop=16, calm=0)
    x0 = Crops(pool(tmp_path), recipe).batch(0).x0.double().numpy()
    down, right = (
        x0[:, :, -1].mean((1, 2)) - x0[:, :, 0].mean((1, 2)),
        (x0[..., -1].mean((1, 2)) - x0[..., 0].mean((1, 2))),
    )
    directions = {
        (int(np.sign(np.rint(9 * d))), int(np.sign(np.rint(9 * r))))
        for d, r in zip(down, right, strict=True)
    }
    assert {(0, 1), (0, -1), (1, 0), (-1, 0)} <= directions
    spans = x0.max((2, 3)) - x0.min((2, 3))
    assert 0.1 < np.mean(spans.argmax(axis=1) != 0) < 0.3  # 2/3 of one in four


def test_calm_examples_are_smooth_and_mostly_quieter_than_told(photos):
    recipe = Recipe(folders=(str(photos),), steps=10, batch=64, crop=32, calm=1.0)
    batch = Crops(pool(photos), recipe).batch(0)
    slopes = np.abs(np.diff(batch.x0.double().numpy(), axis=3)).max(axis=(1, 2, 3))
    assert slopes.max() < 0.4 / 31 + 1e-6
    assert (slopes > 0).mean() == pytest.approx(0.5, abs=0.2)
    shares = batch.eps.numpy().std(axis=(1, 2, 3))
    assert {round(4 * share) / 4 for share in shares} == {0.0, 0.25, 0.5, 0.75, 1.0}


def test_drawn_crops_are_sharp_and_still_pictures(photos):
    recipe = Recipe(folders=(str(photos),), steps=1, batch=60, crop=32, calm=0, drawn=0.5)
    crops, plain = (
        Crops(pool(photos, 32), each).batch(0) for each in (recipe, replace(recipe, drawn=0))
    )
    assert float(crops.x0.abs().max()) <= 1
    changed = (crops.x0 != plain.x0).flatten(1).any(dim=1)
    assert 15 < int(changed.sum()) < 45
    edges, before = (
        part.x0[changed].diff(dim=3).abs().flatten(1).amax(dim=1).mean() for part in (crops, plain)
    )
    assert edges > 1.3 * before


def test_a_drawing_is_a_function_of_its_seed():
    for seed in range(40):
        one, again = drawing(seed, 48), drawing(seed, 48)
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, again, strict=True))
        assert 0 <= one.cover.min() <= one.cover.max() <= 1


def test_hard_pictures_come_more_often_and_the_same_after_a_resume():
    difficulty = PictureErrors()
    difficulty.fit(8, "cpu")
    slots = np.arange(8)
    assert difficulty.chances(slots, 0, 0.5) is None
    picture = torch.arange(8).repeat(16)
    for step in range(1, 2 * EVERY + 1):
        hardest = 3.0 if step <= EVERY else 5.0
        errors = torch.where(picture == hardest, 9.0, torch.where(picture == 6, 4.0, 1.0))
        difficulty.update(picture, errors, step)
    resumed = PictureErrors()
    resumed.load(difficulty.tensors(), "cpu")
    for each in (difficulty, resumed):
        each.fit(8, "cpu")
        assert each.chances(slots, EVERY + AHEAD - 1, 0.5) is None
        early = each.chances(slots, 2 * EVERY + AHEAD - 1, 0.5)
        late = each.chances(slots, 2 * EVERY + AHEAD, 0.5)
        assert set(np.flatnonzero(early > 0.1)) == {3, 6}
        assert set(np.flatnonzero(late > 0.1)) == {5, 6}
        assert late.sum() == pytest.approx(1)
        assert late[5] == pytest.approx(0.5 / 8 + 0.25)

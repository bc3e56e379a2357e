import numpy as np
import pytest

from restorer.diffusion.schedule import named
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training.crops import Crops, draw_sigma
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


def test_short_of_memory_all_pictures_come_by(photos, monkeypatch):
    monkeypatch.setattr("restorer.training.pictures._PIECE", 32)
    memory = 2 * 3 * 32**2
    pictures = pool(photos, memory=memory)
    assert not pictures.whole
    assert pictures.window == 2
    most, seen = 0, set()
    for number in range(6 * 64):
        piece = pictures.pick(number, np.random.default_rng([1, number]))
        assert piece.shape == (32, 32, 3)
        most = max(most, sum(kept.nbytes for kept in pictures._pieces.values()))
        seen.add(piece.tobytes())
    assert most <= memory
    assert len(seen) >= 6


def test_short_of_memory_a_number_gives_what_it_gives(photos, monkeypatch):
    """Whatever was asked for before: a resumed training starts in the middle."""
    monkeypatch.setattr("restorer.training.pictures._PIECE", 32)
    going, fresh = pool(photos, memory=6144), pool(photos, memory=6144)
    for number in range(301):
        piece = going.pick(number, np.random.default_rng([1, number]))
    assert np.array_equal(piece, fresh.pick(300, np.random.default_rng([1, 300])))


def test_a_batch_is_the_sum_of_its_parts(photos):
    recipe = Recipe(folders=(str(photos),), steps=1, batch=6, crop=16)
    crops = Crops(pool(photos), recipe)
    whole = crops.batch(3)
    parts = [crops.batch(3, part, 3) for part in range(3)]
    for i, values in enumerate(whole):
        assert np.array_equal(values, np.concatenate([part[i] for part in parts]))
    assert whole.x0.shape == whole.eps.shape == (6, 3, 16, 16)
    assert whole.x0.dtype == np.float32
    assert -1 <= whole.x0.min() < whole.x0.max() <= 1
    assert not np.array_equal(whole.x0, crops.batch(4).x0)


def test_noise_is_standard_normal_and_its_levels_are_the_stated_ones(photos):
    recipe = Recipe(folders=(str(photos),), steps=1, batch=400, crop=16, calm=0)
    batch = Crops(pool(photos), recipe).batch(0)
    assert abs(batch.eps.mean()) < 0.01
    assert batch.eps.std() == pytest.approx(1, abs=0.01)
    rng = np.random.default_rng(0)
    sigmas = np.array([draw_sigma(rng) for _ in range(4000)])
    linear = named("linear").sigmas
    assert linear[0] <= sigmas.min()
    assert sigmas.max() <= linear[-1]
    within = 0.75 + 0.25 * np.mean((linear >= 0.02) & (linear <= 2))
    assert np.mean((sigmas >= 0.02) & (sigmas <= 2)) == pytest.approx(within, abs=0.02)


def test_flat_crops_are_rare_but_there(tmp_path):
    """Half of a picture is flat: drawn blindly half of the crops would be."""
    pixels = textured(1, 64, 256)
    pixels[:, 128:] = 0.5
    write_picture(Picture(pixels), tmp_path / "half.png")
    recipe = Recipe(folders=(str(tmp_path),), steps=1, batch=400, crop=16, permute=0, calm=0)
    x0 = Crops(pool(tmp_path), recipe).batch(0).x0
    flat = np.mean(x0.std(axis=(1, 2, 3)) < 6 / 127.5)
    assert 0.1 < flat < 0.4


def test_crops_come_from_all_sides_and_in_all_colours(tmp_path):
    """A picture brighter to the right and redder than blue shows every turn and permutation."""
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None] * np.ones((64, 1, 1), np.float32)
    write_picture(Picture(ramp * np.float32([1, 0.5, 0.2])), tmp_path / "ramp.png")
    recipe = Recipe(folders=(str(tmp_path),), steps=1, batch=200, crop=16, calm=0)
    x0 = Crops(pool(tmp_path), recipe).batch(0).x0.astype(np.float64)
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
    slopes = np.abs(np.diff(batch.x0.astype(np.float64), axis=3)).max(axis=(1, 2, 3))
    assert slopes.max() < 0.4 / 31 + 1e-6
    assert (slopes > 0).mean() == pytest.approx(0.5, abs=0.2)
    shares = batch.eps.std(axis=(1, 2, 3))
    assert {round(4 * share) / 4 for share in shares} == {0.0, 0.25, 0.5, 0.75, 1.0}

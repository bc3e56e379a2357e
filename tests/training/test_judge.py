from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from restorer.degradation.judge import CAMERA, LEVELS, WHITE, chances, quantile
from restorer.degradation.spectra import SQUARE, features
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training import judge
from restorer.training.noisy_files import KINDS, random_file
from tests.training.conftest import textured


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two textured pictures."""
    folder = tmp_path_factory.mktemp("photographs")
    for seed in range(2):
        write_picture(Picture(textured(seed, 240, 250)), folder / f"{seed}.png")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def part(photographs: list[Path]) -> dict[str, np.ndarray]:
    return judge.make_examples(photographs, range(6), seed=3)


def test_numpy_and_torch_agree(part: dict[str, np.ndarray]) -> None:
    examples = judge.merge_examples([part])
    network = judge.train(examples, steps=2, batch=4, seed=0)
    with torch.inference_mode():
        kinds, places = network(examples.squares[:1], examples.there[:1], examples.told[:1])
    count = int(examples.there[0].sum())
    seen = examples.squares[0, :count].numpy()
    found = chances(seen, examples.told[0].numpy(), network.weights())
    assert found[0] == pytest.approx(kinds[0].softmax(dim=0).numpy(), abs=1e-4)
    assert found[1] == pytest.approx(places[0, :count].softmax(dim=1).numpy(), abs=1e-4)


def test_twice_the_noise_is_one_step_in_every_feature() -> None:
    noise = np.random.default_rng(0).standard_normal((2, SQUARE, SQUARE, 3)).astype(np.float32)
    once, twice = features(0.5 + 0.1 * noise), features(0.5 + 0.2 * noise)
    assert (twice - once)[:, :-3] == pytest.approx(np.log(4), abs=0.01)


@pytest.mark.parametrize("level", [0.0, 1.3, 3.0, 10.0, 19.0])
@pytest.mark.parametrize("kind", ["white", "camera"])
def test_the_right_answer_is_the_kind_and_the_level(kind: str, level: float) -> None:
    one, places = torch.zeros(1, 1, 1), torch.tensor([[level]])
    number = KINDS.index(kind if level else "none")
    examples = judge.Examples(
        one, one[..., 0] == 0, one[0], torch.tensor([number]), torch.tensor([level]), places
    )
    whole, squares = (part[0].double().numpy() for part in examples.answers())
    assert whole.sum() == pytest.approx(1) and squares[0].sum() == pytest.approx(1)
    if not level:
        assert whole[0] == 1 and squares[0, 0] == 1
        return
    shares = whole[WHITE if kind == "white" else CAMERA]
    assert np.exp(shares @ np.log(LEVELS)) == pytest.approx(level, rel=0.02)
    assert squares[0, 1:] == pytest.approx(shares, abs=1e-6)
    assert quantile(np.array([0, *shares]), 0.5) == pytest.approx(level, rel=0.15)


def test_files_know_how_much_noise_they_have() -> None:
    picture, kinds = textured(0, 240, 250), set[str]()
    for seed in range(24):
        file = random_file(picture, np.random.default_rng(seed))
        kinds.add(file.kind)
        assert file.pixels.min() >= 0 and file.pixels.max() <= 1
        assert all(side % SQUARE == 0 for side in file.pixels.shape[:2])
        if file.kind == "none":
            assert file.level == 0 and file.changed is None
        elif file.kind == "white":
            assert 2 <= file.level <= 22
        else:
            assert file.changed is not None
            assert 255 * file.changed.std() == pytest.approx(file.level, rel=1e-4)
    assert kinds == set(KINDS)


def test_the_same_numbers_give_the_same_examples(
    photographs: list[Path], part: dict[str, np.ndarray]
) -> None:
    again = judge.make_examples(photographs, range(3), seed=3)
    for name in ("told", "kinds", "levels"):
        count = len(again[name])
        assert (again[name] == part[name][:count]).all()
    examples = judge.merge_examples([part])
    assert int(examples.there.sum()) == len(part["squares"])
    assert len(examples.levels) == len(part["kinds"])

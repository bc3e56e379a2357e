"""What is left to read and look at: log, curves, card, names of folders."""

from pathlib import Path

import numpy as np
import pytest

from restorer.diffusion.scales import vp_scales
from restorer.errors import BadInput
from restorer.training.card import licence_files
from restorer.training.folder import folder_for
from restorer.training.log import CsvTracker, read_log
from restorer.training.plot import Panel, stacked, training_curves
from restorer.training.ticks import ticks
from restorer.training.validation import Validation
from tests.training.conftest import textured


def test_the_log_goes_on_where_a_checkpoint_was(tmp_path):
    path = tmp_path / "log.csv"
    tracker = CsvTracker(path)
    tracker.store_init_configuration({"step": 0})
    for step in (1, 2, 3):
        tracker.log({"loss": 1 / step}, step)
    tracker.log({"psnr_15": 30.5}, 2)
    with path.open("a") as file:
        file.write("4,0.1,0.2")  # cut short by a kill
    CsvTracker(path).store_init_configuration({"step": 2})
    assert read_log(path) == [
        {"step": 1, "loss": 1},
        {"step": 2, "loss": 0.5},
        {"step": 2, "psnr_15": 30.5},
    ]
    CsvTracker(path).store_init_configuration({"step": 0})
    assert read_log(path) == []


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0, 60), (27.84, 33.46), (-1.2, -0.9), (5, 5), (0, 0), (1, 1e6)]
)
def test_ticks_are_round_even_and_around_everything(low, high):
    found = ticks(low, high)
    steps = np.diff(found)
    assert len(found) >= 2
    assert found[0] <= low
    assert found[-1] >= high
    assert np.allclose(steps, steps[0])
    digits = steps[0] / 10 ** np.floor(np.log10(steps[0]) + 1e-9)
    assert min(abs(digits - round_one) for round_one in (1, 2, 5, 10)) < 1e-6


def test_a_falling_line_is_drawn_falling():
    picture = stacked([Panel("", {"": [(0, 1.0), (50, 0.5), (100, 0.0)]})])
    blue = (picture[..., 2] > 0.7) & (picture[..., 0] < 0.5)
    rows, columns = np.nonzero(blue)
    left, right = (rows[columns <= np.quantile(columns, q)].mean() for q in (0.1, 1))
    assert left < right - 50
    assert np.corrcoef(rows, columns)[0, 1] > 0.99


def test_curves_of_nothing_yet():
    assert training_curves([]).shape == (720, 960, 3)


def test_a_perfect_and_a_helpless_network_are_measured_as_such():
    crops = [textured(seed, 32, 32) for seed in range(3)]
    validation = Validation(crops, seed=0)
    asked = iter(range(10**6))

    class Perfect:
        def __call__(self, x_t, sigma):
            crop = crops[next(asked) % 3]
            return x_t.new_tensor(np.ascontiguousarray(2 * crop.transpose(2, 0, 1)[None] - 1))

    assert min(validation.measure(Perfect()).psnr.values()) == float("inf")
    network, trivial = validation.loss_over_all_t(Perfect())
    assert network < 1e-6
    assert 0.01 < trivial < 1

    def helpless(x_t, sigma):
        return x_t / vp_scales(sigma)[0]

    measured = validation.measure(helpless)
    assert measured.psnr[25] == pytest.approx(20.2, abs=0.3)  # 255 / 25 in dB
    # eps = 0: the error of v is that of x0, sigma^2, over b^2, which is 1 + sigma^2
    sigmas = 2 * np.array([5, 15, 25, 50, 100]) / 255
    assert measured.loss == pytest.approx(np.exp(np.log(1 + sigmas**2).mean()), rel=0.02)
    assert measured == validation.measure(helpless)  # the noise is always the same
    assert validation.loss_over_all_t(helpless)[0] == pytest.approx(1, abs=0.05)  # eps = 0


def test_names_and_folders(library, tmp_path):
    assert folder_for("portraits").model == library / "portraits"
    assert folder_for(f"{tmp_path}/here").model == tmp_path / "here"
    assert folder_for(None).name == "mine"
    (library / "mine" / "training").mkdir(parents=True)
    assert folder_for(None).name == "mine"  # nothing to lose in there
    (library / "mine" / "training" / "checkpoint.safetensors").touch()
    assert folder_for(None).name == "mine-2"
    for wrong in ("builtin", "", ".hidden", "two\nlines"):
        with pytest.raises(BadInput):
            folder_for(wrong)


def test_terms_beside_the_pictures_are_named(tmp_path):
    for name in ("LICENSE.txt", "MANIFEST.tsv", "photo.png", "copyright"):
        (tmp_path / name).touch()
    assert licence_files(tmp_path) == ["LICENSE.txt", "MANIFEST.tsv", "copyright"]
    assert licence_files(Path(tmp_path / "gone")) == []

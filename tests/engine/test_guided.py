"""The shipped classifier at work on the shipped prior."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restorer.diffusion.classifier import NoiseClassifier
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.models import find_model
from restorer.engine.plan import start_for
from restorer.engine.progress import CancelToken
from restorer.engine.task import CLASSIFIER, RestorationTask
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

ENGINE = Engine()


def run(**more: object) -> np.ndarray:
    clean = read_picture(resource_path("samples", "church.webp")).pixels[:128, :128]
    noise = np.random.default_rng(3).standard_normal(clean.shape, np.float32)
    picture = Picture(np.clip(clean + 50 / 255 * noise, 0, 1))
    task = RestorationTask(start=start_for(50), steps=4, faithfulness=0.0, **more)  # type: ignore[arg-type]
    *_, frame = ENGINE.run(task, Inputs(picture), CancelToken(), device="cpu")
    return frame.x0


@pytest.mark.prior
def test_a_push_makes_the_label_likelier_and_no_push_changes_nothing() -> None:
    network = NoiseClassifier.from_pretrained(find_model(CLASSIFIER).path).eval()
    labels = list(network.config["labels"])

    def judged(pixels: np.ndarray) -> float:
        x = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)[None]))
        return network.log_probability(x, 0.05, labels.index("painting")).item()

    plain = run()
    np.testing.assert_array_equal(run(toward="painting", push=0.0), plain)
    pushed = run(toward="painting", push=30.0)
    away = run(toward="photo", push=30.0)
    assert judged(away) < judged(plain) < judged(pushed)


def test_unknown_labels_and_wishes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadInput, match="knows photo or painting"):
        run(toward="sculpture")
    with pytest.raises(BadInput, match="faithfulness below 1"):
        RestorationTask(start=50.0, toward="painting")

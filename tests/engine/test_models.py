import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from restorer.engine import models
from restorer.engine.engine import Engine
from restorer.engine.models import CONFIG, WEIGHTS, all_models, find_model
from restorer.errors import ModelRefused
from restorer.resources import resource_path


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled model that can be damaged."""
    return shutil.copytree(resource_path("models", "builtin"), tmp_path / "mine")


def test_the_bundled_model_is_complete_and_says_so():
    builtin = all_models()[0]
    assert builtin.name == "builtin"
    assert builtin.parameters == 7_882_652
    assert builtin.bytes < 16 * 2**20
    assert builtin.licence == "apache-2.0"
    assert builtin.title == "Built-in prior"


def test_a_persons_own_models_are_listed(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "models_folder", lambda: tmp_path)
    (tmp_path / "rubbish").mkdir()
    assert [m.name for m in all_models() if m.role.restores] == ["builtin", "camera", "mine"]
    assert find_model("mine").path == folder


def test_a_folder_is_a_model(folder):
    assert find_model(str(folder)).parameters == find_model("builtin").parameters


def refused(name) -> str:
    with pytest.raises(ModelRefused) as caught:
        Engine().load(str(name), "cpu")
    return caught.value.sentence


def test_missing(tmp_path):
    assert "no model called" in refused(tmp_path / "nowhere")


def test_pickles_are_refused_unread(folder):
    (folder / WEIGHTS).rename(folder / "diffusion_pytorch_model.bin")
    assert "run code" in refused(folder)
    assert "run code" in refused(folder / "diffusion_pytorch_model.bin")


def test_another_kind_of_model(folder):
    (folder / CONFIG).write_text(json.dumps({"_class_name": "UNet2DConditionModel"}))
    assert "not a model that Restorer can use" in refused(folder)


@pytest.mark.parametrize("config", ["", "[]", "{", "\x00"])
def test_config_that_cannot_be_read(folder, config):
    (folder / CONFIG).write_text(config)
    assert CONFIG in refused(folder)


def test_weights_cut_short(folder):
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refused(folder)


def test_a_tensor_missing(folder):
    tensors = load_file(folder / WEIGHTS)
    del tensors["in_conv.bias"]
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    assert "not complete" in refused(folder)


def test_a_tensor_of_another_shape(folder):
    tensors = load_file(folder / WEIGHTS) | {"in_conv.bias": np.zeros(5, np.float16)}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    assert "damaged" in refused(folder)


def test_a_config_that_asks_for_other_widths(folder):
    config = json.loads((folder / CONFIG).read_text()) | {"blocks": 1}
    (folder / CONFIG).write_text(json.dumps(config))
    assert "not complete" in refused(folder)

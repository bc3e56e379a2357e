"""What is refused before anything is loaded, in a sentence."""

import json
import shutil
import sys

import pytest
import torch

from restorer.engine.engine import Engine
from restorer.engine.models import find_model
from tests.engine.test_models import refused


@pytest.fixture
def folder(models, tmp_path):
    return shutil.copytree(models("sd")[0], tmp_path / "mine")


def test_a_folder_says_what_it_is(folder):
    info = find_model(str(folder))
    assert info.kind == "latent"
    engine = Engine()
    status = engine.load(str(folder), "cpu")
    assert status.kind == "latent"
    networks = engine._latent.parts
    assert info.parameters == sum(p.numel() for net in networks for p in net.parameters())


def test_it_computes_as_precisely_as_it_is_told(folder):
    for precision in ("float32", "bfloat16"):
        engine = Engine(precision=precision)
        assert engine.load(str(folder), "cpu").place == f"CPU {precision}"
        assert engine._latent.unet.dtype == getattr(torch, precision)


def test_pickles_are_refused_unread(folder):
    weights = folder / "text_encoder" / "model.safetensors"
    torch.save({}, weights.with_name("pytorch_model.bin"))
    weights.unlink()
    assert "can run code" in refused(folder)


def test_parts_that_are_missing_or_damaged(folder):
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refused(folder)
    shutil.rmtree(folder / "vae")
    assert "vae is missing" in refused(folder)


def test_other_text_encoders_and_channels(folder):
    index = json.loads((folder / "model_index.json").read_text())
    index["text_encoder"] = ["transformers", "T5EncoderModel"]
    (folder / "model_index.json").write_text(json.dumps(index))
    assert "not with CLIP" in refused(folder)


def test_without_transformers_a_sentence_says_what_to_install(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert "pip install 'restorer[latent]'" in refused(folder)


def test_only_half_precision_weights_will_do(folder):
    for part in ("unet", "vae", "text_encoder", "controlnet"):
        for file in (folder / part).glob("*.safetensors"):
            file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    assert Engine().load(str(folder), "cpu").parameters > 0

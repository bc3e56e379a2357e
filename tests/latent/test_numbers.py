"""A model with prompts whose weights are not numbers is refused, and so is what it makes."""

import shutil

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken
from restorer.engine.task import RestorationTask
from restorer.errors import ModelRefused, NoPicture


@pytest.mark.parametrize("part", ["unet", "vae"])
def test_weights_that_are_not_numbers_are_refused_when_loaded(models, tmp_path, part):
    folder = shutil.copytree(models("sd")[0], tmp_path / "sd")
    path = next((folder / part).glob("*.safetensors"))
    tensors = load_file(path)
    name = next(name for name in tensors if name.endswith("weight"))
    tensors[name].flat[0] = np.nan
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(ModelRefused, match="not all of its weights are numbers"):
        Engine().load(str(folder), "cpu")


@pytest.mark.parametrize("value", [torch.nan, 3e38])
def test_a_decoder_that_overflows_makes_no_result(models, picture, value):
    engine = Engine()
    model = str(models("v")[0])
    engine.load(model, "cpu")
    with torch.no_grad():
        engine._latent.vae.decoder.conv_out.weight.fill_(value)
    task = RestorationTask(start=399.0, steps=2, model=model)
    frames = engine.run(task, Inputs(picture), CancelToken(), device="cpu")
    preview = next(frames)
    assert preview.info.preview
    with pytest.raises(NoPicture):
        next(frames)
    with pytest.raises(NoPicture):  # nor when it is decoded later
        engine.decode(task, Inputs(picture), preview.latents, device="cpu")

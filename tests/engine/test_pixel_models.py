"""Unconditional diffusers models of anybody's as priors; tiny ones with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

from restorer.engine.damage import Damage
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.models import describe
from restorer.engine.plan import start_for
from restorer.engine.progress import CancelToken
from restorer.engine.task import RestorationTask
from restorer.errors import ModelRefused
from restorer.imaging.picture import Picture


def unet(**more: Any) -> UNet2DModel:
    torch.manual_seed(0)
    blocks = {"down_block_types": ("DownBlock2D",) * 2, "up_block_types": ("UpBlock2D",) * 2}
    values = {"sample_size": 64, "block_out_channels": (8, 8), "norm_num_groups": 4} | blocks
    return UNet2DModel(**values | {"layers_per_block": 1} | more)


@pytest.fixture
def church(tmp_path: Path) -> Path:
    folder = tmp_path / "ddpm-tiny"
    scheduler = DDPMScheduler(beta_schedule="scaled_linear", beta_start=1e-3, beta_end=0.03)
    DDPMPipeline(unet(), scheduler).save_pretrained(folder)
    return folder


@pytest.fixture
def picture() -> Picture:
    return Picture(np.random.default_rng(1).random((40, 56, 3), np.float32))


def last(task: RestorationTask, picture: Picture) -> np.ndarray:
    *_, frame = Engine().run(task, Inputs(picture), CancelToken(), device="cpu")
    return frame.x0 if frame.picture is None else frame.picture


def test_a_pipeline_folder_is_a_model(church: Path) -> None:
    info = describe(church)
    assert (info.name, info.kind) == ("ddpm-tiny", "unconditional")
    assert info.parameters == unet().num_parameters()
    assert Engine().load(str(church), "cpu").kind == "unconditional"


def test_one_step_is_what_the_network_says_at_the_t_of_its_own_schedule(
    church: Path, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restorer.diffusion.hardware.choose_autocast", lambda *_: None)
    task = RestorationTask(start=start_for(25), steps=1, undo_clipping=False, model=str(church))
    sigma = 2 * 25 / 255
    betas = np.linspace(1e-3**0.5, 0.03**0.5, 1000) ** 2
    sigmas = np.sqrt(1 / np.cumprod(1 - betas) - 1)
    t = np.interp(np.log(sigma), np.log(sigmas), np.arange(1000))
    a = (1 + sigma**2) ** -0.5
    x_t = torch.from_numpy(a * (2 * picture.pixels.transpose(2, 0, 1)[None] - 1)).float()
    with torch.no_grad():
        eps = unet().eval()(x_t, torch.tensor([t], dtype=torch.float32)).sample
    expected = ((x_t - sigma * a * eps) / a)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(last(task, picture), expected, atol=2e-4)


def test_it_enlarges_too_and_keeps_the_promise(church: Path, picture: Picture) -> None:
    task = RestorationTask(
        start=80.0, steps=2, damage=Damage("upscale", filter="box"), model=str(church)
    )
    result = last(task, picture)
    assert result.shape == (80, 112, 3)
    small = result.reshape(40, 2, 56, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - picture.pixels).max() < 1 / 255


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"in_channels": 1, "out_channels": 1}, "colour pictures"),
        ({"class_embed_type": "timestep"}, "without labels"),
    ],
)
def test_other_networks_are_refused(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    unet(**more).save_pretrained(tmp_path / "other")
    with pytest.raises(ModelRefused, match=said):
        Engine().load(str(tmp_path / "other"), "cpu")


def test_an_unknown_schedule_is_refused(church: Path) -> None:
    config = church / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("scaled_linear", "homemade"))
    with pytest.raises(ModelRefused, match="schedule"):
        Engine().load(str(church), "cpu")

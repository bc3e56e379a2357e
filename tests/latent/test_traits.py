"""What is told of a model without torch is what torch and diffusers make of it."""

import json

import numpy as np
import pytest
from diffusers import DDPMScheduler

from restorer.engine.damage import Damage
from restorer.engine.engine import Engine
from restorer.engine.models import find_model
from restorer.engine.plan_latent import misfit, plan_latent
from restorer.errors import BadInput, ModelRefused
from restorer.latent.traits import Betas
from tests.latent import tiny


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
        {"beta_schedule": "squaredcos_cap_v2"},
        {"beta_schedule": "sigmoid"},
        {"trained_betas": np.linspace(0.001, 0.02, 1000).tolist()},
        {"beta_schedule": "scaled_linear", "rescale_betas_zero_snr": True},
    ],
    ids=["as DDPM", "Stable Diffusion", "cosine", "sigmoid", "trained", "no signal at the end"],
)
def test_the_schedule_is_the_librarys(config):
    betas = DDPMScheduler.from_config(config).betas.double().numpy()
    np.testing.assert_allclose(Betas.of(config).schedule.betas, betas, rtol=2e-3, atol=2e-7)
    assert Betas.of(config).schedule is Betas.of(dict(config)).schedule


@pytest.mark.parametrize(
    ("name", "channels", "factor"), [("sd", 4, 8), ("fill", 9, 8), ("x4", 7, 4)]
)
def test_traits_of_folders(models, name, channels, factor):
    path = str(models(name)[0])
    info = find_model(path)
    traits = info.latent
    assert traits is not None
    assert (traits.channels, traits.factor) == (channels, factor)
    assert traits.leader == (name == "sd")
    assert info.text_width == 16
    engine = Engine()
    engine.load(path, "cpu")
    model = engine._latent
    assert (traits.fills, traits.enlarges) == (model.fills, model.enlarges)
    assert traits.factor == model.factor
    times = np.arange(1000)
    np.testing.assert_allclose(
        traits.betas.schedule.sigma(times), model.schedule.sigma(times), rtol=1e-5
    )


def test_a_controlnet_says_what_it_listens_to(tmp_path):
    tiny.controlnet(xl=True).save_pretrained(tmp_path / "leader")
    assert find_model(str(tmp_path / "leader")).text_width == 32


def test_a_schedule_that_is_not_known_is_refused(tmp_path):
    tiny.stable_diffusion(tmp_path / "odd")
    file = tmp_path / "odd" / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"beta_schedule": "wavy"}))
    with pytest.raises(ModelRefused, match="“wavy” is not known"):
        find_model(str(tmp_path / "odd"))


def test_what_does_not_fit_is_said_before_anything_is_loaded(models):
    any_, x4 = (find_model(str(models(name)[0])) for name in ("sd", "x4"))
    assert misfit(find_model("builtin"), "deblur") == ""
    assert misfit(any_, "inpaint") == misfit(any_, "upscale", 3) == misfit(x4, "upscale", 4) == ""
    assert "cannot restore a picture" in misfit(find_model("photo-or-painting"), "denoise")
    assert "take a pixel model" in misfit(any_, "deblur")
    assert "enlarges 4 times and can do nothing else" in misfit(x4, "denoise")
    assert misfit(x4, "upscale") == ""
    with pytest.raises(BadInput, match="enlarges 4 times"):
        plan_latent(x4, Damage("upscale", scale=2))

"""What is taken in as a model was loaded once; what is none is called what it is."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from restorer.engine import card, library, models
from restorer.engine.models import WEIGHTS, all_models, describe
from restorer.errors import ModelRefused
from restorer.latent.traits import Betas


@pytest.mark.parametrize("damage", ["missing", "shape", "nan"])
def test_weights_that_cannot_be_loaded_are_not_taken_in(
    own: Path, source: Path, damage: str
) -> None:
    tensors = load_file(source / WEIGHTS)
    name = next(name for name, values in tensors.items() if values.ndim == 4)
    match damage:
        case "missing":
            del tensors[name]
        case "shape":
            tensors[name] = tensors[name][:1].copy()
        case "nan":
            tensors[name] = tensors[name] * np.float32("nan")
    save_file(tensors, source / WEIGHTS)
    describe(source)  # looking alone finds nothing
    with pytest.raises(ModelRefused):
        library.add(source)
    assert [model.name for model in all_models()] == list(models.BUNDLED)
    assert not own.exists() or not list(own.iterdir())


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"], "a LoRA"),
        (["unet.mid_block.attentions.0.to_q.lora_A.weight"], "a LoRA"),
        (["emb_params"], "a textual inversion"),
        (["clip_l", "clip_g"], "a textual inversion"),
        (["control_model.input_blocks.0.0.weight"], "a ControlNet in one file"),
        (["encoder.conv_in.weight", "decoder.conv_in.weight"], "a VAE"),
        (["double_blocks.0.img_attn.proj.weight"], "a FLUX model"),
        (["anything.else"], ""),
    ],
)
def test_what_is_no_model_is_called_what_it_is(tmp_path: Path, names: list[str], what: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "mine.safetensors"
    save_file({name: np.zeros((2, 2), np.float32) for name in names}, file)
    sentence = f"“mine.safetensors” is {what}, not a model" if what else "no model that Restorer"
    with pytest.raises(ModelRefused, match=sentence):
        describe(file)
    with pytest.raises(ModelRefused, match=f"is {what}," if what else "no weights"):
        describe(folder)


def test_a_word_that_was_learned_is_told_by_its_shape(tmp_path: Path) -> None:
    for names, shape, what in (
        (["<cat-toy>"], (768,), "is a textual inversion, not a model"),
        (["<cat-toy>", "style"], (3, 1024), "is a textual inversion, not a model"),
        (["<cat-toy>"], (7,), "is no model that Restorer knows"),
        (["a.weight"], (2, 768), "is no model that Restorer knows"),
    ):
        file = tmp_path / "learned_embeds.safetensors"
        save_file({name: np.zeros(shape, np.float32) for name in names}, file)
        with pytest.raises(ModelRefused, match=what):
            describe(file)


def test_a_card_is_read_with_limits() -> None:
    assert card.head("---\ntitle: Mine\nlicense: [mit, cc0]\n---\nwords") == {
        "title": "Mine",
        "license": ["mit", "cc0"],
    }
    bomb = "---\na: &a [x, x, x]\nb: &b [*a, *a, *a]\ntitle: [*b, *b]\n---\n"
    deep = "---\ntitle: " + "[" * 3000 + "]" * 3000 + "\n---\n"
    large = "---\n" + "".join(f"k{i}: {{a: [1, 2, 3]}}\n" for i in range(60_000)) + "---\n"
    begun = time.process_time()
    for text in (bomb, deep, large, "---\n!!python/object:os.system x\n---\n", "---\n", None):
        assert card.head(text) == {}
    assert time.process_time() - begun < 2
    assert card.one_line({"title": "x" * 5000}, "title", "?") == "x" * 199 + "…"
    assert card.one_line({"title": "a\x1b[31m\nb\u202ec"}, "title", "?") == "a?[31m?b?c"


@pytest.mark.parametrize(
    "config",
    [
        {"num_train_timesteps": 0},
        {"num_train_timesteps": 10**9},
        {"num_train_timesteps": "many"},
        {"num_train_timesteps": float("inf")},
        {"beta_start": -1},
        {"beta_end": 2},
        {"beta_end": float("nan")},
        {"trained_betas": [0.1] * 20_000},
        {"trained_betas": [0.1, 7]},
        {"trained_betas": "abc"},
        {"beta_start": 0, "beta_end": 0},
    ],
)
def test_schedules_that_cannot_be_are_refused_at_once(config: dict[str, object]) -> None:
    with pytest.raises(ModelRefused):
        Betas.of(config)


def test_so_they_are_beside_a_network(own: Path, tmp_path: Path) -> None:
    from diffusers import UNet2DModel

    folder = tmp_path / "ddpm"
    UNet2DModel(
        sample_size=16,
        block_out_channels=(32, 32),
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        layers_per_block=1,
    ).save_pretrained(folder)
    (folder / "scheduler_config.json").write_text(json.dumps({"num_train_timesteps": 10**9}))
    with pytest.raises(ModelRefused, match="1 to 10000 steps"):
        library.add(folder)
    (folder / "scheduler_config.json").unlink()
    assert library.add(folder).kind == "unconditional"

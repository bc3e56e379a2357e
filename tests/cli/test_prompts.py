"""Models with prompts, from the command line to the saved file."""

import json
from types import SimpleNamespace

import diffusers
import numpy as np
import pytest
import torch

from restorer.cli import main
from restorer.engine.plan_latent import CAUTION
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import GENERATED, read_record
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from tests.latent import tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny"
    return path, tiny.stable_diffusion(path)


@pytest.fixture
def restorer(tmp_path, monkeypatch, capsys):
    """The command line in this process, which has loaded the libraries already."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return SimpleNamespace(returncode=code, **capsys.readouterr()._asdict())

    return run


@pytest.fixture
def photo(tmp_path):
    pixels = np.random.default_rng(0).random((64, 64, 3), np.float32)
    path = tmp_path / "photo.tiff"
    write_picture(Picture(pixels, bits=32, format="TIFF"), path)
    return path


def test_from_file_to_file_as_diffusers_would(restorer, model, photo, tmp_path):
    path, pipeline = model
    options = ("--start", 499, "--steps", 3, "--sampler", "euler", "--seed", 5)
    words = ("--prompt", "an old photo", "--negative", "blur", "--guidance", 4)
    done = restorer("restore", photo, "-o", "out.tiff", "--model", path, *options, *words)
    assert done.returncode == 0, done.err
    assert "hands, faces and writing" in done.out

    img2img = diffusers.StableDiffusionImg2ImgPipeline(
        **{k: v for k, v in pipeline.components.items() if v is not None},
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    img2img.set_progress_bar_config(disable=True)
    img2img.scheduler = diffusers.EulerDiscreteScheduler.from_config(
        pipeline.scheduler.config, timestep_spacing="trailing"
    )
    expected = img2img(
        "an old photo",
        negative_prompt="blur",
        image=torch.from_numpy(read_picture(photo).pixels.transpose(2, 0, 1)[None].copy()),
        strength=0.5,
        num_inference_steps=6,
        guidance_scale=4.0,
        generator=torch.Generator().manual_seed(5),
        output_type="np",
    ).images[0]
    result = read_picture(tmp_path / "out.tiff")
    np.testing.assert_allclose(result.pixels, expected, atol=1e-4)
    assert '"prompt": "an old photo"' in read_record(result)


def test_what_not_to_believe_is_said_where_it_is(restorer, model, tmp_path):
    """In the file, in JSON and in words: only the hole was made up, so it is there."""
    y, x = np.mgrid[:128, :128].astype(np.float32) / 128
    write_picture(Picture(np.stack([x, y, (x + y) / 2], axis=2)), tmp_path / "smooth.png")
    mask = np.zeros((128, 128, 3), np.float32)
    mask[80:112, 16:48] = 1
    write_picture(Picture(mask), tmp_path / "mask.png")
    fill = ("--task", "inpaint", "--mask", "mask.png", "--model", model[0], "--steps", 2)
    done = restorer("restore", "smooth.png", "-o", "out.png", *fill, "--json")
    assert done.returncode == 0, done.err
    told = json.loads(done.out)
    left, top, right, bottom = told["look_closely"][0]
    assert left < 48 and right > 16 and top < 112 and bottom > 80
    record = json.loads(read_record(read_picture(tmp_path / "out.png")))
    assert record["caution"] == told["caution"] == CAUTION
    again = restorer("restore", "smooth.png", "-o", "2.png", *fill)
    middle = f"({(left + right) // 2}, {(top + bottom) // 2})"
    assert f"Look closely around x, y = {middle}" in again.out


def test_words_can_be_left_out_of_the_file(restorer, model, photo, tmp_path):
    words = ("--prompt", "secret", "--private", "--start", 999, "--steps", 1)
    done = restorer("restore", photo, "-o", "out.tiff", "--model", model[0], *words)
    assert done.returncode == 0, done.err
    result = read_picture(tmp_path / "out.tiff")
    assert "secret" not in read_record(result)
    assert GENERATED.encode() in result.xmp  # nothing in it is of the photograph


def test_words_are_for_models_that_read_them(restorer, photo, model):
    done = restorer("restore", photo, "-o", "out.png", "--prompt", "a cat")
    assert done.returncode == 2
    assert "--prompt is for models with prompts" in done.err
    done = restorer("restore", photo, "-o", "out.png", "--model", model[0], "--toward", "painting")
    assert done.returncode == 2
    assert "--toward is for pixel models" in done.err

"""Pushed towards words by CLIP: a tiny one with random weights, made from configuration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from restorer.diffusion.guidance import GuidedByResult
from restorer.diffusion.scales import vp_scales
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.models import find_model
from restorer.engine.plan import start_for
from restorer.engine.progress import CancelToken
from restorer.engine.record import recorded
from restorer.engine.task import RestorationTask
from restorer.errors import ModelRefused
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.latent.clip import load_clip, views
from restorer.resources import resource_path
from tests.latent import tiny

CPU = torch.device("cpu")
WORDS = "a painting in oil"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("clip") / "tiny"
    tiny.clip(path)
    return path


def test_a_folder_is_known_without_torch_and_a_pickle_refused(folder: Path, tmp_path: Path) -> None:
    info = find_model(str(folder))
    assert info.kind == "clip"
    assert info.parameters == sum(p.numel() for p in load_clip(folder, CPU).network.parameters())
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(ModelRefused, match="pickle"):
        find_model(str(tmp_path))
    with pytest.raises(ModelRefused, match="cannot restore a picture"):
        Engine().load(str(folder), "cpu")


def test_it_is_what_transformers_says(folder: Path) -> None:
    """Of a picture of CLIP's own size."""
    from transformers import CLIPModel, CLIPTokenizer

    torch.manual_seed(0)
    x = torch.rand(2, 3, 32, 32) * 2 - 1
    theirs = CLIPModel.from_pretrained(folder, use_safetensors=True).eval()
    mean = torch.tensor([0.4815, 0.4578, 0.4082]).reshape(3, 1, 1)
    deviation = torch.tensor([0.2686, 0.2613, 0.2758]).reshape(3, 1, 1)
    tokens = CLIPTokenizer.from_pretrained(folder)(WORDS, return_tensors="pt")
    with torch.no_grad():
        logits = theirs(
            input_ids=tokens.input_ids, pixel_values=(x / 2 + 0.5 - mean) / deviation
        ).logits_per_image[:, 0]
    clip = load_clip(folder, CPU)
    ours = clip.scale * clip.similarity(x, clip.words(WORDS))
    torch.testing.assert_close(ours, logits, rtol=0, atol=1e-5)


def test_our_vocabulary_reads_for_a_folder_without_one(folder: Path, tmp_path: Path) -> None:
    """And a network that has fewer words than it is refused."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(ModelRefused, match="does not know all words"):
        load_clip(tmp_path, CPU)


@pytest.mark.parametrize(("height", "width"), [(40, 40), (30, 50), (95, 20), (8, 200)])
def test_views_cover_a_picture(height: int, width: int) -> None:
    x = torch.zeros(1, 3, height, width, requires_grad=True)
    seen = views(x, 16)
    assert seen.shape[1:] == (3, 16, 16)
    assert len(seen) <= 4
    (slope,) = torch.autograd.grad(seen.abs().sum() + seen.sum(), x)
    assert (slope != 0).float().mean() > 0.99


def shrunk(x_t: Tensor, sigma: float) -> Tensor:
    """A denoiser with a slope of its own."""
    a, _ = vp_scales(sigma)
    return torch.tanh(x_t / a * 0.7)


def test_the_push_is_the_slope_of_the_similarity(folder: Path) -> None:
    """Against finite differences, in double precision, at 12 places."""
    clip = load_clip(folder, CPU)
    clip.network.double()
    words, sigma, scale = clip.words(WORDS), 0.8, 3.0
    torch.manual_seed(1)
    x_t = torch.randn(1, 3, 20, 28, dtype=torch.float64)

    def likelihood(x0: Tensor) -> Tensor:
        return clip.scale * clip.similarity(x0, words)

    pushed = GuidedByResult(shrunk, likelihood, scale)(x_t, sigma) - shrunk(x_t, sigma)
    a, b = vp_scales(sigma)
    step = 1e-5
    for place in torch.randperm(x_t.numel())[:12].tolist():
        ends = []
        for sign in (1, -1):
            moved = x_t.clone()
            moved.view(-1)[place] += sign * step
            ends.append(likelihood(shrunk(moved, sigma)).item())
        slope = (ends[0] - ends[1]) / (2 * step)
        expected = scale * b * b / a * slope
        assert pushed.view(-1)[place].item() == pytest.approx(expected, rel=1e-5, abs=1e-10)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 5.0])
def test_it_is_exact_for_a_gaussian_and_a_linear_judge(sigma: float) -> None:
    """N(m, s^2) tilted by exp(c x0) is N(m + c s^2, s^2): so is its posterior mean."""
    mean, variance, slope = 0.2, 0.09, 1.7
    a, _ = vp_scales(sigma)

    def posterior_mean(x_t: Tensor, prior_mean: float) -> Tensor:
        return prior_mean + variance / (variance + sigma**2) * (x_t / a - prior_mean)

    x_t = torch.linspace(-2, 2, 48, dtype=torch.float64).reshape(1, 3, 4, 4)
    guided = GuidedByResult(
        lambda x, s: posterior_mean(x, mean), lambda x0: slope * x0.flatten(1).sum(1)
    )(x_t, sigma)
    expected = posterior_mean(x_t, mean + slope * variance)
    torch.testing.assert_close(guided, expected, rtol=0, atol=1e-12)


@pytest.mark.prior
def test_a_push_raises_the_similarity_and_no_push_changes_nothing(folder: Path) -> None:
    clean = read_picture(resource_path("samples", "church.webp")).pixels[:96, :128]
    noise = np.random.default_rng(3).standard_normal(clean.shape, np.float32)
    picture = Picture(np.clip(clean + 50 / 255 * noise, 0, 1))
    engine, clip = Engine(), load_clip(folder, CPU)
    words = clip.words(WORDS)

    def run(**more: object) -> np.ndarray:
        task = RestorationTask(start=start_for(50), steps=4, faithfulness=0.0, **more)  # type: ignore[arg-type]
        *_, frame = engine.run(task, Inputs(picture), CancelToken(), device="cpu")
        return frame.x0

    def similarity(pixels: np.ndarray) -> float:
        x = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)[None]))
        return clip.similarity(x, words).item()

    plain = run()
    towards = {"toward": WORDS, "classifier": str(folder)}
    np.testing.assert_array_equal(run(**towards, push=0.0), plain)
    little, much = (similarity(run(**towards, push=push)) for push in (20.0, 100.0))
    assert similarity(plain) < little < much


def test_words_can_stay_out_of_the_record() -> None:
    picture = Picture(np.zeros((8, 8, 3), np.float32))
    task = RestorationTask(start=50.0, faithfulness=0.0, toward="my secret", classifier="clip")
    for kept in (True, False):
        record = read_record(recorded(picture, task, picture, prompts=kept))
        assert record is not None
        assert ("my secret" in record) is kept

"""The network that sharpens, carried out by the engine on the path that a person takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from restorer.degradation.estimate import DegradationEstimate
from restorer.degradation.operators import Blur, gaussian
from restorer.degradation.operators.wiener import WienerFilter, error_left
from restorer.diffusion.conditional import from_prior, shown_guesses
from restorer.diffusion.denoiser import ConditionalDenoiser, RotatedDenoiser
from restorer.diffusion.metrics import psnr
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tiling import TiledDenoiser
from restorer.engine.damage import Damage
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.inverse_problem import InverseProblem
from restorer.engine.methods import facts_of
from restorer.engine.models import all_models, find_model
from restorer.engine.plan import plan_repair
from restorer.engine.progress import CancelToken
from restorer.engine.region import RegionRun, why_no_region
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from restorer.training.network import write_model

CLEAN = DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True)
BLUR = Damage("deblur", blur="gaussian:1.6", noise=5.0)


def planned(damage: Damage = BLUR, side: int = 64, **asked) -> RestorationTask:
    grey = Picture(np.full((side, side, 3), 0.5, np.float32))
    return plan_repair(damage, Inputs(grey), CLEAN, **asked)


def test_a_blur_is_undone_by_it_if_nobody_says_otherwise():
    for damage in (BLUR, Damage("deblur", kernel=((0.2, 0.6, 0.2),), noise=5.0)):
        task = planned(damage)
        assert (task.method, task.model) == ("conditional", "sharpening")
    assert planned(faithfulness=0.5).method == "diffpir"
    assert planned(model="mine").method == "diffpir"
    assert planned(model="damage").method == "diffpir"  # which is shown no guesses
    assert planned(method="diffpir").model == BUILTIN_MODEL
    assert planned(replace(BLUR, blur="gaussian:4.6")).method == "diffpir"
    assert planned(replace(BLUR, blur="gaussian:4.4")).method == "conditional"


def test_a_small_picture_with_little_noise_is_left_to_the_prior_which_is_better_there():
    clear = replace(BLUR, noise=2.0)
    assert [planned(clear, side=side).method for side in (64, 1000, 1001)] == ["diffpir"] * 2 + [
        "conditional"
    ]
    noises = (2.9, 3.1)
    assert [planned(replace(BLUR, noise=noise)).method for noise in noises] == [
        "diffpir",
        "conditional",
    ]
    asked = planned(clear, method="conditional")
    assert asked.model == "sharpening"
    assert LINEAR.sigma(asked.start) == pytest.approx(facts_of(clear).sigma)
    assert planned(BLUR).steps == planned(BLUR, side=600).steps == 3
    assert planned(BLUR, side=2000).steps == 2  # however large


def test_what_is_told_is_what_the_blur_says():
    facts = facts_of(BLUR)
    assert (round(facts.blur, 2), facts.shape, facts.noise) == (1.6, "gaussian", 5.0)
    assert facts.sigma == error_left(Blur(gaussian(1.6), 10 / 255))
    assert LINEAR.sigma(planned().start) == pytest.approx(facts.sigma)
    disc, motion = (facts_of(replace(BLUR, blur=blur)) for blur in ("disc:3", "motion:9.8,30"))
    assert (round(disc.blur, 1), disc.shape) == (1.5, "disc")
    assert (round(motion.blur, 1), motion.shape) == (2.0, "motion")
    loaded = facts_of(Damage("deblur", kernel=((0.2, 0.6, 0.2),), noise=5.0))
    assert (round(loaded.blur, 2), loaded.shape) == (round(0.2**0.5, 2), "motion")


def test_a_blur_too_wide_for_it_is_refused():
    with pytest.raises(BadInput, match="this wide"):
        planned(replace(BLUR, blur="disc:20"), method="conditional")


def test_it_is_no_model_to_choose_but_is_told_of():
    assert {model.name: model.kind for model in all_models()}["sharpening"] == "sharpening"
    assert "sharpening" not in [model.name for model in all_models() if model.role.restores]


def test_one_of_ones_own_is_told_from_one_that_is_shown_pictures(tmp_path):
    own = from_prior(PriorUNet(channels=(16, 16), blocks=1, mid_blocks=1, embedding_dim=16), 13)
    for kind, network in (("conditional", own), ("sharpening", shown_guesses(own))):
        (tmp_path / kind).mkdir()
        write_model(tmp_path / kind, network, "---\ntitle: Mine\n---\n")
        assert find_model(str(tmp_path / kind)).kind == kind
    assert planned(model=str(tmp_path / "sharpening")).method == "conditional"
    assert planned(model=str(tmp_path / "conditional")).method == "diffpir"


def test_it_is_shown_a_filter_s_guess_and_the_picture_beside_it_and_looks_again():
    pixels = soft_portrait().pixels[:48, :64]
    task, seen = planned(steps=3), []

    def ask(x_t, sigma):
        seen.append((x_t, sigma))
        return x_t

    problem = InverseProblem(task, Inputs(Picture(pixels)))
    assert torch.equal(problem.conditioning, problem.y)
    boxes = []
    problem.crop_tiles(lambda done, total, box, x0: boxes.append(box))(
        1, 1, (0, 0, 64, 48), problem.y
    )
    assert boxes == [(0, 0, 64, 48)]  # it is not asked beyond the border
    steps = list(problem.steps([ask], LINEAR))
    blur = problem.operator
    for step, (answer, _) in zip(steps[:2], seen[:2], strict=True):
        left = [float((blur.forward(x) - problem.y).std()) for x in (step.x0, answer)]
        assert left[0] < left[1]  # what is shown explains the picture better than the answer does
    assert [sigma for _, sigma in seen] == pytest.approx([step.sigma for step in steps])
    assert problem.guesses, "no noise is put into what it sees"
    assert not InverseProblem(planned(method="diffpir"), Inputs(Picture(pixels))).guesses
    assert seen[0][1] == pytest.approx(2 * seen[1][1]) == pytest.approx(4 * seen[2][1])
    guess = WienerFilter(problem.operator).deblur(problem.y).clamp(-1, 1)
    assert torch.allclose(seen[0][0] * (1 + seen[0][1] ** 2) ** 0.5, guess, atol=1e-5)


def test_tiles_see_their_own_part_of_the_picture_from_every_side():
    torch.manual_seed(0)
    network = from_prior(PriorUNet(channels=(16, 16), blocks=1, mid_blocks=1, embedding_dim=16), 13)
    torch.nn.init.normal_(network.y_conv.weight, std=0.2)
    asked = ConditionalDenoiser(network, facts=facts_of(BLUR).vector().tolist())
    denoiser = RotatedDenoiser(asked, 5)
    x_t, y = torch.rand(1, 3, 160, 144), torch.rand(1, 3, 160, 144)
    whole = denoiser(torch.cat([x_t, y], dim=1), 0.1)
    tiled = TiledDenoiser(denoiser, tile=96, overlap=48, conditioning=y)(x_t, 0.1)
    assert tiled.shape == x_t.shape
    assert torch.allclose(tiled, whole, atol=1e-3)
    other = denoiser(torch.cat([x_t, 1 - y], dim=1), 0.1)
    assert float((other - whole).abs().max()) > 0.01


@pytest.mark.prior
def test_a_part_of_it_is_what_all_of_it_will_be():
    soft = soft_portrait()
    task = plan_repair(BLUR, Inputs(soft), CLEAN)
    assert why_no_region(task, latent=False) == ""
    whole = list(Engine().run(task, Inputs(soft), CancelToken(), device="cpu"))[-1].picture
    run = RegionRun(1, task, Inputs(soft), Trajectory(task), box=(80, 60, 120, 100))
    list(run.carry_out(Engine(), lambda: None))
    assert np.abs(run.made - whole[60:100, 80:120]).max() < 1.5 / 255


@pytest.mark.prior
def test_a_soft_picture_is_sharpened():
    soft = soft_portrait()
    clean = read_picture(resource_path("samples", "portrait.png")).pixels[:200, :200]
    task = plan_repair(BLUR, Inputs(soft), CLEAN)
    frames = list(Engine().run(task, Inputs(soft), CancelToken(), device="cpu"))
    assert psnr(frames[-1].picture, clean) > psnr(soft.pixels, clean) + 2.5
    sigmas = [frame.info.sigma for frame in frames]
    assert sigmas == sorted(sigmas, reverse=True)


def soft_portrait() -> Picture:
    pixels = read_picture(resource_path("samples", "portrait.png")).pixels[:200, :200]
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]
    soft = Blur(gaussian(1.6)).forward(x)[0].permute(1, 2, 0).numpy()
    noise = np.random.default_rng(0).standard_normal(soft.shape, np.float32)
    return Picture(np.clip(soft + np.float32(5 / 255) * noise, 0, 1))

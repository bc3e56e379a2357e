"""The conditional prior begins as the prior it came from, and hears what it is told."""

import math

import pytest
import torch

from restorer.diffusion.conditional import ConditionalUNet, from_prior
from restorer.diffusion.denoiser import ConditionalDenoiser, PriorDenoiser
from restorer.diffusion.prior import PriorUNet

FACTS = 3


def tiny_prior() -> PriorUNet:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return PriorUNet(channels=(8, 8, 8), blocks=1, mid_blocks=1, embedding_dim=16)


def trained() -> ConditionalUNet:
    """As if it had been: both ways in count."""
    network = from_prior(tiny_prior(), FACTS)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for weight in (network.y_conv.weight, network.damage_mlp[-1].weight):
            torch.nn.init.normal_(weight, std=0.1)
    return network


@pytest.fixture
def picture() -> torch.Tensor:
    return torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(2)) * 2 - 1


def test_untrained_it_is_the_prior(picture):
    prior = tiny_prior()
    network = from_prior(prior, FACTS)
    sigma = torch.tensor([0.3])
    anything = torch.randn(1, 3, 24, 32), torch.randn(1, FACTS)
    found = network(picture, sigma, *anything)
    expected = prior(picture, sigma)
    assert torch.equal(found.x0, expected.x0)
    assert torch.equal(found.eps, expected.eps)


def test_what_it_is_shown_and_told_counts(picture):
    network, sigma = trained(), torch.tensor([0.3])
    given = torch.zeros(1, FACTS)
    plain = network(picture, sigma, picture, given).x0
    assert not torch.allclose(plain, network(picture, sigma, -picture, given).x0)
    assert not torch.allclose(plain, network(picture, sigma, picture, given + 1).x0)


def test_asked_at_once_y_stands_in_place_of_x_t(picture):
    network = trained()
    facts, sigma = (0.5, -1.0, 0.25), 0.7
    given = torch.tensor(facts)[None]
    x_t = picture / math.hypot(1, sigma)
    expected = network(x_t, torch.tensor([sigma]), picture, given).x0
    found = ConditionalDenoiser(network).with_facts(facts)(x_t, sigma)
    assert torch.allclose(found, expected, atol=1e-5)


def test_any_size_and_the_border_is_continued(picture):
    """Little noise: the picture is continued beyond its border, as the prior does it."""
    prior = tiny_prior()
    same = ConditionalDenoiser(from_prior(prior, FACTS)).with_facts((0.0,) * FACTS)
    odd = picture[..., :21, :27]
    assert same(odd, 0.2).shape == odd.shape
    assert torch.allclose(same(odd, 0.2), PriorDenoiser(prior)(odd, 0.2), atol=1e-6)


def test_sides_that_do_not_fit_are_refused():
    network = trained()
    wrong = torch.zeros(1, 3, 20, 24)
    with pytest.raises(ValueError, match="multiples of 8"):
        network.conditional_trunk(wrong, torch.ones(1), wrong, torch.zeros(1, FACTS))


def test_all_first_and_last_kernels_are_treated_apart():
    network = trained()
    assert {id(end) for end in network.ends()} == {
        id(network.in_conv.weight),
        id(network.out_conv.weight),
        id(network.y_conv.weight),
    }

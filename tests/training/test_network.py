"""Networks that are made deeper."""

import pytest
import torch

from restorer.diffusion.prior import PriorUNet
from restorer.errors import BadInput
from restorer.training.network import deeper


def network(blocks: int) -> PriorUNet:
    torch.manual_seed(1)
    return PriorUNet(channels=(8, 8, 16), blocks=blocks, mid_blocks=1, embedding_dim=16)


def test_deeper_is_the_same_function_until_it_is_trained():
    small = network(1)
    grown = deeper(small, 3)
    x_t, sigma = torch.randn(2, 3, 16, 24), torch.tensor([0.1, 2.0])
    assert grown.config.blocks == 3
    assert grown.num_parameters() > small.num_parameters()
    torch.testing.assert_close(grown.trunk(x_t, sigma), small.trunk(x_t, sigma), rtol=0, atol=1e-6)
    grown.trunk(x_t, sigma).square().sum().backward()
    assert grown.down_blocks[0].resnets[2].conv2.weight.grad.abs().max() > 0


def test_a_network_does_not_lose_blocks():
    with pytest.raises(BadInput):
        deeper(network(2), 1)

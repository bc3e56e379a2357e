"""Networks that are made deeper."""

import pytest
import torch

from restorer.diffusion.prior import PriorUNet
from restorer.errors import BadInput
from restorer.training.network import deeper, write_model


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


def test_a_model_does_not_say_in_which_folder_it_began(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    write_model(tmp_path / "first", network(1), "A card.")
    again = PriorUNet.from_pretrained(tmp_path / "first")
    write_model(tmp_path / "second", again, "A card.")
    config = (tmp_path / "second" / "config.json").read_text()
    assert config == (tmp_path / "first" / "config.json").read_text()
    assert str(tmp_path) not in config

"""Networks in the shapes of recipes."""

import pytest
import torch

from restorer.diffusion.prior import PriorUNet
from restorer.errors import BadInput
from restorer.training.network import grown, new_network, write_model
from restorer.training.recipe import Recipe


def network(blocks: int | tuple[int, ...]) -> PriorUNet:
    torch.manual_seed(1)
    return PriorUNet(channels=(16, 16, 32), blocks=blocks, mid_blocks=1, embedding_dim=16)


def shape(**values: object) -> Recipe:
    return Recipe(("a",), steps=1, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (shape(blocks=(3,)), ((16, 16, 32), [3, 3], 1)),
        (shape(blocks=(1, 2), mid=2), ((16, 16, 32), [1, 2], 2)),
        (shape(width=(16, 16, 32, 48)), ((16, 16, 32, 48), [1, 1, 1], 1)),
        (shape(width=(16, 16, 32, 16), blocks=(1, 1, 2), mid=3), ((16, 16, 32, 16), [1, 1, 2], 3)),
    ],
)
def test_larger_is_the_same_function_until_it_is_trained(wanted, expected):
    small = network(1)
    large = grown(small, wanted)
    config = large.config
    assert (tuple(config.channels), list(config.blocks), config.mid_blocks) == expected
    x_t, sigma = torch.randn(2, 3, 16, 32), torch.tensor([0.1, 2.0])
    torch.testing.assert_close(large.trunk(x_t, sigma), small.trunk(x_t, sigma), rtol=0, atol=1e-6)
    large.trunk(x_t, sigma).square().sum().backward()
    new = large.up_blocks[0].upsample if len(expected[0]) > 3 else large.down_blocks[1].resnets[-1]
    gradient = (
        new.weight.grad if isinstance(new, torch.nn.ConvTranspose2d) else new.conv2.weight.grad
    )
    assert gradient.abs().max() > 0


@pytest.mark.parametrize(
    "wrong",
    [{"blocks": (1,)}, {"width": (16, 32, 32)}, {"width": (16, 16)}, {"blocks": (2, 2, 2)}],
)
def test_a_network_does_not_lose_anything(wrong):
    with pytest.raises(BadInput):
        grown(network(2), shape(**wrong))


def test_any_shape_from_scratch():
    made = new_network(shape(width=(16, 32, 16, 48), blocks=(1, 2, 1), mid=3))
    assert made.stride == 16
    assert [len(stage.resnets) for stage in made.down_blocks] == [1, 2, 1]
    assert [len(stage.resnets) for stage in made.up_blocks] == [1, 2, 1]
    assert made.trunk(torch.zeros(1, 3, 16, 32), torch.ones(1)).shape == (1, 3, 16, 32)
    with pytest.raises(BadInput, match="each width"):
        new_network(shape(width=(16, 32), blocks=(1, 2)))
    with pytest.raises(BadInput, match="multiples of 16"):
        shape(width=(16, 24))


def test_a_model_does_not_say_in_which_folder_it_began(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    write_model(tmp_path / "first", network(1), "A card.")
    again = PriorUNet.from_pretrained(tmp_path / "first")
    write_model(tmp_path / "second", again, "A card.")
    config = (tmp_path / "second" / "config.json").read_text()
    assert config == (tmp_path / "first" / "config.json").read_text()
    assert str(tmp_path) not in config

"""Tiles of the U-Net's call, against the call on the whole."""

import torch
from torch import nn

from restorer.latent.model import LatentModel
from restorer.latent.network import GuidedNetwork
from restorer.latent.text import Conditions
from tests.latent import tiny


class Convolutions(nn.Module):
    """A U-Net as the loop sees one, that looks nine latents around."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        layers = [nn.Conv2d(4, 8, 3, padding=1, padding_mode="replicate"), nn.SiLU()]
        layers += [nn.Conv2d(8, 4, 3, padding=1, padding_mode="replicate")]
        self.layers = nn.Sequential(*layers)
        self.config = tiny.unet().config

    def forward(self, sample, t, encoder_hidden_states, added_cond_kwargs, return_dict):
        return (self.layers(sample) + encoder_hidden_states.mean((1, 2)).view(-1, 1, 1, 1),)


def network(unet, tile, rows=2) -> GuidedNetwork:
    model = LatentModel(unet=unet, vae=tiny.vae(), texts=(), scheduler=tiny.scheduler().config)
    states = torch.arange(rows).float().view(-1, 1, 1) * torch.ones(rows, 77, 16)
    return GuidedNetwork(model, Conditions(states), 3.0, (64, 64), tile=tile)


def test_tiles_give_what_the_whole_gives():
    """What is not near a tile's edge counts, so a local network cannot tell the difference."""
    x = torch.randn(1, 4, 90, 200, generator=torch.Generator().manual_seed(0))
    unet, t = Convolutions(), torch.tensor(500)
    whole, tiled = network(unet, 200)(x, t), network(unet, 64)(x, t)
    assert torch.allclose(whole, tiled, atol=1e-5)


def test_a_flat_picture_has_no_seams():
    """With attention and normalisation tiles differ from the whole, but no more at their edges."""
    generator = torch.Generator().manual_seed(3)
    x = 0.8 * 0.3 + 0.6 * torch.randn(1, 4, 96, 240, generator=generator)  # x_t of a flat picture
    torch.manual_seed(0)
    unet, t = tiny.unet(), torch.tensor(300)
    whole, tiled = network(unet, 240)(x, t), network(unet, 96)(x, t)
    columns = (tiled - whole)[0, ..., 16:-16].pow(2).mean((0, 1)).sqrt()
    assert float(columns.mean()) < 0.05 * float(whole.std())
    assert float(columns.max()) < 2 * float(columns.mean())


def test_guidance_goes_from_the_first_row_through_the_second():
    x, t = torch.zeros(1, 4, 16, 16), torch.tensor(1)
    unet = Convolutions()
    away = network(unet, 64, rows=1)(x, t)
    assert torch.allclose(network(unet, 64)(x, t), away + 3.0, atol=1e-5)


def test_offloaded_networks_visit_the_device_only_to_work():
    parts = {"unet": tiny.unet(), "vae": tiny.vae(), "texts": (), "scheduler": {}}
    model = LatentModel(**parts, device=torch.device("meta"), offload=True)
    assert place_of(model.vae) == place_of(model.unet) == "cpu"
    with model.on_device(model.unet):
        assert place_of(model.unet) == "meta"
        assert place_of(model.vae) == "cpu"
        model.unet.to_empty(device="cpu")  # nothing comes back from "meta" by itself
    assert place_of(model.unet) == "cpu"


def place_of(network) -> str:
    return next(network.parameters()).device.type

import numpy as np
import pytest

from restorer.imaging.picture import Picture
from tests.latent import tiny


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folders of tiny models by name, made when first asked for, with their pipelines."""
    folder, made = tmp_path_factory.mktemp("models"), {}
    makers = {
        "sd": lambda path: tiny.stable_diffusion(path, controlnet=tiny.controlnet()),
        "v": lambda path: tiny.stable_diffusion(path, prediction="v_prediction"),
        "fill": lambda path: tiny.stable_diffusion(path, 9),
        "x4": tiny.upscaler,
        "xlfill": lambda path: tiny.stable_diffusion_xl(path, 9),
        "xl": lambda path: tiny.stable_diffusion_xl(path, controlnet=tiny.controlnet(xl=True)),
    }

    def get(name):
        if name not in made:
            made[name] = folder / name, makers[name](folder / name)
        return made[name]

    return get


@pytest.fixture
def picture() -> Picture:
    """64 by 64, smooth, with colours."""
    y, x = np.mgrid[:64, :64] / 64
    pixels = np.stack([0.2 + 0.6 * x, 0.3 + 0.5 * y, 0.5 + 0.3 * np.sin(9 * x * y)], axis=2)
    return Picture(pixels.astype(np.float32), bits=32)

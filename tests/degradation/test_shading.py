from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation import estimate as measuring
from restorer.degradation.camera import CameraNoise
from restorer.degradation.judge import Judgement
from restorer.degradation.shading import is_shading
from tests.degradation.pictures import Pixels, as_file, as_jpeg, scene

LEATHER = np.zeros((224, 256, 3), np.float32) + np.float32([0.7, 0.45, 0.25])
LEATHER[:, 100:] = np.float32([0.3, 0.4, 0.6])


def lit(hue: Pixels) -> Pixels:
    """A rough thing in these colours under light, every pixel by itself."""
    rough = 1 + 0.12 * np.random.default_rng(1).standard_normal((224, 256, 1))
    slopes = 0.8 + 0.2 * gaussian_filter(np.random.default_rng(2).random((224, 256, 1)), (9, 9, 0))
    return as_file((hue * rough * slopes).astype(np.float32), 0)


def test_light_on_a_material_is_no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = CameraNoise(8.0, 6.0, 9.0, ((8.0,),))
    monkeypatch.setattr(measuring, "judge", lambda *_: Judgement(0.0, 0.0, 8.0, camera))
    assert is_shading(lit(LEATHER))
    assert measuring.estimate(lit(LEATHER)).clean
    assert not measuring.estimate(as_file(scene(), 0)).clean


def test_noise_is_no_shading() -> None:
    grain = 12 / 255 * np.random.default_rng(0).standard_normal((224, 256, 1))
    assert not is_shading(as_file(LEATHER, 12))
    assert not is_shading(as_file((LEATHER + grain).astype(np.float32), 0))  # of film
    assert not is_shading(as_jpeg(as_file(LEATHER, 12), 90))


def test_what_has_no_hue_or_no_detail_tells_nothing() -> None:
    assert not is_shading(lit(np.full_like(LEATHER, 0.5)))
    assert not is_shading(as_file(scene(), 0))
    assert not is_shading(np.zeros((20, 20, 3), np.float32))

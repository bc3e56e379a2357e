"""A step: the loss it says it has, and nothing that waits for a device."""

from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from restorer.training.crops import Crops
from restorer.training.learner import Learner, SingleProcess
from restorer.training.loss import add_noise
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.state import State
from tests.training.conftest import tiny_network

CPU = torch.device("cpu")

#: What reads a number from a device, or makes a tensor as large as numbers on it say.
WAITING = {"_local_scalar_dense", "nonzero", "masked_select", "bincount", "equal", "_unique2"}


class Watch(TorchDispatchMode):
    """Notes everything that would wait."""

    def __init__(self):
        super().__init__()
        self.waited = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if name in WAITING:
            self.waited.append(name)
        return func(*args, **(kwargs or {}))


@pytest.fixture
def pictures(photos):
    pool = Pictures(find_pictures([photos]), 32, 1 << 28, 0)
    list(pool.read())
    return pool


def test_nothing_in_a_step_waits_for_the_device(recipe, pictures):
    recipe = replace(recipe, hard=0.5, drawn=0.3, calm=0.3)
    state = State(tiny_network(), recipe, CPU)
    state.difficulty.fit(len(pictures.files), CPU)
    learner, crops = (
        Learner(state, SingleProcess(CPU)),
        Crops(pictures, recipe, CPU, state.difficulty),
    )
    learner.learn(crops.batch(0), 1e-3)  # the first one makes what later ones use
    with Watch() as watch:
        for step in range(1, 4):
            learner.learn(crops.batch(step), 1e-3)
        assert watch.waited == []
        learner.read()
    assert watch.waited


def test_the_error_is_that_of_eps_as_the_network_says_it(recipe, pictures):
    state = State(tiny_network(), recipe, CPU)
    batch = Crops(pictures, recipe).batch(0)
    with torch.no_grad():
        said = state.network(add_noise(batch.x0, batch.sigma, batch.eps), batch.sigma).eps
    expected = (batch.eps - said).square().mean()
    learner = Learner(state, SingleProcess(CPU))
    learner.learn(batch, 1e-3)
    assert learner.read()[1] == pytest.approx(float(expected), rel=1e-4)
    assert learner.pixels == 4 * 16 * 16

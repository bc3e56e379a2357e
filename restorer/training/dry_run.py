"""A short training that measures how fast a shape of network learns here; it keeps nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import torch

from restorer.diffusion import hardware
from restorer.diffusion.hardware import DeviceName
from restorer.training.crops import Crops
from restorer.training.damage_crops import DAMAGE_BINS, DamagedCrops, scene_side
from restorer.training.learner import Learner, SingleProcess, compile_blocks
from restorer.training.loss import BINS
from restorer.training.network import starting_network
from restorer.training.pictures import Pictures, find_pictures
from restorer.training.recipe import Recipe
from restorer.training.speed import DryRun, measure
from restorer.training.state import State


def dry_run(
    recipe: Recipe, seconds: float, device: DeviceName = "auto", compiled: bool = False
) -> DryRun:
    """Train for some seconds, not counting the time to read pictures and compile.

    Raises:
        BadInput: for unusable pictures or values, or a time too short for a few steps.
    """
    place = hardware.choose_device(device)
    damage = recipe.damage is not None
    least = scene_side(recipe.crop) if damage else recipe.crop
    files = find_pictures(recipe.folders)
    pictures = Pictures(files, least, recipe.memory, recipe.seed, "cpu" if damage else place)
    for _ in pictures.read():
        pass
    autocast = hardware.choose_autocast(place)
    bins = DAMAGE_BINS if damage else BINS
    state = State(starting_network(recipe), recipe, place, autocast or torch.float32, bins)
    if compiled:
        compile_blocks(state.network)
    with ThreadPoolExecutor() as threads:
        crops: Crops | DamagedCrops = Crops(pictures, recipe, place)
        if damage:
            crops = DamagedCrops(pictures, recipe, place, threads)
        return measure(Learner(state, SingleProcess(place, autocast)), state, crops, seconds)

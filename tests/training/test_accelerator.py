"""The script for machines that are ours for minutes, at tiny size, without most libraries."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open

from restorer.degradation.scratch_network import damage_logits, load_finder
from restorer.diffusion.conditional import ConditionalUNet
from restorer.diffusion.filling import FillingUNet
from restorer.diffusion.prior import PriorUNet
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from tests.training.conftest import textured

ROOT = Path(__file__).parents[2]

#: As if nothing were installed that the script may not need.
ALONE = """
import runpy, sys
for name in ("diffusers accelerate transformers tifffile imagecodecs yaml PySide6 tqdm "
             "filelock psutil huggingface_hub").split():
    sys.modules[name] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def told_alone(*words: object) -> str:
    """What a script says that runs without most libraries."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *map(str, words)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_tiles_to_the_weights_of_both_priors(tmp_path):
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    for seed in range(40):  # of these names one in 25 is held out
        write_picture(Picture(textured(seed, 64, 56)), tiles / f"{seed}.png")
    script = ROOT / "benchmarks" / "train_on_accelerator.py"
    options = (
        "--minutes 0.03 --damage-minutes 0.03 --processes 1 --room 40 --shapes tiny "
        "--batch 4 --crop 16 --late-batch 2 --late-crop 32"
    )
    said = told_alone(script, tiles, tmp_path / "out", *options.split())
    assert "tiles on cpu" in said
    # 99.6 % is told as 100, too
    first, *_, last = (line for line in said.splitlines() if line.startswith("100% step"))
    assert "50: " in first
    assert last.endswith("scenes")
    names = sorted(path.name for path in (tmp_path / "out").rglob("*"))
    weights = "diffusion_pytorch_model.safetensors"
    assert names == ["config.json"] * 2 + ["damage", weights, weights, "prior"]
    priors = (PriorUNet, tmp_path / "out" / "prior"), (ConditionalUNet, tmp_path / "out" / "damage")
    for kind, model in priors:
        network = kind.from_pretrained(model)
        assert tuple(network.config.channels) == (16, 16)
        with safe_open(model / weights, "pt") as file:
            assert file.get_tensor("in_conv.weight").dtype == torch.float16
        said = network(torch.zeros(1, 3, 8, 8), torch.ones(1)).x0.detach()
        assert np.isfinite(said.numpy()).all()
    assert network.y_conv.weight.abs().max() > 0


def test_from_tiles_to_the_weights_of_the_finder(tmp_path):
    tiles, shapes = tmp_path / "tiles", tmp_path / "shapes"
    for folder in (tiles, shapes / "hair"):
        folder.mkdir(parents=True)
    for seed in range(40):
        write_picture(Picture(textured(seed, 64, 56)), tiles / f"{seed}.png")
    for number in range(6):
        alpha = np.zeros((20, 30, 4), np.uint8)
        alpha[8:11, 2 : 20 + number] = 255
        Image.fromarray(alpha, "RGBA").save(shapes / "hair" / f"{number}.png")
    script = ROOT / "benchmarks" / "finder_on_accelerator.py"
    options = (
        f"--shapes {shapes} --minutes 0.04 --processes 1 --room 40 --shape tiny "
        "--batch 4 --crop 16 --late-batch 2 --late-crop 32"
    )
    said = told_alone(script, tiles, tmp_path / "out", *options.split())
    assert "100% step" in said
    network = load_finder(tmp_path / "out" / "model.safetensors")
    assert tuple(network.config.channels) == (16, 16)
    assert np.isfinite(damage_logits(network, torch.zeros(1, 3, 16, 16)).detach().numpy()).all()


def test_from_tiles_to_the_weights_of_the_network_that_fills(tmp_path):
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    for seed in range(40):
        write_picture(Picture(textured(seed, 64, 56)), tiles / f"{seed}.png")
    script = ROOT / "benchmarks" / "filling_on_accelerator.py"
    options = (
        "--minutes 0.04 --processes 1 --room 40 --shape tiny "
        "--batch 4 --crop 16 --late-batch 2 --late-crop 32"
    )
    said = told_alone(script, tiles, tmp_path / "out", *options.split())
    assert "100% step" in said and "marks" in said
    network = FillingUNet.from_pretrained(tmp_path / "out")
    assert tuple(network.config.channels) == (16, 16)
    assert network.hole_conv.weight.abs().max() > 0

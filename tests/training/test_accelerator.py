"""The script for machines that are ours for minutes, at tiny size, without most libraries."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from restorer.diffusion.prior import PriorUNet
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from tests.training.conftest import textured

ROOT = Path(__file__).parents[2]

#: As if nothing were installed that the script may not need.
ALONE = """
import runpy, sys
for name in ("diffusers accelerate scipy transformers tifffile imagecodecs yaml PySide6 tqdm "
             "filelock psutil huggingface_hub").split():
    sys.modules[name] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_from_tiles_to_weights_in_pieces(tmp_path):
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    for seed in range(40):  # of these names one in 25 is held out
        write_picture(Picture(textured(seed, 48, 40)), tiles / f"{seed}.png")
    script = ROOT / "benchmarks" / "train_on_accelerator.py"
    options = "--minutes 0.06 --shapes tiny --batch 4 --crop 16 --late-batch 2 --late-crop 32"
    done = subprocess.run(
        [sys.executable, "-c", ALONE, script, tiles, tmp_path / "out", *options.split()],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "tiles on cpu" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("100% step")
    assert "50: " in last
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "100%", "50%", "75%", "recipe.json",
    ]  # fmt: skip
    model = tmp_path / "out" / "100%"
    network = PriorUNet.from_pretrained(model)
    assert tuple(network.config.channels) == (16, 16)
    piece = next(model.glob("*-00001-of-*.safetensors"))
    with safe_open(piece, "pt") as file:
        stored = file.get_tensor("in_conv.weight")
    assert stored.dtype == torch.float16
    assert np.isfinite(network(torch.zeros(1, 3, 8, 8), torch.ones(1)).x0.detach().numpy()).all()

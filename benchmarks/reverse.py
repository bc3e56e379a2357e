"""Is it a diffusion prior, and not only a denoiser? Reverse runs from t = 400, and the loss.

    python benchmarks/reverse.py FOLDER [--model NAME] [--t 400] [--steps 20] [--seeds 4]

FOLDER holds clean pictures. Their middles are noised to t and brought back by DPM-Solver++, the
sampler of the program, with `seeds` noises each. Printed is, on the 0-255 scale, how far the colour
of the runs lies from that of the posterior means (drift) and how much the means of the pixels at
the 8 x 8 places of a grid differ (a checkerboard has a large one; beside it that of the clean
pictures); and the texture, the standard deviation between neighbours, of the runs and of the
posterior means as shares of the clean pictures'. Then the loss over all t, E|eps - eps_theta|^2,
beside that of a predictor that looks at one pixel at a time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from restorer.diffusion.denoiser import Denoiser, PriorDenoiser
from restorer.diffusion.samplers import dpmpp_2m
from restorer.diffusion.scales import vp_scales
from restorer.diffusion.schedule import LINEAR
from restorer.engine.models import find_model
from restorer.engine.networks import load_prior
from restorer.imaging.picture import Pixels
from restorer.imaging.read import read_picture
from restorer.training.pictures import find_pictures
from restorer.training.validation import Validation, centre


def phases(pixels: Pixels, grid: int = 8) -> float:
    """Standard deviation between the places of a grid, of pixels (H, W, 3) without their slopes."""
    height, width = (length - length % grid for length in pixels.shape[:2])
    smooth = pixels[:height, :width]
    rough = smooth - sum(np.roll(smooth, by, (0, 1)) for by in _RING) / len(_RING)
    cells = rough.reshape(height // grid, grid, width // grid, grid, 3)
    return float(255 * cells.mean(axis=(0, 2)).std(axis=(0, 1)).mean())


_RING = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x]


def texture(pixels: Pixels) -> float:
    """Standard deviation of the difference between neighbours."""
    return float(np.diff(pixels, axis=0).std() + np.diff(pixels, axis=1).std())


def reverse(
    denoiser: Denoiser, clean: Pixels, t: float, steps: int, seed: int
) -> tuple[Pixels, Pixels]:
    """The posterior mean of a picture noised to t, and what a reverse run makes of it, in 0..1."""
    schedule = LINEAR
    a, b = vp_scales(float(schedule.sigma(t)))
    x0 = torch.from_numpy(np.ascontiguousarray(2 * clean.transpose(2, 0, 1)[None] - 1))
    x_t = a * x0 + b * torch.randn(x0.shape, generator=torch.Generator().manual_seed(seed))
    first, *_, last = dpmpp_2m(denoiser, x_t, schedule.spaced(t, steps), schedule)
    return _pixels(first.x0), _pixels(last.x0)


def _pixels(x0: torch.Tensor) -> Pixels:
    return ((x0[0].permute(1, 2, 0) + 1) / 2).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--t", type=float, default=400.0)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--limit", type=int, default=6, help="pictures (default: 6)")
    parser.add_argument("--side", type=int, default=192, help="of the middles (default: 192)")
    asked = parser.parse_args()
    denoiser = PriorDenoiser(load_prior(find_model(asked.model)))
    files = find_pictures([asked.folder])
    files = files[:: max(1, len(files) // asked.limit)][: asked.limit]
    crops = [centre(read_picture(file).pixels, asked.side) for file in files]
    rows = []
    with torch.inference_mode():
        for clean in tqdm(crops):
            pairs = [
                reverse(denoiser, clean, asked.t, asked.steps, seed) for seed in range(asked.seeds)
            ]
            colours = [run.mean(axis=(0, 1)) - mean.mean(axis=(0, 1)) for mean, run in pairs]
            rows.append(
                (
                    255 * np.abs(np.mean(colours, axis=0)).max(),
                    phases(clean),
                    np.mean([phases(run) for _, run in pairs]),
                    np.mean([texture(run) for _, run in pairs]) / texture(clean),
                    np.mean([texture(mean) for mean, _ in pairs]) / texture(clean),
                )
            )
    print("drift  grid: clean  runs  texture: runs  mean")
    for row in [*rows, np.mean(rows, axis=0)]:
        print("{:5.2f}  {:11.2f} {:5.2f}  {:13.2f} {:5.2f}".format(*row))
    network, trivial = Validation(crops, seed=0).loss_over_all_t(denoiser)
    print(f"loss over all t: {network:.4f}; pixel by pixel: {trivial:.4f}")


if __name__ == "__main__":
    main()

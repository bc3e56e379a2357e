"""Measures what folding FiLM into the convolutions saves, as every run does.

    python benchmarks/folding.py [--side 256] [--rounds 5] [--model builtin]

Both ways alternate in one process on one thread. Seconds are processor time, so that other programs
hardly matter.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from restorer.engine.models import find_model
from restorer.engine.networks import load_prior


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default="builtin")
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = load_prior(find_model(options.model)).eval().to(memory_format=torch.channels_last)
    x_t = torch.randn(1, 3, options.side, options.side).contiguous(
        memory_format=torch.channels_last
    )
    sigma = torch.tensor([0.2])
    seconds: dict[str, list[float]] = {"folded": [], "as it is": []}
    with torch.inference_mode():
        folds = network.fold(network.embed(sigma))
        for number in range(2 * (options.rounds + 1)):
            name = list(seconds)[number % 2]
            begun = time.process_time()
            network.trunk(x_t, sigma, folds if name == "folded" else None)
            if number > 1:  # the first of each chooses its ways
                seconds[name].append(time.process_time() - begun)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    megapixels = options.side**2 / 1e6
    for name, median in medians.items():
        print(f"{name}: {median / megapixels:.2f} s a megapixel")
    print(f"ratio {medians['as it is'] / medians['folded']:.3f}")


if __name__ == "__main__":
    main()

"""Does sharpening by default do harm? python benchmarks/sharpening.py FOLDER ... [--limit 24]

Every FOLDER holds clean pictures. Each one picked is cropped, blurred (Gaussian 1.0 to 3, disc of
radius 2 to 4), given noise 0 to 10, saved as PNG or as JPEG of quality 75 to 100, and restored by
`restorer restore --task auto`, which is told nothing. `gained` is against the file; `best` what the
same blur gains when told 0.6, 1 and 1.6 times the noise. Harm is more than 0.1 dB lost, short more
than 0.5 dB less than the best.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from restoration import through

from restorer.cli.main import main as restorer
from restorer.degradation.operators import Blur, disc, gaussian
from restorer.diffusion.metrics import psnr
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture

BLURS = [("gaussian", width) for width in (1.0, 1.3, 1.6, 2.2, 3.0)] + [
    ("disc", radius) for radius in (2.0, 3.0, 4.0)
]
NOISES = 0.0, 1.0, 2.0, 4.0, 7.0, 10.0
QUALITIES = None, 100, 95, 90, 85, 75
BORDER, HARM, SHORT = 16, 0.1, 0.5


def main() -> None:
    """Print a line a picture, and how many were harmed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--limit", type=int, default=24)
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(arguments.seed)
    others = (".tsv", ".md", "")
    files = [p for f in arguments.folders for p in sorted(f.iterdir()) if p.suffix not in others]
    gains, shorts = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        for path in rng.choice(np.array(files), arguments.limit, replace=False):
            gained, best = measure(read_picture(path).pixels, arguments.crop, rng, Path(folder))
            gains.append(gained)
            shorts.append(best - gained)
    harmed = sum(gain < -HARM for gain in gains)
    short = sum(one > SHORT for one in shorts)
    print(
        f"{len(gains)} pictures: {np.mean(gains):+.2f} dB, worst {min(gains):+.2f}; "
        f"{harmed} harmed, {short} short of the best told noise"
    )


def measure(
    clean: Pixels, crop: int, rng: np.random.Generator, folder: Path
) -> tuple[float, float]:
    """What is gained by default, and what can be by what is told, in dB."""
    (shape, width), noise = BLURS[rng.integers(len(BLURS))], float(rng.choice(NOISES))
    quality = QUALITIES[rng.integers(len(QUALITIES))]
    kernel = gaussian(width) if shape == "gaussian" else disc(width)
    wide = [min(side, crop + 2 * BORDER) for side in clean.shape[:2]]
    top, left = (int(rng.integers(n - w + 1)) for n, w in zip(clean.shape, wide, strict=False))
    part = np.ascontiguousarray(clean[top : top + wide[0], left : left + wide[1], :3])
    soft = through(Blur(kernel), part)
    soft = soft + np.float32(noise / 255) * rng.standard_normal(soft.shape, np.float32)
    inner = slice(BORDER, -BORDER), slice(BORDER, -BORDER)
    truth, file = part[inner], folder / ("soft.png" if quality is None else "soft.jpg")
    write_picture(Picture(np.clip(soft[inner], 0, 1)), file, quality=quality, force=True)
    before = psnr(read_picture(file).pixels, truth)
    done, after = restored(file, ["--task", "auto"])
    gained = best = psnr(after, truth) - before
    damage = done["task"]["damage"]
    taken_back, last = done.get("taken_back", ()), [done] if done["task"]["start"] else []
    if damage["kind"] == "deblur" and last:
        for factor in (0.6, 1.6):
            asked = ["--task", "deblur", "--blur", damage["blur"]]
            _, other = restored(file, [*asked, "--noise", str(factor * damage["noise"])])
            best = max(best, psnr(other, truth) - before)
    kinds = [step["task"]["damage"]["kind"] for step in done.get("steps", last)]
    steps = "+".join(kinds) or "left alone"
    taken = f", taken back: {', '.join(taken_back)}" if taken_back else ""
    print(
        f"{shape} {width:g}, noise {noise:g}, {'PNG' if quality is None else quality}: "
        f"{before:.2f} {gained:+.2f} best {best:+.2f}  {steps}{taken}",
        flush=True,
    )
    return gained, best


def restored(file: Path, options: Sequence[str]) -> tuple[dict, Pixels]:
    """What the command line says and makes of a file."""
    out, said = file.with_name("out.png"), io.StringIO()
    command = ["restore", str(file), "-o", str(out), "--force", "--json", *options]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        assert restorer(command) == 0
    return json.loads(said.getvalue()), read_picture(out).pixels


if __name__ == "__main__":
    main()

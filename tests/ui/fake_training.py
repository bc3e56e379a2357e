"""In place of `restorer train`: FAKE_TRAINING says what to play, one word after the other.

With "wait" it goes on until standard input is closed; "deaf" never listens.
"""

# ruff: noqa: T201

import os
import sys
import time

import numpy as np

from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training.events import Finished, Milestone, Note, Reading, Started, Step, to_json
from restorer.training.folder import folder_for

arguments = sys.argv[1:]
assert arguments[-2:] == ["--json", "--attached"], arguments
folder = folder_for(arguments[arguments.index("--out") + 1])
resumed = "--resume" in arguments
milestones = []
step = 0


def tell(event):
    print(to_json(event), flush=True)


def picture(seed, noise):
    y, x = np.mgrid[:96, :96] / 96
    clean = np.stack([x, y, 0.5 + 0.4 * np.sin(20 * x * y)], axis=2)
    return Picture(
        (clean + noise * np.random.default_rng(seed).standard_normal(clean.shape))
        .clip(0, 1)
        .astype(np.float32)
    )


def milestone(gain=0.0, best=True):
    sample = folder.samples / f"{step:08}.png"
    write_picture(picture(1, 0.1 / (1 + step)), sample, force=True)
    psnr = {15: 33.61 + gain / 400, 25: 30.92 + gain / 300, 50: 27.71 + gain / 200}
    loss = 0.06 - gain / 10_000
    found = Milestone(step, 3.0 * step, loss, 1e-5, psnr, best, sample)
    milestones.append(found)
    tell(found)


for word in os.environ["FAKE_TRAINING"].split():
    match word:
        case "refuse":
            print("restorer: None of the pictures can be trained on.", file=sys.stderr)
            sys.exit(int(BadInput.kind))
        case "reading":
            tell(Note("Skipped: broken.png is damaged."))
            tell(Reading(3, 12))
        case "start":
            folder.samples.mkdir(parents=True, exist_ok=True)
            write_picture(picture(0, 0), folder.clean, force=True)
            write_picture(picture(0, 0.2), folder.noisy, force=True)
            tell(Started(10, 2, 4_000_000, "CPU", "fp32", 1, 40 if resumed else 0))
            milestone(best=False)
        case "steps":
            for _ in range(40):
                step += 1
                loss = 0.06 + 0.02 * 0.97**step + 0.001 * np.sin(step)
                tell(Step(step, step / 200, 3.0 * step, loss, 0.05, 1e-5))
            milestone(step)
            folder.checkpoint.touch()
        case "worse":
            step += 10
            milestone(-step, best=False)
        case "wait":
            while os.read(0, 100):
                pass
        case "deaf":
            time.sleep(600)
        case "crash":
            os.abort()
        case "finish":
            last = milestones[-1]
            tell(Finished(folder.model, milestones[0], last, stopped=last.step < 200))
        case "give-up":
            tell(Finished(folder.model, milestones[0], None, stopped=False, gave_up=True))

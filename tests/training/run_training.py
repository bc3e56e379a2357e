"""A training in a process of its own: RECIPE.json FOLDER [STEP at which it is killed].

Not a test; tests start it, alone or several at a time.
"""

import os
import signal
import sys
from pathlib import Path

from restorer.diffusion import hardware
from restorer.training.events import Step
from restorer.training.folder import TrainingFolder
from restorer.training.loop import train
from restorer.training.recipe import Recipe

if __name__ == "__main__":
    hardware.choose_autocast = lambda *_: None  # float32, as in the tests that compare
    recipe = Recipe.from_json(Path(sys.argv[1]).read_text())
    last = int(sys.argv[3]) if len(sys.argv) > 3 else None
    for event in train(recipe, TrainingFolder(Path(sys.argv[2])), device="cpu"):
        if isinstance(event, Step) and event.step == last:
            os.kill(os.getpid(), signal.SIGKILL)

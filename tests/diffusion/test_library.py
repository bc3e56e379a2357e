"""Two threads may need diffusers at once: one loads a model, one looks for scratches.

And no torch compiler comes with it, until somebody asks for that.
"""

from __future__ import annotations

import subprocess
import sys

LATE = """
import sys, threading, time

def late():
    while "diffusers" not in sys.modules:
        time.sleep(0)
    try:
        import restorer.diffusion.prior
    except BaseException as error:
        print(error)

thread = threading.Thread(target=late)
thread.start()
import restorer.engine.networks
thread.join()
print(*{"torch._dynamo"} & set(sys.modules))
import torch
print(torch._dynamo.__name__, hasattr(torch._dynamo, "optimize"))
"""


def test_a_thread_that_comes_late_waits_for_diffusers() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "\ntorch._dynamo True\n"), done.stderr

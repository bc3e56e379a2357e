"""What a start really imports: the layer linter sees import statements, this sees what they do."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = """
import importlib, pkgutil, sys
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        importlib.import_module(found.name)
print(*sorted(set(sys.argv[1].split(",")) & set(sys.modules)))
"""

WITHOUT_TORCH = (
    "restorer.imaging",
    "restorer.degradation.clipping",
    "restorer.degradation.estimate",
    "restorer.degradation.grey",
    "restorer.degradation.noise",
    "restorer.degradation.patches",
    "restorer.diffusion.samplers",
    "restorer.engine.control",
    "restorer.engine.damage",
    "restorer.engine.engine",
    "restorer.engine.methods",
    "restorer.engine.plan",
    "restorer.engine.tasks",
    "restorer.engine.model_kinds",
    "restorer.engine.models",
    "restorer.batch",
    "restorer.latent.files",
    "restorer.latent.standard_shapes",
    "restorer.latent.memory",
    "restorer.latent.headers",
    "restorer.jobs",
    "restorer.document",
    "restorer.ui",
    "restorer.cli",
)
WITHOUT_QT = (
    "restorer.imaging",
    "restorer.diffusion",
    "restorer.degradation",
    "restorer.engine",
    "restorer.latent",
    "restorer.cli",
)


@pytest.mark.parametrize(
    ("heavy", "rooms"),
    [("torch,diffusers", WITHOUT_TORCH), ("PySide6,shiboken6", WITHOUT_QT)],
    ids=["the window starts without torch", "the engine knows no Qt"],
)
def test_heavy_libraries_stay_out(heavy: str, rooms: tuple[str, ...]) -> None:
    probe = [sys.executable, "-c", PROBE, heavy, *rooms]
    done = subprocess.run(probe, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_what_takes_long_to_load_is_loaded_by_what_needs_it_alone() -> None:
    """What draws curves takes a second, which a start has not, and so do parts of scipy, which
    opening a picture has not; nor does PySide read the source of all that is imported."""
    slow = "{'pyqtgraph', 'scipy.stats', 'scipy.signal', 'scipy.optimize'}"
    probe = (
        "import linecache, sys, restorer.ui.app, restorer.ui.window, restorer.degradation.estimate;"
        f"print({slow} & set(sys.modules) or 'none', any('scipy' in n for n in linecache.cache))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, timeout=300
    )
    assert (done.stdout.strip(), done.stderr) == ("none False", "")

"""The window is up before torch."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import restorer
import restorer.ui.window.window
heavy = {"torch", "diffusers", "transformers", "scipy", "PIL"} & set(sys.modules)
assert not heavy, f"imported with the window: {heavy}"

from PySide6.QtCore import QSettings
from restorer.document import Settings
from restorer.jobs import Jobs
from restorer.ui.app import make_application
from restorer.ui.window.window import MainWindow

app = make_application()
window = MainWindow(Jobs(), Settings(QSettings(sys.argv[1], QSettings.Format.IniFormat)))
window.show()
app.processEvents()
heavy = {"torch", "diffusers", "transformers"} & set(sys.modules)
assert window.isVisible()
window.close()
assert not heavy, f"imported for the window: {heavy}"
print("up")
"""


def test_the_window_is_up_without_torch(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, f"{tmp_path}/settings.ini"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.strip() == "up", done.stderr
    assert done.returncode == 0

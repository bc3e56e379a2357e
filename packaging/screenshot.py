"""Make the README's screenshot: the real window with the real prior and a bundled picture.

    xvfb-run -s "-screen 0 1600x1000x24" python packaging/screenshot.py packaging/screenshot.png

The run is over, and before and after are compared; with `--state restoring` it is in mid-run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from PySide6.QtCore import QEventLoop, QSettings, QTimer

from restorer.document import Settings, Status
from restorer.engine.samples import list_samples
from restorer.jobs import Jobs
from restorer.ui.app import make_application
from restorer.ui.canvas import CompareMode
from restorer.ui.window.window import MainWindow

SIZE = (1280, 800)
LONGEST_SECONDS = 600


def wait(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(condition: Callable[[], bool]) -> None:
    """Let the window live until something holds; ends the program if it never does."""
    for _ in range(LONGEST_SECONDS * 20):
        if condition():
            return
        wait(50)
    raise SystemExit("the window did not get there in time")


def main() -> None:
    """Open, restore, photograph, close."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--state", choices=["restoring", "restored"], default="restored")
    parser.add_argument("--theme", choices=["dark", "light"], default="dark")
    parser.add_argument("--sample", default="church", help="the beginning of the file's name")
    parser.add_argument("--steps", type=int, help="how many; as a person gets them if left out")
    arguments = parser.parse_args()

    app = make_application()
    with tempfile.TemporaryDirectory() as folder:
        store = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        settings = Settings(store)
        settings.theme = arguments.theme
        window = MainWindow(Jobs(), settings)
        window.resize(*SIZE)
        window.show()
        window.begin()
        photograph(window, arguments)
        window.document.runs.stop_all()
        wait_until(lambda: not window.document.runs.busy)
        for opened in window.document.pictures.all:
            opened.results.saved_runs |= {run.number for run in opened.runs}  # no question
        window.close()
    app.quit()


def photograph(window: MainWindow, wanted: argparse.Namespace) -> None:
    """Drive the window to the state and save what it shows."""
    document = window.document
    sample = next(s for s in list_samples() if s.path.name.startswith(wanted.sample))
    document.pictures.open_sample(sample.path, sample.title, sample.static)
    opened = document.pictures.current
    assert opened is not None
    wait_until(lambda: opened.status is Status.READY)
    if wanted.steps is not None:
        document.planner.change("Steps", steps=wanted.steps)
    document.runs.restore()
    window.canvas_controller.set_compare(CompareMode.WIPE)
    if wanted.state == "restoring":
        wait_until(lambda: opened.plan.task is not None)
        wait_until(lambda: opened.results.frames >= opened.plan.task.steps // 2)
    else:
        wait_until(lambda: opened.status is Status.RESTORED)
    wait(400)  # fades and glides
    if not window.grab().save(str(wanted.out)):
        raise SystemExit(f"{wanted.out} could not be written")


if __name__ == "__main__":
    main()

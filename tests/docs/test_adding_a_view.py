"""What docs/adding-a-view.md says is so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from restorer.engine.views import VIEWS

from .blocks import blocks, table

PAGE = "adding-a-view.md"
ROOT = Path(__file__).parents[2]

#: In a process of its own: the window reads the table when it is imported.
_PROGRAM = """
import sys
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from restorer.engine import views

exec(compile(sys.argv[1], "page", "exec", flags={flag}, dont_inherit=True), vars(views))

from restorer.document import Settings, Status, work
from restorer.engine.verdict import Judgement
from restorer.jobs import Jobs
from restorer.ui.app import make_application
from restorer.ui.window.shortcuts import sheet_rows
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.ui.test_window import noisy_picture
from restorer.imaging.write import write_picture

def until(condition):
    for _ in range(2400):
        if condition():
            return
        QTest.qWait(25)
    raise SystemExit("it did not come: " + condition.__code__.co_names[-1])

work.judge = lambda _: Judgement("", False)
work.count_scratches = lambda *_: 0
folder = Path(sys.argv[2])
write_picture(noisy_picture(), folder / "noisy.png")
app = make_application()
store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
window = MainWindow(Jobs(FakeEngine), Settings(store))
window.files.may_lose = lambda *_: True
window.show()
window.files.open_paths([folder / "noisy.png"])
entry = lambda: window.document.pictures.current
until(lambda: entry() is not None and entry().status is Status.READY)
action = window.actions_["show_light"]
assert not action.isEnabled()  # there is nothing to see of a run
window.document.runs.restore()
until(lambda: entry().status is Status.RESTORED)
until(action.isEnabled)
QTest.keyClick(window, Qt.Key.Key_6)
display = window.document.display
until(lambda: display.verdict.endswith("became lighter."))
assert display.view is views.LIGHT and action.isChecked()
assert display.shown.shape == (120, 160, 3)
assert window.status.text.text() == display.verdict
assert window.canvas.labels[0] == "light"
assert any(row[1:] == ("Light", "6") for row in sheet_rows())
window.close()
"""


def test_the_view_is_there_and_works(tmp_path: Path) -> None:
    import __future__

    program = _PROGRAM.format(flag=__future__.annotations.compiler_flag)
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    env["PYTHONPATH"] = os.pathsep.join((str(ROOT), *sys.path))
    command = [sys.executable, "-c", program, "\n".join(blocks(PAGE)), str(tmp_path)]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_table_of_the_page_is_the_table_of_the_program() -> None:
    rows = [(f"`{view.name}`", view.title, view.key) for view in VIEWS]
    assert [tuple(row[:3]) for row in table(PAGE)] == rows

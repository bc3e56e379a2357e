"""How long the window stands still while it starts, opens, restores and saves a large picture.

    python benchmarks/standstill.py [--megapixels 12] [--prior] [--where]

The window runs without a screen and is driven as a person would. A timer of the main thread ticks
every 5 ms; printed are, for every stage, the longest time between two ticks and their 99th
percentile, the longest that the main thread computed between two ticks (which hangs less on the
load of the machine), the same first two of an idle process beside it, which tells what the machine
itself costs, and the most memory that the window has held so far. `build` is what passes before
the window is there. `--where` names the lines that the main thread was at in long gaps. Without
`--prior` a network that answers at once stands for it: what is left is what the program does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

TICK = 0.005
#: Gaps beyond this are looked into, in seconds.
_LONG = 0.05


@dataclass
class Ticks:
    """What one stage was like."""

    gaps: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)

    def row(self) -> str:
        gaps = np.array(self.gaps or [0.0])
        longest, often, computed = gaps.max(), np.percentile(gaps, 99), max(self.computed or [0.0])
        return f"{1000 * longest:9.0f} {1000 * often:8.0f} {1000 * computed:9.0f}"


class Watch:
    """Ticks in the main thread; another thread looks where that is when it does not."""

    def __init__(self, where: bool) -> None:
        self.stage = Ticks()
        self._last, self._computed = time.perf_counter(), time.thread_time()
        self._main = threading.get_ident()
        self._timer: QTimer | None = QTimer(
            timerType=Qt.TimerType.PreciseTimer, interval=round(1000 * TICK)
        )
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        if where:
            threading.Thread(target=self._look, daemon=True).start()

    def begin(self) -> Ticks:
        self.stage = Ticks()
        return self.stage

    def end(self) -> None:
        """Nothing ticks any more."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        now, computed = time.perf_counter(), time.thread_time()
        self.stage.gaps.append(now - self._last)
        self.stage.computed.append(computed - self._computed)
        self._last, self._computed = now, computed

    def _look(self) -> None:
        while self._timer is not None:
            time.sleep(_LONG / 5)
            if time.perf_counter() - self._last > _LONG:
                frames = traceback.extract_stack(sys._current_frames().get(self._main))
                own = [f for f in frames if "/restorer/" in f.filename]
                if own:
                    place = f"{Path(own[-1].filename).name}:{own[-1].lineno} {own[-1].name}"
                    self.stage.places[place] += 1


@contextmanager
def idle_process() -> Iterator[Callable[[], str]]:
    """A process that ticks and does nothing else; what it has seen since it was last asked."""
    code = (
        "import sys, threading, time\n"
        "gaps, last = [], time.perf_counter()\n"
        "def answer():\n"
        "    for _ in sys.stdin:\n"
        "        seen = sorted(gaps) or [0.0]; gaps.clear()\n"
        "        print(seen[-1], seen[int(0.99 * (len(seen) - 1))], flush=True)\n"
        "threading.Thread(target=answer, daemon=True).start()\n"
        "while True:\n"
        f"    time.sleep({TICK}); now = time.perf_counter(); gaps.append(now - last); last = now\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask() -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        longest, often = map(float, process.stdout.readline().split())
        return f"{1000 * longest:9.0f} {1000 * often:8.0f}"

    try:
        yield ask
    finally:
        process.kill()
        process.wait()


def until(app: QApplication, done: Callable[[], bool]) -> None:
    """Let the window live until something holds."""
    while not done():
        app.processEvents()
        time.sleep(0.001)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--prior", action="store_true", help="the real network, not a quick one")
    parser.add_argument("--where", action="store_true", help="name the lines of long gaps")
    arguments = parser.parse_args()
    from benchmarks.memory import made_apart, quick_network

    with tempfile.TemporaryDirectory() as folder:
        path = made_apart(Path(folder), arguments.megapixels, "noise")
        network = nullcontext() if arguments.prior else quick_network()
        with network, idle_process() as idle:
            drive(path, Path(folder), arguments.where, idle)


def drive(path: Path, folder: Path, where: bool, idle: Callable[[], str]) -> None:
    from benchmarks.memory import peak
    from restorer.ui.app import make_application

    app = make_application()
    watch = Watch(where)

    def told(name: str, stage: Ticks) -> None:
        print(f"{name:9}{stage.row()}   {idle()} {peak():9.0f}", flush=True)
        for place, count in stage.places.most_common(5) if where else ():
            print(f"            {count:4} x {place}")

    print("stage      longest     99 %  computed   idle: longest  99 %   (milliseconds)  peak MB")
    idle()
    stage = watch.begin()
    from restorer.document import Settings, Status
    from restorer.imaging.formats import SaveOptions
    from restorer.jobs import Jobs
    from restorer.ui.window.window import MainWindow

    settings = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    window = MainWindow(Jobs(), settings)
    window.show()
    until(app, lambda: len(stage.gaps) > 0)
    told("build", stage)

    stage = watch.begin()
    QTimer.singleShot(0, window.begin)
    document = window.document
    until(app, lambda: document.models.loaded is not None)
    told("start", stage)

    stage = watch.begin()
    window.files.open_paths([path])
    until(app, lambda: document.pictures.current is not None)
    opened = document.pictures.current
    assert opened is not None
    until(app, lambda: opened.status is Status.READY and not opened.content.searching)
    told("open", stage)

    stage = watch.begin()
    window.actions_["restore"].trigger()
    until(app, lambda: opened.status is Status.RESTORED)
    until(app, lambda: opened.judged and opened.results.shown.judgement is not None)  # type: ignore[union-attr]
    told("restore", stage)

    stage = watch.begin()
    document.saver.save(folder / "saved.png", True, SaveOptions())
    until(app, lambda: opened.results.saved)
    told("save", stage)
    watch.end()
    window.jobs.shutdown()
    document.session.end()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()

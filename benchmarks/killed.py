"""Kills a window at random moments, again and again, and checks what the next one recovers.

    python benchmarks/killed.py [--kills 30] [--seed 0]

A window without a screen has two pictures from files and one without a file. Random work goes on in
it (amounts, marks, long brush strokes, runs, names, undo) until it is killed as by `kill -9` at a
random moment of the first seconds; every fourth one is killed while it still opens what the last
one left. The pictures that the next window opens must each be as they were at some moment of the
last five seconds. A network that answers at once, after a short sleep, replaces the prior. It
prints a line a kill, with the changes and the work that was under way.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any
from unittest import mock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

#: So much work may be missing, in seconds.
LOST = 5.0
#: So long a window may take until it is worked with, in seconds.
_PATIENCE = 120.0
DOINGS = ("amount", "mark", "stroke", "run", "run", "run", "name", "undo", "other")
#: How long a network takes to answer.
_SLOW = 0.5
TITLES = ("one.png", "two.png", "pasted")

State = dict[str, Any]


class Journal:
    """What was there when, told by the window that is killed and read by who kills it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said: dict[str, State] = {}

    def say(self, kind: str, title: str, state: State) -> None:
        """Write it down, unless it is as it was."""
        if kind == "state" and self._said.get(title) == state:
            return
        self._said[title] = state
        with self._path.open("a") as file:
            file.write(json.dumps([time.time(), kind, title, state]) + "\n")

    def read(self) -> list[tuple[float, str, str, State]]:
        """All of it."""
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        return [tuple(json.loads(line)) for line in lines]


def state_of(opened: Any) -> State:
    """Parameters, marks and kept results of a picture, as they can be compared."""
    from restorer.document.parameters import plain
    from restorer.document.stored_runs import worth_keeping

    mask, results = opened.painted.mask, []
    for run in worth_keeping(opened):
        found = run.trajectory.result
        told = zlib.crc32(np.ascontiguousarray(found).data) if found is not None else None
        results.append([opened.results.names.get(run.number, ""), told])
    marks = None if mask is None or not mask.values.any() else zlib.crc32(mask.values.data)
    return {"parameters": plain(opened.plan.parameters), "mask": marks, "results": results}


def work_at_random(window: Any, journal: Journal, draw: random.Random) -> None:
    """Open what is left, or all anew, and then one thing after the other."""
    from PySide6.QtCore import QPointF, QTimer

    from restorer.document.masks.painted import Layer
    from restorer.ui.canvas.tools import PointerEvent
    from restorer.ui.mask.brushes import BrushTool, Strokes

    document = window.document
    session, pictures = document.session, document.pictures
    brush = BrushTool(Strokes(document.masks, window.tools), "Brush")
    moves = 0  # until the brush is let go

    def look() -> None:
        if not session._loading:
            for opened in pictures.all:
                if opened.content.picture is not None:
                    journal.say("state", opened.source.title, state_of(opened))

    def act() -> None:
        nonlocal moves
        opened = pictures.current
        if opened is None or session._loading or opened.content.estimate is None:
            return
        spot = PointerEvent(draw.randrange(120), draw.randrange(90), QPointF())
        moves = max(0, moves - 1)
        if moves > 0:
            brush.move(spot)
        else:
            brush.release(spot)
            begin(opened, spot)
        running = opened.results.making is not None
        journal.say("busy", "", {"a stroke": moves > 0, "a run": running})
        look()

    def begin(opened: Any, spot: PointerEvent) -> None:
        nonlocal moves
        match draw.choice(DOINGS):
            case "amount":
                document.planner.change("Amount", amount=round(draw.random(), 3), steps=3)
            case "mark":
                x, y = draw.randrange(80), draw.randrange(60)
                corners = np.array([(x, y), (x + 30, y), (x + 30, y + 20), (x, y + 20)], float)
                document.masks.enclose("Mark", Layer.MASK, corners, True)
            case "stroke":
                moves = draw.randrange(5, 40)
                brush.press(spot)
            case "run":
                document.restore()
            case "name" if opened.results.shown is not None:
                document.versions.rename(f"name {draw.randrange(1000)}")
            case "undo":
                opened.undo.undo()
            case "other":
                pictures.show(draw.choice(pictures.all))

    looking, acting = QTimer(window, interval=20), QTimer(window, interval=150)
    looking.timeout.connect(look)
    acting.timeout.connect(act)
    looking.start()
    acting.start()


def window_to_be_killed(folder: Path, seed: int) -> None:
    """In a process of its own; it ends in no other way."""
    from PySide6.QtCore import QSettings

    from benchmarks.memory import quick_network
    from restorer.document import Settings, work
    from restorer.document.content import Source
    from restorer.document.open_picture import OpenPicture
    from restorer.document.session import Session
    from restorer.imaging.read import read_picture
    from restorer.jobs import Jobs
    from restorer.ui.app import make_application
    from restorer.ui.window.window import MainWindow

    journal, app = Journal(folder / "journal"), make_application()
    loaded = Session._loaded

    def told(session: Session, opened: OpenPicture, *rest: Any) -> None:
        loaded(session, opened, *rest)
        journal.say("opened", opened.source.title, state_of(opened))

    with quick_network(_SLOW), mock.patch.object(Session, "_loaded", told):
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow(Jobs(), Settings(store))
        window.show()
        window.begin()
        session = window.document.session
        left = sorted(saved.name for pictures in session.left.values() for saved in pictures)
        journal.say("left", "", {"names": left})
        if left:
            session.recover()
            for opened in window.document.pictures.all:
                if opened not in session._loading:
                    journal.say("opened", opened.source.title, state_of(opened))
        else:
            paths = [folder / name for name in TITLES[:2]]
            window.files.open_paths(paths)
            pasted = read_picture(folder / "one.png")
            opened = OpenPicture(Source(TITLES[2]))
            window.document.pictures.open_made(opened, lambda: work.loaded(pasted))
        work_at_random(window, journal, random.Random(seed))
        app.exec()


def judged(journal: Journal, may: dict[str, list[State]], since: float) -> list[str]:
    """What is wrong with what a window has opened."""
    wrong, seen = [], defaultdict(list)
    for moment, kind, title, state in journal.read():
        if moment < since:
            continue
        if kind == "left" and may and state["names"] != sorted(TITLES):
            wrong.append(f"offered were {state['names']}")
        if kind == "opened":
            seen[title].append(state)
    for title, states in seen.items():
        if len(states) > 1:
            wrong.append(f"{title} was opened {len(states)} times")
        if title in may and states[0] not in may[title]:
            parts = [
                part for part, was in states[0].items() if was not in [m[part] for m in may[title]]
            ]
            wrong.append(f"{title}: {parts or 'a mixture'} as of no moment that may be")
    return wrong


def may_be(journal: Journal, before: dict[str, list[State]], since: float, killed: float) -> Any:
    """The states of which one must be opened next, by picture."""
    found = dict(before)
    there = [
        entry for entry in journal.read() if entry[0] >= since and entry[1] not in ("left", "busy")
    ]
    for title in {entry[2] for entry in there}:
        entries = [entry for entry in there if entry[2] == title]
        old = [entry for entry in entries if entry[0] <= killed - LOST]
        later = [entry for entry in entries if entry[0] > killed - LOST]
        found[title] = [entry[3] for entry in old[-1:] + later]
    return found


def busy(journal: Journal, since: float) -> list[State]:
    """What was under way whenever a window did something."""
    return [state for moment, kind, _, state in journal.read() if kind == "busy" and moment > since]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=8.0, help="at most until it is killed")
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CACHE_HOME"] = str(folder / "state")
        noise = np.random.default_rng(0)
        from restorer.engine import engine, region  # noqa: F401  # once, not in each window
        from restorer.imaging.picture import Picture
        from restorer.imaging.write import write_picture
        from restorer.ui.window import window  # noqa: F401

        for title in TITLES[:2]:
            grey = np.full((90, 120, 3), 0.5) + 0.1 * noise.standard_normal((90, 120, 3))
            write_picture(Picture(np.clip(grey, 0, 1).astype(np.float32)), folder / title)
        journal, may, left = Journal(folder / "journal"), {}, 0
        for kill in range(arguments.kills):
            since, lives = time.time(), draw.uniform(0, arguments.seconds)
            child = os.fork()
            if not child:
                window_to_be_killed(folder, arguments.seed + kill)
                os._exit(1)
            while kill % 4 != 3 and not busy(journal, since) and time.time() < since + _PATIENCE:
                time.sleep(0.05)  # until it is worked with
            time.sleep(lives)
            ended, status = os.waitpid(child, os.WNOHANG)
            os.kill(child, signal.SIGKILL)
            killed = time.time()
            if not ended:
                os.waitpid(child, 0)
            wrong = judged(journal, may, since)
            if ended:
                wrong.append(f"it had ended by itself: {status}")
            may = may_be(journal, may, since, killed)
            there = [entry for entry in journal.read() if entry[0] >= since]
            kinds = [sum(entry[1] == kind for entry in there) for kind in ("opened", "state")]
            under_way = [name for name, is_ in (busy(journal, since) or [{}])[-1].items() if is_]
            print(
                f"{kill:3} after {lives:4.1f} s: {kinds[0]} opened again, {kinds[1]} changes, "
                f"{' and '.join(under_way) or 'nothing'} under way; "
                f"{'; '.join(wrong) or 'all is there'}",
                flush=True,
            )
            bad += bool(wrong)
            left += kinds[0]
    print(f"{arguments.kills} kills, {left} pictures opened again, {bad} windows with losses")
    sys.exit(bool(bad))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()

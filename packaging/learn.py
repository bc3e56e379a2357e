"""Make docs/learn from the course: every page gone through in the real window, with the real prior.

    QT_QPA_PLATFORM=offscreen python packaging/learn.py docs/learn

Writes a page of Markdown for each page of the course with what was found and a picture of the
window, a list of them, and the notebook of docs/learn/library.md. Takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtGui import QPixmap
from screenshot import wait, wait_until

from restorer.document import Settings
from restorer.jobs import Jobs
from restorer.ui.app import make_application
from restorer.ui.course.page import Drag, MultipleChoice, Number, Page
from restorer.ui.course.page_view import PageView
from restorer.ui.course.pages import PAGES
from restorer.ui.widgets.qimage import to_bytes
from restorer.ui.window.window import MainWindow

SIZE = (1280, 800)


def main() -> None:
    """Go through the course and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*", help="names of pages")
    arguments = parser.parse_args()
    app = make_application()
    with tempfile.TemporaryDirectory() as folder:
        store = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        window = MainWindow(Jobs(), Settings(store))
        window.resize(*SIZE)
        window.show()
        window.begin()
        write_course(window, arguments.out, arguments.only)
        for opened in window.document.pictures.all:
            opened.results.saved_runs |= {run.number for run in opened.runs}  # no question
        window.close()
    app.quit()
    write_notebook(arguments.out)


def write_course(window: MainWindow, out: Path, only: list[str] | None) -> None:
    """All pages, on the painting under static."""
    window.course.toggle()
    assert window.course.panel is not None and window.course.context is not None
    window.course.panel.body.painting_wanted.emit()  # type: ignore[union-attr]
    wait_until(lambda: window.course.context.fit)  # type: ignore[union-attr]
    for number, page in enumerate(PAGES, 1):
        if not only or page.name in only:
            view = shown(window, page)
            write_page(view, number, out)
            photograph(window, out / f"{page.name}.webp")
    lines = ["# The course, to read", "", "The same pages as in the window (`Ctrl+L`).", ""]
    lines += [f"{n}. [{page.title}]({n:02d}-{page.name}.md)" for n, page in enumerate(PAGES, 1)]
    lines += ["", "[At the keyboard: Restorer as a library](library.md)", ""]
    lines += ["Made by `python packaging/learn.py docs/learn`; times are of the machine it ran on."]
    (out / "README.md").write_text("\n".join(lines) + "\n")


def shown(window: MainWindow, page: Page) -> PageView:
    """The page, predicted and shown."""
    window.course.show_page(page.name)
    wait(300)
    view = window.course.panel.body  # type: ignore[union-attr]
    assert isinstance(view, PageView)
    match page.ask:
        case MultipleChoice() as ask:
            view.ask.inputs[ask.right].click()  # type: ignore[attr-defined]
        case Number() as ask:
            view.ask.inputs[0].setValue((ask.low + ask.high) // 3)  # type: ignore[attr-defined]
        case Drag():
            window.course.context.goto(400)  # type: ignore[union-attr]
        case _:
            window.course.context.pixel = 200, 250  # type: ignore[union-attr]
            window.course.context.changed.emit()  # type: ignore[union-attr]
    view.show_button.click()
    wait_until(lambda: view.found is not None)
    wait(500)
    return view


def write_page(view: PageView, number: int, out: Path) -> None:
    """The page in Markdown: told, asked, and the answer folded."""
    page, found = view.page, view.found
    assert found is not None
    options = page.ask.options if isinstance(page.ask, MultipleChoice) else ()
    lines = [f"# {number}. {page.title}", "", *(f"{text}\n" for text in page.told)]
    if page.equation:
        lines += ["```text", page.equation, "```", ""]
    lines += [f"**Before you look.** {page.ask.text}", "", *(f"- {option}" for option in options)]
    lines += ["", "<details><summary>Show me</summary>", "", found.told, ""]
    if found.equation:
        lines += ["```text", found.equation, "```", ""]
    lines += [f"![The window on this page]({page.name}.webp)", "", "</details>", ""]
    if page.myth is not None:
        lines += [f"> Often said: “{page.myth.said}”", ">", f"> {page.myth.truth}", ""]
    (out / f"{number:02d}-{page.name}.md").write_text("\n".join(lines))


def photograph(window: MainWindow, path: Path) -> None:
    """The window, as a small file."""
    grabbed: QPixmap = window.grab()
    Image.fromarray(to_bytes(grabbed.toImage())).save(path, quality=60, method=6)


def write_notebook(out: Path) -> None:
    """The words and blocks of library.md as a notebook."""
    text = (out / "library.md").read_text()
    cells = []
    for part in re.split(r"(```python\n.*?```)", text, flags=re.DOTALL):
        code = part.startswith("```python")
        source = part.removeprefix("```python\n").removesuffix("```") if code else part
        if source.strip():
            cell = {"cell_type": "code" if code else "markdown", "metadata": {}}
            cell |= {"source": source.strip().splitlines(keepends=True)}
            cells.append(cell | ({"outputs": [], "execution_count": None} if code else {}))
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (out / "restorer.ipynb").write_text(json.dumps(book, indent=1) + "\n")


if __name__ == "__main__":
    main()

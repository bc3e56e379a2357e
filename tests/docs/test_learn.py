"""docs/learn is the course, and its blocks of Python run."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from restorer import read_picture, restore
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.course.page import MultipleChoice
from restorer.ui.course.pages import PAGES

from .blocks import DOCS, blocks

LEARN = DOCS / "learn"


def noisy(folder: Path) -> Path:
    noise = np.random.default_rng(0).standard_normal((40, 48, 3), np.float32) * 25 / 255
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), folder / "noisy.png")
    return folder / "noisy.png"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_of_the_course_can_be_read(page) -> None:  # type: ignore[no-untyped-def]
    number = PAGES.index(page) + 1
    text = (LEARN / f"{number:02d}-{page.name}.md").read_text()
    wanted = [page.title, page.ask.text, *page.told]
    wanted += page.ask.options if isinstance(page.ask, MultipleChoice) else ()
    wanted += [page.myth.truth] if page.myth else []
    assert [words for words in wanted if words not in text] == [], "run packaging/learn.py"
    assert (LEARN / f"{page.name}.webp").stat().st_size < 200_000
    assert f"({number:02d}-{page.name}.md)" in (LEARN / "README.md").read_text()


def test_the_blocks_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noisy(tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks("learn/library.md"):
        if "matplotlib" in block and find_spec("matplotlib") is None:
            continue
        exec(block, names)
    said = capsys.readouterr().out
    assert "noise 2" in said and "step 4" in said and "sigma 2.04" in said
    assert (tmp_path / "restored.png").exists()


def test_the_notebook_is_the_page() -> None:
    book = json.loads((LEARN / "restorer.ipynb").read_text())
    code = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    assert code == [block.strip() for block in blocks("learn/library.md")]


def test_a_picture_is_restored_in_one_call(tmp_path: Path) -> None:
    picture = read_picture(noisy(tmp_path))
    made = restore(picture, noise=25.0, steps=2)
    assert len(made) == 2 and made.result is not None
    assert made.result.std() < 0.5 * picture.pixels.std()
    with pytest.raises(TypeError):
        restore(picture, strenght=3)

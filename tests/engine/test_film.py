"""A run as a film and as a page."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restorer.cli.main import main
from restorer.diffusion.schedule import LINEAR
from restorer.engine.film import Pace, film_of
from restorer.engine.html_report import ReportContent, report_page
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.errors import BadInput
from restorer.imaging import film
from restorer.imaging.film import FilmFrame, film_suffixes, write_film
from restorer.imaging.picture import Picture
from tests.fakes import FakeEngine

PICTURE = Picture(np.random.default_rng(1).random((40, 60, 3), np.float32))


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    task = RestorationTask(start=float(LINEAR.t_from_noise(40)), steps=4)
    made = Trajectory(task)
    for frame in FakeEngine().run(task, Inputs(PICTURE), CancelToken(), lambda _: None):
        made.append(frame)
    return made


def test_a_film_goes_forward_and_back(trajectory: Trajectory) -> None:
    stills = film_of(trajectory, PICTURE, Pace(size=60, seconds=5))
    assert len(stills) == 15 + 4 + 1
    assert sum(still.seconds for still in stills) == pytest.approx(5)
    assert len({still.pixels.shape for still in stills}) == 1
    assert trajectory.result is not None
    left = (stills[0].pixels.shape[1] - 60) // 2
    shown = [still.pixels[:40, left : left + 60] / 255 for still in stills]
    last = np.clip(trajectory.result, 0, 1)
    assert np.abs(shown[-1] - last).max() < 0.003
    off = [np.abs(picture - last).mean() for picture in shown[:15]]
    assert off == sorted(off), "forward, ever more noise settles on the result"
    assert off[0] < 0.02 and np.abs(shown[14] - PICTURE.pixels).mean() < 0.1


def test_films_are_what_their_names_say(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    stills = [FilmFrame(rng.integers(0, 255, (30, 41, 3), np.uint8), 0.2) for _ in range(3)]
    for suffix in film_suffixes():
        path = tmp_path / f"film{suffix}"
        write_film(stills, path)
        if suffix == ".mp4":
            assert path.read_bytes()[4:8] == b"ftyp"
        else:
            with Image.open(path) as film:
                assert (film.n_frames, film.size) == (3, (41, 30))  # type: ignore[attr-defined]
                assert suffix == ".webp" or film.info["duration"] == 200
        with pytest.raises(BadInput):
            write_film(stills, path)
    with pytest.raises(BadInput, match="names no kind of film"):
        write_film(stills, tmp_path / "film.avi")
    if find_spec("av") is None:
        with pytest.raises(BadInput, match="PyAV"):
            write_film(stills, tmp_path / "film.mp4")


def test_a_film_is_given_up_while_a_picture_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, left = threading.Event(), threading.Event()

    def slow(stills: object, file: object, begin: Callable[[], None]) -> None:
        begin()
        going.wait(20)
        try:
            begin()  # nobody waits
        finally:
            left.set()

    def stopped(done: int, total: int) -> None:
        assert total == 1
        raise KeyboardInterrupt

    monkeypatch.setitem(film._KINDS, ".gif", slow)
    still = FilmFrame(np.zeros((8, 8, 3), np.uint8), 0.2)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        write_film([still], tmp_path / "film.gif", told=stopped)
    assert time.monotonic() - began < 10 and not left.is_set()
    going.set()
    assert left.wait(10) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", film_suffixes())
def test_encoders_say_which_picture_they_are_at(suffix: str) -> None:
    stills = [FilmFrame(np.full((30, 40, 3), n, np.uint8), 0.2) for n in (10, 90, 200)]
    begun: list[int] = []

    def begin() -> None:
        begun.append(1)
        if len(begun) == 2:
            raise ValueError("left")

    with pytest.raises(ValueError, match="left"):
        film._KINDS[suffix](stills, io.BytesIO(), begin)


def test_a_report_needs_nothing_from_anywhere(trajectory: Trajectory) -> None:
    page = report_page(ReportContent("<b>.png", PICTURE, trajectory, "CPU float32", "All noise."))
    assert "&lt;b&gt;.png" in page and "<b>" not in page
    assert page.count("<figure>") == 4 and "All noise." in page
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 2 + 8 and all(source.startswith("data:image/") for source in sources)
    assert "http://" not in page and "https://" not in page and "url(" not in page
    assert "$" not in re.sub(r"data:[^\"]*", "", page), "every place of the template is filled"


def test_the_words_of_the_forward_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forward", "--t", "500"]) == 0
    said = capsys.readouterr().out
    expected = 0.5 * LINEAR.alphas_cumprod[500] ** 0.5
    expected += 0.1 * (1 - LINEAR.alphas_cumprod[500]) ** 0.5
    for level in ("pixel", "picture", "batch"):
        assert re.search(rf"^{level} .* {expected:.6f}", said, re.MULTILINE), level
    assert main(["forward", "--t", "1000"]) == 2


def test_what_cannot_be_shared_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "none.png")
    assert main(["film", missing, "-o", str(tmp_path / "a.avi")]) == 2
    assert "names no kind of film" in capsys.readouterr().err
    assert main(["film", missing, "-o", str(tmp_path / "a.gif"), "--seconds", "0"]) == 2
    assert "1 to 120 seconds" in capsys.readouterr().err
    assert main(["report", missing, "-o", str(tmp_path / "a.png")]) == 2
    assert ".html" in capsys.readouterr().err

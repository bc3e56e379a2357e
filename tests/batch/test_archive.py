"""An archive: every picture once, the broken ones named, whatever happens in between."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from restorer.batch.journal import FOLDER, alone_in, read_journal
from restorer.cli.main import main
from restorer.engine.record import steps_in
from restorer.imaging.read import read_picture
from tests.batch.conftest import RECIPE, noisy

RESULTS = ["a.png", "b/c.png", "b/d/e.tif"]


@pytest.fixture
def batch(tmp_path, monkeypatch, capsys):
    """`restorer batch ... --json` in this process: the exit code, and what it told."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, dict]:
        code = main(["batch", *map(str, arguments), "--recipe", "recipe.toml", "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else {}

    return run


def counts(told: dict) -> list[int]:
    return [told[name] for name in ("restored", "left", "skipped", "failed")]


def results(folder: Path) -> list[str]:
    pictures = (path for path in folder.rglob("*") if path.suffix in (".png", ".tif", ".jpg"))
    return sorted(path.relative_to(folder).as_posix() for path in pictures)


def test_one_bad_picture_never_stops_the_rest(batch, archive, tmp_path) -> None:
    code, told = batch("in", "out")
    assert (code, counts(told)) == (5, [3, 0, 0, 1])
    assert results(tmp_path / "out") == RESULTS
    assert told["reasons"] == {"broken.jpg": "broken.jpg is damaged and could not be read."}
    assert told["other_files"] == 1
    step = steps_in(read_picture(tmp_path / "out/a.png"))[-1]
    assert step.recipe == read_journal(tmp_path / "out")["a.png"].key.recipe


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_pictures_called_like_results_and_pipes_do_no_harm(batch, tmp_path) -> None:
    folder = tmp_path / "in"
    noisy(folder / "a.gif.png", 0)
    noisy(folder / "b.png", 1).rename(folder / "a.gif")
    os.mkfifo(folder / "pipe.png")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    code, told = batch("in", "out")
    assert (code, counts(told)) == (5, [2, 0, 0, 1])
    assert results(tmp_path / "out") == ["a.gif.png", "a.gif.png.png"]
    assert told["reasons"]["pipe.png"].endswith("pipe.png is not a file.")


def test_the_report_is_a_table_and_a_page_that_needs_no_other_file(
    batch, archive, tmp_path
) -> None:
    batch("in", "out")
    with (tmp_path / "out/report.csv").open(newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert {name: row["state"] for name, row in rows.items()} == {
        **dict.fromkeys(RESULTS, "done"),
        "broken.jpg": "failed",
    }
    assert float(rows["a.png"]["noise"]) == pytest.approx(25, abs=0.1)
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 3
    assert "broken.jpg is damaged and could not be read." in page
    assert 'src="data:' in page and "http" not in page


def test_a_report_of_somebody_else_is_not_replaced(batch, archive, tmp_path, capsys) -> None:
    (tmp_path / "out").mkdir()
    mine = tmp_path / "out/report.html"
    mine.write_text("my own")
    assert main(["batch", "in", "out"]) == 2
    assert "report.html is another file" in capsys.readouterr().err
    assert mine.read_text() == "my own" and not results(tmp_path / "out")


def test_what_is_done_is_skipped_and_what_is_new_is_done(batch, archive, tmp_path) -> None:
    batch("in", "out")
    before = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in RESULTS}
    noisy(archive / "new.png", 9)
    assert counts(batch("in", "out")[1]) == [1, 0, 3, 1]
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in RESULTS} == before


def test_without_a_journal_the_results_own_records_say_so(batch, archive, tmp_path) -> None:
    batch("in", "out")
    for file in (tmp_path / "out" / FOLDER).glob("*.jsonl"):
        file.unlink()
    assert counts(batch("in", "out")[1]) == [0, 0, 3, 1]
    assert counts(batch("in", "out")[1]) == [0, 0, 3, 1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda folder: (folder / "recipe.toml").write_text(RECIPE + "seed = 2\n"), "recipe"),
        (lambda folder: noisy_again(folder / "in/a.png"), "another state of this picture"),
    ],
    ids=["recipe", "input"],
)
def test_no_result_is_replaced_unasked(batch, archive, tmp_path, change, why) -> None:
    batch("in/a.png", "out")
    made = (tmp_path / "out/a.png").read_bytes()
    change(tmp_path)
    code, told = batch("in/a.png", "out")
    assert (code, counts(told)) == (5, [0, 0, 0, 1])
    assert why in told["reasons"]["a.png"] and "--force" in told["reasons"]["a.png"]
    assert (tmp_path / "out/a.png").read_bytes() == made
    assert counts(batch("in/a.png", "out", "--force")[1]) == [1, 0, 0, 0]
    assert counts(batch("in/a.png", "out")[1]) == [0, 0, 1, 0]


def noisy_again(path: Path) -> None:
    path.unlink()
    noisy(path, 7)


def test_another_file_in_the_place_of_a_result_is_left(batch, archive, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.png").write_bytes(b"mine")
    assert counts(batch("in/a.png", "out")[1]) == [0, 0, 0, 1]
    assert (tmp_path / "out/a.png").read_bytes() == b"mine"


def test_a_picture_never_takes_its_own_place(batch, archive, tmp_path, capsys) -> None:
    made = (archive / "a.png").read_bytes()
    _, told = batch("in/a.png", "in", "--force")
    assert "is the picture itself" in told["reasons"]["a.png"]
    assert (archive / "a.png").read_bytes() == made
    assert main(["batch", "in", "in"]) == 2
    assert "is where the results would go" in capsys.readouterr().err


def test_a_clean_picture_is_copied(batch, archive, tmp_path) -> None:
    (tmp_path / "recipe.toml").write_text('task = "denoise"\nnoise = 0\n')
    assert counts(batch("in/a.png", "out")[1]) == [0, 1, 0, 0]
    assert (tmp_path / "out/a.png").read_bytes() == (archive / "a.png").read_bytes()
    assert counts(batch("in/a.png", "out")[1]) == [0, 0, 1, 0]


def test_what_a_recipe_keeps_is_written_where_nothing_is_to_be_done(batch, archive, tmp_path):
    (tmp_path / "recipe.toml").write_text("noise = 0\nrotate = 90\ncrop = [2, 1, 20, 30]\n")
    batch("in/a.png", "out")
    kept = np.rot90(read_picture(tmp_path / "in/a.png").pixels, -1)[1:30, 2:20]
    np.testing.assert_array_equal(read_picture(tmp_path / "out/a.png").pixels, kept)


def test_killed_and_begun_again_nothing_is_done_twice(batch, archive, tmp_path) -> None:
    for seed in range(8):
        noisy(archive / f"more/{seed}.png", seed)
    command = [sys.executable, "-m", "restorer", "batch", "in", "out", "--recipe", "recipe.toml"]
    command += ["--precision", "float32"]  # nothing is timed first
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while len(results(tmp_path / "out")) < 2 and process.poll() is None:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    made = results(tmp_path / "out")
    for journal in (tmp_path / "out" / FOLDER).glob("*.jsonl"):
        with journal.open("a") as file:
            file.write('{"name": "in/cut')  # as a crash of the machine leaves it
    code, told = batch("in", "out")
    assert code == 5 and told["restored"] + told["skipped"] == 11
    assert len(made) <= told["skipped"] + 1 and len(results(tmp_path / "out")) == 11


def test_sealed_but_without_its_name_is_done_again(batch, archive, tmp_path) -> None:
    batch("in/a.png", "out")
    (journal,) = (tmp_path / "out" / FOLDER).glob("*.jsonl")
    sealed, _done = journal.read_text().splitlines()
    journal.write_text(sealed + "\n")
    assert json.loads(sealed)["state"] == "sealed"
    assert counts(batch("in/a.png", "out")[1]) == [0, 0, 1, 0]  # it has it: killed just after
    journal.write_text(sealed + "\n")
    (tmp_path / "out/a.png").unlink()
    assert counts(batch("in/a.png", "out")[1]) == [1, 0, 0, 0]


def test_two_at_once_in_one_folder_are_refused(batch, archive, tmp_path, capsys) -> None:
    with alone_in(tmp_path / "out"):
        assert main(["batch", "in", "out"]) == 2
    assert "Another restorer batch is writing to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ('task = "inpaint"', "mask"),
        ('tsak = "auto"', "did you mean task?"),
        ("noise = -1", "Noise must lie between"),
        ('model = "nowhere"', "There is no model called"),
    ],
)
def test_a_recipe_that_no_picture_could_follow_is_refused_at_once(
    batch, archive, tmp_path, capsys, recipe, said
) -> None:
    (tmp_path / "recipe.toml").write_text(recipe)
    code = main(["batch", "in", "out", "--recipe", "recipe.toml"])
    assert code in (2, 3) and said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_one_picture_follows_the_same_recipe(batch, archive, tmp_path, capsys) -> None:
    batch("in/a.png", "out")
    assert main(["restore", "in/a.png", "-o", "one.png", "--recipe", "recipe.toml"]) == 0
    one, made = (read_picture(tmp_path / name).pixels for name in ("one.png", "out/a.png"))
    assert (one == made).all()
    capsys.readouterr()
    options = ("--recipe", "recipe.toml", "--seed", "2")
    assert main(["restore", "in/a.png", "-o", "two.png", *options]) == 2
    assert "leave out the options" in capsys.readouterr().err

"""The command line as people meet it: its output, its files, its exit code."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from restorer.cli import demo, estimate
from restorer.diffusion import denoiser, timing
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture


def json_of(process):
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def refused(process, code: int) -> str:
    """The one line that says why."""
    assert process.returncode == code, process.stderr
    assert process.stdout == ""
    lines = process.stderr.strip().splitlines()
    assert len(lines) == 1, process.stderr
    assert lines[0].startswith("restorer: ")
    return lines[0]


def documented(command: str) -> set[str]:
    """The keys that docs/json.md names for a command."""
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    section = page.split(f"## restorer {command}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", " ".join(rows)))


def test_estimate_knows_the_noise(restorer, noisy):
    found = json_of(restorer("estimate", noisy, "--json"))
    assert found.keys() == documented("estimate")
    assert found["noise"] == pytest.approx(25, rel=0.08)
    assert found["sigma"] == pytest.approx(2 * found["noise"] / 255, rel=1e-3)
    assert found["t"] == pytest.approx(56.2, rel=0.1)
    assert "Noise 2" in restorer("estimate", noisy).stdout


def test_restore_writes_a_better_picture_with_a_record(restorer, noisy, tmp_path):
    beside = ("--frames", "frames", "--sheet", "sheet.png")
    told = json_of(restorer("restore", noisy, "-o", "out.png", "--steps", 2, "--json", *beside))
    rarer = {"spread", "before", "steps", "caution", "look_closely", "pages"}
    assert told.keys() == documented("restore") - rarer
    assert told["estimate"].keys() < documented("estimate")
    assert told["nfe"] == 2
    assert told["output"] == "out.png"
    before, after = read_picture(noisy), read_picture(tmp_path / "out.png")
    assert np.std(np.diff(after.pixels, axis=1)) < 0.2 * np.std(np.diff(before.pixels, axis=1))
    record = json.loads(read_record(after) or "")
    assert record["task"] == told["task"]
    assert len(list((tmp_path / "frames").iterdir())) == 4
    assert read_picture(tmp_path / "sheet.png").size[0] > 300


def test_same_seed_same_bytes_in_another_process_too(restorer, process, noisy, tmp_path):
    options = ["--steps", 2, "--sampler", "ddim", "--eta", 0.5, "--faithfulness", 0.5, "--seed", 7]
    for name, run in (("one", restorer), ("two", process)):
        told = run("restore", noisy, "-o", f"{name}.png", *options)
        assert told.returncode == 0, told.stderr
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_precision_decides_the_last_bits_and_is_written_down(restorer, noisy, tmp_path):
    made = {}
    for precision in ("float32", "bfloat16"):
        options = ["--steps", 1, "--json", "--precision", precision, "--device", "cpu"]
        told = json_of(restorer("restore", noisy, "-o", f"{precision}.png", *options))
        assert told["device"] == f"CPU {precision}"
        made[precision] = read_picture(tmp_path / f"{precision}.png")
        assert json.loads(read_record(made[precision]) or "")["device"] == f"CPU {precision}"
    difference = np.abs(made["float32"].pixels - made["bfloat16"].pixels).max()
    assert 0 < difference < 3 / 255


@pytest.mark.skipif(sys.platform == "win32", reason="the folder is named otherwise there")
def test_what_pays_is_measured_once_and_taken_ever_after(
    restorer, noisy, tmp_path, monkeypatch, request
):
    """Not only by one process: the decision is read from the file that the first one wrote."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    request.addfinalizer(timing.bfloat16_pays.cache_clear)
    options = ["--steps", 1, "--json", "--device", "cpu"]
    timing.bfloat16_pays.cache_clear()  # as a new process begins
    first = json_of(restorer("restore", noisy, "-o", "one.png", *options))
    (kept,) = (tmp_path / "config" / "restorer").iterdir()
    decided = json.loads(kept.read_text())
    assert first["device"] == f"CPU {'bfloat16' if decided['bfloat16'] else 'float32'}"
    kept.write_text(json.dumps(decided | {"bfloat16": not decided["bfloat16"]}))
    timing.bfloat16_pays.cache_clear()
    second = json_of(restorer("restore", noisy, "-o", "two.png", *options))
    assert second["device"] != first["device"]


def test_a_clean_picture_comes_back_as_it_is(restorer, tmp_path):
    from restorer.resources import resource_path

    clean = resource_path("samples", "panda.webp")
    assert json_of(restorer("estimate", clean, "--json"))["clean"]
    told = json_of(restorer("restore", clean, "-o", "out.png", "--json"))
    assert told["nfe"] == 0
    np.testing.assert_array_equal(
        read_picture(tmp_path / "out.png").pixels, read_picture(clean).pixels
    )


def test_estimate_believes_the_file_about_its_quality(restorer, noisy, tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    with Image.open(noisy) as image:
        image.save(tmp_path / "turned.jpg", quality=35, exif=turned)
    found = json_of(restorer("estimate", "turned.jpg", "--json"))
    assert found["jpeg_quality"] == 35
    assert "JPEG quality 35" in found["proposal"]["findings"]
    assert found["proposal"]["steps"][0] == "dejpeg"


def test_noise_then_estimate_agree(restorer, noisy, tmp_path):
    from restorer.resources import resource_path

    clean = resource_path("samples", "panda.webp")
    assert restorer("noise", clean, "-o", "thirty.png", "--noise", 30).returncode == 0
    found = json_of(restorer("estimate", "thirty.png", "--json"))
    assert found["noise"] == pytest.approx(30, rel=0.08)


def test_the_forward_process_ends_in_pure_noise(restorer, noisy, tmp_path):
    assert restorer("noise", noisy, "-o", "end.tiff", "--t", 999).returncode == 0
    end = read_picture(tmp_path / "end.tiff").pixels
    # half the pixels of N(0, 1) on [-1, 1] stay inside: mean 1/2, no trace of the picture
    assert end.mean() == pytest.approx(0.5, abs=0.01)
    assert abs(np.corrcoef(end.ravel(), read_picture(noisy).pixels.ravel())[0, 1]) < 0.03


def test_sheet_has_a_tile_for_every_time(restorer, noisy, tmp_path):
    assert restorer("sheet", noisy, "-o", "few.png", "--t", "0,999").returncode == 0
    assert (
        restorer("sheet", noisy, "-o", "many.png", "--t", "0,100,200,300,400,999").returncode == 0
    )
    few, many = (np.prod(read_picture(tmp_path / f"{n}.png").size) for n in ("few", "many"))
    assert many > 2 * few


def test_models_says_what_is_installed(restorer, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/nonexistent")
    model, *others = json_of(restorer("models", "--json"))["models"]
    assert model["name"] == "builtin"
    assert model["licence"] == "apache-2.0"
    assert [other["kind"] for other in others] == [
        *("prior", "conditional", "filling", "sharpening", "classifier")
    ]
    assert "7.9 M parameters" in restorer("models").stdout


def test_bad_usage_is_one_line_and_2(restorer, noisy):
    refused(restorer("restore", noisy), 2)
    refused(restorer("restore", noisy, "-o", "x.png", "--sampler", "magic"), 2)
    refused(restorer("restore", noisy, "-o", "x.png", "--steps", "0"), 2)
    refused(restorer("restore", noisy, "-o", "x.png", "--start", "1000"), 2)
    refused(restorer("restore", noisy, "-o", "x.png", "--noise", "-1"), 2)
    refused(restorer("noise", noisy, "-o", "x.png", "--t", "1e9"), 2)
    for value in ("nan", "inf", "much"):
        said = refused(restorer("restore", noisy, "-o", "x.png", "--noise", value), 2)
        assert f"'{value}' is not a number" in said
    assert "'' is not a number" in refused(restorer("sheet", noisy, "-o", "x.png", "--t", "1,"), 2)
    assert "a whole number" in refused(
        restorer("noise", noisy, "-o", "x.png", "--t", "1", "--seed", "x"), 2
    )
    refused(restorer("restore", noisy, "-o", "x.gif"), 2)
    refused(restorer("restore", noisy, "-o", "no/such/folder/x.png"), 2)


def test_bad_pictures_are_one_line_and_2(restorer, tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("this is not a picture")
    for name in ("empty.png", "text.png", "missing.png", "."):
        assert name in refused(restorer("restore", name, "-o", "x.png"), 2)
    assert not (tmp_path / "x.png").exists()


def test_a_missing_model_is_3(restorer, noisy):
    assert "nowhere" in refused(restorer("restore", noisy, "-o", "x.png", "--model", "nowhere"), 3)


def test_a_device_that_is_not_there_is_2(restorer, noisy):
    absent = "cuda" if not torch.cuda.is_available() else "mps"
    assert absent in refused(restorer("restore", noisy, "-o", "x.png", "--device", absent), 2)


def test_nothing_is_overwritten_unasked(restorer, noisy, tmp_path):
    (tmp_path / "mine.png").write_bytes(b"dear")
    refused(restorer("restore", noisy, "-o", "mine.png", "--steps", 1), 2)
    assert (tmp_path / "mine.png").read_bytes() == b"dear"
    done = restorer("restore", noisy, "-o", "mine.png", "--steps", 1, "--force")
    assert done.returncode == 0
    assert read_picture(tmp_path / "mine.png").size == read_picture(noisy).size


def test_the_sheet_and_the_picture_need_two_names(restorer, noisy, tmp_path):
    for sheet in ("x.png", "./x.png"):
        refused(restorer("restore", noisy, "-o", "x.png", "--sheet", sheet, "--force"), 2)
    assert not (tmp_path / "x.png").exists()


def test_frames_want_a_folder_of_their_own(restorer, noisy, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    for folder in ("file", "file/in", "full"):
        assert folder in refused(restorer("restore", noisy, "-o", "x.png", "--frames", folder), 2)
    assert not (tmp_path / "x.png").exists()


def test_out_of_memory_is_4(restorer, noisy, monkeypatch):
    monkeypatch.setattr(denoiser, "run_padded", lambda *_, **__: torch.empty(2**50))
    said = restorer("restore", noisy, "-o", "x.png")
    assert said.returncode == 4, said.stderr
    assert "not enough memory" in said.stderr.splitlines()[-1]
    assert "Traceback" not in said.stderr


def test_an_internal_error_is_1_and_debug_shows_it(restorer, noisy, monkeypatch):
    monkeypatch.setattr(estimate, "estimate", lambda pixels: 1 / 0)
    quiet = restorer("estimate", noisy)
    assert quiet.returncode == 1
    assert "Traceback" not in quiet.stderr
    assert "ZeroDivisionError" in quiet.stderr
    with pytest.raises(ZeroDivisionError):  # which ends in a traceback
        restorer("estimate", noisy, "--debug")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_interrupted_leaves_no_half_file_and_130(noisy, interrupts):
    process = subprocess.Popen(
        [sys.executable, "-m", "restorer", "restore", noisy, "-o", "x.png", "--steps", "900"],
        cwd=noisy.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    seen = ""
    while "Restoring" not in seen:  # an ended process would end this too
        letter = process.stderr.read(1)
        assert letter, seen
        seen += letter
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=300) == 130
    assert sorted(path.name for path in noisy.parent.iterdir()) == ["noisy.png"]


def test_a_polite_end_is_as_an_interrupt(restorer, noisy, monkeypatch):
    def ended(*_, **__):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(denoiser, "run_padded", ended)
    before = signal.getsignal(signal.SIGTERM)
    done = restorer("restore", noisy, "-o", "x.png")
    assert (done.returncode, done.stdout) == (130, ""), done.stderr
    assert done.stderr.endswith("restorer: interrupted; no file was left half written.\n")
    assert sorted(path.name for path in noisy.parent.iterdir()) == ["noisy.png"]
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise on Windows")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_who_stops_reading_gets_no_complaint(unbuffered):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "restorer", "models"],
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=300,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_demo_writes_four_pictures(restorer, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "plan", partial(demo.plan, steps=1))  # all: tests/packaging
    done = restorer("demo", "--out", "shown")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "shown").iterdir()}
    assert names == {"original.png", "noisy.png", "restored.png", "sheet.png"}
    assert "t*" in done.stdout
    words = done.stdout.split("PSNR")[1].split()
    before, after = float(words[0]), float(words[3])
    assert before == pytest.approx(20.5, abs=0.6)
    assert after > 30
    refused(restorer("demo", "--out", "shown"), 2)


def test_the_engine_is_reached_without_qt():
    code = (
        "import sys, restorer.cli.restore, restorer.cli.estimate, restorer.cli.sheet,"
        "restorer.cli.noise, restorer.cli.demo, restorer.cli.models;"
        "print([m for m in ('PySide6', 'torch', 'diffusers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "[]"


def test_an_error_is_one_line_whatever_it_names(restorer):
    assert "“a?[2J?b”" in refused(restorer("models", "verify", "a\x1b[2J\nb"), 3)

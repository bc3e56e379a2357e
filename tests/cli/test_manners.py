"""What is mistyped, impossible or dangerous is answered in a sentence, before any work."""

import json
import os
import shutil

import pytest


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["restor", "in.png"], "did you mean restore?"),
        (["Estimate", "in.png"], "did you mean estimate?"),
        (["models", "verfy", "x"], "did you mean verify?"),
        (["--verison"], "did you mean --version?"),
        (["restore", "in.png", "-o", "o.png", "--task", "deblurr"], "did you mean deblur?"),
        (["restore", "in.png", "-o", "o.png", "--faithfullness", "1"], "mean --faithfulness?"),
    ],
)
def test_what_is_mistyped_is_answered_with_what_is_nearest(restorer, typed, meant):
    done = restorer(*typed)
    assert done.returncode == 2 and meant in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_called_like_a_command_is_a_file(tmp_path, monkeypatch):
    from restorer.cli.arguments import parse

    monkeypatch.chdir(tmp_path)
    (tmp_path / "restor").touch()
    assert parse(["restor"]).command == "window"
    assert parse(["holiday"]).command == "window"  # near no command: the window says what is wrong


def test_without_a_screen_the_window_ends_in_a_sentence(process):
    for screen in ({"QT_QPA_PLATFORM": ""}, {"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":987"}):
        done = process(**screen)
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith("restorer: No window can be opened here")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_pipe_is_no_target_even_with_force(restorer, noisy, tmp_path):
    os.mkfifo(tmp_path / "out.png")
    for option in (["-o", "out.png"], ["-o", "x.png", "--residual", "out.png"]):
        done = restorer("restore", noisy, *option, "--force", "--steps", 1)
        assert done.returncode == 2 and "out.png is no ordinary file" in done.stderr, done.stderr
    assert (tmp_path / "out.png").is_fifo()


@pytest.mark.parametrize("option", ["residual", "sheet", "spread"])
def test_what_is_written_beside_never_takes_the_place_of_what_is_read(
    restorer, noisy, tmp_path, option
):
    came = noisy.read_bytes()
    shutil.copy(noisy, tmp_path / "map.png")
    os.symlink(noisy, tmp_path / "link.png")
    os.link(noisy, tmp_path / "hard.png")
    ways = ("noisy.png", "link.png", "hard.png", "map.png")
    for path in ways:
        done = restorer(
            *("restore", "noisy.png", "-o", "out.png", "--strength", "map.png", "--force"),
            *(f"--{option}", path),
        )
        assert done.returncode == 2 and "is used twice" in done.stderr, done.stderr
    assert noisy.read_bytes() == (tmp_path / "map.png").read_bytes() == came
    assert not (tmp_path / "out.png").exists()


def test_what_models_does_is_told_as_json_too(restorer):
    told = json.loads(restorer("models", "verify", "builtin", "--json").stdout)
    assert told == {"model": "builtin", "verified": True, "files": 1}
    done = restorer("models", "verify", "nothing", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 3 and not told["verified"] and told["reason"] in done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--steps", 5000], "number of steps"),
        (["--faithfulness", 3], "faithfulness must lie"),
        (["--start", 3000], "start must lie"),
        (["--amount", "nan"], "amount must lie"),
        (["--noise", 1e9], "Noise must lie"),
        (["--noise", -4], "Noise must lie"),
        (["--eta", 4], "eta must lie"),
        (["--model", "nobodys"], "no model called"),
        (["--task", "inpaint"], "needs a mask"),
        (["--task", "deblur"], "either a blur or a kernel"),
        (["--task", "deblur", "--blur", "gaussian:900"], "between 0.2 and 100"),
        (["--task", "upscale", "--method", "repaint"], "RePaint fills holes"),
        (["--task", "dejpeg", "--quality", 400], "Quality goes from"),
        (["--prompt", "a cat"], "models with prompts"),
        (["--toward", "painting"], "faithfulness below 1"),
    ],
)
def test_values_that_cannot_be_are_refused_before_a_picture_is_opened(restorer, options, sentence):
    done = restorer("restore", "not-there.png", "-o", "out.png", *options)
    assert done.returncode in (2, 3) and sentence in done.stderr, done.stderr


def test_the_mask_that_is_measured_never_takes_the_place_of_the_picture(restorer, noisy):
    came = noisy.read_bytes()
    done = restorer("estimate", noisy, "--mask", noisy, "--force")
    assert done.returncode == 2 and noisy.read_bytes() == came


@pytest.mark.parametrize("command", ["sheet", "noise --t 5", "film"])
def test_what_is_shown_never_takes_the_place_of_the_picture(restorer, noisy, tmp_path, command):
    own = noisy.rename(tmp_path / "own.webp")  # what a film may be called, too
    before = own.read_bytes()
    told = restorer(*command.split(), own, "-o", own, "--force")
    assert told.returncode == 2 and "is used twice" in told.stderr
    assert own.read_bytes() == before

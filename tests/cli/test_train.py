"""`restorer train` as people meet it: what it prints, what it leaves, how it ends."""

# ruff: noqa: F811  fixtures are imported

import json
import signal
import subprocess
import sys

import pytest

from restorer.cli.main import main
from tests.training.conftest import one_thread, photos, tiny  # noqa: F401

TINY = ("--batch", 4, "--crop", 16, "--lr", "1e-3")


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Where models go: a home of our own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "restorer" / "models"


@pytest.fixture
def restorer(capsys, library, tmp_path, monkeypatch):
    """The command line in this process: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_from_pictures_to_a_restored_picture(restorer, photos, tiny, library):
    (photos / "broken.png").write_text("nothing")
    train = ("train", photos, "--out", "mine", "--from", tiny, "--steps", 3, *TINY)
    code, said, problems = restorer(*train, "--licence", "CC0")
    assert code == 0, problems
    assert "broken.png" in problems
    assert "best so far" in said
    assert str(library / "mine") in said

    _, said, _ = restorer("models", "--json")
    listed = [(model["name"], model["licence"]) for model in json.loads(said)["models"]]
    assert listed[-1] == ("mine", "CC0")
    options = ("-o", "out.png", "--noise", 25, "--model", "mine", "--steps", 1)
    code, said, problems = restorer("restore", photos / "0.png", *options)
    assert code == 0, problems
    assert "(mine, CPU" in said

    code, _, problems = restorer(*train)
    assert (code, "--resume" in problems) == (2, True)
    code, _, problems = restorer("train", "--out", "mine", "--resume", "--batch", 8)
    assert (code, "--batch cannot change" in problems) == (2, True)
    code, said, _ = restorer("train", "--out", "mine", "--resume", "--steps", 5, "--json")
    events = [json.loads(line) for line in said.splitlines()]
    assert code == 0
    assert [event["step"] for event in events if event["event"] == "step"] == [4, 5]
    assert events[-1]["event"] == "finished"
    assert events[-1]["best"]["psnr"].keys() == {"15", "25", "50"}


def test_a_dry_run_of_a_shape(restorer, photos, library):
    shape = ("--from", "scratch", "--width", "16,32", "--blocks", 1, "--mid", 1)
    code, said, problems = restorer("train", photos, *shape, *TINY, "--dry-run", 0.2, "--json")
    assert code == 0, problems
    assert json.loads(said)["pixels"] > 0
    assert not library.exists()
    code, _, problems = restorer("train", photos, "--width", "16,24", "--dry-run", 1)
    assert (code, "multiples of 16" in problems) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_keeps_the_best(photos, tiny, library, interrupts):
    command = [sys.executable, "-m", "restorer", "train", photos, "--from", tiny, "--json"]
    process = subprocess.Popen(
        [*map(str, command), "--minutes", "60", *map(str, TINY)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while json.loads(process.stdout.readline())["event"] != "step":
            pass
        process.send_signal(signal.SIGINT)
        rest, problems = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, problems
    assert "what is best is kept" in problems
    last = json.loads(rest.splitlines()[-1])
    assert last["event"] == "finished"
    assert last["stopped"]
    assert last["model"] == str(library / "mine")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("train",), 2, "folders"),
        (("train", "nowhere"), 2, "does not exist"),
        (("train", "photos", "--out", "builtin"), 2, "ships with"),
        (("train", "photos", "--from", "nothing"), 3, "no model called"),
        (("train", "photos", "--crop", 20), 2, "multiple of 8"),
        (("train", "photos", "--minutes", -1), 2, "above 0"),
        (("train", "--resume"), 2, "--out NAME"),
        (("train", "--resume", "--out", "never"), 2, "no training"),
        (("train", "photos", "--steps", 1, "--minutes", 1), 2, "not allowed with"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(restorer, photos, arguments, code, word):
    ended, said, problems = restorer(*arguments)
    assert (ended, said) == (code, "")
    assert len(problems.splitlines()) == 1
    assert problems.startswith("restorer: ")
    assert word in problems


def test_a_training_that_gains_nothing_says_so_and_makes_no_model(restorer, photos, tiny, library):
    """Once the best weights are rough, a short training with a tiny rate cannot beat them."""
    options = ("--batch", 4, "--crop", 16)
    better = ("train", photos, "--out", "better", "--from", tiny, "--steps", 40, "--lr", "1e-2")
    code, _, problems = restorer(*better, *options)
    assert code == 0, problems
    rough = ("train", photos, "--out", "rough", "--from", "better", "--steps", 2, "--lr", "0.5")
    code, said, problems = restorer(*rough, *options)
    assert code == 0, problems
    assert "no better than the model it began from, so that model is kept" in said
    assert "best so far" not in said
    assert not (library / "rough" / "diffusion_pytorch_model.safetensors").exists()

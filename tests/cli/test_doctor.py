"""`restorer doctor` tells what is here, and what is wrong."""

import json
import shutil

import pytest

from restorer import __version__
from restorer.engine import health, library, models

FINDERS = ("blur", "fading", "noise", "scratches")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(health, "_SIDE", 64)


def test_it_tells_what_a_bug_report_needs(restorer):
    done = restorer("doctor", "--json", "--precision", "float32", "--device", "cpu")
    told = json.loads(done.stdout)
    assert told["versions"]["Restorer"] == __version__
    computing = told["computing"]
    assert (computing["device"], computing["precision"]) == ("CPU", "float32")
    assert computing["that per megapixel, s"] > 0
    assert told["room"]["memory, GB"] > 0
    assert told["logs"]["log file"].endswith("doctor.log")
    assert told["models"]["builtin"] == "verified"
    assert told["networks that find damage"] == dict.fromkeys(FINDERS, "can be read")
    assert done.returncode == bool(told["troubles"])


def test_a_damaged_model_is_trouble(restorer, monkeypatch, tmp_path):
    own = tmp_path / "models"
    shutil.copytree(models.find_model("photo-or-painting").path, own / "mine")
    for module in (models, library, health):
        monkeypatch.setattr(module, "models_folder", lambda: own)
    sums = own / "mine" / library.SUMS
    sums.write_text(sums.read_text().replace(sums.read_text()[:4], "beef", 1))
    (own / "empty").mkdir()
    monkeypatch.setattr(health, "SECTIONS", {"models": health.SECTIONS["models"]})
    done = restorer("doctor")
    assert done.returncode == 1
    assert "has changed since it was added" in done.stdout
    assert "empty" in done.stdout
    assert "All is well" not in done.stdout


def test_a_damaged_finder_is_trouble(monkeypatch, tmp_path):
    (tmp_path / "blur").mkdir()
    (tmp_path / "blur" / "model.safetensors").write_bytes(b"cut off")
    monkeypatch.setattr(health, "resource_path", lambda *_: tmp_path)
    (found,) = health.SECTIONS["networks that find damage"](health.ComputeOptions())
    assert found.value == "damaged" and "blur cannot be read" in found.trouble

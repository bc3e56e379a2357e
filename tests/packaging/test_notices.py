"""The notices of a build name everything that Restorer needs, and are the same every time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notices")
    for name in ("first", "second"):
        script = [sys.executable, str(ROOT / "packaging" / "notices.py"), "--out", name]
        subprocess.run(script, cwd=folder, check=True, capture_output=True, timeout=120)
    return folder


def test_the_bill_holds_what_is_needed_directly_and_not(written: Path) -> None:
    bill = json.loads((written / "first" / "sbom.cdx.json").read_text("utf-8"))
    kinds = {one["name"].lower(): one["type"] for one in bill["components"]}
    assert {"torch", "numpy", "pillow", "huggingface_hub"} <= kinds.keys()
    assert kinds["noise"] == kinds["blur"] == "machine-learning-model"
    assert kinds["labels.ttf"] == "file"
    assert not {"pytest", "mypy", "ruff"} & kinds.keys()
    references = {one["bom-ref"] for one in bill["components"]}
    needed = {name for one in bill["dependencies"] for name in one["dependsOn"]}
    assert needed <= references


def test_the_licences_are_there(written: Path) -> None:
    text = (written / "first" / "THIRD-PARTY-NOTICES.txt").read_text("utf-8")
    assert "resources/samples/LICENSES.md" in text
    assert "resources/fonts/README.md" in text
    assert "Redistribution and use in source and binary forms" in text


def test_twice_is_the_same(written: Path) -> None:
    for name in ("sbom.cdx.json", "THIRD-PARTY-NOTICES.txt"):
        assert (written / "first" / name).read_bytes() == (written / "second" / name).read_bytes()

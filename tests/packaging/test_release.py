"""What a release says of itself agrees with the version, which stands in one place."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from restorer import __version__

PACKAGING = Path(__file__).parents[2] / "packaging"


def test_the_metainfo_names_this_version() -> None:
    text = (PACKAGING / "org.restorer.Restorer.metainfo.xml").read_text("utf-8")
    newest = re.search(r'<release version="([^"]+)"', text)
    assert newest is not None
    assert newest[1] == __version__


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_the_scripts_are_shell() -> None:
    for script in PACKAGING.rglob("*.sh"):
        subprocess.run(["sh", "-n", script], check=True)

"""Build the wheel, install it where nothing of this checkout is seen, and run the main job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[2]
BIN = "Scripts" if os.name == "nt" else "bin"


def run(command: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run without a screen and without anything of this process's own Python paths."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | {"HF_HUB_OFFLINE": "1", "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    run(build, folder)
    (wheel,) = folder.glob("restorer-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment that shares only the dependencies with this one."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    python = folder / BIN / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    run([*pip, wheel], folder)
    # Folders added by a .pth come after the environment's own, and .pth files in them (this
    # checkout's editable install) are not followed.
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(run([python, "-c", where], folder).stdout.strip())
    (own / "shared.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder / BIN


def test_wheel_holds_the_resources_and_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    inside = {name.removeprefix("restorer/_resources/") for name in names}
    bundled = (ROOT / "resources").rglob("*")
    expected = {
        path.relative_to(ROOT / "resources").as_posix() for path in bundled if path.is_file()
    }
    assert expected <= inside
    assert {"models/builtin/config.json", "samples/samples.json"} <= inside
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"restorer"}


def test_installed_package_is_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import restorer, restorer.resources as r; print(restorer.__file__, r.resource_path())"
    for path in run([installed / "python", "-c", code], tmp_path).stdout.split():
        assert Path(path).is_relative_to(installed.parent)


def test_demo_restores_from_another_folder(installed: Path, tmp_path: Path) -> None:
    demo = [installed / "restorer", "demo", "--no-window", "--out", "out"]
    done = run(demo, cwd=tmp_path)
    assert "PSNR" in done.stdout

    pictures = {}
    for file in (tmp_path / "out").iterdir():
        with Image.open(file) as image:
            pictures[file.stem] = np.asarray(image.convert("RGB"), dtype=np.float64)

    def psnr(name: str) -> float:
        error = np.mean((pictures[name] - pictures["original"]) ** 2)
        return float(10 * np.log10(255**2 / error))

    assert set(pictures) == {"original", "noisy", "restored", "sheet"}
    assert psnr("restored") > psnr("noisy") + 6


def test_version_and_models_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    from restorer import __version__

    assert __version__ in run([installed / "restorer", "--version"], tmp_path).stdout
    assert "builtin" in run([installed / "restorer", "models"], tmp_path).stdout


def test_sample_list_names_bundled_files() -> None:
    folder = ROOT / "resources" / "samples"
    licences = (folder / "LICENSES.md").read_text(encoding="utf-8")
    samples = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    for sample in samples:
        for name in filter(None, (sample["file"], sample["clean"])):
            with Image.open(folder / name) as image:
                image.load()
            assert f"`{name}`" in licences
    assert any(sample["static"] for sample in samples)
    assert any(sample["clean"] for sample in samples)

"""The tree keeps what its texts promise."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")


def tracked_files() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout")
    command = [git, "-C", ROOT, "ls-files", "-z"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listing.stdout.split("\0") if (ROOT / name).is_file()]


@pytest.mark.parametrize("text", TEXTS)
def test_links_and_commands_name_existing_files(text: str) -> None:
    page = re.sub(r"<!--.*?-->", "", (ROOT / text).read_text(encoding="utf-8"))
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", page)
    run = re.findall(r"\b(?:sh|bash|python) ([\w./-]+\.(?:sh|py))", page)
    missing = [name for name in [*linked, *run] if not (ROOT / name).exists()]
    assert not missing


def test_readme_opens_with_the_two_commands() -> None:
    first_code = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert first_code is not None
    commands = [line.split("#")[0].strip() for line in first_code[1].splitlines()]
    assert commands == ["sh packaging/start.sh demo", "sh packaging/start.sh test"]


def test_ci_runs_the_readmes_test_command() -> None:
    assert "\nsh packaging/start.sh test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_architecture_has_every_room_on_its_map() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [path.parent for path in (ROOT / "restorer").glob("*/__init__.py")]
    rooms += [path.parent for path in (ROOT / "restorer" / "ui").glob("*/__init__.py")]
    missing = [room.name for room in rooms if f"`{room.name}/`" not in page]
    assert not missing


def test_dependencies_have_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert all(">=" in needed for needed in project["dependencies"])
    assert "PySide6-Essentials>=6.9,<6.12" in project["dependencies"]


def test_no_path_of_somebodys_machine() -> None:
    # Put together here so that this file does not find itself.
    foreign = re.compile(rb"(?<![\w.~-])/(?:" + rb"|".join([b"work", b"root", b"Users"]) + rb")/\w")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked_files()
        if path.suffix in {".py", ".md", ".toml", ".sh", ".json", ".yaml", ".xml", ".qss", ""}
        and foreign.search(path.read_bytes())
    ]
    assert not found


def test_the_changes_that_tests_must_notice_can_still_be_made() -> None:
    from benchmarks.mutations import MUTATIONS

    gone = [
        str(one)
        for one in MUTATIONS
        if (ROOT / one.file).read_text(encoding="utf-8").count(one.before) != 1
        or not all((ROOT / test.split("::")[0]).exists() for test in one.tests)
    ]
    assert not gone


def test_one_pictures_way_is_told_by_functions_that_there_are() -> None:
    """Each line of the lists in ARCHITECTURE says what is called, and at its right the module."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    way = page[page.index("## One picture's way") : page.index("## Words")]
    lines = "".join(re.findall(r"```\n(.*?)```", way, re.DOTALL)).splitlines()
    assert len(lines) > 50
    defined = re.compile(r"^ *(?:def|class) (\w+)", re.MULTILINE)
    known = {
        path.relative_to(ROOT / "restorer").with_suffix("").as_posix(): set(
            defined.findall(path.read_text(encoding="utf-8"))
        )
        for path in (ROOT / "restorer").rglob("*.py")
    }
    missing = []
    for line in lines:
        called, _, where = line.strip("<> ").partition("  ")
        modules = where.strip().split(", ") if where.strip() else list(known)
        names = set().union(*(known.get(module, set()) for module in modules))
        missing += [one for one in called.split(", ") if one.rpartition(".")[2] not in names]
    assert not missing

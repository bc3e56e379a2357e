"""The site shows every page of docs/, and nothing that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def pages(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for inside in entry.values():
                yield from [inside] if isinstance(inside, str) else pages(inside)


def test_every_page_is_on_the_site() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    shown = list(pages(config["nav"]))
    own = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    # mkdocs itself is not needed to see which pages the hook adds
    hook = ast.parse((ROOT / "packaging" / "site.py").read_text("utf-8"))
    (places,) = (
        ast.literal_eval(node.value)
        for node in hook.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PLACES"
    )
    added = {name for name in places if name.endswith(".md")} | {"command-line.md"}
    assert sorted(shown) == sorted(own | added)
    assert all((ROOT / place).is_file() for place in places.values())


def test_links_of_pages_lead_to_pages() -> None:
    docs = ROOT / "docs"
    dead = [
        f"{page.relative_to(docs)}: {link}"
        for page in docs.rglob("*.md")
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8"))
        if docs not in (target := (page.parent / link).resolve()).parents or not target.exists()
    ]
    assert not dead, "the site is built with --strict, which refuses these"

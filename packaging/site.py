"""The pages of the site that do not lie in docs/: a hook of mkdocs, see mkdocs.yml."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

#: Files of the checkout by what they are called on the site.
PLACES = {
    "index.md": "README.md",
    "ARCHITECTURE.md": "ARCHITECTURE.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "samples.md": "resources/samples/LICENSES.md",
    "licence.md": "LICENSE",
    "screenshot.png": "packaging/screenshot.png",
    "samples.webp": "packaging/samples.webp",
    "restorer.svg": "resources/icons/restorer.svg",
}

_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them to what lies in docs/."""
    for name, place in PLACES.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / place)))
    files.append(File.generated(config, "command-line.md", content=command_line()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links of a page of the checkout lead to the site's pages."""
    if page.file.src_uri == "licence.md":
        return f"# Licence\n\n```text\n{markdown}\n```\n"
    if page.file.src_uri not in PLACES:
        return markdown
    return _LINK.sub(lambda link: f"]({seen_on_site(link[1])}", markdown)


def seen_on_site(path: str) -> str:
    """What a path of the checkout is called on the site."""
    names = {place: name for name, place in PLACES.items()}
    return names.get(path, path.removeprefix("docs/"))


def command_line() -> str:
    """What each command's --help says, as a page."""
    return "\n".join(("# Command line\n", *_commands()))


def _commands() -> Iterator[str]:
    from restorer.cli.arguments import COMMANDS, parser_of

    os.environ.update(COLUMNS="78", NO_COLOR="1")  # argparse asks for both
    for parser in map(parser_of, COMMANDS):
        yield f"## {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```\n"

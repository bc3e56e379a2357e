"""The table of docs/formats.md, from the table of the program.

python benchmarks/formats.py            # writes it into the page
"""

from __future__ import annotations

import re
from pathlib import Path

from restorer.imaging.formats import FORMATS, Format
from restorer.imaging.metadata import NAMES

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
HEAD = ("format", "names", "read", "written, bits", "best quality", "transparency", *NAMES.values())


def table() -> str:
    """A row a format, as Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *map(_row, FORMATS.values())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(format: Format) -> tuple[str, ...]:
    names = ", ".join(f"`{suffix}`" for suffix in format.suffixes)
    if not format.encoder:
        return (format.title, names, "yes", "no", *("",) * (2 + len(NAMES)))
    best = "lossless" if format.lossless else "lossy"
    kept = ("yes" if name in format.keeps else "no" for name in NAMES)
    depths = ", ".join(map(str, format.depths))
    return (format.title, names, "yes", depths, best, "yes" if format.alpha else "no", *kept)


if __name__ == "__main__":
    page = PAGE.read_text()
    PAGE.write_text(re.sub(r"(\|[^\n]*\n)+", lambda _: table() + "\n", page, count=1))

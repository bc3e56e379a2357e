"""The report on an archive: a table for programs, and a page for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from restorer import __version__
from restorer.batch.entry import JournalEntry
from restorer.errors import BadInput
from restorer.imaging.atomic import atomic_file
from restorer.imaging.names import printable

CSV, PAGE = "report.csv", "report.html"

_HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>Restored pictures</title>"
)

#: Pictures on the page; a browser has to hold them all. The table has every one.
_MOST = 5000

_COLUMNS = (
    *("name", "state", "output", "reason", "caution", "found", "done", "noise", "megapixels"),
    *("seconds", "notes", "worker", "when", "input_sha256", "result_sha256"),
)

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
p.sum { margin: 0; opacity: .75; }
ul.count { display: flex; gap: 2.5rem; list-style: none; padding: 0; margin: 1.2rem 0; }
ul.count b { display: block; font-size: 1.7rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid #8884; padding: .6rem .8rem .6rem 0; vertical-align: top; }
td.picture { width: 290px; } td.number { text-align: right; white-space: nowrap; }
img { display: block; max-width: 288px; border-radius: 3px; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.why { color: #b3261e; } .look { color: #9a6700; } .faint { opacity: .7; }
@media (prefers-color-scheme: dark) { .why { color: #ff8a80; } .look { color: #e3b341; } }
"""


#: What the files begin with that are ours.
_OURS = ((CSV, "name,state,output,"), (PAGE, _HEAD))


def refuse_foreign(folder: Path) -> None:
    """Raise `BadInput` if another program's report in this folder would be replaced."""
    for name, begins in _OURS:
        path = folder / name
        if path.is_file() and not path.read_bytes().startswith(begins.encode()):
            raise BadInput(
                "{path} is another file; choose another folder, or --force replaces it.",
                path=printable(path),
            )


def write_report(folder: Path, entries: Mapping[str, JournalEntry]) -> None:
    """Write both into the folder, replacing older ones.

    Raises:
        RestorerError: the disk is full or failed.
    """
    ordered = [entries[name] for name in sorted(entries)]
    for name, text in ((CSV, table(ordered)), (PAGE, page(ordered))):
        with atomic_file(folder / name, force=True) as file:
            file.write(text.encode("utf-8", errors="replace"))


def table(entries: Iterable[JournalEntry]) -> str:
    """A header, and a line per picture."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(map(_cells, entries))
    return text.getvalue()


def page(entries: Sequence[JournalEntry]) -> str:
    """One self-contained page: failures first, then pictures to look at, then all others."""
    failed = [entry for entry in entries if entry.failed]
    doubtful = [entry for entry in entries if not entry.failed and entry.caution]
    others = [entry for entry in entries if not entry.failed and not entry.caution]
    counts = (
        (sum(entry.changed for entry in (*doubtful, *others)), "restored"),
        (sum(not entry.changed for entry in (*doubtful, *others)), "left as they were"),
        (len(doubtful), "to look at"),
        (len(failed), "failed"),
    )
    count = "".join(f"<li><b>{number}</b>{words}</li>" for number, words in counts)
    parts = [
        _part("Failed", failed),
        _part("To look at", doubtful[:_MOST]),
        _part("Done", others[:_MOST]),
    ]
    if len(others) > _MOST or len(doubtful) > _MOST:
        parts.append(f"<p>Not all are shown here; {CSV} names every picture.</p>")
    made = f"Restorer {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"{_HEAD}<style>{_STYLE}</style>"
        f'<h1>{len(entries)} pictures</h1><p class="sum">{made}</p>'
        f'<ul class="count">{count}</ul>{"".join(parts)}</html>\n'
    )


def _part(title: str, entries: Sequence[JournalEntry]) -> str:
    if not entries:
        return ""
    rows = "".join(map(_row, entries))
    return f"<h2>{title} ({len(entries)})</h2><table>{rows}</table>"


def _row(entry: JournalEntry) -> str:
    small = f'<img alt="before and after" src="data:image/jpeg;base64,{entry.picture}">'
    lines = [f'<div class="name">{escape(entry.name)}</div>']
    lines += [f'<div class="why">{escape(entry.reason)}</div>'] * bool(entry.reason)
    lines += [f'<div class="look">{escape(entry.caution)}</div>'] * bool(entry.caution)
    lines += [f"<div>Found: {escape(entry.found)}.</div>"] * bool(entry.found)
    lines += [f"<div>{escape(line)}</div>" for line in entry.said.splitlines()]
    lines += [f'<div class="faint">{escape(note)}</div>' for note in entry.notes]
    numbers = []
    if entry.megapixels:
        numbers.append(f"{entry.megapixels:.1f} MP")
    if entry.seconds:
        numbers.append(f"{sum(entry.seconds.values()):.1f} s")
    told = f'<td class="number faint">{"<br>".join(numbers)}</td>'
    picture = small if entry.picture else ""
    return f'<tr><td class="picture">{picture}</td><td>{"".join(lines)}</td>{told}</tr>'


def _cells(entry: JournalEntry) -> tuple[object, ...]:
    key = entry.key
    state = entry.state if entry.failed or entry.changed else "left as it was"
    return (
        *(entry.name, state, entry.output, entry.reason, entry.caution, entry.found),
        *(" ".join(entry.said.split()), f"{entry.noise:.2f}", f"{entry.megapixels:.3f}"),
        *(f"{sum(entry.seconds.values()):.3f}", " ".join(entry.notes), entry.worker, entry.when),
        *("" if key is None else key.input, entry.result),
    )

"""Collect all words that people read, and bring the catalogues up to date with them.

    python packaging/translations.py          # after a change of words
    python packaging/translations.py fr       # begin a new language

Writes resources/locale/LANGUAGE/LC_MESSAGES/restorer.po and .mo, and lists what each language does
not say yet. Needs GNU gettext (`apt install gettext`). docs/translating.md tells the rest.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "resources" / "locale"

#: What takes English and says it in the person's language: which arguments, by place or name.
SAYS: dict[str, tuple[int | str, ...]] = {
    "tr": (0,),
    "marked": (0,),
    "plural": (0, 1),
    "RestorerError": (0,),
    "BadInput": (0,),
    "TruncatedFile": (0,),
    "ModelRefused": (0,),
    "NoPicture": (0,),
    "OutOfMemory": (0,),
    "Unreadable": (0,),
    # the tables of the engine, whose readers say them
    "TaskWords": (
        *("title", "hint", "button", "doing", "done", "after", "step", "ability"),
        *("report", "prompted", "redraws", "caution", "nothing"),
    ),
    "Number": (1, 2),
    "ProposalRule": ("verb",),
    "usual_comparison": (0,),
    "Comparison": (0,),
    "ModelKind": (0, "ability"),
    "Sampler": (0, 1),
    "View": (1, 2, "caption", "caption_latent", "caption_guess"),
    "Item": (0, 1),
    "Command": (0,),
}

#: Those whose words mean something else elsewhere, and as what they are said.
CONTEXTS = {"ProposalRule": "verb", "usual_comparison": "again", "Comparison": "again"}

#: The same of the command line, whose parser says them.
OF_PARSERS: dict[str, tuple[int | str, ...]] = {
    "Parser": ("description", "epilog"),
    "add_argument": ("help",),
    "add_argument_group": (0,),
    "add_parser": ("help", "description"),
}

#: What tells an English text from others like it, or ""; the text; its plural, or "".
Words = tuple[str, str, str]


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    """All modules of the program."""
    paths = sorted((ROOT / "restorer").rglob("*.py"))
    return [(path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))) for path in paths]


def collected() -> dict[Words, list[str]]:
    """All that is said, and where."""
    found: dict[Words, list[str]] = defaultdict(list)
    for path, tree in trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if name_of(call) in OF_PARSERS and "cli" not in path.parts:
                continue  # tools of ours
            said = [text for part in said_by(call) for text in _texts(part)]
            said, plural = (said[:1], said[1]) if name_of(call) == "plural" else (said, "")
            context = CONTEXTS.get(name_of(call), "")
            for text in filter(None, said):
                found[context, text, plural].append(path.as_posix())
    for place in (ROOT / "resources" / "style").glob("*.html"):
        for text in re.findall(r"\[\[(.+?)\]\]", place.read_text(encoding="utf-8")):
            found["", text, ""].append(place.relative_to(ROOT).as_posix())
    for folder in (ROOT / "resources" / "models").iterdir():
        if (folder / "config.json").is_file():
            card = (folder / "README.md").read_text(encoding="utf-8")
            labels = json.loads((folder / "config.json").read_text()).get("labels", [])
            for text in (*re.findall(r"^title: (.+)", card, re.MULTILINE), *labels):
                found["", text, ""].append(folder.relative_to(ROOT).as_posix())
    samples = ROOT / "resources" / "samples" / "samples.json"
    for sample in json.loads(samples.read_text(encoding="utf-8")):
        for field in ("title", "damage", "licence"):
            if " " in sample.get(field, "") or (field == "damage" and field in sample):
                found["", sample[field], ""].append(samples.relative_to(ROOT).as_posix())
    return found


def said_by(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that are said in the person's language."""
    wanted = (SAYS | OF_PARSERS).get(name_of(call), ())
    by_place = [part for place, part in enumerate(call.args) if place in wanted]
    return by_place + [part.value for part in call.keywords if part.arg in wanted]


def name_of(call: ast.Call) -> str:
    """What is called."""
    name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
    return "marked" if name == "_" else name  # as the tables import it


def _texts(part: ast.expr) -> list[str]:
    """A literal, or either side of a choice."""
    if isinstance(part, ast.IfExp):
        return _texts(part.body) + _texts(part.orelse)
    return [part.value] if isinstance(part, ast.Constant) and isinstance(part.value, str) else []


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def template() -> str:
    """All that is said as a .pot file."""
    lines = ['msgid ""', 'msgstr "Content-Type: text/plain; charset=UTF-8\\n"', ""]
    for (context, text, plural), files in collected().items():
        lines += [f"#: {file}" for file in dict.fromkeys(files)]
        lines += [f"msgctxt {_quoted(context)}"] * bool(context)
        lines += [f"msgid {_quoted(text)}"]
        if plural:
            lines += [f"msgid_plural {_quoted(plural)}", 'msgstr[0] ""', 'msgstr[1] ""', ""]
        else:
            lines += ['msgstr ""', ""]
    return "\n".join(lines)


def _gettext(*command: str | Path, said: str = "") -> str:
    run = subprocess.run(command, input=said, capture_output=True, encoding="utf-8", check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    return run.stdout


def update(language: str) -> str:
    """Bring one catalogue up to date; returns what it does not say."""
    folder = LOCALE / language / "LC_MESSAGES"
    catalogue = folder / "restorer.po"
    if not catalogue.exists():
        folder.mkdir(parents=True)
        made = _gettext("msginit", "--no-translator", f"--locale={language}", said=template())
    else:
        options = ("--no-wrap", "--no-fuzzy-matching", "--quiet")
        made = _gettext("msgmerge", *options, catalogue, "-", said=template())
    kept = _gettext("msgattrib", "--no-obsolete", "--no-wrap", said=made)
    catalogue.write_text(kept, encoding="utf-8", newline="\n")
    _gettext("msgfmt", "--check", "-o", folder / "restorer.mo", catalogue)
    missing = _gettext("msgattrib", "--untranslated", "--no-wrap", catalogue)
    return missing.partition("\n\n")[2]  # without its head


def main() -> None:
    """Bring all catalogues up to date, and those named here that are new."""
    known = {path.name for path in LOCALE.glob("*") if path.is_dir()}
    for language in sorted(known | set(sys.argv[1:])):
        missing = update(language)
        count = sum(line.startswith("msgid ") for line in missing.splitlines())
        print(f"{missing}# {language}: {count} missing")


if __name__ == "__main__":
    main()

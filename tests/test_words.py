"""What people read: all of it is in the catalogues, and none of it goes past them."""

from __future__ import annotations

import ast
import gettext
import pickle
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from restorer import words
from restorer.cli.main import main
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput, TruncatedFile

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "packaging"))

from translations import LOCALE, Words, collected, name_of, said_by, trees  # noqa: E402

OTHERS = sorted(set(words.LANGUAGES) - {"en"})

#: Rooms whose sentences are for those who look for a fault or make models, or go into files that
#: are the same in every language.
IN_ENGLISH = (
    *(
        "batch/",
        "cli/batch.py",
        "cli/forward.py",
        "cli/doctor.py",
        "engine/health.py",
        "crashes.py",
    ),
    *("engine/record.py", "engine/recipe.py"),
    *("training/camera", "training/card.py", "training/classifier.py", "training/damage"),
    *("training/blur.py", "training/judge.py"),
    *("training/fading.py", "training/milestones.py", "training/plot.py", "training/recipe.py"),
    *("training/scratches.py", "training/speed.py", "training/data.py"),
)
#: Values that read like words: of types and tables, names of others, markup and patterns.
NO_WORDS = re.compile(
    r"without noise|side by side|scaled linear|your picture|forward: noise added|pure noise|off by"
    r"|out of memory|can't allocate memory|model name|light float\d\d|light {}|camera raw"
    r"|JPEG (XL|XR|2000)"
    r"|BT\.601 .*|SMPTE 240M|Display P3|Rec\.2020 RGB|RGB built-in|EASTMAN KODAK|SEIKO EPSON"
    r"|PHASE ONE|#version: 0.2|dict\[.*|restorer: .*|\nrestorer: .*|restorer {}"
    r"|restorer [a-z-].*|Restorer {}.*"
    r"|standard input{}|(Ctrl|Shift)\+.*|<.*|\n<.*|color: {}|.*choose from.*",
    re.DOTALL,
)
#: Two words and more, such as no key, path or number has.
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,.:;]? +[\w{(“]|[\w})”] +[A-Za-z]{2,}")
#: Whose words are for logs and programmers.
_FOR_US = {
    "ValueError",
    "NotImplementedError",
    "TypeError",
    "RuntimeError",
    "AttributeError",
    "OSError",
    "EOFError",
    "IndexError",
}
_LOGGING = {"getLogger", "debug", "info", "warning", "error", "exception"}


class _Misses(gettext.NullTranslations):
    """Stands behind a catalogue; is asked for what that does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def gettext(self, message: str) -> str:
        self.asked.append(message)
        return message

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1)


def _said(catalogue: gettext.NullTranslations, text: Words) -> Iterator[tuple[str, str]]:
    """Every English form of it, and what the catalogue says."""
    context, one, many = text
    if many:
        yield from (
            (one, catalogue.ngettext(one, many, 1)),
            (many, catalogue.ngettext(one, many, 2)),
        )
    else:
        yield one, catalogue.pgettext(context, one) if context else catalogue.gettext(one)


def _places(text: str) -> list[tuple[str | None, ...]]:
    parts = string.Formatter().parse(text)
    return sorted((name, spec, how) for _, name, spec, how in parts if name is not None)


@pytest.fixture(scope="module")
def all_words() -> list[Words]:
    return list(collected())


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_is_complete_and_keeps_all_values(
    language: str, all_words: list[Words]
) -> None:
    catalogue = gettext.translation("restorer", str(LOCALE), [language])
    misses = _Misses()
    catalogue.add_fallback(misses)
    for text in all_words:
        for english, said in _said(catalogue, text):
            assert said, english
            assert _places(said) == _places(english), said
            assert said.count("\n") == english.count("\n"), said
            assert said[:1].isspace() == english[:1].isspace(), said
            assert said[-1:].isspace() == english[-1:].isspace(), said
    assert not misses.asked, "run python packaging/translations.py, and translate what it lists"


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_read_is_what_was_translated(language: str) -> None:
    page = (LOCALE / language / "LC_MESSAGES" / "restorer.po").read_text(encoding="utf-8")
    catalogue = gettext.translation("restorer", str(LOCALE), [language])
    for entry in page.split("\n\n")[1:]:  # after the head
        parts = re.findall(r'^(msg\S+) ((?:".*"\n?)+)', entry, re.MULTILINE)
        told = {name: ast.literal_eval(f"({text})") for name, text in parts}
        text = told.get("msgctxt", ""), told["msgid"], told.get("msgid_plural", "")
        expected = [said for name, said in told.items() if name.startswith("msgstr")]
        assert [said for _, said in _said(catalogue, text)] == expected


def test_no_sentence_goes_past_the_catalogues() -> None:
    strays = [
        f"{path}:{line}: {text!r}"
        for path, tree in trees()
        if not path.relative_to("restorer").as_posix().startswith(IN_ENGLISH)
        for line, text in _sentences(tree)
        if not NO_WORDS.fullmatch(text)
    ]
    assert not strays


def _sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What reads like words for people, and is not said by what `translations.SAYS` names."""
    apart: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                apart.add(id(node.value))  # a docstring
            case ast.Call():
                said = said_by(node)
                inside = [part for part in said if not isinstance(part, ast.JoinedStr)]
                if said and name_of(node)[:1].isupper():
                    inside += node.args[1:]  # details of an error are for logs
                if name_of(node) in _LOGGING and isinstance(node.func, ast.Attribute):
                    inside = [node]
                apart.update(id(part) for one in inside for part in ast.walk(one))
            case ast.Raise(exc=ast.Call()) if name_of(node.exc) in _FOR_US:
                apart.update(map(id, ast.walk(node)))
            case ast.JoinedStr():
                apart.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        text = _text(node)
        if id(node) not in apart and _SENTENCE.search(text):
            yield node.lineno, text  # type: ignore[attr-defined]


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(_text(part) or "{}" for part in node.values)
    return ""


def test_nothing_is_said_before_the_language_is_known() -> None:
    early = [
        f"{path}:{call.lineno}"
        for path, tree in trees()
        for call in _at_import(tree)
        if name_of(call) in ("tr", "plural", "tr_as")
    ]
    assert not early, "mark it there (`marked as _`), and say it where it is shown"


def _at_import(node: ast.AST) -> Iterator[ast.Call]:
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(part, ast.Call):
            yield part
        yield from _at_import(part)


@pytest.fixture
def german() -> Iterator[None]:
    words.speak("de")
    yield
    words.speak("en")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "en_GB:de"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:es_MX:de"}, "es"),
        ({"LANG": "es_ES.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": "es"}, "en"),
        ({"LANG": "C", "RESTORER_LANGUAGE": "de"}, "de"),
        ({"LANG": "xx"}, "en"),
    ],
)
def test_a_terminal_says_its_language(environment: dict[str, str], language: str) -> None:
    try:
        words.speak_as_terminal(environment)
        assert words.language() == language
    finally:
        words.speak("en")


@pytest.mark.usefixtures("german")
def test_numbers_have_forms_and_verbs_are_no_adjectives() -> None:
    assert words.plural("{n} step", "{n} steps", 1) == "1 Schritt"
    assert words.plural("{n} step", "{n} steps", 3) == "3 Schritte"
    assert (words.tr("clean"), words.tr_as("verb", "clean")) == ("sauber", "säubern")
    assert TASKS["inpaint"].words.translated.button == "Füllen"
    assert words.tr("") == ""


@pytest.mark.usefixtures("german")
def test_numbers_are_written_as_the_language_does() -> None:
    assert words.tr("{n:.1f} pixels", n=1.5) == words.tr("{n:.1f} pixels").format(n=1.5)
    assert words.tr("{n:.1f} pixels", n=1.5).startswith("1,5 ")
    assert words.tr("Saved as {name}.").format(name="a.png").endswith("a.png.")
    assert words.number(np.float32(0.25), ".2f") == "0,25"
    words.speak("en")
    assert words.tr("{n:.1f} pixels").format(n=1.5) == "1.5 pixels"
    assert words.number(0.25, "g") == "0.25"


@pytest.mark.usefixtures("german")
def test_an_error_speaks_to_a_person_and_to_a_log() -> None:
    error = BadInput("{name} is empty.", name="a{b}.png")
    assert error.sentence == "a{b}.png ist leer."
    assert str(error) == error.english == "a{b}.png is empty."
    about = error.about("Titel")
    assert (about.sentence, about.english) == (
        "Titel: a{b}.png ist leer.",
        "Titel: a{b}.png is empty.",
    )
    again = pickle.loads(pickle.dumps(error))
    assert (again.sentence, again.english) == (error.sentence, error.english)
    part = TruncatedFile("{name} {what}", "detail", 0.5, name="x", what="y")
    assert (part.sentence, part.detail, part.complete) == ("x y", "detail", 0.5)


def test_the_command_line_speaks_but_not_to_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESTORER_LANGUAGE", "de")
    try:
        assert main(["record", "nothing.png"]) == 2
        assert main(["record", "--json", "nothing.png"]) == 2
        with pytest.raises(SystemExit):
            main(["restore", "--task", "denois", "a", "-o", "b"])
        with pytest.raises(SystemExit):
            main(["record", "--help"])
    finally:
        words.speak("en")
    said = capsys.readouterr()
    assert said.err.splitlines()[:2] == [
        "restorer: nothing.png gibt es nicht.",
        "restorer: nothing.png does not exist.",
    ]
    assert "war denoise gemeint? (siehe restorer restore --help)" in said.err
    assert "ausgeben, was Restorer mit einem Bild gemacht hat" in said.out

"""The words that people read, in their language. What the code says in English is looked up here.

Nothing is translated before `speak` was called: the library, what programs read and the workers of
a cluster speak English. docs/translating.md tells how words are added, and languages.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable, Mapping

from restorer.resources import resource_path

#: By code, as each calls itself. The code itself is English.
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español"}

_spoken = gettext.NullTranslations()


def speak(language: str) -> None:
    """Say all words in this language from now on, one of `LANGUAGES`; others are English."""
    global _spoken
    folder = str(resource_path("locale"))
    _spoken = gettext.translation("restorer", folder, [language], fallback=True)


def best(wanted: Iterable[str]) -> str:
    """The first of `LANGUAGES` among tags like "de-AT" or "de_AT.UTF-8"; "en" if there is none."""
    codes = (tag.replace("-", "_").split("_")[0].split(".")[0].lower() for tag in wanted)
    return next((code for code in codes if code in LANGUAGES), "en")


def of_terminal(environment: Mapping[str, str] = os.environ) -> str:
    """The language that a terminal asks for, as gettext reads it."""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "C")
    if locale.split(".")[0] in ("C", "POSIX"):
        return "en"
    return best((environment.get("LANGUAGE") or locale).split(":"))


def marked(text: str) -> str:
    """Marks a text for translation; it is translated when it is shown."""
    return text


def tr(text: str, **values: object) -> str:
    """The text in the person's language, with values in its {places}."""
    said = _spoken.gettext(text) if text else ""  # to gettext, "" is the head of its file
    return said.format(**values) if values else said


def count(one: str, many: str, n: int, **values: object) -> str:
    """The same of a number: how many forms there are is the language's own matter."""
    return _spoken.ngettext(one, many, n).format(n=n, **values)

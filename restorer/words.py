"""The words that people read, in their language. What the code says in English is looked up here.

Nothing is translated before `speak` was called: the library, what programs read and the workers of
a cluster speak English. docs/translating.md tells how words are added, and languages.
"""

from __future__ import annotations

import gettext
import os
import string
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from restorer.resources import resource_path

#: By code, as each calls itself. The code itself is English.
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español"}

#: Those that write 0,5.
_WITH_COMMAS = ("de", "es")

_DOMAIN = "restorer"
_spoken = gettext.NullTranslations()
_language = "en"


def speak(language: str) -> None:
    """Say all words in this language from now on, one of `LANGUAGES`; others are English."""
    global _spoken, _language
    _language = language
    _spoken = gettext.translation(_DOMAIN, _folder(), [language], fallback=True)


def _folder() -> str:
    return str(resource_path("locale"))


def language() -> str:
    """Of all that is said now."""
    return _language


def speak_as_terminal(environment: Mapping[str, str] = os.environ) -> None:
    """Speak the language that a terminal asks for, as gettext reads it; argparse does so, too.

    RESTORER_LANGUAGE counts before all others.
    """
    places = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, map(environment.get, places)), "C")
    wanted = environment.get("LANGUAGE") or locale
    if locale.split(".")[0] in ("C", "POSIX"):
        wanted = "en"
    speak(best((environment.get("RESTORER_LANGUAGE") or wanted).split(":")))
    gettext.bindtextdomain(_DOMAIN, _folder())
    gettext.textdomain(_DOMAIN)


def best(wanted: Iterable[str]) -> str:
    """The first of `LANGUAGES` among tags like "de-AT" or "de_AT.UTF-8"; "en" if there is none."""
    codes = (tag.replace("-", "_").split("_")[0].split(".")[0].lower() for tag in wanted)
    return next((code for code in codes if code in LANGUAGES), "en")


def marked(text: str) -> str:
    """Marks a text for translation; it is translated when it is shown."""
    return text


def tr(text: str, /, **values: object) -> str:
    """The text in the person's language, with values in its {places}."""
    said = _said(_spoken.gettext(text) if text else "")  # to gettext, "" is the head of its file
    return said.format(**values) if values else said


def tr_as(context: str, text: str) -> str:
    """The same of a text that means something else elsewhere: "clean" as a "verb"."""
    return _said(_spoken.pgettext(context, text))


def plural(one: str, many: str, n: int, /, **values: object) -> str:
    """The same of a number: how many forms there are is the language's own matter."""
    return _said(_spoken.ngettext(one, many, n)).format(n=n, **values)


def number(value: float, spec: str) -> str:
    """A number as the language writes it: "0,5". `spec`: as in a format, ".1f"."""
    said = format(value, spec)
    return said.replace(".", ",") if _language in _WITH_COMMAS else said


class _Filler(string.Formatter):
    """Writes the numbers in a text as `number` does."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Real):
            return number(value, format_spec)  # type: ignore[arg-type]
        return str(super().format_field(value, format_spec))


class _WithCommas(str):
    """A text in a language that writes 0,5: so do the numbers that its places are filled with."""

    __slots__ = ()

    def format(self, *args: object, **values: object) -> str:
        return _Filler().vformat(self, args, values)


def _said(text: str) -> str:
    return _WithCommas(text) if _language in _WITH_COMMAS else text

"""The head of a model card: YAML from a stranger, read with limits."""

from __future__ import annotations

from typing import Any

import yaml

from restorer.imaging.names import printable

_LONGEST = 1 << 16  # letters of a head; those of real cards are a few thousand
_DEEPEST = 20
_WORDS = 200  # letters of a title or a licence
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def head(text: str | None) -> dict[str, Any]:
    """The head of a card as plain values; empty if there is none or it is unreadable.

    Nothing in it may be deeper than a list of lists of lists, or stand for something elsewhere:
    with such references a page of text can unfold to any size.
    """
    parts = (text or "").split("---\n", 2)
    if len(parts) < 2 or len(parts[1]) > _LONGEST:
        return {}
    try:
        if not _is_plain(parts[1]):
            return {}
        values = yaml.load(parts[1], Loader=_LOADER)
    except (ValueError, RecursionError, yaml.YAMLError):
        return {}
    return values if isinstance(values, dict) else {}


def one_line(card: dict[str, Any], key: str, otherwise: str) -> str:
    """A value of a card as words on one line; other kinds of values are not spelled out."""
    value = card.get(key)
    words = value if isinstance(value, list) else [value]
    if not all(isinstance(word, str | int | float) for word in words):
        return otherwise
    line = printable(", ".join(map(str, words)))
    return f"{line[: _WORDS - 1]}…" if len(line) > _WORDS else line or otherwise


def _is_plain(text: str) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            return False
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return False
    return True

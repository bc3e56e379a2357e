"""Words for the marks on a picture."""

from __future__ import annotations

from restorer.imaging.marks import Mark
from restorer.words import marked as _
from restorer.words import tr

_TITLES = {
    "speck": _("Speck"),
    "line": _("Line or hair"),
    "tear": _("Tear or crease"),
    "stain": _("Stain or hole"),
    "corner": _("Corner"),
}


def about_mark(mark: Mark, number: int, count: int) -> str:
    """The mark's number, its shape, and the keys that change it."""
    what = tr(_TITLES[mark.shape])
    text = tr("Mark {n} of {count}: {what}, {pixels} pixels. Backspace removes it, G grows it.")
    return text.format(n=number, count=count, what=what, pixels=mark.pixels)

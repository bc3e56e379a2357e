"""All preferences as one table: the setting, the text and the choices of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from restorer.words import LANGUAGES
from restorer.words import marked as _


@dataclass(frozen=True)
class Preference:
    """One row: an attribute of `restorer.document.Settings`, its text and a hint."""

    setting: str
    text: str
    hint: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Choice(Preference):
    """One of several values, each with its text."""

    choices: tuple[tuple[str, str], ...]


class Tick(Preference):
    """On or off."""


@dataclass(frozen=True)
class Number(Preference):
    """A whole number with its unit."""

    least: int
    most: int
    unit: str


@dataclass(frozen=True)
class Place(Preference):
    """A folder or a file; `empty` is the text for none."""

    empty: str
    is_file: bool = False


_LATER = _("From the next start on.")

#: By section.
PREFERENCES: dict[str, Sequence[Preference]] = {
    _("Appearance"): (
        Choice(
            "theme",
            _("Colours"),
            (("dark", _("Dark")), ("light", _("Light")), ("system", _("As the system"))),
        ),
        Choice(
            "language",
            _("Language"),
            (("system", _("As the system")), *LANGUAGES.items()),
            hint=_LATER,
        ),
        Tick("reduced_motion", _("Reduced motion")),
    ),
    _("Files"): (
        Place("results_folder", _("Results are saved"), _("Beside their pictures")),
        Choice(
            "animations",
            _("Several frames or pages"),
            (("first", _("Open the first, and say so")), ("refuse", _("Do not open such files"))),
        ),
        Place("certificate", _("Certificate"), _("None"), is_file=True),
        Place(
            "signing_key",
            _("Its private key"),
            _("None"),
            hint=_(
                "With both (PEM), saved results are given Content Credentials (C2PA) of your own."
            ),
            is_file=True,
        ),
    ),
    _("Computing"): (
        Choice(
            "device",
            _("Device"),
            (
                ("auto", _("The fastest there is")),
                ("cpu", _("Processor")),
                ("cuda", _("Nvidia or AMD graphics card")),
                ("mps", _("Apple graphics")),
            ),
            hint=_LATER,
        ),
        Choice(
            "precision",
            _("Precision"),
            (
                ("auto", _("Whichever was measured to be faster")),
                ("float32", _("32 bits")),
                ("bfloat16", _("16 bits (bfloat16)")),
            ),
            hint=_LATER,
        ),
        Number(
            "results_megabytes",
            _("Results in memory"),
            64,
            1 << 20,
            _("MB"),
            hint=_("Restorer keeps older results on the disk."),
        ),
    ),
    _("Privacy"): (
        Tick("keep_recent", _("Remember the pictures opened last")),
        Tick(
            "keep_session",
            _("Offer what was open again after a crash"),
            hint=_("Until the window closes, Restorer keeps a copy in your own folder. ") + _LATER,
        ),
        Tick(
            "private",
            _("Leave prompts out of saved files"),
            hint=_("For pictures that you open from now on."),
        ),
    ),
}

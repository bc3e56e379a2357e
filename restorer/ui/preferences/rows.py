"""All preferences, as one table: of each its setting, its words and what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from restorer.words import LANGUAGES
from restorer.words import marked as _


@dataclass(frozen=True)
class Choice:
    """One of several: of each the value, and its words."""

    setting: str
    text: str
    choices: tuple[tuple[str, str], ...]
    hint: str = ""


@dataclass(frozen=True)
class Tick:
    """On or off."""

    setting: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Number:
    """A whole number with its unit."""

    setting: str
    text: str
    least: int
    most: int
    unit: str
    hint: str = ""


@dataclass(frozen=True)
class Place:
    """A folder, or a file; empty has words of its own."""

    setting: str
    text: str
    empty: str
    hint: str = ""
    is_file: bool = False


Preference = Choice | Tick | Number | Place

_LATER = _("From the next start on.")

#: By section. `setting` is an attribute of `restorer.document.Settings`.
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
            _LATER,
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
            _("With both (PEM), saved results are given Content Credentials (C2PA) of your own."),
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
            _LATER,
        ),
        Choice(
            "precision",
            _("Precision"),
            (
                ("auto", _("Whichever was measured to be faster")),
                ("float32", _("32 bits")),
                ("bfloat16", _("16 bits (bfloat16)")),
            ),
            _LATER,
        ),
        Number(
            "results_megabytes",
            _("Results in memory"),
            64,
            1 << 20,
            _("MB"),
            _("Restorer keeps older results on the disk."),
        ),
    ),
    _("Privacy"): (
        Tick("keep_recent", _("Remember the pictures opened last")),
        Tick(
            "keep_session",
            _("Offer what was open again after a crash"),
            _("Until the window closes, Restorer keeps a copy in your own folder. ") + _LATER,
        ),
        Tick(
            "private",
            _("Leave prompts out of saved files"),
            _("For pictures that you open from now on."),
        ),
    ),
}

"""Every visible text goes through the catalogue: here one stands in that marks all it says."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget

from restorer import words
from restorer.ui.language import speak
from restorer.ui.window.window import MainWindow

#: What has no language: names, numbers with their units, and keys, which Qt names.
_NEUTRAL = re.compile(
    r"(noisy\.png – )?Restorer|x \d+ .*|\d+ ?(%|px|MB|dB)|Deutsch|English|Español|/.*"
    r"|((Ctrl|Shift)\+|Backspace|Del|Esc).*|Export(\.\.\.)?"  # pyqtgraph's, in no menu
)
_DIALOGS = (
    *(
        "preferences",
        "how_to",
        "shortcuts",
        "limitations",
        "schedule",
        "lab",
        "variations",
        "noise",
    ),
    *("models", "train", "course", "inspector", "histogram", "crop", "mask"),
)


class _Marking(gettext.NullTranslations):
    """Says all in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture(autouse=True)
def _marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_spoken", _Marking())


def _texts(widget: QWidget) -> Iterator[str]:
    yield from (widget.windowTitle(), widget.toolTip())
    yield from (widget.accessibleName(), widget.accessibleDescription())
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QLineEdit():
            yield widget.placeholderText()
        case QComboBox():
            yield from (widget.itemText(index) for index in range(widget.count()))


def _bare(top: QWidget) -> set[str]:
    """The texts of a widget, and of all in it, that no catalogue was asked for."""
    shown = [text for widget in (top, *top.findChildren(QWidget)) for text in _texts(widget)]
    for action in top.findChildren(QAction):
        shown += [action.text(), action.toolTip()]
    return {
        text
        for text in (text.replace("\N{ZERO WIDTH SPACE}", "") for text in shown)
        if re.search("[A-Za-z]{2}", text) and "⟦" not in text and not _NEUTRAL.fullmatch(text)
    }


def test_no_text_of_the_window_goes_past_the_catalogue(
    restored: Callable[[np.ndarray], MainWindow],
) -> None:
    window = restored(np.random.default_rng(0).normal(0.5, 0.1, (32, 32, 3)))
    for name in _DIALOGS:
        window.actions_[name].trigger()
    assert len(window.findChildren(QLabel)) > 200  # they are there
    assert not _bare(window)
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert window.view_bar.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert window.timeline.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_qt_speaks_the_same_language(qapp: QApplication) -> None:
    try:
        speak(qapp, "de")
        assert words.language() == "de"
        assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"
        speak(qapp, "system")  # tests run in English
        assert words.language() == "en"
    finally:
        words.speak("en")
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)
            translator.deleteLater()

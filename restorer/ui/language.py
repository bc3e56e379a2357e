"""The language of the window and of Qt's own texts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from restorer import words


def speak(app: QCoreApplication, wanted: str) -> None:
    """Set the language before the window is made. `wanted`: "system", or a language code."""
    system = QLocale.system().uiLanguages()
    language = wanted if wanted in words.LANGUAGES else words.best(system)
    words.speak(language)
    if QLocale().name()[:2] != language:  # so that fields write numbers as sentences do
        QLocale.setDefault(QLocale(language))
    of_qt = QTranslator(app)
    if of_qt.load(
        f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    ):
        app.installTranslator(of_qt)

"""Which language the window speaks, and Qt with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from restorer import words


def speak(app: QCoreApplication, wanted: str) -> None:
    """Speak from now on: before the window is made. `wanted`: "system", or a code of a language."""
    system = QLocale.system().uiLanguages()
    language = wanted if wanted in words.LANGUAGES else words.best(system)
    words.speak(language)
    if QLocale().name()[:2] != language:  # numbers in fields are written as those in sentences
        QLocale.setDefault(QLocale(language))
    of_qt = QTranslator(app)
    if of_qt.load(
        f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    ):
        app.installTranslator(of_qt)

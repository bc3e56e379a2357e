"""What is remembered between starts; every setting is declared once, here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Generic, TypeVar, cast, overload

from PySide6.QtCore import QByteArray, QSettings

T = TypeVar("T")

RECENT_FILES = 8


class _Setting(Generic[T]):
    """An attribute that lives in the store; its type is that of its default."""

    def __init__(self, key: str, default: T) -> None:
        self._key = key
        self._default = default

    @overload
    def __get__(self, settings: None, owner: type[Settings]) -> _Setting[T]: ...
    @overload
    def __get__(self, settings: Settings, owner: type[Settings]) -> T: ...
    def __get__(self, settings: Settings | None, owner: type[Settings]) -> T | _Setting[T]:
        if settings is None:
            return self
        value: Any = settings.store.value(self._key, self._default, type=type(self._default))
        return cast(T, value)

    def __set__(self, settings: Settings, value: T) -> None:
        settings.store.setValue(self._key, value)


class Settings:
    """Reads and writes a QSettings store; `theme` is "system", "dark" or "light"."""

    language = _Setting("window/language", "system")  # or one of `words.LANGUAGES`
    theme = _Setting("window/theme", "dark")
    reduced_motion = _Setting("window/reduced_motion", False)
    navigator = _Setting("window/navigator", True)
    geometry = _Setting("window/geometry", QByteArray())
    folder = _Setting("files/folder", "")
    results_folder = _Setting("files/results_folder", "")  # "" for beside their pictures
    animations = _Setting("files/animations", "first")  # or "refuse"
    certificate = _Setting("files/certificate", "")  # PEM files; "" for results without
    signing_key = _Setting("files/signing_key", "")
    results_megabytes = _Setting("restore/results_megabytes", 1024)
    device = _Setting("restore/device", "auto")
    precision = _Setting("restore/precision", "auto")
    keep_session = _Setting("privacy/keep_session", True)
    private = _Setting("privacy/private", False)  # prompts stay out of saved files
    model = _Setting("restore/model", "builtin")
    overlay = _Setting("mask/overlay", "red")
    seconds_per_megapixel_step = _Setting("restore/seconds_per_megapixel_step", 0.0)
    latent_timed = _Setting("restore/latent_timed", "")  # the model of which the next one is
    latent_seconds_per_megapixel_step = _Setting("restore/latent_seconds_per_megapixel_step", 0.0)
    course_page = _Setting("course/page", "")  # name of the page to go on with
    _course_seen: _Setting[list[str]] = _Setting("course/seen", [])
    _keep_recent = _Setting("privacy/keep_recent", True)
    _recent: _Setting[list[str]] = _Setting("files/recent", [])

    def __init__(self, store: QSettings | None = None) -> None:
        self.store = store or QSettings()

    @property
    def recent(self) -> list[Path]:
        """Files opened lately, newest first, that are still there."""
        return [path for path in map(Path, self._recent) if path.is_file()]

    @property
    def keep_recent(self) -> bool:
        """Files opened lately are remembered; without, those that were are forgotten."""
        return self._keep_recent

    @keep_recent.setter
    def keep_recent(self, keep: bool) -> None:
        self._keep_recent = keep
        if not keep:
            self.clear_recent()

    def add_recent(self, path: Path) -> None:
        if not self.keep_recent:
            return
        path = path.resolve()
        others = [other for other in self.recent if other != path]
        self._recent = [str(other) for other in (path, *others)][:RECENT_FILES]

    def place_for_results(self, file: Path | None) -> Path | None:
        """The folder for the result of a picture in this file; None for wherever one likes."""
        if self.results_folder and Path(self.results_folder).is_dir():
            return Path(self.results_folder)
        return file.parent if file else None

    @property
    def sign(self) -> tuple[Path, Path] | None:
        """The files of the certificate and the key with which results are signed; None for none."""
        if not (self.certificate and self.signing_key):
            return None
        return Path(self.certificate), Path(self.signing_key)

    @property
    def course_seen(self) -> list[str]:
        """Names of the pages of the course that were shown."""
        return list(self._course_seen)

    @course_seen.setter
    def course_seen(self, names: list[str]) -> None:
        self._course_seen = names

    def clear_recent(self) -> None:
        self._recent = []

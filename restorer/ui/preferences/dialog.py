"""The dialog of preferences; changes apply at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, singledispatchmethod
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QPushButton,
    QWidget,
)

from restorer.document import Settings
from restorer.ui.preferences.rows import (
    PREFERENCES,
    Choice,
    Number,
    Place,
    Preference,
    Tick,
)
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.files import ask_file, ask_folder
from restorer.ui.widgets.labels import label, no_key
from restorer.ui.widgets.layouts import SPACE, in_column, in_form, in_row, wide
from restorer.ui.widgets.screen import fit_on_screen, scroll_area
from restorer.ui.widgets.slider import CalmSpinBox
from restorer.words import tr


class PreferencesDialog(QDialog):
    """Non-modal.

    Signals:
        changed: the setting of this name.
    """

    changed = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Preferences"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self._settings = settings
        self.fields: dict[str, QWidget] = {}
        body = QWidget()
        sections = in_column(on=body, margins=(0, 0, 16, 0), spacing=8)
        for title, rows in PREFERENCES.items():
            sections.addWidget(label(tr(title).upper(), "section"))
            sections.addLayout(self._section(rows))
            sections.addSpacing(16)
        sections.addStretch(1)
        close = button(tr("Close"), self.close)
        below = in_row(SPACE, close)
        in_column(wide(scroll_area(body)), below, on=self, margins=24, spacing=16)
        fit_on_screen(self, QSize(560, 720), QSize(400, 320))

    def _section(self, rows: Any) -> QFormLayout:
        form = in_form(spacing=4)
        for row in rows:
            self._add(form, row)
        return form

    def _add(self, form: QFormLayout, row: Preference) -> None:
        """Add a row, with its hint below."""
        text, hint = tr(row.text), tr(row.hint) if row.hint else ""
        field = self._field(row)
        field.setAccessibleName(text)
        field.setAccessibleDescription(hint)
        self.fields[row.setting] = field
        if isinstance(row, Tick):
            form.addRow(field)
        else:
            name = label(text)
            name.setMinimumWidth(144)
            form.addRow(name, field)
        if hint:
            form.addRow(label(), label(hint, "caption", wrapped=True))

    @singledispatchmethod
    def _field(self, row: Preference) -> QWidget:
        raise TypeError(row)

    @_field.register
    def _(self, row: Choice) -> QWidget:
        field = QComboBox()
        for value, words in row.choices:
            field.addItem(tr(words), value)
        field.setCurrentIndex(max(0, field.findData(getattr(self._settings, row.setting))))
        field.currentIndexChanged.connect(lambda: self._set(row.setting, field.currentData()))
        return field

    @_field.register
    def _(self, row: Tick) -> QWidget:
        field = QCheckBox(no_key(tr(row.text)))
        field.setChecked(getattr(self._settings, row.setting))
        field.toggled.connect(partial(self._set, row.setting))
        return field

    @_field.register
    def _(self, row: Number) -> QWidget:
        field = CalmSpinBox(row.least, row.most)
        field.setSuffix(f" {tr(row.unit)}")
        field.setValue(getattr(self._settings, row.setting))
        field.valueChanged.connect(partial(self._set, row.setting))
        return field

    @_field.register
    def _(self, row: Place) -> QWidget:
        field, place = QWidget(), label(wrapped=True)
        usual = QPushButton(tr(row.empty))

        def choose(folder: str) -> None:
            place.setText(folder or tr(row.empty))
            usual.setVisible(bool(folder))

        def ask() -> None:
            text, now = tr(row.text), getattr(self._settings, row.setting)
            chosen = ask_file(self, text, "", now) if row.is_file else ask_folder(self, text, now)
            if chosen is not None:
                self._set(row.setting, str(chosen), lambda: choose(str(chosen)))

        usual.clicked.connect(lambda: self._set(row.setting, "", lambda: choose("")))
        choose(getattr(self._settings, row.setting))
        pick = button(tr("Choose…"), ask)
        for one in (pick, usual):  # alone it would not say of what
            one.setAccessibleName(f"{tr(row.text)}: {one.text()}")
        buttons = in_row(pick, usual, SPACE, spacing=8)
        in_column(place, buttons, on=field, spacing=8)
        return field

    def _set(self, setting: str, value: object, then: Callable[[], None] = lambda: None) -> None:
        setattr(self._settings, setting, value)
        then()
        self.changed.emit(setting)

"""The first page: what it offers to try, and what it shows of it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restorer.document import Settings
from restorer.ui.window.welcome import SampleCard, Welcome

DAMAGES = (
    "Noise",
    "Scratches and dust",
    "Faded colours",
    "Blurred",
    "Too small",
    "JPEG blocks",
)


@pytest.fixture
def welcome(qtbot: QtBot, settings_file: QSettings) -> Welcome:
    made = Welcome(Settings(settings_file))
    qtbot.addWidget(made)
    return made


def point_at(card: SampleCard, share: float) -> None:
    none = Qt.MouseButton.NoButton
    place = QPointF(card.picture.x() + share * card.picture.width(), 20)
    keys = Qt.KeyboardModifier.NoModifier
    move = QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, keys)
    QApplication.sendEvent(card, move)


def colours(image: QImage, columns: range) -> np.ndarray:
    """Their mean."""
    seen = [image.pixelColor(x, y).getRgb()[:3] for x in columns for y in range(8, 96, 8)]
    return np.mean(seen, axis=0)


def test_there_is_a_sample_of_each_kind_of_damage(welcome: Welcome) -> None:
    assert tuple(card.sample.damage for card in welcome.cards) == DAMAGES
    for card in welcome.cards:
        card.load()
        assert not card.picture.grab().isNull()
        assert card.accessibleName().startswith(card.sample.damage)
        assert all(part in card.toolTip() for part in (card.sample.credit, card.sample.licence))
        pair = QImage(str(card.sample.card))
        assert (pair.width(), pair.height()) == (320, 416)


@pytest.mark.parametrize(("width", "in_a_row"), [(1300, 6), (900, 3), (500, 2), (300, 1)])
def test_rows_of_samples_are_equally_long(
    qtbot: QtBot, welcome: Welcome, width: int, in_a_row: int
) -> None:
    welcome.resize(width, 800)
    welcome.show()
    qtbot.waitExposed(welcome)
    assert welcome._columns == in_a_row


def test_the_line_between_before_and_after_follows_the_pointer(welcome: Welcome) -> None:
    card = next(card for card in welcome.cards if card.sample.damage == "Faded colours")
    card.load()
    pair = QImage(str(card.sample.card)).scaledToWidth(card.picture.width())
    before, after = pair.copy(0, 0, 160, 104), pair.copy(0, 104, 160, 104)
    left, right = range(8, 72, 4), range(88, 152, 4)

    def seen(columns: range) -> np.ndarray:
        return colours(card.picture.grab().toImage(), columns)

    assert np.abs(colours(before, right) - colours(after, right)).max() > 15, "one sees it"
    for pointer, left_of, right_of in (
        (None, before, after),
        (0.0, after, after),
        (1.5, before, before),
    ):
        if pointer is not None:
            point_at(card, pointer)
        assert np.abs(seen(left) - colours(left_of, left)).max() < 3
        assert np.abs(seen(right) - colours(right_of, right)).max() < 3
    point_at(card, 0.25)
    assert card.picture.line == pytest.approx(0.25, abs=0.01)
    QApplication.sendEvent(card, QEvent(QEvent.Type.Leave))
    assert card.picture.line == 0.5

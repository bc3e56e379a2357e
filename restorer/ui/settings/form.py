"""What the parts of the panel are laid out with."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from restorer.document import Document, OpenPicture, Parameters
from restorer.ui.widgets.labels import label


class Part(QWidget):
    """A part of the panel that shows some parameters of the picture on view and edits them."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        """Show these; nothing is emitted."""
        raise NotImplementedError


def form() -> QFormLayout:
    """Names on the left, fields on the right."""
    result = QFormLayout()
    result.setContentsMargins(0, 0, 0, 0)
    result.setHorizontalSpacing(16)
    result.setVerticalSpacing(8)
    result.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    result.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return result


def name(text: str, of: QWidget) -> QLabel:
    """The name of a field, for eyes and for screen readers."""
    result = label(text, "caption")
    result.setMinimumWidth(64)
    result.setBuddy(of)
    result.setToolTip(of.toolTip())
    of.setAccessibleName(text)
    return result

"""Help: what a model with prompts makes up, why, and what helps."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from restorer.ui.window.sheet import Sheet
from restorer.words import tr


class LimitationsSheet(Sheet):
    """A page to read beside the picture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("Limitations"), _sections())


def _sections() -> list[tuple[str, list[str]]]:
    why = tr(
        "A model with prompts draws what is usually there, not what was there. Eight pixels "
        "are one place to it, so letters, fingers and small faces are finer than what it can "
        "keep: it makes them up. It knows what hands and writing look like, not how many "
        "fingers there are or what the words say. A face that looks right may be another "
        "person's."
    )
    where = tr(
        "Doubt (5) colours fine detail of the result that does not come from your picture, "
        "and frames the places with most of it. It cannot recognise a hand, a face or "
        "writing: look there yourself, framed or not."
    )
    what = [
        tr("Use the negative prompt: extra fingers, deformed hands, text."),
        tr("Use the picture itself or its edges as ControlNet input."),
        tr("Move the start towards clean: less is redrawn."),
        tr(
            "Keep the model away: fill only a masked area, or paint the strength down over "
            "faces and writing. The rest stays unchanged to the last bit."
        ),
        tr("For noise, use the built-in prior: Doubt says how far its result may be off."),
    ]
    titles = tr("WHY"), tr("WHERE"), tr("WHAT TO DO")
    return list(zip(titles, ([why], [where], what), strict=True))

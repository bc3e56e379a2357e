"""The contents of the course: the picture, the six questions, a map of concepts, the pages."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from itertools import zip_longest

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from restorer.ui.course.page import Page, Question
from restorer.ui.course.page_context import PageContext
from restorer.ui.course.pages import PAGES
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.labels import label, no_key
from restorer.ui.widgets.layouts import SPACE, Part, in_column, in_row
from restorer.words import marked as _
from restorer.words import tr

#: Each question with its short answer.
ANSWERS = {
    Question.WHAT: (_("What"), _("a picture and static, and a network that tells them apart")),
    Question.WHY: (_("Why"), _("because many clean pictures fit one that is noisy")),
    Question.WHEN: (
        _("When"),
        _("from your picture's own place on the way to static, back to clean"),
    ),
    Question.WHERE: (_("Where"), _("at every pixel; most of all where there is detail to guess")),
    Question.WHO: (_("Who"), _("a small network, on this computer, and you")),
    Question.HOW: (_("How"), _("in steps: guess, go a part of the way, put noise back, ask again")),
}

#: The map: rows of (concept, page), with an arrow down from each row to the next.
MAP = (
    ((_("noise"), "masterpiece"), (_("place t*"), "masterpiece"), (_("forward process"), "fog")),
    ((_("β"), "schedule"), (_("ᾱ"), "jump"), (_("SNR"), "jump"), (_("schedule"), "schedule")),
    ((_("network"), "network"), (_("ε"), "network"), (_("x_0"), "network")),
    ((_("posterior mean"), "average"), (_("sample"), "average"), (_("faithfulness"), "average")),
    (
        (_("one step"), "step"),
        (_("fresh noise"), "noise"),
        (_("samplers"), "steps"),
        (_("start"), "start"),
    ),
    (
        (_("guidance"), "guidance"),
        (_("latents"), "latent"),
        (_("doubt"), "invents"),
        (_("training"), "copies"),
    ),
)


_LINK_TOP, _LINK_LEFT = 4, 7  # pixels around the text of a link, see window.qss


class Contents(QWidget):
    """The first page of the course."""

    wanted = Signal(str)  # name of a page
    painting_wanted = Signal()  # the bundled painting under static
    static_wanted = Signal()  # static over the picture on view

    def __init__(self, context: PageContext, seen: Collection[str], at: str) -> None:
        """`seen`: names of the pages already shown; `at`: the page to continue with, or ""."""
        super().__init__()
        self._seen = seen
        first = at or PAGES[0].name
        go = tr("Go on") if at else tr("Begin")
        self.go_button = button(go, partial(self.wanted.emit, first), main=96)
        self.go_button.setEnabled(context.fit)
        in_column(
            label(tr("How diffusion restores a picture"), "title", wrapped=True),
            label(self._about(), wrapped=True),
            *self._picture(context),
            self.go_button,
            8,
            label(tr("SIX QUESTIONS"), "section"),
            self._questions(),
            8,
            label(tr("MAP OF CONCEPTS"), "section"),
            self._map(),
            8,
            label(tr("PAGES"), "section"),
            *(self._line(number, page) for number, page in enumerate(PAGES, 1)),
            SPACE,
            on=self, margins=(16, 12, 16, 12), spacing=8,
        )  # fmt: skip

    @staticmethod
    def _about() -> str:
        return tr(
            "{n} short pages on your own picture. Each asks what you expect before it shows what "
            "happens, on the real canvas and timeline. You can leave at any time; the page is "
            "remembered."
        ).format(n=len(PAGES))

    def _picture(self, context: PageContext) -> list[Part]:
        """Which picture the course uses, or buttons to get one."""
        if context.opened is None:
            said = tr("Open a noisy picture, or take the painting under static.")
        elif not context.ready:
            said = tr("Your picture is still being measured…")
        elif context.fit:
            title = context.opened.source.title
            return [label(tr("Told on “{0}”.").format(title), "caption", wrapped=True)]
        else:
            said = tr("Your picture has hardly any noise that could be told of.")
        parts: list[Part] = [label(said, "caption", wrapped=True)]
        if context.ready:
            parts.append(button(tr("Put static over a copy of it"), self.static_wanted))
        return [*parts, button(tr("Take the painting under static"), self.painting_wanted)]

    def _questions(self) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (question, (asked, answer)) in enumerate(ANSWERS.items()):
            first = next(page for page in PAGES if question in page.answers)
            link = self._link(tr(asked), first)
            grid.addWidget(link, row, 0, Qt.AlignmentFlag.AlignTop)
            told = label(tr(answer), wrapped=True)
            told.setContentsMargins(0, _LINK_TOP, 0, 0)
            grid.addWidget(told, row, 1)
        return body

    def _map(self) -> QWidget:
        pages = {page.name: page for page in PAGES}
        body = QWidget()
        rows: list[Part] = []
        for concepts in MAP:
            links = [self._link(tr(concept), pages[name]) for concept, name in concepts]
            arrows = [label("→", "quiet") for _ in links[1:]]
            line = [part for pair in zip_longest(links, arrows) for part in pair if part]
            rows += [in_row(*line, SPACE), in_row(_LINK_LEFT, label("↓", "quiet"), SPACE)]
        in_column(*rows[:-1], on=body)
        return body

    def _line(self, number: int, page: Page) -> QPushButton:
        tick = "  ✓" if page.name in self._seen else ""
        link = self._link(f"{number}  {tr(page.title)}{tick}", page)
        link.setAccessibleName(tr("Page {0}: {1}").format(number, tr(page.title)))
        return link

    def _link(self, text: str, page: Page) -> QPushButton:
        link = button(no_key(text), partial(self.wanted.emit, page.name), tr(page.title))
        link.setObjectName("link")
        return link

"""What docs/adding-a-page.md says is so."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from restorer.ui.course import page, page_actions
from restorer.ui.course.pages import PAGES
from restorer.words import marked

from .blocks import blocks
from .test_adding_a_sampler import annotations_flag


def test_the_page_tells_what_it_has_found() -> None:
    (text,) = blocks("adding-a-page.md")
    names = vars(page) | vars(page_actions) | {"_": marked}
    exec(compile(text, "page", "exec", flags=annotations_flag(), dont_inherit=True), names)
    made = names["BRIGHTNESS"]
    assert made.name not in {one.name for one in PAGES}
    context = SimpleNamespace(place=70.0, state=lambda t: SimpleNamespace(x_0=np.full(3, 0.5)))
    told: list[page.Finding] = []
    page_actions.Explain(made.act.words, first=lambda _: None).reveal(context, 40, told.append)  # type: ignore[arg-type]
    assert [found.told for found in told] == ["The pixel you point at: 75 %."]

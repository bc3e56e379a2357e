"""Common to tests of the window."""

from __future__ import annotations

import pytest

from restorer.document import work
from restorer.engine.verdict import Judgement


@pytest.fixture(autouse=True)
def _no_scratches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network that looks for scratches is loaded only where it is the point."""
    if request.node.get_closest_marker("prior") is None:
        monkeypatch.setattr(work, "count_scratches", lambda *_: 0)


@pytest.fixture(autouse=True)
def _no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fake engine makes would not be kept unasked; that is the point of one module only."""
    monkeypatch.setattr(work, "judge", lambda _: Judgement("", False))

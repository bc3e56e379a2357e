"""Common to tests of the window."""

from __future__ import annotations

import pytest

from restorer.document import work


@pytest.fixture(autouse=True)
def _no_scratches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network that looks for scratches is loaded only where it is the point."""
    if request.node.get_closest_marker("prior") is None:
        monkeypatch.setattr(work, "count_scratches", lambda _: 0)

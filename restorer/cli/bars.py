"""Progress on stderr, as a bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from restorer.engine.progress import Progress
from restorer.words import tr


@contextmanager
def progress_bar(what: str, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar that disappears when it is full; what is yielded moves it."""
    with tqdm(
        total=100.0,
        desc=what,
        bar_format="{l_bar}{bar}| " + tr("{elapsed}, {remaining} left"),
        leave=False,
        # a windowed build has no stderr at all
        disable=not shown or sys.stderr is None,
    ) as bar:

        def on_progress(progress: Progress) -> None:
            done = (progress.step + progress.tile / progress.tiles) / progress.steps
            bar.update(100.0 * done - bar.n)

        yield on_progress

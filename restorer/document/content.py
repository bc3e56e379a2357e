"""The content of an open picture: its source, its pixels, its measurements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.engine.proposal import Proposal, propose
from restorer.imaging.grey import is_grey
from restorer.imaging.picture import Picture, Pixels

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.jpeg_tables import JpegTables


@dataclass(frozen=True)
class Source:
    """The source of a picture.

    Attributes:
        title: what it is called in the window.
        path: its file; None for what was pasted or bundled.
        origin: the file that it was made from, for a result that was opened as a picture.
        sample, static: the bundled file, and the noise it is covered with (0-255 scale).
        credit: who made it, for a bundled picture.
        allow_truncated: be content with a part, if that is all that can be read.
        crop: what is kept of it as it is read, see `imaging.crop`; empty for all of it.
        back: another program waits for the file; results are saved back into it.
        stamp: of the file when it was opened, see `session_store.stamp_of`.
    """

    title: str
    path: Path | None = None
    origin: Path | None = None
    sample: Path | None = None
    static: float | None = None
    credit: str = ""
    allow_truncated: bool = False
    crop: tuple[float, ...] = ()
    back: bool = False
    stamp: tuple[int, int] = (0, 0)


@dataclass(eq=False)
class Content:
    """What has been read and measured so far.

    Attributes:
        requested: the file is being read, or has been.
        picture: None until it has been read.
        whole: the picture as its file has it, where `picture` is what is kept of that.
        thumbnail: (h, w, 3), of at most 192 pixels a side; comes with the picture.
        tables: of the JPEG file it came from.
        estimate: None until the damage has been measured.
        unmeasured: that failed; nothing is known of it.
        counted: its scratches are, or are being counted.
        searching: they are being counted.
        truth: the clean picture, of one that was damaged on purpose.
    """

    requested: bool = False
    picture: Picture | None = None
    whole: Picture | None = None
    thumbnail: NDArray[np.uint8] | None = None
    tables: JpegTables | None = None
    estimate: DegradationEstimate | None = None
    unmeasured: bool = False
    counted: bool = False
    searching: bool = False
    truth: Pixels | None = None

    @property
    def found(self) -> Proposal | None:
        """All findings so far, and the steps against them; None before the measurement."""
        return None if self.estimate is None else propose(self.estimate, self.tables)

    @property
    def looks_clean(self) -> bool:
        """All searches have ended and found nothing."""
        if self.estimate is None or self.estimate.scratches is None or self.unmeasured:
            return False
        return propose(self.estimate, self.tables).is_empty

    @property
    def grey(self) -> bool:
        """Its thumbnail has no colour."""
        small = self.thumbnail
        return small is not None and is_grey(small)

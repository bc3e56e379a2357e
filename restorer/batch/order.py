"""Orders to workers: plain values that can be sent to other processes and machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restorer.batch.entry import JournalEntry
from restorer.engine.request import Request
from restorer.imaging.formats import AS_USUAL, SaveOptions

if TYPE_CHECKING:  # torch comes with it
    from restorer.diffusion.hardware import Precision


@dataclass(frozen=True)
class BatchOptions:
    """The request, the same for all pictures of an archive.

    Attributes:
        folder: for the results.
        request: the recipe.
        recipe, weights: their digests, see `Key`.
        suffix: of all results, ".tif"; empty keeps that of each input where it can be written.
        saving: quality and bits.
        one_only: animations and files of several pages are refused.
        sign: the files of a certificate and a key, for Content Credentials; None for none.
        force: results that something else has made may be replaced.
        device, precision: as for the engine.
        begun: when the archive was begun, in seconds since 1970.
    """

    folder: Path
    request: Request
    recipe: str
    weights: str
    suffix: str = ""
    saving: SaveOptions = AS_USUAL
    one_only: bool = False
    sign: tuple[Path, Path] | None = None
    force: bool = False
    device: str = "auto"
    precision: Precision = "auto"
    begun: float = 0.0


@dataclass(frozen=True)
class Order:
    """One picture to be restored.

    Attributes:
        path: of the input.
        name: in its archive, with slashes.
        output: of the result in the folder for results, with slashes.
        options: what is asked for.
        known: what the journal says of it; None for nothing.
        tries: how often it was tried before.
    """

    path: Path
    name: str
    output: str
    options: BatchOptions
    known: JournalEntry | None = None
    tries: int = 0

    @property
    def target(self) -> Path:
        """The path of the result."""
        return self.options.folder / self.output

"""The steps to choose from for an old photograph, and a preview of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restorer.engine.job import Source, plan
from restorer.engine.proposal import Evidence, in_order
from restorer.engine.request import Request
from restorer.engine.strength import Box
from restorer.engine.tasks import TASKS
from restorer.imaging.geometry import reduced
from restorer.imaging.picture import Picture
from restorer.words import plural, tr

if TYPE_CHECKING:
    from restorer.engine.damage import Hole
    from restorer.engine.job import Job
    from restorer.engine.outcome import Outcome
    from restorer.imaging.picture import Pixels

#: Of what is looked at, in pixels: enough to see by, little enough to be made at once.
LOOK = 192
#: Share of a picture from which on it is said that a part of what may be damage is not filled.
_TORN_OFF = 0.002


@dataclass(frozen=True)
class Offer:
    """A step that can be chosen.

    Attributes:
        kind: its name in `TASKS`.
        found: what was found of its damage, or may be some, in words; empty for nothing.
        proposed: it is done unless somebody says otherwise.
    """

    kind: str
    found: str
    proposed: bool


class StepPreview(NamedTuple):
    """A part of a picture, (h, w, 3) in 0..1, before a step and after it.

    Attributes:
        marked: (h, w), what is filled of it; None for a step that fills nothing.
    """

    before: Pixels
    after: Pixels
    marked: Hole | None = None


def offers(source: Source, suspected: Hole | None = None) -> tuple[Offer, ...]:
    """The steps for a picture that has been `with_suspected`, in the order to be done.

    Args:
        suspected: (H, W), all that may be damage, that also which nobody fills unasked.
    """
    evidence = Evidence(source.found, source.tables or source.found.blocks)
    proposal, offered = source.proposal, []
    for kind in TASKS.values():
        asking = kind.proposing
        finding = asking.find(evidence) if asking else None
        proposed, words = kind.name in proposal.steps, finding.words if finding else ""
        if kind.needs_hole and not words and source.found.perhaps:
            words = doubtful(source.found.perhaps)
        if kind.needs_hole and proposed and _leaves(source, suspected):
            left = tr("a part that is torn off is filled only if you mark it")
            words = f"{words}; {left}"
        if kind.is_noise and source.found.clean and source.found.grain:
            words = tr("grain or fine texture of {level:.0f}/255", level=source.found.grain[0])
        if source.found.uneven and any(number.name == "even" for number in kind.numbers):
            stains = tr("stains or yellowing in another colour")
            words = f"{words}, {stains}" if words else stains
        if proposed or (asking is not None and asking.of_old_photos):
            offered.append(Offer(kind.name, words, proposed))
    order = in_order(tuple(one.kind for one in offered), evidence)
    return tuple(sorted(offered, key=lambda one: order.index(one.kind)))


def _leaves(source: Source, suspected: Hole | None) -> bool:
    """Broad damage that may be seen, such as a lost corner, is not among what is to be filled."""
    if suspected is None or source.hole is None:
        return False
    return float((suspected & ~source.hole).mean()) > _TORN_OFF


def with_suspected(source: Source, suspected: Hole | None = None) -> Source:
    """The same source with findings that are undone only on request: possible grain, stains.

    Args:
        suspected: as `offers` takes it; no stains are read there.
    """
    from restorer.degradation.estimate import with_doubtful_grain
    from restorer.degradation.uneven_tone import is_uneven

    pixels = source.picture.pixels
    beside = source.hole if suspected is None else suspected
    found = with_doubtful_grain(source.found, pixels)
    uneven = not found.drawn and (found.uneven or is_uneven(pixels, beside))
    return replace(source, found=replace(found, uneven=uneven))


def chosen_job(request: Request, source: Source, chosen: tuple[str, ...]) -> Job:
    """The job for the chosen steps, in their order.

    Raises:
        BadInput: for what cannot be done.
    """
    from restorer.degradation.estimate import grain_as_noise

    if any(TASKS[kind].is_noise for kind in chosen):
        source = replace(source, found=grain_as_noise(with_suspected(source).found))
    return plan(replace(request, task="auto"), source, chosen=chosen)


def doubtful(count: int) -> str:
    """The words for uncertain marks."""
    return plural("a mark that may be damage", "{n} marks that may be damage", count)


def preview_step(
    kind: str, source: Source, restore: Callable[[Job], Outcome], request: Request | None = None
) -> StepPreview:
    """A part of the picture before a step and after it.

    What is seen only from afar is shown of the whole picture, made smaller.

    Args:
        restore: carries the first step of a job out.
        request: how it is to be done; None for as usual.

    Raises:
        RestorerError: what kept it from being done.
    """
    whole = not TASKS[kind].asks_prior
    part = _smaller(source) if whole else _cut(source, _telling(kind, source))
    job = chosen_job(request or Request(), part, (kind,))
    after = part.picture if job.task.start is None else restore(job).picture
    marked = part.hole if TASKS[kind].needs_hole else None
    return StepPreview(part.picture.pixels, after.pixels, marked)


def _telling(kind: str, source: Source) -> Box:
    """The best part for a preview: where most will be filled, or else the middle."""
    height, width = source.picture.pixels.shape[:2]
    y, x = height // 2, width // 2
    if TASKS[kind].needs_hole and source.hole is not None and source.hole.any():
        y, x = _densest(source.hole)
    top, left = (
        min(max(0, at - LOOK // 2), max(0, side - LOOK)) for at, side in ((y, height), (x, width))
    )
    return left, top, min(width, left + LOOK), min(height, top + LOOK)


def _densest(hole: Hole) -> tuple[int, int]:
    side = LOOK // 4
    rows, columns = (n // side for n in hole.shape)
    if rows == 0 or columns == 0:
        return hole.shape[0] // 2, hole.shape[1] // 2
    cells = hole[: rows * side, : columns * side].reshape(rows, side, columns, side)
    y, x = np.unravel_index(int(cells.mean(axis=(1, 3)).argmax()), (rows, columns))
    return int(y) * side + side // 2, int(x) * side + side // 2


def _cut(source: Source, box: Box) -> Source:
    left, top, right, bottom = box
    here = slice(top, bottom), slice(left, right)
    pixels = np.ascontiguousarray(source.picture.pixels[here])
    hole = None if source.hole is None else np.ascontiguousarray(source.hole[here])
    return Source(_bare(source.picture, pixels), source.found, source.tables, hole)


def _smaller(source: Source) -> Source:
    pixels = source.picture.pixels
    step = max(1, max(pixels.shape[:2]) // LOOK)
    return Source(_bare(source.picture, reduced(pixels, step)), source.found)


def _bare(picture: Picture, pixels: Pixels) -> Picture:
    return replace(picture.resized_to(pixels), path=None, digest="")

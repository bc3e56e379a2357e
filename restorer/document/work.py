"""Work for other threads: reading, adding static, measuring, writing, rendering views."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from restorer.document.masks.finding import count_marks
from restorer.document.masks.painted import PaintedMask
from restorer.document.plan import LocalStrength, Prepared
from restorer.engine import job, old_photo
from restorer.engine.chain import Chain, CompletedStep
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job, Source
from restorer.engine.old_photo import Offer, StepPreview
from restorer.engine.progress import Cancelled
from restorer.engine.request import Request
from restorer.engine.run import Run
from restorer.engine.strength import strength_digest
from restorer.engine.tasks import TASKS
from restorer.engine.verdict import Judgement
from restorer.errors import RestorerError, as_restorer_error
from restorer.imaging.bands import bands
from restorer.imaging.crop import Crop, cropped
from restorer.imaging.formats import SaveOptions
from restorer.imaging.geometry import quick_thumbnail
from restorer.imaging.picture import Picture, Pixels
from restorer.jobs.background import go_on
from restorer.words import tr

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.degradation.scratches import ScratchDetection
    from restorer.engine.damage import Hole
    from restorer.engine.engine import Engine
    from restorer.engine.models import ModelInfo
    from restorer.engine.outcome import Outcome
    from restorer.imaging.jpeg_tables import JpegTables

#: What was seen of scratches in pictures that are open.
_looks: WeakKeyDictionary[Picture, ScratchDetection] = WeakKeyDictionary()
_looking = Lock()

#: Longer side of a thumbnail, and the grey of it behind what is transparent, 0-255.
_SMALL, _BEHIND = 192, 96


@dataclass(frozen=True, eq=False)
class Loaded:
    """A picture that has been read, with a thumbnail.

    Attributes:
        tables: of a JPEG file.
        whole: as in `Content`.
    """

    picture: Picture
    thumbnail: NDArray[np.uint8]
    tables: JpegTables | None = None
    whole: Picture | None = None


def loaded(picture: Picture) -> Loaded:
    """The picture with its thumbnail; transparent parts are grey there."""
    small, alpha = quick_thumbnail(picture.pixels, _SMALL), picture.alpha
    if alpha is not None:
        share = quick_thumbnail(np.broadcast_to(alpha[..., None], (*alpha.shape, 3)), _SMALL) / 255
        small = np.rint(share * small + (1 - share) * _BEHIND).astype(np.uint8)
    return Loaded(picture, small)


def loaded_result(
    picture: Picture, pixels: NDArray[np.float32], run: Run, prompts: bool = True
) -> Loaded:
    """The result of a run, as a picture without a file."""
    made = _recorded(picture.resized_to(pixels), run, prompts)
    return loaded(replace(made, path=None, notes=()))


def read(
    path: Path,
    static: float | None = None,
    allow_truncated: bool = False,
    crop: tuple[float, ...] = (),
    one_only: bool = False,
) -> Loaded:
    """Read a file.

    Args:
        static: cover it with static of that noise (0-255 scale).
        allow_truncated, crop: as in `Source`.
        one_only: refuse animations and files of several pages.

    Raises:
        TruncatedFile: if only a part of it can be read and that is not allowed.
        BadInput: if the file cannot be used.
    """
    from restorer.imaging.read import read_picture  # Pillow and friends, not at start-up

    picture = read_picture(path, allow_truncated=allow_truncated, one_only=one_only, go_on=go_on)
    if static is not None:
        return loaded(cover_with_static(picture, static))
    if crop:
        return load_crop(picture, Crop.from_numbers(crop, picture.size))
    return replace(loaded(picture), tables=tables_of(picture))


def load_crop(picture: Picture, crop: Crop) -> Loaded:
    """The crop of a picture. Takes a second or two per megapixel, except for quarter turns."""
    part = cropped(picture, crop)
    return replace(loaded(part), whole=None if part is picture else picture)


def tables_of(picture: Picture) -> JpegTables | None:
    """How the file of a whole picture was compressed; None for other than JPEG."""
    if picture.format != "JPEG" or picture.path is None:
        return None
    from restorer.imaging.jpeg_tables import tables_of_file

    tables = tables_of_file(picture.path)
    _ = tables and tables.quality  # takes too long for the window's thread
    return tables


def cover_with_static(picture: Picture, noise: float) -> Picture:
    """The picture as an 8-bit file with white noise of this deviation (0-255 scale) would be."""
    rng = np.random.default_rng(0)
    in_file = np.empty_like(picture.pixels)
    for rows in bands(in_file.shape, go_on):
        clean = picture.pixels[rows]
        static = rng.standard_normal(clean.shape, np.float32)
        noisy = np.clip(clean + static * np.float32(noise / 255), 0, 1)
        in_file[rows] = np.round(noisy * 255) / 255
    return replace(picture, pixels=in_file, bits=8, path=None, digest="")


def measure(picture: Picture) -> DegradationEstimate:
    """Measure the damage."""
    from restorer.degradation.estimate import estimate

    return estimate(picture.pixels, go_on)


def count_scratches(picture: Picture, found: DegradationEstimate) -> int:
    """Number of certain scratches in a picture with this estimate."""
    from restorer.degradation.estimate import with_scratches

    return with_scratches(found, picture.pixels, partial(_looked, picture))[0].scratches or 0


def search(picture: Picture, found: DegradationEstimate) -> tuple[int, int, bool]:
    """Number of certain scratches, of possible ones if none is certain, and if there are stains."""
    from restorer.degradation.uneven_tone import is_uneven  # scipy, not at start-up

    count, looked = count_scratches(picture, found), _looks.get(picture)
    perhaps = looked.perhaps if looked is not None and not count else 0
    return count, perhaps, not (found.toned or found.drawn) and is_uneven(picture.pixels)


def nothing_found() -> DegradationEstimate:
    """The estimate for a picture that could not be measured: a person sets the noise."""
    from restorer.degradation.estimate import DegradationEstimate

    return DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True)


def prepare(
    request: Request,
    latent: ModelInfo | None,
    picture: Picture,
    found: DegradationEstimate,
    tables: JpegTables | None,
    mask: PaintedMask | None,
) -> Prepared:
    """Compute the constants and the start of a repair."""
    hole, filled = None, 0.0
    version = mask.version if mask is not None else 0  # before its values: they may change
    if TASKS[request.task].needs_hole and mask is not None:
        hole = mask.hole()
        filled = float(hole.mean())
    try:
        source = source_of(picture, found, tables, hole)
        step = job.prepare(request, source, Inputs(picture, hole), latent)
    except Cancelled:
        raise
    except Exception as error:
        return Prepared(request, latent, version, error=as_restorer_error(error))
    return Prepared(request, latent, version, hole, step, filled=filled)


def source_of(
    picture: Picture,
    found: DegradationEstimate,
    tables: JpegTables | None,
    hole: Hole | None = None,
) -> Source:
    """The picture as a `Source`; the JPEG quality of its file is surer than a measured one."""
    return Source(picture, job.with_tables(found, tables), tables, hole)


def proposed_job(
    request: Request,
    source: Source,
    mask: PaintedMask | None,
    strength: PaintedMask | None,
) -> Job:
    """All that is proposed for a picture."""
    if strength is not None:
        source = replace(source, strength=strength.shares())
    source = searched(source, mask)
    return job.plan(replace(request, task="auto"), source)


def searched(source: Source, mask: PaintedMask | None) -> Source:
    """The same with scratches counted and marked, and a person's marks."""
    from restorer.degradation.estimate import with_marks, with_scratches

    if mask is not None and mask.found is not None:  # all that was found has been looked through
        found = with_marks(source.found, count_marks(mask), looked_through=True)
        return replace(source, found=found, hole=mask.hole(), feather=mask.feather())
    looking = partial(_looked, source.picture)
    found, hole = with_scratches(source.found, source.picture.pixels, looking)
    marks = count_marks(mask) if mask is not None else 0
    if mask is None or not marks:
        return replace(source, found=found, hole=hole)
    hole = mask.hole() | hole if found.scratches or found.impulses else mask.hole()
    return replace(source, found=with_marks(found, marks), hole=hole, feather=mask.feather())


def old_photo_offers(
    source: Source, mask: PaintedMask | None, strength: PaintedMask | None
) -> tuple[Source, tuple[Offer, ...]]:
    """The offers for an old photograph, and its source.

    Where no damage is sure, what might be some is marked, for whoever wants it filled.
    """
    from restorer.degradation.scratches import SENSITIVITY

    if strength is not None:
        source = replace(source, strength=strength.shares())
    source = searched(source, mask)
    if not source.found.scratches and not source.found.by_hand and not source.found.drawn:
        source = replace(source, hole=_looked(source.picture).marked(SENSITIVITY))
    looked = _looks.get(source.picture)
    suspected = None if looked is None else looked.marked(SENSITIVITY)
    source = old_photo.with_suspected(source, suspected)
    return source, old_photo.offers(source, suspected)


def preview_step(
    kind: str, source: Source, engine: Engine, request: Request | None = None
) -> StepPreview:
    """A part of the picture before and after a step, see `old_photo.preview_step`."""
    from restorer.engine.carry_out import task_done  # torch comes with it

    def restore(step: Job) -> Outcome:
        go_on()
        return task_done(step.task, step.inputs, engine, "auto", on_progress=lambda _: go_on())

    return old_photo.preview_step(kind, source, restore, request)


def next_step(chain: Chain) -> Job | RestorerError | None:
    """The next step that changes something."""
    try:
        while (step := chain.advance()) is not None and step.task.start is None:
            chain.end(step.inputs.picture, None)
    except Cancelled:
        raise
    except Exception as error:
        return as_restorer_error(error)
    return step


def local_strength(strength: PaintedMask | None, mask: PaintedMask | None) -> LocalStrength:
    """How strongly to restore: as painted, less where a mask that is filled is feathered."""
    # Versions before values, which may change meanwhile.
    first, second = (None if p is None else p.version for p in (strength, mask))
    try:
        parts = [strength.shares() if strength else None, mask.feather() if mask else None]
        known = [part for part in parts if part is not None]
        values = math.prod(known[1:], start=known[0]) if known else None
        digest = "" if values is None else strength_digest(values)
    except Cancelled:
        raise
    except Exception as error:
        return LocalStrength((first, second), error=as_restorer_error(error))
    return LocalStrength((first, second), values, digest)


def result_pixels(run: Run) -> Pixels | None:
    """(H, W, 3) in 0..1: the result of a run, perhaps read from disk."""
    return run.trajectory.result


def end_step(chain: Chain, run: Run, prompts: bool) -> CompletedStep | RestorerError:
    """Pass the result of a step to the chain; hashes weights, and perhaps pixels."""
    try:
        pixels = run.trajectory.result
        assert pixels is not None
        result = _recorded(run.inputs.picture.resized_to(pixels), run, prompts)
        return chain.end(result, run.judgement)
    except Cancelled:
        raise
    except Exception as error:
        return as_restorer_error(error)


def write(
    picture: Picture,
    run: Run | None,
    path: Path,
    force: bool,
    options: SaveOptions,
    prompts: bool = True,
    sign: tuple[Path, Path] | None = None,
) -> tuple[str, ...]:
    """Write the result of a run with its record, completely or not at all.

    Args:
        run: None for a picture that was only cropped, of which nothing is recorded.
        options: how to save it.
        prompts: whether the words stay in the record.
        sign: the files of a certificate and a key, for Content Credentials.

    Returns and raises as `write_picture`, and as `Signer.read`.
    """
    from restorer.imaging.signing import Signer
    from restorer.imaging.write import write_picture

    made = picture if run is None else _recorded(picture, run, prompts)
    signer = sign and Signer.read(*sign)
    return write_picture(made, path, force=force, signer=signer, **vars(options))


def _recorded(picture: Picture, run: Run, prompts: bool) -> Picture:
    from restorer.engine.record import caution_for, recorded

    made = run.trajectory
    return recorded(
        picture,
        run.task,
        run.inputs.picture,
        prompts=prompts,
        caution=caution_for(run.task, run.latent is not None, run.judgement),
        stopped_after=None if made.whole else len(made),
        device=run.place,
    )


def white_balance_at(picture: Picture, place: tuple[int, int]) -> tuple[float, float]:
    """The warmth and tint that make the pixel (x, y) grey."""
    from restorer.degradation import fade_correction

    return fade_correction.white_balance_at(picture.pixels, place)


def find_scratches(picture: Picture, sensitivity: float, coarse: bool = False) -> NDArray[np.bool_]:
    """(H, W), true on scratches, dust and dead pixels; (h, w), a quick search for scratches."""
    looked = _looked(picture)
    return looked.coarse_mask(sensitivity) if coarse else looked.marked(sensitivity)


def _looked(picture: Picture) -> ScratchDetection:
    """Runs the network only once, for all callers and threads."""
    from restorer.degradation.scratches import search

    with _looking:
        looked = _looks.get(picture)
        if looked is None:
            looked = _looks[picture] = search(picture.pixels, picture.infrared)
    return looked


def judge(run: Run) -> Judgement:
    """Judge the result of a run."""
    from restorer.engine.consistency import check  # scipy, not at start-up

    result = run.trajectory.result
    assert result is not None
    try:
        found = check(run.task, run.inputs, result, go_on)
    except Cancelled:
        raise
    except Exception as error:  # no reason to lose the result
        sentence = as_restorer_error(error).sentence
        return Judgement(
            tr("The result could not be checked for lost detail: {said}", said=sentence), False
        )
    return run.job.judge(found) if run.job else Judgement(found.sentence, found.alarm)

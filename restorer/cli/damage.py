"""From the options of `restorer restore` to the damage that is to be undone."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from restorer.degradation.estimate import DegradationEstimate
from restorer.degradation.jpeg import compression
from restorer.engine.damage import Damage, Hole, mask_digest
from restorer.engine.damage_files import read_hole, read_kernel, read_map
from restorer.engine.strength import Strength
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput
from restorer.imaging.jpeg_tables import quality_of_file, tables_of_file
from restorer.imaging.picture import Picture

#: Options that one task alone looks at.
OWNERS = {option: kind.name for kind in TASKS.values() for option in kind.options}

#: Channels that differ by no more than this, in 0..1, make a grey picture.
_GREY = 2.5 / 255


def damage_from(arguments: Namespace, picture: Picture) -> tuple[Damage, Hole | None]:
    """The damage asked for, and where to fill.

    Raises:
        BadInput: if what the task needs is missing or does not fit the picture.
    """
    _refuse_strangers(arguments)
    noise = {} if arguments.noise is None else {"noise": arguments.noise}
    kind = TASKS[arguments.task]
    if kind.is_noise:
        return Damage(), None
    if kind.needs_tables:
        return _jpeg(kind.name, arguments.input, picture, arguments.quality), None
    if kind.needs_hole:
        if arguments.mask is None:
            raise BadInput(
                "--task inpaint needs --mask FILE, white where the picture is to be filled, "
                "or --mask auto."
            )
        hole, _ = _hole(arguments, picture)
        return Damage(kind.name, mask=mask_digest(hole), **noise), hole
    if "blur" in kind.options:
        return Damage(kind.name, **_blur(arguments.blur), **noise), None
    if not kind.keeps_grey and np.ptp(picture.pixels, axis=2).max() > _GREY:
        raise BadInput("This picture has colours already; --task colorize is for grey.")
    return Damage(kind.name, **kind.settings(arguments), **noise), None


def _hole(arguments: Namespace, picture: Picture) -> tuple[Hole, Strength | None]:
    """The mask in the file, or scratches and dust, found by now or to be; ./auto is a file.

    And how much of what is filled counts, where that is not all.
    """
    if isinstance(arguments.mask, np.ndarray):
        return arguments.mask, None
    if arguments.mask != "auto":
        if arguments.sensitivity is not None:
            raise BadInput("--sensitivity belongs to --mask auto.")
        return read_hole(arguments.mask, picture.size)
    from restorer.degradation.scratches import SENSITIVITY, find_scratches

    asked = arguments.sensitivity
    return find_scratches(picture.pixels, SENSITIVITY if asked is None else asked), None


def with_file(found: DegradationEstimate, path: Path) -> DegradationEstimate:
    """The same with the quality that the file itself tells, which is surer than its blocks."""
    quality = quality_of_file(path)
    return found if quality is None else replace(found, jpeg_quality=quality)


def _refuse_strangers(arguments: Namespace) -> None:
    """Options that the task would not look at are a mistake, not a wish."""
    for option, owner in OWNERS.items():
        if getattr(arguments, option) is not None and arguments.task != owner:
            raise BadInput(f"--{option} belongs to --task {owner}.")
    kind = TASKS[arguments.task]
    if kind.is_noise and arguments.method != "auto":
        raise BadInput("--method is for damage other than noise.")
    if arguments.grain and not kind.keeps_grain:
        names = " or ".join(kind.name for kind in TASKS.values() if kind.keeps_grain)
        raise BadInput(f"--grain belongs to --task {names}, which take noise off.")
    if not kind.is_noise and arguments.camera:
        raise BadInput("--camera belongs to --task denoise.")


def strength_from(arguments: Namespace, picture: Picture) -> Strength | None:
    """The map of local strength asked for, less where a mask that is filled is grey.

    Raises:
        BadInput: if it cannot be read or does not fit the picture.
    """
    soft = _hole(arguments, picture)[1] if isinstance(arguments.mask, Path) else None
    if arguments.strength is None:
        return soft
    strength = np.clip(read_map(arguments.strength, picture.size, "strength map"), 0, 1)
    return strength if soft is None else strength * soft


def _blur(text: str | None) -> dict[str, Any]:
    if text is None:
        raise BadInput("--task deblur needs --blur, such as gaussian:2.0 or the file of a kernel.")
    if not Path(text).is_file():
        return {"blur": text}
    return {"kernel": read_kernel(Path(text))}


def _jpeg(kind: str, path: Path, picture: Picture, quality: int | None) -> Damage:
    tables = compression(picture.pixels, tables_of_file(path), quality)
    if tables is None:
        raise BadInput(
            "Neither the file nor its blocks tell for sure how far it was compressed; say it with "
            "--quality, 1 to 100."
        )
    return Damage(kind, **asdict(tables))

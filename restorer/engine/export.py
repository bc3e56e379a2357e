"""A run as pictures on disk: every frame, or all of them on one sheet."""

from __future__ import annotations

from pathlib import Path

from restorer.diffusion.schedule import noise_from_sigma, noise_in_words
from restorer.engine.step_progress import OnPart, untold
from restorer.engine.trajectory import FrameInfo, Quantity, Trajectory
from restorer.imaging.geometry import thumbnail
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.sheet import contact_sheet
from restorer.imaging.write import write_picture
from restorer.words import tr

#: Widest tile of a sheet in pixels: large enough that scaling down leaves noise to be seen.
_TILE = 512


def frame_title(info: FrameInfo) -> str:
    """The caption of a frame: "step 3 of 8, t 30, noise 14".

    The noise of latents is not the picture's; there it says that this is a preview. Where no noise
    was added it says how far the guess is thought to be off.
    """
    seen = tr("preview") if info.preview else noise_in_words(info.sigma)
    if info.guess:
        seen = tr("off by about {0:.0f}").format(float(noise_from_sigma(info.sigma)))
    where = tr("step {step} of {steps}", step=info.index + 1, steps=info.steps)
    return f"{where}, t {info.t:.0f}, {seen}"


def write_frames(
    trajectory: Trajectory,
    picture: Picture,
    folder: Path,
    *,
    force: bool = False,
    prefix: str = "",
) -> list[Path]:
    """Write x_t and x0 of every frame as PNG files of the picture's own depth and profile.

    What is only near what it stands for has "preview" in its name, and each begins with `prefix`.

    Raises:
        BadInput: if a file is already there and `force` is off, or cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for info in trajectory.infos:
        for quantity in (Quantity.X_T, Quantity.X0):
            preview = "_preview" * info.preview
            path = folder / f"{prefix}{info.index + 1:03d}_t{info.t:05.1f}_{quantity}{preview}.png"
            pixels = trajectory.view(info.index, quantity)
            write_picture(picture.resized_to(pixels), path, force=force)
            written.append(path)
    return written


def run_sheet(trajectory: Trajectory, picture: Picture, told: OnPart = untold) -> Pixels:
    """The original, x_t of each frame, and the result, with captions, (H, W, 3)."""
    return contact_sheet(sheet_tiles(trajectory, picture, told), tile_width=_tile_width(picture))


def sheet_tiles(
    trajectory: Trajectory | None, picture: Picture, told: OnPart = untold
) -> list[tuple[str, Pixels]]:
    """The tiles of `run_sheet`, small, with their titles; without a run, the picture alone."""
    width = _tile_width(picture)
    tiles = [(tr("as it came"), thumbnail(picture.pixels, width))]
    if trajectory is None:
        return tiles
    for info in trajectory.infos[1:]:  # the first state is the picture as it came
        told(info.index, len(trajectory))
        seen = thumbnail(trajectory.view(info.index, Quantity.X_T), width)
        tiles.append((frame_title(info), seen))
    if trajectory.result is not None:
        tiles.append((tr("restored"), thumbnail(trajectory.result, width)))
    return tiles


def _tile_width(picture: Picture) -> int:
    return min(picture.size[0], _TILE)


def before_and_after(picture: Picture, result: Pixels) -> Pixels:
    """Before and after side by side with captions, (H, W, 3) in 0..1, each at most 1024 wide."""
    width = min(max(picture.size[0], result.shape[1]), 2 * _TILE)
    tiles = [(tr("as it came"), picture.pixels), (tr("restored"), result)]
    return contact_sheet(tiles, columns=2, tile_width=width)

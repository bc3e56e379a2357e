"""Measure the damage, blind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.blur import blur_width
from restorer.degradation.camera import CameraNoise, read_camera_noise
from restorer.degradation.clipping import clipped_std, preclip_at_means
from restorer.degradation.dots import are_dots, of_few_tones
from restorer.degradation.drawn import few_colours
from restorer.degradation.fading import read_fading
from restorer.degradation.grain import read_grain
from restorer.degradation.impulses import find_impulses, without
from restorer.degradation.jpeg import read_blocks
from restorer.degradation.noise import NoiseReading, read_noise
from restorer.degradation.patches import halved
from restorer.degradation.quiet import is_gradient, most_noise
from restorer.degradation.scratches import PLAIN, SENSITIVITY, Looked, Mask, look
from restorer.degradation.softness import widest_blur
from restorer.degradation.stripes import read_stripes
from restorer.degradation.stripes import without as without_stripes
from restorer.degradation.tone import is_toned
from restorer.degradation.waves import level_of
from restorer.imaging.bands import GoOn, always

if TYPE_CHECKING:  # Pillow comes with it
    from restorer.imaging.jpeg_tables import JpegTables

#: Below this (0-255 scale) what is read may as well be fine texture: clean photographs read 0.5,
#: the most textured 2.4; a true noise of 3 reads 2.9 or more.
CLEAN = 2.5
#: White noise reads the same here and there; a camera's reads this many times more, and more
#: still where it looks white.
_NOT_WHITE, _THOUGH = 1.5, 2.0
#: From here on it shows whether neighbours share noise, and what is read as if they did not is too
#: little by this.
_TOLD_APART, _SHARED = 7.0, 1.2
#: White noise of 7 beneath quality 75, in a blurred picture, reads 4.4 to 5.2 as a camera's.
_BENEATH = 1.55
#: So many times as strong as the noise is read, what flat places show is texture, not grain.
_GRAIN = 1.5
#: A camera's noise up to here is as good as none, and taking off what is not there is no harm yet.
_CAMERA = 1.5
#: Where there may as well be none, it is believed if it is so many times what the quiet places show
#: at half the size: in CC15 1.55 and more, in textures 0.8 to 1.3. Strong noise is plain: it may
#: hardly be less than so much of what is read, or it is grass, moss or bark.
_OVER_QUIET, _STRONG, _PLAIN = 1.4, 15.0, 0.57


@dataclass(frozen=True)
class DegradationEstimate:
    """What was found in a picture.

    Attributes:
        noise: standard deviation of the noise before the file clipped it, 0-255 scale.
        noise_in_file: the same as it stands in the file, after clipping at black and white.
        clean: so little noise that the picture is best left alone.
        grey: one tone (grey or sepia): the three channels carry the same noise, see
            `restorer.degradation.grey`.
        jpeg_quality: what the picture was once compressed with, 1 to 100, read from its blocks,
            or from the tables of its file; None where neither tells.
        blocks: how it was compressed and where its blocks lie, if it is read from them.
        camera: the noise is a camera's; `noise` is then as it stands in the file.
        blur: standard deviation, in pixels, of the Gaussian blur it looks like; None where it is
            sharp or that cannot be told.
        widest_blur: the same as the spectrum tells it; None where that does not.
        faded: its colours, or its tones, have faded for sure, see `restorer.degradation.fading`.
        toned: one hue lies over all colours.
        scratches: how many there are for sure; None if they have not been looked for, which takes
            longer than all the rest (`with_scratches`).
        by_hand: how many marks a person has made, or let stand of what was found.
        perhaps: how many marks might be scratches, or belong to the picture, where none is sure.
        colours: of how many it is made, if these are few and lie apart, as in drawings, dithers and
            palettes: such a picture has neither noise nor blocks nor blur.
        impulses: share of the pixels that say nothing: salt and pepper, hot and dead pixels. All
            else was measured without them.
        stripes: standard deviation of what rows or columns have too much of, 0-255 scale.
        waves: that of waves of one length all over the picture.
        grain: where there is noise, what flat places have beside their tone: standard deviation,
            0-255 scale, and width of a grain in pixels; None where they tell nothing.
        dots: what looks like noise are dots of two tones, as of a print or a dither, compressed or
            with smooth edges: there is no noise, and nothing else is looked for.
        few_tones: without noise, and most of it next to few tones or between hard edges, as text,
            drawings, charts and maps are.
    """

    noise: float
    noise_in_file: float
    clean: bool
    grey: bool = False
    jpeg_quality: int | None = None
    blocks: JpegTables | None = None
    camera: CameraNoise | None = None
    blur: float | None = None
    widest_blur: float | None = None
    faded: bool = False
    toned: bool = False
    scratches: int | None = None
    by_hand: int = 0
    perhaps: int = 0
    colours: int | None = None
    impulses: float = 0.0
    stripes: float = 0.0
    waves: float = 0.0
    grain: tuple[float, float] | None = None
    dots: bool = False
    few_tones: bool = False

    @property
    def drawn(self) -> bool:
        """Drawn or printed: what looks like damage belongs to it."""
        return self.dots or self.few_tones or self.colours is not None


def estimate(pixels: NDArray[np.float32], go_on: GoOn = always) -> DegradationEstimate:
    """Measure (H, W, 3) pixels in 0..1. Takes a second or two at any size.

    What `go_on` raises, between one measurement and the next, ends the work.

    Noise is taken to be white and Gaussian, also where JPEG has smoothed its colour, unless there
    is much more of it than fine detail shows: then it is a camera's. One tone with noise
    that neighbours share (scans of grey film) reads as nearly none.
    """
    toned, faded = is_toned(pixels), read_fading(pixels).sure and not is_gradient(pixels)
    go_on()
    colours = few_colours(pixels)
    go_on()
    hit = find_impulses(pixels, go_on)
    if colours is not None:
        found = DegradationEstimate(0.0, 0.0, clean=True, faded=faded, toned=toned)
        return replace(found, colours=colours, impulses=float(hit.mean()))
    pixels = without(pixels, hit) if hit.any() else pixels
    go_on()
    stripes = read_stripes(pixels)
    pixels = without_stripes(pixels, stripes) if stripes.any else pixels
    go_on()
    reading = read_noise(pixels)
    noise = preclip_at_means(reading.std, reading.means)
    go_on()
    camera = None if reading.grey else read_camera_noise(pixels)
    in_file = clipped_std(noise, pixels)
    go_on()
    blocks = read_blocks(pixels)
    go_on()
    blur = blur_width(pixels, in_file)
    found = DegradationEstimate(
        noise=noise,
        noise_in_file=in_file,
        clean=noise < CLEAN,
        grey=reading.grey,
        jpeg_quality=None if blocks is None else blocks.quality,
        blocks=blocks,
        blur=blur,
        faded=faded,
        toned=toned,
        impulses=float(hit.mean()),
        stripes=max(stripes.levels),
        waves=level_of(stripes.waves),
    )
    if camera is not None and _is_likely(camera, pixels):
        found = _with_camera(found, camera, reading)
    if blur is not None:
        found = replace(found, widest_blur=widest_blur(pixels, _beneath_blocks(found)))
    if not found.clean and are_dots(pixels, found.noise_in_file, found.camera is not None):
        return DegradationEstimate(0.0, 0.0, clean=True, faded=faded, toned=toned, dots=True)
    if found.clean:
        return replace(found, few_tones=of_few_tones(pixels, in_file, found.grey))
    grain = read_grain(pixels)
    if grain is None or grain.strength > _GRAIN * found.noise:
        return found
    return replace(found, grain=(grain.strength, grain.size))


def _beneath_blocks(found: DegradationEstimate) -> float:
    """The noise that a JPEG has left in coarse frequencies, 0-255 scale; 0 where there is no JPEG.

    What is read of white noise beneath such steps as a camera's is what they have left in all.
    """
    if found.blocks is None or found.clean:
        return 0.0
    return found.noise_in_file * (1.0 if found.camera is None else _BENEATH)


def _is_likely(camera: CameraNoise, pixels: NDArray[np.float32]) -> bool:
    """Whether it is no texture that looks like a camera's noise."""
    if camera.level > _STRONG:
        return camera.low >= _PLAIN * camera.level
    return camera.low > 0 or camera.level >= _OVER_QUIET * most_noise(halved(pixels))


def _with_camera(
    found: DegradationEstimate, camera: CameraNoise, reading: NoiseReading
) -> DegradationEstimate:
    """The same with a camera's noise in place of white noise, if that is what there is."""
    if reading.shared and found.noise >= _TOLD_APART and camera.low > 0:
        camera = camera.at_least(_SHARED * found.noise)
    elif reading.sure or camera.level <= max(
        (_THOUGH if reading.white else _NOT_WHITE) * found.noise, _CAMERA
    ):
        return found
    level = camera.level
    return replace(found, noise=level, noise_in_file=level, clean=False, camera=camera)


def with_marks(
    found: DegradationEstimate, marks: int, looked_through: bool = False
) -> DegradationEstimate:
    """The same with so many marks of a person, in place of all scratches where these were seen."""
    if not looked_through:
        return replace(found, by_hand=marks)
    return replace(found, by_hand=marks, scratches=0, perhaps=0)


def with_scratches(
    found: DegradationEstimate,
    pixels: NDArray[np.float32],
    looking: Callable[[], Looked] | None = None,
) -> tuple[DegradationEstimate, Mask]:
    """The same with plain scratches counted, and where they are. Takes seconds, and torch.

    A picture that has some for sure has others too, and what is less plain of it is marked as well.
    The lines of a drawing, of print and of codes are their own.

    Args:
        found: what was measured.
        pixels: (H, W, 3) in 0..1.
        looking: looks at them, where somebody keeps what that has shown.
    """
    if found.drawn or (not found.clean and of_few_tones(pixels, found.noise_in_file, found.grey)):
        none = np.zeros(pixels.shape[:2], bool)
        return replace(found, scratches=0), find_impulses(pixels) if found.impulses else none
    looked = look(pixels) if looking is None else looking()
    count = looked.count
    found = replace(found, scratches=count, perhaps=0 if count else looked.perhaps)
    return found, looked.marked(SENSITIVITY if count else PLAIN, unasked=True)

"""Measure the damage, blind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.blur import BlurReading, read_blur
from restorer.degradation.camera import CameraNoise
from restorer.degradation.clipped_noise import read_clipped_noise
from restorer.degradation.clipping import clipped_std, preclip_at_means
from restorer.degradation.dots import are_dots, is_drawn, of_few_tones
from restorer.degradation.drawn import few_colours
from restorer.degradation.fading import read_fading
from restorer.degradation.flat_areas import is_gradient
from restorer.degradation.focus import PartialBlur, read_partial_blur
from restorer.degradation.grain import is_of_film, read_film_grain, read_grain
from restorer.degradation.impulses import find_impulses, without
from restorer.degradation.jpeg import blockiness, read_blocks
from restorer.degradation.judge import Evidence, judge
from restorer.degradation.motion import read_motion
from restorer.degradation.noise import NoiseReading, is_white, read_noise
from restorer.degradation.scratches import PLAIN, SENSITIVITY, Mask, ScratchDetection, search
from restorer.degradation.shading import is_shading
from restorer.degradation.stripes import read_stripes
from restorer.degradation.stripes import without as without_stripes
from restorer.degradation.tone import is_toned
from restorer.degradation.waves import level_of
from restorer.imaging.bands import GoOn, always
from restorer.imaging.grey import is_grey

if TYPE_CHECKING:  # Pillow comes with it
    from restorer.imaging.jpeg_tables import JpegTables

#: Below this (0-255 scale) what is read may as well be fine texture: clean photographs read 0.5,
#: the most textured 2.4; a true noise of 3 reads 2.9 or more.
CLEAN = 2.5
#: So many times as strong as the noise is read, what flat places show is texture, not grain.
_GRAIN = 1.5
#: Neighbours share nothing of grain that is no wider than this, in pixels.
_WHITE_SIZE = 1.3
#: A JPEG of a lower quality makes few tones of any picture, and leaves little of any noise.
#: Of such all steps may lie between blocks; of others up to 4.
#: Below the last, steps between blocks are all that tells of a blur.
_COARSE, _BLOCKY, _NO_BLUR = 50, 5.0, 30
#: There is noise where the chance of none is less: to spoil a clean picture is worse than to leave
#: noise. Strong noise is less often mistaken, and where some is read, more must speak against it.
#: Between weak and strong, more and more: of 715 clean files of pictures held out 16 are mistaken.
#: White noise would be about as strong if it were a camera's; texture so many times as strong.
_NONE, _NONE_IF_STRONG, _NONE_IF_READ = 0.2, 0.5, 0.6
_WEAK, _STRONG, _UNLIKE = 3.0, 4.5, 1.35
#: In pictures with fewer pixels than a square of this side, noise is believed from this over their
#: side: of 200 clean icons of 12 to 32 pixels, small copies of pictures, 40 read 3 to 22.
_ICON, _IN_ICONS = 48, 480.0
#: Noise in the frequencies that a JPEG has kept is white if that is at least so likely.
_WHITE, _WHITE_IF_CODED = 0.5, 0.25
#: From here on it shows whether neighbours share noise, and what is read as if they did not is too
#: little by this; if that there is noise is so sure.
_TOLD_APART, _SHARED, _SURE_OF_NOISE = 7.0, 1.2, 0.1
#: Where a blur is sure, and what came after it is less than this part of the noise, that is what
#: the blur left of the picture. Of noise that neighbours share, 0.22 and more shows after a blur.
_AFTER_BLUR = 0.15
#: Where there is no noise, a blur that more noise than this came after is texture: of pictures that
#: were blurred it is read as 0.5 and less, of two soft textures that read as blurred as 5.
_MISTAKEN_BLUR = 3.5
#: Colours differ by no more, 0..1, in what a JPEG has left of grey.
_GREY = 4 / 255
#: The judge knows noise up to about 20, and less contrast makes less of it.
_KNOWN = 12.0


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
        halved: colours of that JPEG have less resolution than its light.
        blocks: how it was compressed and where its blocks lie, if it is read from them.
        camera: the noise is a camera's; `noise` is then as it stands in the file.
        blur: what lies over all of it; None where it is sharp or that cannot be told.
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
        soft: without noise and a sure blur, the width of one that may be there, as of `blur`.
        partial: without noise and a blur over all of it, one that is sure in much of it.
        film: without noise that is sure, the grain of film that may be there, 0-255 scale.
        uneven: it is in one tone but for stains or yellowing; looked for with scratches.
    """

    noise: float
    noise_in_file: float
    clean: bool
    grey: bool = False
    jpeg_quality: int | None = None
    halved: bool = True
    blocks: JpegTables | None = None
    camera: CameraNoise | None = None
    blur: BlurReading | None = None
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
    soft: float = 0.0
    partial: PartialBlur | None = None
    film: float = 0.0
    uneven: bool = False

    @property
    def grainy(self) -> bool:
        """What flat places show is grain: neighbours share in it, as they do not in white noise."""
        return self.grain is not None and self.grain[1] > _WHITE_SIZE

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
    clipped = read_clipped_noise(pixels)
    go_on()
    # where half of the noise is cut off, rows of text look like stripes
    pixels, stripes, waves = (pixels, 0.0, 0.0) if clipped else _off_stripes(pixels, toned)
    go_on()
    reading = read_noise(pixels)
    go_on()
    blocks = read_blocks(pixels)
    go_on()
    coarse = blockiness(pixels)[0] > _BLOCKY if blocks is None else blocks.quality < _COARSE
    far = coarse and (blocks is None or blocks.quality < _NO_BLUR)
    blur, soft = (None, 0.0) if far else _read_blur(pixels, go_on)
    go_on()
    clipped = None if coarse else clipped
    noise, camera = (clipped, None) if clipped else _believed(pixels, reading, blur, coarse)
    in_file = noise if camera else clipped_std(noise, pixels)
    found = DegradationEstimate(
        noise=noise,
        noise_in_file=in_file,
        clean=noise < CLEAN and camera is None,
        camera=camera,
        grey=reading.grey,
        jpeg_quality=None if blocks is None else blocks.quality,
        halved=blocks is None or blocks.subsampling != "4:4:4",
        blocks=blocks,
        blur=_settled(blur, noise, in_file),
        faded=faded,
        toned=toned,
        impulses=float(hit.mean()),
        stripes=stripes,
        waves=waves,
    )
    unsure = not found.clean and clipped is None
    if unsure and are_dots(pixels, found.noise_in_file, found.camera is not None):
        return DegradationEstimate(0.0, 0.0, clean=True, faded=faded, toned=toned, dots=True)
    if found.clean:
        return replace(found, soft=soft) if coarse else _looked_closer(found, pixels, soft)
    grain = read_grain(pixels)
    known = grain is not None and grain.strength <= _GRAIN * found.noise
    return replace(found, grain=(grain.strength, grain.size)) if grain and known else found


def _looked_closer(
    found: DegradationEstimate, pixels: NDArray[np.float32], soft: float
) -> DegradationEstimate:
    """The same of a picture without noise, with what may be told of it and is not undone."""
    if is_drawn(pixels, found.noise_in_file, found.grey or found.toned):
        return replace(found, few_tones=True)
    partial = None if found.blur is not None else read_partial_blur(pixels)
    film, soft = read_film_grain(pixels), 0.0 if partial else soft
    return replace(found, soft=soft, partial=partial, film=film)


def _off_stripes(
    pixels: NDArray[np.float32], toned: bool
) -> tuple[NDArray[np.float32], float, float]:
    """The picture without its stripes; the levels of these, and of waves.

    Waves in what is drawn are the lines and letters of a table, say.
    """
    stripes = read_stripes(pixels)
    if stripes.waves and of_few_tones(pixels, 0, toned or is_grey(pixels, _GREY)):
        stripes = replace(stripes, waves=())
    without = without_stripes(pixels, stripes) if stripes.any else pixels
    return without, max(stripes.levels), level_of(stripes.waves)


def _read_blur(pixels: NDArray[np.float32], go_on: GoOn) -> tuple[BlurReading | None, float]:
    """The blur, where one is sure, and else the width of one that may be there."""
    motion = read_motion(pixels)
    go_on()
    blur = BlurReading.of(motion) if motion else read_blur(pixels)
    return (blur, 0.0) if blur is None or blur.sure else (None, blur.width)


def _settled(blur: BlurReading | None, noise: float, in_file: float) -> BlurReading | None:
    """The blur with the noise that came after it; None where that is said to be, and is not."""
    if blur is not None and blur.motion is not None:
        return replace(blur, noise=in_file)
    mistaken = blur is not None and blur.noise > _MISTAKEN_BLUR and noise < CLEAN
    return None if mistaken else blur


def _believed(
    pixels: NDArray[np.float32], reading: NoiseReading, blur: BlurReading | None, coarse: bool
) -> tuple[float, CameraNoise | None]:
    """As `_judged`, but for icons, for what a blur has left no noise in, and for texture.

    Args:
        coarse: a JPEG has left too little to judge.
    """
    read = preclip_at_means(reading.std, reading.means)
    noise, camera = (read, None) if coarse else _judged(pixels, read, reading.evidence)
    side = pixels[..., 0].size ** 0.5
    of_an_icon = side < _ICON and noise * side < _IN_ICONS
    if of_an_icon or (blur is not None and blur.noise < _AFTER_BLUR * noise):
        return 0.0, None
    if noise >= CLEAN and _is_texture(pixels, reading):
        return 0.0, None
    return noise, camera


def _is_texture(pixels: NDArray[np.float32], reading: NoiseReading) -> bool:
    """Whether what is taken for noise is fine texture."""
    if reading.grey:
        return not (reading.coded or is_white(pixels) or is_of_film(pixels))
    return reading.std < CLEAN and is_shading(pixels)


def _judged(
    pixels: NDArray[np.float32], read: float, evidence: Evidence | None
) -> tuple[float, CameraNoise | None]:
    """The noise before it was clipped, 0 for none, and whether it is a camera's.

    Args:
        read: the same as if it were white.
    """
    contrast = min(1.0, _KNOWN / max(read, 1e-9))
    said = None if evidence is None else judge(pixels, evidence, contrast)
    if evidence is None or said is None:
        return read, None
    if read >= _TOLD_APART and evidence.is_correlated and said.none < _SURE_OF_NOISE:
        camera = said.camera.times(max(1.0, _SHARED * read / said.camera.level))
        return camera.level, camera
    if read >= CLEAN and evidence.sure:
        return read, None
    noise = 1 - said.none
    white = said.white >= (_WHITE_IF_CODED if evidence.coded else _WHITE) * noise
    level = said.level if white else said.camera.level
    unlike = white and said.camera.level > _UNLIKE * said.level
    most = float(np.interp(level, [_WEAK, _STRONG], [_NONE, _NONE if unlike else _NONE_IF_STRONG]))
    if said.none >= (_NONE_IF_READ if read >= CLEAN else most):
        return 0.0, None
    if read < CLEAN and level < _WEAK:  # to take it off gains little
        return 0.0, None
    if not white:
        return level, said.camera
    # what a JPEG has left of white noise is read well only where its frequencies are sure
    plain = read >= CLEAN and (evidence.coded or not evidence.is_coded)
    return (read if plain else level), None


def with_marks(
    found: DegradationEstimate, marks: int, looked_through: bool = False
) -> DegradationEstimate:
    """The same with so many marks of a person, in place of all scratches where these were seen."""
    if not looked_through:
        return replace(found, by_hand=marks)
    return replace(found, by_hand=marks, scratches=0, perhaps=0)


def with_doubtful_grain(
    found: DegradationEstimate, pixels: NDArray[np.float32]
) -> DegradationEstimate:
    """The same with the grain of flat places, where no noise is sure: it may be fine texture."""
    if not found.clean or found.drawn or found.grain is not None:
        return found
    grain = read_grain(pixels)
    return found if grain is None else replace(found, grain=(grain.strength, grain.size))


def grain_as_noise(found: DegradationEstimate) -> DegradationEstimate:
    """The same where somebody says that it is grain; neighbours share it as those of a camera.

    Of grain of 9 of 255, two pixels wide, over a portrait, the prior that knows cameras leaves
    3.6 dB less error, the one of white noise 1.2.
    """
    if not found.clean or found.grain is None:
        return found
    level, size = found.grain
    camera = CameraNoise(level, level, level, ((level,),)) if size > _WHITE_SIZE else None
    return replace(found, noise=level, noise_in_file=level, clean=False, camera=camera)


def with_scratches(
    found: DegradationEstimate,
    pixels: NDArray[np.float32],
    looking: Callable[[], ScratchDetection] | None = None,
) -> tuple[DegradationEstimate, Mask]:
    """The same with plain scratches counted, and where they are. Takes seconds, and torch.

    A picture that has some for sure has others too, and what is less plain of it is marked as well.
    The lines of a drawing, of print and of codes are their own.

    Args:
        found: what was measured.
        pixels: (H, W, 3) in 0..1.
        looking: looks at them, where somebody keeps what that has shown.
    """
    one_tone = found.grey or found.toned
    if found.drawn or (not found.clean and of_few_tones(pixels, found.noise_in_file, one_tone)):
        none = np.zeros(pixels.shape[:2], bool)
        return replace(found, scratches=0), find_impulses(pixels) if found.impulses else none
    looked = search(pixels) if looking is None else looking()
    count = looked.count
    found = replace(found, scratches=count, perhaps=0 if count else looked.perhaps)
    return found, looked.marked(SENSITIVITY if count else PLAIN, unasked=True)

"""Finds scratches, hairs, dust, stains and cracks with a network.

`restorer.training.scratches` makes it of the prior; docs/finders.md says how often it is right. A
picture has lines too, twigs, wires and the edges of houses, and a network of five million numbers
knows little of what things are: what it marks is to be looked at before it is filled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from restorer.degradation.bars import between_bars
from restorer.degradation.broad_marks import doubtful, holding, too_large
from restorer.degradation.impulses import find_impulses, without
from restorer.degradation.scratch_network import log_odds
from restorer.degradation.stars import are_falling, are_stars, is_of_the_scene
from restorer.degradation.stripes import without_waves
from restorer.errors import BadInput
from restorer.imaging import scratch
from restorer.imaging.bands import bands
from restorer.imaging.geometry import reduced
from restorer.imaging.infrared import find_dust

#: How sure to be unless told otherwise, 0 (only what is plain) to 1 (whatever might be).
SENSITIVITY = 0.5

#: So sure that pictures without scratches hardly ever have `_LITTLE` in marks of some size: nothing
#: is to be filled that is part of the scene.
PLAIN = 0.0
#: Smaller marks, and less in all of them, may be anything; in pixels at 0.15 megapixels.
_SMALL, _LITTLE = 80, 300
#: Or there are several, each a little less sure and smaller.
_NEARLY_PLAIN, _SEVERAL, _SPECK = 0.1, 4, 15

#: What is marked here is told where nothing is plain; of clean pictures one in twenty has any.
_PERHAPS = 0.3

#: Log odds of damage where a mark begins at sensitivity 0, and 1; it goes on to where they are
#: `_WEAKER` lower, and may go on to where they are `_SUSPECTED` lower.
_SUREST, _LEAST_SURE = 9.0, -1.0
_WEAKER, _SUSPECTED = 2.0, 3.0
_MOST_PIXELS = 1.5e6
_LEAST_SIDE = 16
#: How far a picture is turned for the second look, in degrees, and log odds of what lies outside.
_ASKEW, _UNHEARD_OF = 12.0, -30.0
#: Pixels along the border for which the second look does not count.
_RIM = 12
#: Pixels around what is suspected that are looked at askew; with 32 a line was found less often.
_NEAR = 64
#: Pixels up to which a picture is looked at enlarged too. From there the network is less sure of
#: all; the mean of both, and so much more, is right more often than the surer one. What is wide is
#: not seen from there, and counts so much less alone.
_ENLARGED, _LESS_SURE, _ALONE = 0.375e6, 3.3, 1.0
#: From how far it is looked at as well, while its shorter side has so many pixels from there.
_FROM_AFAR, _LEAST_FROM_AFAR = (2, 4), 120
#: Paper is pale or warm. What holds a square of so many pixels and is green or blue by so much of
#: 1 beyond the rest of the picture is a leaf, water or sky, unless it is so much surer.
_WIDE, _COOL, _OF_THE_SCENE = 7, 0.08, 5.0
#: Log odds that count so much less from there: where damage is plain, and before it is; with 1
#: alone, four of 39 clean tiles would have looked damaged, with 3 one of 88, with 4 none.
_AFAR, _AFAR_ALONE = 1.0, 4.0

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Values = TypeVar("Values", Floats, Mask)


def find_scratches(
    pixels: Floats, sensitivity: float = SENSITIVITY, infrared: Floats | None = None
) -> Mask:
    """The mask of scratches, dust and dead pixels.

    See `scratch_odds` and `mask_from_odds`, and `restorer.degradation.impulses`.

    Args:
        pixels: (H, W, 3) in 0..1.
        sensitivity: 0 marks only what is plain, 1 whatever might be a scratch.
        infrared: as `search` takes it.

    Returns:
        (H, W), true on damage and a pixel around it.

    Raises:
        BadInput: for a sensitivity outside 0..1.
    """
    if not 0 <= sensitivity <= 1:
        raise BadInput(
            "The sensitivity must lie between 0 and 1, not {sensitivity:g}.",
            sensitivity=sensitivity,
        )
    return search(pixels, infrared).marked(sensitivity)


@dataclass(frozen=True, eq=False)
class ScratchDetection:
    """The network's answer for a picture, which serves every sensitivity.

    Attributes:
        hit: (H, W), pixels that say nothing.
        dust: (H, W), where a scanner's infrared did not pass; None without such a channel.
        odds: see `scratch_odds`, of the picture without them and without waves all over it.
        stars: what is plain may be lights in the dark, snow or rain: unasked none of it is filled.
    """

    hit: Mask
    odds: Floats
    dust: Mask | None = None
    stars: bool = False

    def marked(self, sensitivity: float, unasked: bool = False) -> Mask:
        """(H, W), true on dead pixels, dust and damage, and one pixel around them."""
        found = self.hit
        if not (unasked and self.stars):
            found = found | mask_from_odds(self.odds, sensitivity, found.shape, unasked)
        return found if self.dust is None else found | self.dust

    def coarse_mask(self, sensitivity: float) -> Mask:
        """(h, w), the same in squares of `square_side`, fast, without dead pixels."""
        return mask_from_odds(self.odds, sensitivity, self.odds.shape)

    @cached_property
    def count(self) -> int:
        """Number of certain marks, without dead pixels."""
        plain, shape = is_plain(self.odds) and not self.stars, self.hit.shape
        found = _in_one_look(self.odds, SENSITIVITY if plain else PLAIN, shape, unasked=True)
        if self.dust is not None:
            found = _in_squares(found, square_side(shape), shape) | self.dust
        elif not plain:
            return 0
        return _labelled(found)[1]

    @cached_property
    def perhaps(self) -> int:
        """Number of possible marks; 0 where hardly any can be damage."""
        shape = self.hit.shape
        may_be = _in_one_look(self.odds, _PERHAPS, shape)
        if not self.stars and not count_scratches(may_be, square_side(shape)):
            return 0
        return _labelled(_in_one_look(self.odds, SENSITIVITY, shape))[1]


def search(pixels: Floats, infrared: Floats | None = None) -> ScratchDetection:
    """Search for dead pixels and scratches. Takes seconds, and loads torch.

    Args:
        pixels: (H, W, 3) in 0..1.
        infrared: (H, W), a scanner's, see `restorer.imaging.infrared`.
    """
    hit = find_impulses(pixels)
    # each crest of slanting stripes looks like a hair
    seen = without_waves(without(pixels, hit) if hit.any() else pixels)
    odds = scratch_odds(seen)
    dust = None if infrared is None else find_dust(infrared)
    plain = dust is None and is_plain(odds)
    return ScratchDetection(hit, odds, dust, plain and _are_lights(seen, odds))


def _are_lights(pixels: Floats, odds: Floats) -> bool:
    """Whether the marks on (H, W, 3) are lights in the dark, such as stars, or snow or rain."""
    if are_stars(pixels, mask_from_odds(odds, SENSITIVITY, pixels.shape[:2], unasked=True)):
        return True
    step, (height, width) = square_side(pixels.shape[:2]), odds.shape
    coarse = mask_from_odds(odds, SENSITIVITY, odds.shape, unasked=True)
    seen = pixels[::step, ::step][:height, :width]
    return are_falling(seen, coarse) or is_of_the_scene(seen, coarse)


def scratch_odds(pixels: Floats) -> Floats:
    """Log odds of damage for (H, W, 3) in 0..1, and for a smaller copy beyond 1.5 megapixels.

    What is suspected upright is looked at askew too, with what lies around it, and the surer answer
    counts: lines that run exactly along a side may be bars or frames, and the network dares not say
    which. A small picture is looked at enlarged as well, for hairlines, and every picture from
    afar, for what is wider than the network has learnt to see.

    Takes some seconds a megapixel, and some more to load torch: not for the thread that draws.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _LEAST_SIDE:
        return np.full((height, width), -np.inf, np.float32)
    small = reduced(pixels, square_side((height, width)))
    odds = np.full(small.shape[:2], _UNHEARD_OF, np.float32)
    part = between_bars(small, _LEAST_SIDE)
    odds[part] = _odds(small[part])
    return odds


def _odds(small: Floats) -> Floats:
    """The same at full size."""
    odds = _seen(small)
    if not (odds >= _LEAST_SURE).any():
        return odds
    if odds.size <= _ENLARGED:
        both = (odds + log_odds(small, enlarged=2)) / 2 + np.float32(_LESS_SURE)
        odds = np.maximum(odds - np.float32(_ALONE), both)
    steps = [step for step in _FROM_AFAR if min(odds.shape) >= step * _LEAST_FROM_AFAR]
    odds = _together(odds, [_seen(reduced(small, step)) for step in steps])
    odds[_of_the_scene(small, odds)] -= _OF_THE_SCENE
    return odds


def _of_the_scene(pixels: Floats, odds: Floats) -> Mask:
    """(H, W): marks other than lines and specks whose colour paper cannot have."""
    suspected = odds > _needed(SENSITIVITY) - _SUSPECTED
    labels, _ = ndimage.label(suspected, np.ones((3, 3)))
    wide = np.setdiff1d(labels[holding(suspected, _WIDE)], [0])
    red, green, blue = np.moveaxis(pixels, 2, 0)
    hue = np.maximum(green - (red + blue) / 2, blue - (red + green) / 2)
    cool = np.minimum(hue, np.maximum(green, blue) - red)
    beyond = ndimage.mean(cool, labels, wide) - np.median(cool)
    return np.isin(labels, wide[beyond > _COOL])


def _together(odds: Floats, afar: list[Floats]) -> Floats:
    """Combine log odds (H, W) with those of the reduced picture.

    Things of the scene look like damage from afar, so that alone it has to be surer; where a
    picture is damaged for sure it tells what is wide.
    """
    step = [odds.shape[0] // seen.shape[0] for seen in afar]
    wide = [_in_squares(seen, by, odds.shape) for seen, by in zip(afar, step, strict=True)]
    odds = np.maximum.reduce([odds, *(seen - _AFAR_ALONE for seen in wide)])
    if not is_plain(odds):
        return odds
    together: Floats = np.maximum.reduce([odds, *(seen - _AFAR for seen in wide)])
    return together


def _seen(pixels: Floats) -> Floats:
    """Run the network on (H, W, 3) upright, and rotated where it suspects anything."""
    odds = log_odds(pixels)
    suspected = odds >= _LEAST_SURE
    if not suspected.any():
        return odds
    part = _around(suspected)
    askew = ndimage.rotate(pixels[part], _ASKEW, axes=(1, 0), reshape=False, order=1, mode="mirror")
    again = ndimage.rotate(
        log_odds(askew), -_ASKEW, axes=(1, 0), reshape=False, order=1, cval=_UNHEARD_OF
    )
    inside = (slice(_RIM, -_RIM),) * 2  # where the picture is continued it may look torn
    odds[part][inside] = np.maximum(odds[part][inside], again[inside])
    return odds


def _around(suspected: Mask) -> tuple[slice, slice]:
    """The part of (H, W) to rotate: the suspected pixels stay inside it."""
    ends = [np.flatnonzero(suspected.any(axis=axis))[[0, -1]] for axis in (1, 0)]
    lengths = [int(last - first) + 1 + 2 * _NEAR for first, last in ends]
    leaves = 1.1 * np.sin(np.radians(_ASKEW)) / 2  # of the other side's length
    rows, columns = (
        slice(max(0, int(first) - by), int(last) + 1 + by)
        for (first, last), other in zip(ends, reversed(lengths), strict=True)
        for by in (_NEAR + round(leaves * other),)
    )
    return rows, columns


def mask_from_odds(
    odds: Floats, sensitivity: float, shape: tuple[int, ...], unasked: bool = False
) -> Mask:
    """The mask from (H, W) log odds, for a picture of this (height, width).

    Args:
        unasked: nobody will look at the marks before they are filled: left out is what belongs to
            something suspected that is too large to be filled with what was there.
    """
    return _in_squares(_in_one_look(odds, sensitivity, shape, unasked), square_side(shape), shape)


def _in_one_look(
    odds: Floats,
    sensitivity: float,
    shape: tuple[int, ...],
    unasked: bool = False,
    damaged: bool = True,
) -> Mask:
    """The same as (h, w) of what is looked at as one; as many marks, in a smaller picture.

    Args:
        damaged: there is damage for sure, so that also large parts may be some.
    """
    needed = _needed(sensitivity)
    labels, count = ndimage.label(odds > needed - _WEAKER, np.ones((3, 3)))
    if count == 0:
        return np.zeros(odds.shape, bool)
    sure = np.zeros(count + 1, bool)
    sure[labels[odds > needed]] = True
    found = _a_pixel_more(sure[labels] & ~doubtful(odds, odds > needed - _SUSPECTED, needed))
    if unasked:
        suspected = found | (odds > _needed(SENSITIVITY) - _SUSPECTED)
        found &= ~too_large(suspected, square_side(shape), odds if damaged else None)
    return found


def _in_squares(values: Values, side: int, shape: tuple[int, ...]) -> Values:
    """Each of (h, w) values over a square of so many pixels a side, and on to (H, W)."""
    if side == 1:
        return values
    if not values.any():
        return np.zeros(shape, values.dtype)
    large = values.repeat(side, axis=0).repeat(side, axis=1)
    beyond = [(0, max(0, wanted - is_)) for wanted, is_ in zip(shape, large.shape, strict=True)]
    return np.pad(large, beyond, mode="edge") if np.any(beyond) else large


def _needed(sensitivity: float) -> float:
    """Log odds where a mark begins."""
    return _SUREST + sensitivity * (_LEAST_SURE - _SUREST)


def is_plain(odds: Floats) -> bool:
    """Whether (H, W) log odds show damage with certainty."""
    look_at = partial(_in_one_look, odds, shape=odds.shape, unasked=True, damaged=False)
    if count_scratches(look_at(PLAIN)):
        return True
    sizes = _sizes(look_at(_NEARLY_PLAIN))
    return int((sizes >= _SPECK).sum()) >= _SEVERAL


def _a_pixel_more(mask: Mask) -> Mask:
    """The mask dilated by one pixel, including corners."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    high = wide.copy()
    high[1:] |= wide[:-1]
    high[:-1] |= wide[1:]
    return high


def count_scratches(mask: Mask, side: int = 1) -> int:
    """Number of larger marks in a mask of squares; 0 if there is too little to tell."""
    sizes = _sizes(mask, side)
    large = sizes[sizes >= _SMALL]
    return len(large) if large.sum() >= _LITTLE else 0


def _sizes(mask: Mask, side: int = 1) -> NDArray[np.float64]:
    """Size of every mark, scaled to 0.15 megapixels; a line grows in one direction only."""
    labels, count = _labelled(mask)
    pixels = mask.size * side**2
    looked_at = min(pixels, _MOST_PIXELS)
    unit = pixels / looked_at * max(1.0, looked_at / 0.15e6) ** 0.5
    of_each = np.zeros(count + 1, np.intp)
    for rows in bands(mask.shape):
        of_each += np.bincount(labels[rows].ravel(), minlength=count + 1)
    sizes: NDArray[np.float64] = of_each[1:] * side**2 / unit
    return sizes


def _labelled(mask: Mask) -> tuple[NDArray[np.int32], int]:
    """Every mark with a number of its own, from 1, and how many there are."""
    labels: NDArray[np.int32] = scratch.empty(mask.shape, np.int32)
    return labels, int(ndimage.label(mask, np.ones((3, 3)), output=labels))


def square_side(shape: tuple[int, ...]) -> int:
    """Side of the squares, in pixels, for a picture of (H, W)."""
    height, width = shape
    return max(1, int(np.ceil(np.sqrt(height * width / _MOST_PIXELS))))

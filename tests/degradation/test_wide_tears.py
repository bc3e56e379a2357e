"""Wide tears: seen from afar, and filled unasked where both sides tell what was there."""

from __future__ import annotations

import numpy as np

from restorer.degradation.scratches import SENSITIVITY, _together, is_plain, mask_from_odds


def test_from_afar_counts_where_there_is_damage_and_little_where_there_is_none() -> None:
    odds = np.full((240, 300), -12.0, np.float32)
    odds[100:109, 10:250] = 11.0
    wide = np.full((120, 150), -12.0, np.float32)
    wide[10:20] = 11.0
    calm = np.full(odds.shape, -12.0, np.float32)
    assert not is_plain(_together(calm, [wide]))
    assert mask_from_odds(_together(calm, [wide]), SENSITIVITY, odds.shape)[20:40].all()
    wide[10:20] = 5.5
    assert mask_from_odds(_together(odds, [wide]), SENSITIVITY, odds.shape)[20:40].all()
    assert not mask_from_odds(_together(calm, [wide]), SENSITIVITY, odds.shape).any()


def test_a_long_tear_is_filled_unasked_and_what_frays_around_the_unknown_is_not() -> None:
    odds = np.full((387, 387), -12.0, np.float32)
    odds[200:218] = 12.0  # more than a fiftieth of the picture
    assert mask_from_odds(odds, SENSITIVITY, odds.shape, unasked=True)[200:218].all()
    odds[:116, :120] = 2.0  # suspected as a whole, and here and there for sure
    odds[120:125, :100] = 12.0
    assert not mask_from_odds(odds, SENSITIVITY, odds.shape, unasked=True)[:150].any()
    assert mask_from_odds(odds, SENSITIVITY, odds.shape)[120:125, :100].all()

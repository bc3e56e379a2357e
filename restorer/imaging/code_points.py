"""ICC profiles for the code points (ITU-T H.273) by which PNG, AVIF, HEIC and JPEG XL name colours.

The profile goes into any format, and every viewer shows the same colours as before. That of HDR
colours (PQ and HLG, ITU-R BT.2100) tones them down to what a usual screen shows, by the curve of
ITU-R BT.2390; the samples stay as they are, so a format that holds the numbers keeps the HDR.
"""

from __future__ import annotations

from dataclasses import replace

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from restorer.imaging.raster import Raster
from restorer.words import marked as _
from restorer.words import tr

Values = NDArray[np.float64]
White = tuple[float, float]
Corners = tuple[float, ...]

TOLD = _("The file tells its colours in numbers; they became a colour profile.")

D65: White = (0.3127, 0.329)
_P3: Corners = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
# x and y of white, and of red, green and blue, by number.
_PRIMARIES: dict[int, tuple[str, White, Corners]] = {
    1: ("sRGB", D65, (0.64, 0.33, 0.3, 0.6, 0.15, 0.06)),
    5: ("BT.601 (625 lines)", D65, (0.64, 0.33, 0.29, 0.6, 0.15, 0.06)),
    6: ("BT.601 (525 lines)", D65, (0.63, 0.34, 0.31, 0.595, 0.155, 0.07)),
    7: ("SMPTE 240M", D65, (0.63, 0.34, 0.31, 0.595, 0.155, 0.07)),
    9: ("BT.2020", D65, (0.708, 0.292, 0.17, 0.797, 0.131, 0.046)),
    11: ("DCI-P3", (0.314, 0.351), _P3),
    12: ("Display P3", D65, _P3),
}
# Viewers show pictures with the curves of television (1, 6, 14, 15) as they show sRGB.
_AS_SRGB = (1, 6, 13, 14, 15)
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_PQ, _HLG = 16, 18
_TRANSFERS = {13: "sRGB", _PQ: "PQ", _HLG: "HLG"}
_UNSAID = 2
_ENTRIES = 1024  # of a curve, as in the profiles of sRGB that all use
_WHITE, _PEAK = 203.0, 1000.0  # cd/m2: white of paper (BT.2408), and the brightest of HLG


def with_profile(raster: Raster) -> Raster:
    """The raster with the profile that its `cicp` stands for; `cicp` itself is kept for HDR only.

    What is not known stays, and a note says so.
    """
    if raster.cicp is None:
        return raster
    primaries = 1 if raster.cicp[0] == _UNSAID else raster.cicp[0]
    transfer = 13 if raster.cicp[1] == _UNSAID else raster.cicp[1]
    hdr = transfer in (_PQ, _HLG)
    name, white, corners = _PRIMARIES.get(
        primaries, (tr("primaries {number}", number=primaries), D65, ())
    )
    law = _TRANSFERS.get(transfer) or tr("transfer {number}", number=transfer)
    said = tr("{name} with {curve}", name=name, curve=law)
    if not corners or not (hdr or transfer in _AS_SRGB or transfer in _GAMMAS):
        note = tr("The colours are {said}; they are shown as if they were sRGB.", said=said)
        return replace(raster, notes=(*raster.notes, note))
    if hdr:
        note = tr(
            "The colours are HDR ({said}); they are toned down for screens and formats without.",
            said=said,
        )
        curve = _toned_down(transfer, raster)
        icc = with_curve(white, corners, curve)
        return replace(raster, icc=icc, notes=(*raster.notes, note))
    if primaries == 1 and transfer in _AS_SRGB:
        return replace(raster, cicp=None)
    gamma = _GAMMAS.get(transfer)
    icc, notes = with_gamma(white, corners, gamma), (*raster.notes, tr(TOLD))
    return replace(raster, cicp=None, icc=icc, notes=notes)


def with_gamma(white: White, corners: Corners, gamma: float | None) -> bytes:
    """The profile of these primaries with this gamma, or with the curve of sRGB."""
    if gamma is None:
        return with_curve(white, corners, srgb_light(np.linspace(0, 1, _ENTRIES)))
    made: bytes = imagecodecs.cms_profile("rgb", whitepoint=white, primaries=corners, gamma=gamma)
    return made


def with_curve(white: White, corners: Corners, light: Values) -> bytes:
    """The same for a curve given as the light, 0 to 1, of evenly spaced values from 0 to 1."""
    curve = np.rint(light * 65535).astype(np.uint16)
    made: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=white, primaries=corners, transferfunction=curve
    )
    return made


def srgb_light(values: Values) -> Values:
    """The light, 0 to 1, of values of sRGB (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _toned_down(transfer: int, raster: Raster) -> Values:
    """Light on a screen with paper white; the brightest value of the picture becomes white."""
    values = np.linspace(0, 1, 4 * _ENTRIES)
    brightest = min(1.0, float(raster.samples.max()) / raster.white)
    if transfer == _PQ:
        codes, top = values, brightest
    else:
        codes, top = _pq(_hlg_light(values)), float(_pq(_hlg_light(np.array([brightest])))[0])
    limit = float(_pq(np.array([_WHITE]))[0])
    return (_pq_light(_rolled_off(codes, max(top, limit), limit)) / _WHITE).clip(0, 1)


def _rolled_off(codes: Values, top: float, limit: float) -> Values:
    """Compress PQ codes up to `top` into codes up to `limit` (BT.2390-10, 5.4.1)."""
    most = limit / top
    knee = 1.5 * most - 0.5
    values = np.minimum(codes / top, 1)
    t = (values - knee) / max(1 - knee, 1e-9)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    return top * np.where(values < knee, values, bent)


_M1, _M2 = 2610 / 16384, 2523 / 32
_C1, _C2, _C3 = 3424 / 4096, 2413 / 128, 2392 / 128


def _pq_light(codes: Values) -> Values:
    """cd/m2 of codes of PQ, 0 to 1 (BT.2100, table 4)."""
    power = np.maximum(codes, 0) ** (1 / _M2)
    light: Values = 10_000 * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)
    return light


def _pq(light: Values) -> Values:
    power = (light / 10_000) ** _M1
    codes: Values = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return codes


def _hlg_light(codes: Values) -> Values:
    """cd/m2 of greys of HLG on a screen of 1000 (BT.2100, table 5)."""
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    light: Values = _PEAK * scene**1.2
    return light

"""Operators of damage, y = A(x) + noise, with the functions to invert them."""

from restorer.degradation.operators.blur import Blur, disc, gaussian, motion
from restorer.degradation.operators.extended_blur import ExtendedBlur
from restorer.degradation.operators.jpeg import Jpeg
from restorer.degradation.operators.linear import EqualGain, LinearOperator
from restorer.degradation.operators.pointwise import Grayscale, Identity, Mask
from restorer.degradation.operators.resampling import Downsample

__all__ = [
    "Blur",
    "Downsample",
    "EqualGain",
    "ExtendedBlur",
    "Grayscale",
    "Identity",
    "Jpeg",
    "LinearOperator",
    "Mask",
    "disc",
    "gaussian",
    "motion",
]

"""White noise in what was a JPEG file: the conditional prior takes off both at once."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from restorer.degradation.facts import Facts
from restorer.diffusion.denoiser import ConditionalDenoiser, Denoiser
from restorer.diffusion.out_of_memory import LowMemoryDenoiser
from restorer.diffusion.scales import vp_scales

#: How far tiles overlap for a network that knows the damage, in pixels. With less, they differ from
#: the untiled answer by more than 0.5 of 255: in a JPEG, where they begin 48 pixels away, by 1.3.
OVERLAP = 208


class CodedDenoiser:
    """The conditional prior as a Denoiser of white noise.

    What quantisation did is noise, too. So the network is asked with more of it than the state
    has, and hears how much was there and how the file was compressed.

    Args:
        denoiser: the one to ask, told of no damage yet.
        facts: of the damage, but for the noise.
    """

    def __init__(self, denoiser: ConditionalDenoiser | LowMemoryDenoiser, facts: Facts) -> None:
        self._denoiser, self._facts = denoiser, facts
        self._asked: tuple[float, float, Denoiser] | None = None

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        known = self._asked
        if known is None or known[0] != sigma:
            facts = replace(self._facts, noise=sigma * 255 / 2)
            known = sigma, facts.sigma, self._denoiser.with_facts(facts.vector().tolist())
            self._asked = known  # the same for all tiles of a step
        _, told, denoiser = known
        return denoiser(x_t * (vp_scales(told)[0] / vp_scales(sigma)[0]), told)


def is_conditional(denoiser: Denoiser) -> bool:
    """Whether a network is to be told of the damage, also behind the one that saves memory."""
    asked = denoiser.denoiser if isinstance(denoiser, LowMemoryDenoiser) else denoiser
    return isinstance(asked, ConditionalDenoiser)

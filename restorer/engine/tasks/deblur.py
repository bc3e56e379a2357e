"""A blur that a person names, or that was read from the edges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from restorer.engine.tasks.comparison import usual_comparison
from restorer.engine.tasks.kind import (
    ONLY_HOLES,
    Calibration,
    DamageRequest,
    Detection,
    ProposalRule,
    TaskKind,
    TaskWords,
)
from restorer.errors import BadInput
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from torch import Tensor

    from restorer.degradation.estimate import DegradationEstimate
    from restorer.degradation.facts import Facts
    from restorer.degradation.operators import Blur
    from restorer.engine.damage import Damage, Hole, Method
    from restorer.engine.inputs import Inputs
    from restorer.engine.proposal import Evidence
    from restorer.imaging.picture import Picture

#: The widest blur the network was trained on, as a standard deviation along one axis in pixels.
_WIDEST = 4.5


#: A blur of two pixels spoils a picture about as much as noise of 10 of 255.
_HARM_A_PIXEL = 5.0


def parse_blur(text: str) -> tuple[str, tuple[float, ...]]:
    """("gaussian", (2.0,)) from "gaussian:2.0".

    Raises:
        BadInput: for anything that is no blur, or too wide a one.
    """
    name, _, rest = text.partition(":")
    counts = {"gaussian": 1, "motion": 2, "disc": 1}
    try:
        numbers = tuple(float(part) for part in rest.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != counts.get(name) or not all(map(math.isfinite, numbers)):
        raise BadInput(
            "“{words}” is no blur; write gaussian:DEVIATION, motion:LENGTH,DEGREES or disc:RADIUS.",
            words=text,
        )
    if not 0.2 <= numbers[0] <= 100:
        raise BadInput(
            "A blur must be between 0.2 and 100 pixels wide, not {numbers:g}.", numbers=numbers[0]
        )
    return name, numbers


def _settings(asked: DamageRequest) -> dict[str, Any]:
    return {"kernel": asked.kernel} if asked.kernel else {"blur": asked.blur}


def _check(damage: Damage) -> None:
    if bool(damage.blur) == bool(damage.kernel):
        raise BadInput("Deblurring needs either a blur or a kernel.")
    if damage.blur:
        parse_blur(damage.blur)
        return
    lengths = {len(row) for row in damage.kernel}
    values = [value for row in damage.kernel for value in row]
    if len(lengths) != 1 or not lengths.pop() % 2 or not len(damage.kernel) % 2:
        raise BadInput("A kernel must be a rectangle with odd sides.")
    if not all(math.isfinite(v) and v >= 0 for v in values) or not sum(values) > 0:
        raise BadInput("A kernel must have no negative values and not only zeros.")


def _operator(damage: Damage, hole: Hole | None) -> Blur:
    from restorer.degradation.operators import Blur

    return Blur(_kernel(damage), 2 * damage.noise / 255)


def _kernel(damage: Damage) -> Tensor:
    import torch

    from restorer.degradation.operators import disc, gaussian, motion

    if damage.kernel:
        return torch.tensor(damage.kernel)
    name, numbers = parse_blur(damage.blur)
    match name:
        case "gaussian":
            return gaussian(*numbers)
        case "motion":
            return motion(*numbers)
    return disc(*numbers)


def _start_sigma(damage: Damage, inputs: Inputs) -> float:
    """The higher, the less the blur left.

    On 160-pixel crops of six to eight pictures, with noise in pairs: a blur of 0.8 to 3 pixels with
    noise 0.4 to 6 from 0.15 to 0.8, which is 0.1 to 0.3 dB better than always 0.3.
    """
    return min(3.0, 0.2 / max(_operator(damage, None).passband_share, 1e-3) ** 0.5)


def _method(damage: Damage, network: bool) -> tuple[Method, str]:
    if network and _operator(damage, None).width <= _WIDEST:
        return "conditional", tr("A network that learnt what a blur takes away gives it back.")
    return "diffpir", tr("What is known is noisy: weigh it against the prior.")


#: Told less noise than this, the prior held to the blur gains more than the network does, where it
#: has ten evaluations and more: with noise 1 by 0.7 to 5 dB, with 2 as much, with 4 and more less.
#: In two evaluations it gains less, and ruins pictures.
_CLEAR = 3.0


def _finer(damage: Damage, inputs: Inputs) -> bool:
    return damage.noise < _CLEAR


def _facts(damage: Damage) -> Facts:
    from restorer.degradation.facts import Facts, shape_for_network
    from restorer.degradation.operators.wiener import error_left

    blur = _operator(damage, None)
    if blur.width > _WIDEST:
        raise BadInput("The trained network does not know a blur this wide; use diffpir.")
    shape = shape_for_network(parse_blur(damage.blur)[0] if damage.blur else "")
    return Facts(blur=blur.width, shape=shape, noise=damage.noise, error_left=error_left(blur))


def _noise(damage: Damage, picture: Picture, found: DegradationEstimate) -> float:
    from restorer.engine.sharpening import noise_to_assume

    kernel = _operator(damage, None).kernel.numpy()
    return noise_to_assume(damage.blur, kernel, picture, found)


def _find(evidence: Evidence) -> Detection | None:
    blur = evidence.found.blur
    if blur is None:
        return None
    words = tr("blur of {width:.1f} pixels", width=blur.width)
    headline = tr("Blur of {round:g} pixels", round=round(blur.width, 1))
    if blur.motion is not None:
        length = blur.motion.length
        words = tr("motion blur of {length:.0f} pixels", length=length)
        headline = tr("Motion blur of {length:.0f} pixels", length=length)
    return Detection(words, headline, _HARM_A_PIXEL * blur.width, proposed=evidence.blurred)


def _proposed(found: DegradationEstimate) -> dict[str, Any]:
    from restorer.engine.sharpening import proposed_blur

    return {"blur": proposed_blur(found)}


DEBLUR = TaskKind(
    name="deblur",
    words=TaskWords(
        title="Sharpen",
        hint="Removes a blur that you describe.",
        button="Sharpen",
        doing="Sharpening",
        done="Sharpened",
        after="sharpened",
        step="sharpening",
        ability="sharpens",
    ),
    options=("blur",),
    keeps_grain=True,
    settings=_settings,
    check=_check,
    operator=_operator,
    start_sigma=_start_sigma,
    method=_method,
    refused=ONLY_HOLES
    | {"ddnm": _("DDNM would blow up the noise of a blurred picture; take diffpir.")},
    facts=_facts,
    network="sharpening",
    evaluations=(2, 3),
    finer=_finer,
    noise=_noise,
    calibration=Calibration(2.4, least=1.2),
    calibration_at_once=Calibration(2.4, least=1.2),  # the samples are the prior's
    # a sharp picture that was sharpened reached 27, which is for others to find
    largest=40.0,
    comparison=usual_comparison("Blurred"),
    # Where the blur is the same all over hardly anything is left. The prior ruins a part in focus,
    # also a small one: of 16 pixels in 160, 0.028 is left and 25 dB kept, by the network 39.
    proposing=ProposalRule(
        verb="sharpen", find=_find, step=4, mention=4, options=_proposed, most_unexplained=0.02
    ),
)

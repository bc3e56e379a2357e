"""What the words of the readout mean, for people who have never met them."""

from __future__ import annotations

from restorer.words import marked as _
from restorer.words import tr

#: By the label of the readout, or its value where it has none.
TERMS = {
    "t": _(
        "Place on the way from clean (0) to pure noise (999). What counts is how much noise there "
        "is; t only numbers the steps of the schedule."
    ),
    "noise": _(
        "How far a pixel typically lies from its true value, where black is 0 and white is "
        "255. Below 3 nobody sees it; 25 is clearly visible."
    ),
    "off by": _(
        "About how far the guess that the network was shown lies from the truth, of 255, as it was "
        "told. No noise was added: t is where noise would be as large."
    ),
    "pure noise": _("Less than a hundredth of the picture's power is left: nobody recognises it."),
    "sqrt(1 - abar)": _(
        "The share of noise in what is shown, 0 to 1. The share of the picture is "
        "sqrt(abar); their squares add up to 1."
    ),
    "strength": _("How much of the picture a model with prompts makes anew from here."),
    "sigma": _(
        "Noise against picture: 1 is as much noise as half the range from black to white, and "
        "the point where both have equal power. It is twice the noise of 255 divided by 255."
    ),
    "abar": _(
        "How much of the picture's power is left, 1 all, 0 nothing. It is the product of "
        "(1 - beta) over all steps so far; papers write it as a-bar."
    ),
    "SNR": _(
        "Signal-to-noise ratio in decibels: 20 dB is a little grain, 0 dB as much noise as "
        "picture, below that more noise than picture."
    ),
    "step": _("One recorded step of the run: the network was asked once."),
    "clean": _("The end of the run: what the network predicts here is the result."),
    "your picture": _("The picture as it came, at its own place on the schedule."),
    "forward: noise added": _(
        "Noise is laid over your picture, as much as a picture at this t has."
    ),
    "start": _("Where the next run begins; further left, more noise is removed."),
    "preview": _("A preview: only the last step is decoded."),
}


def meaning(label: str, value: str) -> str:
    """The meaning of an item of the readout; "" for one that explains itself."""
    if not label and value.endswith(" s"):
        return tr("Time since the run began.")
    return tr(TERMS.get(label or value, ""))

"""Beyond the way back: guidance, latent space, what is invented, and what is not copied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from restorer.document.trials import Case
from restorer.engine.inputs import Inputs
from restorer.engine.plan import start_for
from restorer.engine.task import CLASSIFIER, RestorationTask
from restorer.engine.trajectory import Quantity
from restorer.engine.truth import Patch, score
from restorer.imaging.picture import Picture
from restorer.ui.course.page import (
    Figure,
    Finding,
    MultipleChoice,
    Myth,
    Number,
    Page,
    Point,
    Question,
)
from restorer.ui.course.page_actions import CompareWays, MeasureDoubt, RunCases, always
from restorer.ui.course.page_context import TrialResult
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread

_PUSH = 300.0
_LARGE, _SMALL = 512, 64  # sides of a picture and of its latents, eight times shorter
#: Of the built-in prior, see resources/models/builtin/README.md.
TILES, TILE_SIDE, BYTES = 759, 384, 15_778_264


def _guidance(patch: Patch, tried: list[TrialResult]) -> Finding:
    plain, pushed = (np.clip(one.pixels, 0, 1) for one in tried)
    moved = 255 * float(np.abs(pushed - plain).mean())
    errors = [score(one.pixels, patch.truth).psnr for one in tried]
    told = tr(
        "It bends every step a little. A second, small network knows photographs from paintings, "
        "also under static. Its gradient says how each pixel would have to change to look more "
        "like a painting, and {push:.0f} times that is added to every guess (1 would be just what "
        "Bayes' rule says). The last picture is that gradient at the first step, made strong "
        "enough to be seen. The result moved by {moved:.1f} of 255, and how near it is to the "
        "truth went from {before:.2f} to {after:.2f} dB: as a rule, to want something is to be "
        "less faithful. Words do the same in a model with prompts: the network answers with and "
        "without them, and the difference is taken several times."
    ).format(push=_PUSH, moved=moved, before=errors[0], after=errors[1])
    equation = tr(
        "x_0 (guided) = x_0 + s · (1 − ᾱ_t) / √ᾱ_t · ∇ log p(painting | x_t)\n"
        "with words: ε = ε(without) + s · (ε(words) − ε(without))"
    )
    return Finding(told, equation=equation)


def _gradient(patch: Patch, tried: list[TrialResult]) -> tuple[Figure, ...]:
    first, pushed = (one.run.trajectory.read(0, Quantity.X0) for one in tried)
    change = pushed - first
    reach = max(3 * float(change.std()), 1e-6)
    return (Figure(np.clip(0.5 + change / (2 * reach), 0, 1), tr("where it\npushes")),)


def _latent_cases(patch: Patch) -> list[Case]:
    rng = np.random.default_rng(0)
    task = RestorationTask(start=start_for(patch.noise), steps=1, faithfulness=0.0)
    return [
        Case(task, Inputs(Picture(rng.random((side, side, 3), np.float32))))
        for side in (_SMALL, _LARGE, _SMALL)  # the first also warms up
    ]


def _latent(patch: Patch, tried: list[TrialResult]) -> Finding:
    _, large, small = (one.seconds / one.evaluations for one in tried)
    numbers = _LARGE**2 * 3 / (_SMALL**2 * 4)
    told = tr(
        "{numbers:.0f} times fewer. A picture of 512 × 512 pixels has 786 432 numbers, its latents "
        "16 384. Measured just now with one and the same network: an evaluation over {large} × "
        "{large} places took {slow:.0f} ms, over {small} × {small} places {fast:.0f} ms, "
        "{times:.0f} times less. That is what pays for networks a hundred times larger. The price: "
        "eight pixels become one place, so what is finer than that (letters, fingers, small "
        "faces) is drawn anew by the decoder. Restorer's own networks work on the pixels."
    ).format(
        numbers=numbers, large=_LARGE, small=_SMALL, slow=1000 * large, fast=1000 * small,
        times=large / max(small, 1e-9),
    )  # fmt: skip
    return Finding(told, numbers, tr("512 · 512 · 3 / (64 · 64 · 4) = {0:.0f}").format(numbers))


def _invented(spread: Spread, at: tuple[int, int]) -> Finding:
    x, y = (min(v, side - 1) for v, side in zip(at, spread.std.shape[1::-1], strict=True))
    here = 2 * 255 * float(spread.std[y, x])
    above = 100 * float((spread.std < spread.std[y, x]).mean())
    told = tr(
        "Where you pointed, the truth should lie within {here:.0f} of 255; that is more doubt "
        "than at {above:.0f} % of the picture. Red on the canvas is where other answers would "
        "fit as well: edges, hair, texture, writing. There the network filled in what is usual."
        " It does so everywhere; in flat places that is simply right. A model with prompts "
        "invents far more: hands with six fingers, letters that are none. What helps: a "
        "negative prompt (“extra fingers, text”), the picture's edges as ControlNet input, a "
        "mask over what must not be touched, and Taken away (4): what went should look like "
        "noise."
    ).format(here=here, above=above)
    return Finding(told, equation=tr("|truth − result| ≤ 2 · spread at 95 of 100 pixels"))


def _copy_cases(patch: Patch) -> list[Case]:
    task = RestorationTask(
        start=start_for(patch.noise), steps=1, faithfulness=1.0, undo_clipping=False
    )
    other = np.ascontiguousarray(patch.noisy[::-1, ::-1, ::-1])
    return [Case(task, patch.inputs), Case(task, replace(patch, noisy=other).inputs)]


def _copied(patch: Patch, tried: list[TrialResult]) -> Finding:
    as_is = score(tried[0].pixels, patch.truth).psnr
    never = np.ascontiguousarray(patch.truth[::-1, ::-1, ::-1])
    turned = score(tried[1].pixels, never).psnr
    told = tr(
        "From how light behaves in general. The test was run just now: a piece of picture gains "
        "as much when it is turned upside down and its red and blue are exchanged, a picture "
        "that has never existed: {as_is:.1f} and {turned:.1f} dB. All numbers on its card, too, "
        "were measured on pictures that it was not trained on. The network is one file of "
        "{size:.0f} MB, made from {tiles} pieces of free pictures, each named in a list beside "
        "it: {share:.0f} kB for each piece of up to {pixels:.0f} kB. It was asked, over 22 "
        "thousand million pixels under ever other static, what the static was; a stored copy would "
        "have been no help with that."
    ).format(
        as_is=as_is, turned=turned, size=BYTES / 1e6, tiles=TILES, share=BYTES / TILES / 1e3,
        pixels=TILE_SIDE**2 * 3 / 1e3,
    )  # fmt: skip
    return Finding(told)


PAGES = (
    Page(
        "guidance",
        _("Pushed towards something"),
        (Question.HOW, Question.WHO),
        (
            _(
                "So far the network answered with what is likely. One can also want something: "
                "more like a painting, or what some words say. That is guidance."
            ),
        ),
        MultipleChoice(
            _("How can a finished network be made to want something?"),
            (
                _("It is trained once more on paintings"),
                _("A painting is mixed into the result at the end"),
                _("Each of its guesses is pushed a little, along a gradient"),
            ),
            2,
        ),
        CompareWays(
            always(
                (_("plain"), {"steps": 6}),
                (
                    _("pushed"),
                    {"steps": 6, "toward": "painting", "classifier": CLASSIFIER, "push": _PUSH},
                ),
            ),
            _guidance,
            more=_gradient,
        ),
        equation=_("∇ log p(x_t | y) = ∇ log p(x_t) + s · ∇ log p(y | x_t)"),
    ),
    Page(
        "latent",
        _("A smaller space"),
        (Question.WHERE, Question.WHY),
        (
            _(
                "Models with prompts, such as Stable Diffusion, do not walk through pixels. An "
                "encoder first turns each square of 8 × 8 pixels into one place with four numbers, "
                "the latents; diffusion happens there; a decoder draws the pixels at the end."
            ),
        ),
        Number(_("How many times fewer numbers are that?"), 1, 200, _("times"), 6),
        RunCases(_latent_cases, _latent),
        equation=_("z = encode(x_0),   z_t = √ᾱ_t · z + √(1 − ᾱ_t) · ε,   x_0 = decode(z_0)"),
    ),
    Page(
        "invents",
        _("What it invents"),
        (Question.WHERE, Question.WHAT),
        (
            _(
                "A result looks equally sure of itself everywhere. It is not. Restorer can measure "
                "how far other answers, which fit your picture as well, lie apart."
            ),
        ),
        Point(_("Click on the place in the picture that you would trust least.")),
        MeasureDoubt(_invented),
        equation=_("Var[x_0 | x_t] = σ² · ∂D(y) / ∂y"),
        myth=Myth(
            _("It recovers the details that were lost."),
            _(
                "It invents what is plausible. Often that is very near to the truth, because "
                "pictures repeat themselves; it is never evidence of what was there."
            ),
        ),
    ),
    Page(
        "copies",
        _("What it did not copy"),
        (Question.WHO, Question.WHY),
        (
            _(
                "One question is left, and it is asked in court as well: is there a picture by "
                "somebody else in what you see now?"
            ),
        ),
        MultipleChoice(
            _("Where do the details in a result come from?"),
            (
                _("From pictures like it that the network has stored"),
                _("From what the network knows of edges, texture and light"),
                _("From the internet"),
            ),
            1,
        ),
        RunCases(_copy_cases, _copied),
        equation=_("trained for: min E ‖ ε − ε(x_t, t) ‖²"),
        myth=Myth(
            _("It copies its training pictures."),
            _(
                "Large models trained on few pictures can remember some of them, and did. Whether "
                "one does is a matter of measuring: this one was trained on pieces of free "
                "pictures only, sees about 200 pixels around a point, and does as well on what it "
                "has never seen."
            ),
        ),
    ),
)
